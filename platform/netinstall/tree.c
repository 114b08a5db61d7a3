// SPDX-License-Identifier: MPL-2.0
/* See tree.h. */
#include "platform/netinstall/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "platform/key/manifest.h"
#include "platform/key/medium.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "platform/lib/tar/below.h"
#include "platform/lib/tar/tar.h"

#define CHUNK     (256 * TT_KIB)
#define FILE_MAX  (4 * TT_GIB - 1) /* FAT32's limit: it goes to the boot partitions */
#define TOTAL_MAX (64 * TT_GIB)

struct unpack {
	const char *archive;
	struct tt_tar *tar;
	int root;       /* the new folder */
	uint64_t total; /* bytes of all files so far */
	size_t files;
	char *buf;
	tree_progress *progress;
	void *ctx;
};

static int
invalid(const char *archive, const char *name, const char *rule, struct tt_err **err)
{
	return tt_err_set(err, -EINVAL, "InvalidArchive",
	    "'%s'%s%s%s: %s; build the network bundle again", archive, name ? ", '" : "",
	    name ? name : "", name ? "'" : "", rule);
}

static int
write_file(struct unpack *u, const struct tt_tar_entry *e, struct tt_err **err)
{
	tt_auto(close) int fd = tt_below_create(u->root, e->path, 0600);
	int r = fd < 0 ? fd : 0;

	for (uint64_t left = e->size; r == 0 && left > 0;) {
		size_t n = left < CHUNK ? (size_t)left : CHUNK;

		if (tt_tar_read(u->tar, u->buf, n) < 0)
			return invalid(u->archive, e->path, tt_tar_why(u->tar), err);
		r = tt_write_all(fd, u->buf, n);
		left -= n;
		if (u->progress)
			u->progress(tt_tar_offset(u->tar), u->ctx);
	}
	return r < 0 ? tt_err_errno(err, r, "unpacking '%s' on the pool", e->path) : 0;
}

static int
entry(struct unpack *u, struct tt_tar_entry *e, struct tt_err **err)
{
	const char *why = tt_path_bad(e->path);
	int r;

	if (e->type == TT_TAR_DIR && (tt_streq(e->path, ".") || !e->path[0]))
		return 0;
	if (!why && e->type == TT_TAR_LINK)
		why = "a key holds no links";
	if (!why && (e->size > FILE_MAX || u->total + e->size > TOTAL_MAX ||
			++u->files > MANIFEST_FILES_MAX))
		why = "it is larger than a key may be";
	if (why)
		return invalid(u->archive, e->path, why, err);
	u->total += e->size;
	if (e->type == TT_TAR_FILE)
		return write_file(u, e, err);
	r = tt_below_folder(u->root, e->path);
	if (r < 0)
		return tt_err_errno(err, r, "making the folder '%s'", e->path);
	close(r);
	return 0;
}

int
tree_unpack(const char *archive, const char *dir, tree_progress *progress, void *ctx,
    struct tt_err **err)
{
	tt_auto(free) char *buf = tt_xalloc(CHUNK);
	tt_auto(tar) struct tt_tar *tar = NULL;
	tt_auto(close) int root = -1;
	struct unpack u = {
		.archive = archive, .buf = buf, .progress = progress, .ctx = ctx
	};
	struct tt_tar_entry e;
	int r = tt_mkdir_p(dir, 0700, err);

	if (r < 0)
		return r;
	root = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return tt_err_errno(err, -errno, "opening '%s'", dir);
	r = tt_tar_open(archive, &tar, err);
	if (r < 0)
		return r;
	u.root = root;
	u.tar = tar;
	while ((r = tt_tar_next(tar, &e)) == 1) {
		r = entry(&u, &e, err);
		if (r < 0)
			return r;
	}
	if (r == 0)
		r = tt_tar_finish(tar);
	return r < 0 ? invalid(archive, NULL, tt_tar_why(tar), err) : 0;
}

int
tree_check(const char *dir, struct tt_err **err)
{
	tt_auto(free) char *path = tt_path_join(dir, KEY_MANIFEST),
			   *marker = tt_path_join(dir, KEY_MARKER);
	tt_auto(buf) struct tt_buf text = TT_BUF_INIT(MANIFEST_MAX);
	tt_auto(manifest) struct manifest m = { 0 };
	int r = tt_file_read(path, &text, err);

	if (r == -ENOENT) {
		tt_err_clear(err);
		return invalid(
		    "fulliso.tgz", KEY_MANIFEST, "a key has this file, it has not", err);
	}
	if (r == 0)
		r = manifest_parse(KEY_MANIFEST, tt_buf_str(&text), text.len, &m, err);
	if (r == 0 && !tt_path_exists(marker))
		return invalid(
		    "fulliso.tgz", KEY_MARKER, "a key has this file, it has not", err);
	for (size_t i = 0; r == 0 && i < m.n; i++) {
		tt_auto(free) char *file = tt_path_join(dir, m.v[i].path);
		struct stat st;

		if (lstat(file, &st) < 0 || !S_ISREG(st.st_mode) ||
		    (uint64_t)st.st_size != m.v[i].size)
			return invalid("fulliso.tgz", m.v[i].path,
			    "it is missing, or has not the size that the manifest says",
			    err);
	}
	return r;
}
