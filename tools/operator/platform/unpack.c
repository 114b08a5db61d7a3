// SPDX-License-Identifier: MPL-2.0
/*
 * A platform's archive: gzip around tar, walked once; each file is hashed while it is
 * written. Names must be os/<stamp>/..., sizes and their number are bounded.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "platform/key/hasher.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "platform/lib/tar/tar.h"
#include "tools/operator/platform/install.h"

#define FILE_MAX  (4 * TT_GIB - 1) /* FAT32's limit: it goes to the key */
#define TOTAL_MAX (16 * TT_GIB)
#define FILES_MAX 500

struct archive {
	const char *path;
	struct tt_tar *tar;
	struct key_hasher *hasher;
	uint64_t total; /* bytes of all files so far */
};

static int
invalid(const struct archive *a, struct tt_err **err, const char *what)
{
	return tt_err_set(err, -EINVAL, "InvalidArchive",
	    "'%s' is no platform archive: %s; get it again", a->path, what);
}

static int
write_out(struct stage *s, struct archive *a, const struct tt_tar_entry *h,
    const char *name, struct tt_err **err)
{
	tt_auto(close) int fd = -1;
	char hex[TT_SHA256_HEX_LEN];
	int r = stage_create(s, name, &fd, err);

	for (uint64_t left = h->size; r == 0 && left > 0;) {
		unsigned n = left < KEY_HASH_CHUNK ? (unsigned)left : KEY_HASH_CHUNK;
		char *buf = key_hasher_get(a->hasher);

		if (tt_tar_read(a->tar, buf, n) < 0)
			return invalid(a, err, tt_tar_why(a->tar));
		r = tt_write_all(fd, buf, n);
		if (r < 0)
			return tt_err_errno(err, r, "writing '%s/%s'", s->dir, name);
		key_hasher_put(a->hasher, n);
		left -= n;
		s->progress.done = tt_tar_offset(a->tar);
		key_progress_add(&s->progress, 0);
	}
	if (r < 0)
		return r;
	key_hasher_end(a->hasher, hex);
	manifest_add(&s->got, name, h->size, hex);
	return 0;
}

/* os/<stamp>/NAME: the stamp is learnt, *ret is NAME inside h->path ("" for the folder). */
static int
split_name(struct stage *s, struct archive *a, const struct tt_tar_entry *h,
    const char **ret, struct tt_err **err)
{
	const char *path = tt_after_prefix(h->path, "./");
	tt_auto(free) char *stamp = NULL;
	bool folder = h->type == TT_TAR_DIR;
	const char *rest;
	size_t n;

	if (!path)
		path = h->path;
	*ret = "";
	if (folder && (tt_streq(path, "os") || tt_streq(path, ".") || !*path))
		return 0;
	if (tt_path_bad(path))
		return invalid(a, err, tt_path_bad(path));
	rest = tt_after_prefix(path, "os/");
	if (!rest)
		return invalid(a, err, "it holds files outside of os/<stamp>/");
	n = strcspn(rest, "/");
	stamp = tt_xstrndup(rest, n);
	*ret = rest[n] ? rest + n + 1 : "";
	if (!folder && !**ret)
		return invalid(a, err, "it holds files outside of os/<stamp>/");
	return stage_stamp(s, stamp, err);
}

static int
entry(
    struct stage *s, struct archive *a, const struct tt_tar_entry *h, struct tt_err **err)
{
	const char *name;
	int r;

	if (h->type == TT_TAR_LINK)
		return invalid(a, err, "it holds a link");
	if (h->size > FILE_MAX || a->total + h->size > TOTAL_MAX || s->got.n >= FILES_MAX)
		return invalid(a, err, "a file of it is larger than any platform's");
	a->total += h->size;
	r = split_name(s, a, h, &name, err);
	if (r < 0 || h->type == TT_TAR_DIR)
		return r;
	if (manifest_find(&s->got, name))
		return invalid(a, err, "it holds the same file twice");
	return write_out(s, a, h, name, err);
}

static int
walk(struct stage *s, struct archive *a, struct tt_err **err)
{
	struct tt_tar_entry h;
	int r;

	while ((r = tt_tar_next(a->tar, &h)) == 1) {
		r = entry(s, a, &h, err);
		if (r < 0)
			return r;
	}
	if (r == 0)
		r = tt_tar_finish(a->tar);
	return r < 0 ? invalid(a, err, tt_tar_why(a->tar)) : 0;
}

int
stage_unpack(struct stage *s, const char *path, struct tt_err **err)
{
	tt_auto(key_hasher) struct key_hasher *hasher = key_hasher_new();
	tt_auto(tar) struct tt_tar *tar = NULL;
	struct archive a = { .path = path, .hasher = hasher };
	struct stat st;
	int r;

	if (stat(path, &st) < 0)
		return tt_err_errno(err, -errno, "reading '%s'", path);
	s->progress.total = (uint64_t)st.st_size;
	r = tt_tar_open(path, &tar, err);
	if (r < 0)
		return r;
	a.tar = tar;
	r = walk(s, &a, err);
	if (r == 0 && s->got.n == 0)
		return invalid(&a, err, "it is empty");
	return r;
}
