// SPDX-License-Identifier: MPL-2.0
/*
 * Hash trees over a mapped image, level by level.
 */
#include "image/platform/verity.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/str.h"

#define PER_BLOCK  (VERITY_BLOCK / TT_SHA256_SIZE)
#define MAX_LEVELS 8 /* 128^8 blocks are more than any file has */

struct levels {
	uint8_t *data[MAX_LEVELS]; /* level 0 holds the digests of the data blocks */
	uint64_t blocks[MAX_LEVELS];
	size_t count;
	uint8_t root[TT_SHA256_SIZE];
};

static void
tt_auto_levels(struct levels *l)
{
	for (size_t i = 0; i < l->count; i++)
		free(l->data[i]);
}

struct map {
	uint8_t *data;
	size_t size;
};

static void
tt_auto_map(struct map *m)
{
	if (m->data != NULL)
		munmap(m->data, m->size);
}

static int
map_open(const char *path, struct map *ret, struct tt_err **err)
{
	tt_auto(close) int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *data;

	if (fd < 0 || fstat(fd, &st) < 0)
		return tt_err_errno(err, -errno, "opening '%s'", path);
	if (st.st_size == 0)
		return tt_err_set(
		    err, -EINVAL, "EmptyImage", "image '%s' is empty", path);
	data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (data == MAP_FAILED)
		return tt_err_errno(err, -errno, "mapping '%s'", path);
	*ret = (struct map){ .data = data, .size = (size_t)st.st_size };
	return 0;
}

static void
hash_block(const struct tt_sha256 *salted, const uint8_t *block, uint8_t *out)
{
	struct tt_sha256 h = *salted;

	tt_sha256_add(&h, block, VERITY_BLOCK);
	tt_sha256_end(&h, out);
}

/* All levels over n blocks of data. */
static void
build(
    const uint8_t *data, uint64_t n, const uint8_t salt[TT_SHA256_SIZE], struct levels *l)
{
	struct tt_sha256 salted;

	tt_sha256_init(&salted);
	tt_sha256_add(&salted, salt, TT_SHA256_SIZE);
	while (n > 1) { /* one block needs no tree: its digest is the root hash */
		uint64_t blocks = (n + PER_BLOCK - 1) / PER_BLOCK;
		uint8_t *level = tt_xcalloc(blocks, VERITY_BLOCK);

		for (uint64_t i = 0; i < n; i++)
			hash_block(
			    &salted, data + i * VERITY_BLOCK, level + i * TT_SHA256_SIZE);
		l->data[l->count] = level;
		l->blocks[l->count++] = blocks;
		data = level;
		n = blocks;
	}
	hash_block(&salted, data, l->root);
}

static int
pad(const char *path, size_t *size, struct tt_err **err)
{
	size_t want = (*size + VERITY_BLOCK - 1) / VERITY_BLOCK * VERITY_BLOCK;

	if (want != *size && truncate(path, (off_t)want) < 0)
		return tt_err_errno(err, -errno, "padding '%s'", path);
	*size = want;
	return 0;
}

static int
append(const char *path, const struct levels *l, struct tt_err **err)
{
	tt_auto(close) int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	int r = fd < 0 ? -errno : 0;

	for (size_t i = l->count; r == 0 && i-- > 0;)
		r = tt_write_all(fd, l->data[i], l->blocks[i] * VERITY_BLOCK);
	return r < 0 ? tt_err_errno(err, r, "appending the hash tree to '%s'", path) : 0;
}

int
verity_append(const char *path, struct platform_verity *ret, struct tt_err **err)
{
	tt_auto(levels) struct levels l = { 0 };
	tt_auto(map) struct map m = { 0 };
	uint8_t salt[TT_SHA256_SIZE];
	struct stat st;
	size_t size;
	int r;

	if (stat(path, &st) < 0)
		return tt_err_errno(err, -errno, "reading '%s'", path);
	size = (size_t)st.st_size;
	r = pad(path, &size, err);
	if (r == 0)
		r = map_open(path, &m, err);
	if (r < 0)
		return r;
	tt_sha256(m.data, m.size, salt);
	build(m.data, m.size / VERITY_BLOCK, salt, &l);
	r = append(path, &l, err);
	if (r < 0)
		return r;
	tt_hex(salt, sizeof(salt), ret->salt);
	tt_hex(l.root, sizeof(l.root), ret->root_hash);
	ret->blocks = m.size / VERITY_BLOCK;
	return 0;
}

int
verity_check(const char *path, const struct platform_verity *v, struct tt_err **err)
{
	tt_auto(levels) struct levels l = { 0 };
	tt_auto(map) struct map m = { 0 };
	uint8_t salt[TT_SHA256_SIZE];
	char root[TT_SHA256_HEX_LEN];
	uint64_t at;
	int r = map_open(path, &m, err);

	if (r < 0)
		return r;
	if (tt_unhex(v->salt, salt, sizeof(salt)) < 0 || v->blocks == 0 ||
	    v->blocks > m.size / VERITY_BLOCK)
		return tt_err_set(err, -EINVAL, "BadVerity",
		    "'%s' has %zu blocks, but its hash tree is said to begin at block "
		    "%" PRIu64,
		    path, m.size / VERITY_BLOCK, v->blocks);
	build(m.data, v->blocks, salt, &l);
	tt_hex(l.root, sizeof(l.root), root);
	if (!tt_streq(root, v->root_hash))
		return tt_err_set(err, -EBADMSG, "BadVerity",
		    "the contents of '%s' have root hash %s, not %s", path, root,
		    v->root_hash);
	at = v->blocks;
	for (size_t i = l.count; i-- > 0;) {
		for (uint64_t k = 0; k < l.blocks[i]; k++, at++)
			if ((at + 1) * VERITY_BLOCK > m.size ||
			    memcmp(m.data + at * VERITY_BLOCK,
				l.data[i] + k * VERITY_BLOCK, VERITY_BLOCK) != 0)
				return tt_err_set(err, -EBADMSG, "BadVerity",
				    "block %" PRIu64 " of '%s' (hash tree) is wrong", at,
				    path);
	}
	return 0;
}

char *
verity_text(const struct platform_verity *v)
{
	return tt_xprintf("roothash=%s\nsalt=%s\nblocks=%" PRIu64 "\nalgorithm=sha256\n",
	    v->root_hash, v->salt, v->blocks);
}
