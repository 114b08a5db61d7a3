// SPDX-License-Identifier: MPL-2.0
/*
 * Answers that come in pieces. A stream whose pull has nothing yet sleeps (its connection
 * is suspended) until it is woken; a server that closes wakes all and ends them.
 *
 * Locks, in the order they are taken: a channel's (events.c), tt_http.lock, tt_stream.lock,
 * the server library's own.
 */
#include "platform/lib/base/alloc.h"
#include "services/lib/http/internal.h"

#include <errno.h>
#include <time.h>

#define STREAMS_DEFAULT   256
#define KEEPALIVE_DEFAULT 10000

void
tt_stream_wake(struct tt_stream *st)
{
	pthread_mutex_lock(&st->lock);
	if (st->asleep) {
		st->asleep = false;
		http_conn_resume(st->conn);
	} else {
		st->woken = true;
	}
	pthread_mutex_unlock(&st->lock);
}

/* True when the connection now sleeps; false when there was a wake in the meantime. */
static bool
fall_asleep(struct tt_stream *st)
{
	bool sleeps;

	pthread_mutex_lock(&st->lock);
	sleeps = !st->woken && !atomic_load(&st->http->closing);
	st->woken = false;
	if (sleeps) {
		st->asleep = true;
		http_conn_suspend(st->conn);
	}
	pthread_mutex_unlock(&st->lock);
	return sleeps;
}

ssize_t
http_stream_read(struct tt_stream *st, char *buf, size_t max)
{
	while (!atomic_load(&st->http->closing)) {
		ssize_t n = st->pull(st, buf, max, st->ctx);

		if (n > 0)
			return n;
		if (n == TT_PULL_END)
			return -1;
		if (n != TT_PULL_WAIT)
			return -2;
		if (fall_asleep(st))
			return 0;
	}
	return -1;
}

static void
wake_all(struct tt_http *h)
{
	for (struct tt_stream *st = h->streams; st != NULL; st = st->next)
		tt_stream_wake(st);
}

/* Wakes everything now and then: silent channels say something, dead readers are found. */
static void *
tick(void *arg)
{
	struct tt_http *h = arg;
	unsigned ms =
	    h->opts.keepalive_ms != 0 ? h->opts.keepalive_ms : KEEPALIVE_DEFAULT;
	struct timespec at;

	pthread_mutex_lock(&h->lock);
	while (!atomic_load(&h->closing)) {
		if (h->streams == NULL) {
			pthread_cond_wait(&h->changed, &h->lock);
			continue;
		}
		clock_gettime(CLOCK_MONOTONIC, &at);
		at.tv_sec += ms / 1000;
		at.tv_nsec += (long)(ms % 1000) * 1000000;
		if (at.tv_nsec >= 1000000000) {
			at.tv_nsec -= 1000000000;
			at.tv_sec++;
		}
		if (pthread_cond_timedwait(&h->changed, &h->lock, &at) == ETIMEDOUT)
			wake_all(h);
	}
	pthread_mutex_unlock(&h->lock);
	return NULL;
}

bool
http_stream_start(struct tt_http *h, struct MHD_Connection *conn, struct tt_res *rs,
    struct tt_stream **ret)
{
	unsigned max = h->opts.max_streams != 0 ? h->opts.max_streams : STREAMS_DEFAULT;
	struct tt_stream *st = tt_xalloc(sizeof(*st));

	pthread_mutex_init(&st->lock, NULL);
	st->http = h;
	st->conn = conn;
	pthread_mutex_lock(&h->lock);
	if (h->n_streams >= max || atomic_load(&h->closing)) {
		pthread_mutex_unlock(&h->lock);
		pthread_mutex_destroy(&st->lock);
		free(st);
		return false;
	}
	st->pull = rs->pull;
	st->release = rs->release;
	st->ctx = rs->stream_ctx;
	rs->pull = NULL; /* the stream releases it from now on */
	rs->release = NULL;
	h->n_streams++;
	st->next = h->streams;
	if (st->next != NULL)
		st->next->prev = st;
	h->streams = st;
	if (!h->ticking)
		h->ticking = pthread_create(&h->ticker, NULL, tick, h) == 0;
	pthread_cond_signal(&h->changed);
	pthread_mutex_unlock(&h->lock);
	*ret = st;
	return true;
}

void
http_stream_free(struct tt_stream *st)
{
	struct tt_http *h = st->http;

	if (st->release != NULL)
		st->release(st->ctx);
	pthread_mutex_lock(&h->lock);
	h->n_streams--;
	if (st->prev != NULL)
		st->prev->next = st->next;
	else
		h->streams = st->next;
	if (st->next != NULL)
		st->next->prev = st->prev;
	pthread_mutex_unlock(&h->lock);
	pthread_mutex_destroy(&st->lock);
	free(st);
}

void
http_streams_close(struct tt_http *h)
{
	bool ticking;

	pthread_mutex_lock(&h->lock);
	atomic_store(&h->closing, true);
	wake_all(h);
	ticking = h->ticking;
	pthread_cond_signal(&h->changed);
	pthread_mutex_unlock(&h->lock);
	if (ticking)
		pthread_join(h->ticker, NULL);
}
