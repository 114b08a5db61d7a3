// SPDX-License-Identifier: MPL-2.0
/*
 * The hashing thread: a ring of a few buffers between it and its caller.
 */
#include "platform/key/hasher.h"

#include <pthread.h>
#include <stdbool.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/str.h"

#define SLOTS 4

struct key_hasher {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t moved; /* a slot was filled or emptied, or stop was set */
	char *buf[SLOTS];
	size_t len[SLOTS];
	unsigned long put, done; /* slots filled and hashed so far */
	bool stop;
	struct tt_sha256 sum; /* the thread's while put != done */
};

static void *
work(void *arg)
{
	struct key_hasher *h = arg;

	(void)pthread_mutex_lock(&h->lock);
	for (;;) {
		size_t slot;

		while (h->put == h->done && !h->stop)
			(void)pthread_cond_wait(&h->moved, &h->lock);
		if (h->put == h->done)
			break;
		slot = h->done % SLOTS;
		(void)pthread_mutex_unlock(&h->lock);
		tt_sha256_add(&h->sum, h->buf[slot], h->len[slot]);
		(void)pthread_mutex_lock(&h->lock);
		h->done++;
		(void)pthread_cond_signal(&h->moved);
	}
	(void)pthread_mutex_unlock(&h->lock);
	return NULL;
}

struct key_hasher *
key_hasher_new(void)
{
	struct key_hasher *h = tt_xalloc(sizeof(*h));

	for (size_t i = 0; i < SLOTS; i++)
		h->buf[i] = tt_xalloc(KEY_HASH_CHUNK);
	tt_sha256_init(&h->sum);
	(void)pthread_mutex_init(&h->lock, NULL);
	(void)pthread_cond_init(&h->moved, NULL);
	if (pthread_create(&h->thread, NULL, work, h) != 0)
		abort(); /* no memory for a stack */
	return h;
}

void
key_hasher_free(struct key_hasher *h)
{
	if (!h)
		return;
	(void)pthread_mutex_lock(&h->lock);
	h->stop = true;
	(void)pthread_cond_signal(&h->moved);
	(void)pthread_mutex_unlock(&h->lock);
	(void)pthread_join(h->thread, NULL);
	(void)pthread_mutex_destroy(&h->lock);
	(void)pthread_cond_destroy(&h->moved);
	for (size_t i = 0; i < SLOTS; i++)
		free(h->buf[i]);
	free(h);
}

/* Until no more than left slots are waiting to be hashed. */
static void
wait_for(struct key_hasher *h, unsigned long left)
{
	(void)pthread_mutex_lock(&h->lock);
	while (h->put - h->done > left)
		(void)pthread_cond_wait(&h->moved, &h->lock);
	(void)pthread_mutex_unlock(&h->lock);
}

void *
key_hasher_get(struct key_hasher *h)
{
	wait_for(h, SLOTS - 1);
	return h->buf[h->put % SLOTS];
}

void
key_hasher_put(struct key_hasher *h, size_t len)
{
	(void)pthread_mutex_lock(&h->lock);
	h->len[h->put % SLOTS] = len;
	h->put++;
	(void)pthread_cond_signal(&h->moved);
	(void)pthread_mutex_unlock(&h->lock);
}

void
key_hasher_end(struct key_hasher *h, char hex[TT_SHA256_HEX_LEN])
{
	uint8_t digest[TT_SHA256_SIZE];

	wait_for(h, 0);
	tt_sha256_end(&h->sum, digest);
	tt_hex(digest, sizeof(digest), hex);
	tt_sha256_init(&h->sum);
}
