// SPDX-License-Identifier: MPL-2.0
/*
 * A platform's archive: gzip around tar, walked once; each file is hashed while it is
 * written. Names must be os/<stamp>/..., sizes and their number are bounded.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#include "platform/key/hasher.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/str.h"
#include "tools/operator/platform/install.h"
#include "tools/operator/platform/tarhead.h"

#define INPUT     (256 * TT_KIB)   /* zlib's buffer */
#define FILE_MAX  (4 * TT_GIB - 1) /* FAT32's limit: it goes to the key */
#define TOTAL_MAX (16 * TT_GIB)
#define FILES_MAX 500

struct archive {
	const char *path;
	gzFile gz;
	struct key_hasher *hasher;
	uint64_t total; /* bytes of all files so far */
};

static void
tt_auto_gz(gzFile *gz)
{
	if (*gz)
		(void)gzclose(*gz);
}

static int
invalid(const struct archive *a, struct tt_err **err, const char *what)
{
	return tt_err_set(err, -EINVAL, "InvalidArchive",
	    "'%s' is no platform archive: %s; get it again", a->path, what);
}

/* Exactly len bytes. */
static int
read_all(struct archive *a, void *data, unsigned len, struct tt_err **err)
{
	int n = gzread(a->gz, data, len);

	if (n == (int)len)
		return 0;
	return invalid(
	    a, err, n < 0 ? "it cannot be unpacked, it is damaged" : "it ends too early");
}

static int
skip_padding(struct archive *a, uint64_t size, struct tt_err **err)
{
	char pad[TAR_BLOCK];
	unsigned rest = (unsigned)(size % TAR_BLOCK);

	return rest == 0 ? 0 : read_all(a, pad, TAR_BLOCK - rest, err);
}

static int
write_out(struct stage *s, struct archive *a, const struct tar_head *h, const char *name,
    struct tt_err **err)
{
	tt_auto(close) int fd = -1;
	char hex[TT_SHA256_HEX_LEN];
	int r = stage_create(s, name, &fd, err);

	for (uint64_t left = h->size; r == 0 && left > 0;) {
		unsigned n = left < KEY_HASH_CHUNK ? (unsigned)left : KEY_HASH_CHUNK;
		char *buf = key_hasher_get(a->hasher);

		r = read_all(a, buf, n, err);
		if (r < 0)
			return r;
		r = tt_write_all(fd, buf, n);
		if (r < 0)
			return tt_err_errno(err, r, "writing '%s/%s'", s->dir, name);
		key_hasher_put(a->hasher, n);
		left -= n;
		s->progress.done = (uint64_t)gzoffset(a->gz);
		key_progress_add(&s->progress, 0);
	}
	if (r < 0)
		return r;
	key_hasher_end(a->hasher, hex);
	manifest_add(&s->got, name, h->size, hex);
	return skip_padding(a, h->size, err);
}

/* os/<stamp>/NAME: the stamp is learnt, *ret is NAME inside h->name ("" for the folder). */
static int
split_name(struct stage *s, struct archive *a, const struct tar_head *h, const char **ret,
    struct tt_err **err)
{
	const char *path = tt_after_prefix(h->name, "./");
	tt_auto(free) char *stamp = NULL;
	const char *rest;
	size_t n;

	if (!path)
		path = h->name;
	*ret = "";
	if (h->folder && (tt_streq(path, "os") || tt_streq(path, ".") || !*path))
		return 0;
	if (manifest_bad_path(path))
		return invalid(a, err, manifest_bad_path(path));
	rest = tt_after_prefix(path, "os/");
	if (!rest)
		return invalid(a, err, "it holds files outside of os/<stamp>/");
	n = strcspn(rest, "/");
	stamp = tt_xstrndup(rest, n);
	*ret = rest[n] ? rest + n + 1 : "";
	if (!h->folder && !**ret)
		return invalid(a, err, "it holds files outside of os/<stamp>/");
	return stage_stamp(s, stamp, err);
}

static int
entry(struct stage *s, struct archive *a, const struct tar_head *h, struct tt_err **err)
{
	const char *name;
	int r;

	if (h->size > FILE_MAX || a->total + h->size > TOTAL_MAX || s->got.n >= FILES_MAX)
		return invalid(a, err, "a file of it is larger than any platform's");
	a->total += h->size;
	r = split_name(s, a, h, &name, err);
	if (r < 0 || h->folder)
		return r;
	if (manifest_find(&s->got, name))
		return invalid(a, err, "it holds the same file twice");
	return write_out(s, a, h, name, err);
}

int
stage_unpack(struct stage *s, const char *path, struct tt_err **err)
{
	struct archive a = { .path = path };
	tt_auto(key_hasher) struct key_hasher *hasher = key_hasher_new();
	tt_auto(gz) gzFile gz = NULL;
	struct stat st;
	int r = 0;

	if (stat(path, &st) < 0)
		return tt_err_errno(err, -errno, "reading '%s'", path);
	s->progress.total = (uint64_t)st.st_size;
	a.hasher = hasher;
	gz = a.gz = gzopen(path, "rbe");
	if (!gz)
		return tt_err_errno(err, -errno, "opening '%s'", path);
	(void)gzbuffer(gz, INPUT);
	while (r == 0) {
		char block[TAR_BLOCK];
		struct tar_head h;
		const char *why;

		r = read_all(&a, block, sizeof(block), err);
		if (r < 0)
			return r;
		r = tar_head_parse(block, sizeof(block), &h, &why);
		if (r < 0)
			return invalid(&a, err, why);
		if (r == 0)
			break;
		r = entry(s, &a, &h, err);
	}
	if (r == 0 && s->got.n == 0)
		return invalid(&a, err, "it is empty");
	return r;
}
