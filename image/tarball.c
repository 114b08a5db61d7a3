// SPDX-License-Identifier: MPL-2.0
/*
 * Tar archives; see tarball.h. libarchive makes the headers and the gzip frame.
 */
#include "image/tarball.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "image/out.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/str.h"

#define COPY_SIZE (1 * TT_MIB)
#define BLOCK     4096U

struct writer {
	struct archive *a;
	const struct tarball_opts *opts;
	int fd;
	struct tt_sha256 hash;
	uint8_t *block;
	uint64_t done, total;
};

static void
tt_auto_writer(struct writer *w)
{
	if (w->a != NULL)
		archive_write_free(w->a);
	if (w->fd >= 0)
		(void)close(w->fd);
	free(w->block);
}

static void
tt_auto_entry(struct archive_entry **e)
{
	archive_entry_free(*e);
}

/* libarchive's way out: the digest is taken on the way. */
static la_ssize_t
write_block(struct archive *a, void *ctx, const void *data, size_t len)
{
	struct writer *w = ctx;
	const int r = tt_write_all(w->fd, data, len);

	if (r < 0) {
		archive_set_error(a, -r, "%s", "cannot write");
		return -1;
	}
	tt_sha256_add(&w->hash, data, len);
	return (la_ssize_t)len;
}

static int
refused(struct writer *w, const char *name, struct tt_err **err)
{
	return tt_err_set(err, -EIO, "ArchiveError", "putting '%s' into the archive: %s",
	    name, archive_error_string(w->a));
}

static int
put(struct writer *w, const char *name, const void *data, size_t len, struct tt_err **err)
{
	if (archive_write_data(w->a, data, len) != (la_ssize_t)len)
		return refused(w, name, err);
	return 0;
}

/* len bytes of fd from its place on; hash may be NULL. */
static int
put_part(struct writer *w, const struct tarball_file *f, int fd, uint64_t len,
    struct tt_sha256 *hash, struct tt_err **err)
{
	int r = 0;

	while (r >= 0 && len > 0) {
		const size_t want = len < COPY_SIZE ? (size_t)len : COPY_SIZE;
		const ssize_t n = tt_read_all(fd, w->block, want);

		if (n < 0)
			return tt_err_errno(err, (int)n, "reading '%s'", f->from);
		if ((size_t)n != want)
			return tt_err_set(err, -EIO, "DigestMismatch",
			    "'%s' is shorter than it was: build it again", f->from);
		if (hash != NULL)
			tt_sha256_add(hash, w->block, want);
		r = put(w, f->name, w->block, want, err);
		len -= want;
		w->done += want;
		if (w->opts->progress != NULL)
			w->opts->progress(w->opts->ctx, w->done, w->total);
	}
	return r;
}

static int
put_whole(struct writer *w, const struct tarball_file *f, int fd, struct tt_err **err)
{
	uint8_t digest[TT_SHA256_SIZE];
	char hex[TT_SHA256_HEX_LEN];
	struct tt_sha256 hash;
	int r;

	tt_sha256_init(&hash);
	r = put_part(w, f, fd, f->size, &hash, err);
	if (r < 0 || f->sha256 == NULL)
		return r;
	tt_sha256_end(&hash, digest);
	tt_hex(digest, sizeof(digest), hex);
	if (tt_streq(hex, f->sha256))
		return 0;
	return tt_err_set(err, -EIO, "DigestMismatch",
	    "'%s' has changed while it was packed: build it again", f->from);
}

/* libarchive wants the zeros of a hole as well, and drops them. */
static int
put_hole(struct writer *w, const char *name, uint64_t len, struct tt_err **err)
{
	static const uint8_t zeros[COPY_SIZE];
	int r = 0;

	while (r >= 0 && len > 0) {
		const size_t n = len < COPY_SIZE ? (size_t)len : COPY_SIZE;

		r = put(w, name, zeros, n, err);
		len -= n;
	}
	return r;
}

static uint64_t
extent_number(const json_t *extent, size_t i)
{
	return (uint64_t)json_integer_value(json_array_get(extent, i));
}

/*
 * The next stretch of data from extent *i on, in whole blocks: GNU tar takes 512 bytes at
 * a time of each. False at the end.
 */
static bool
next_data(const struct tarball_file *f, size_t *i, uint64_t *ret_at, uint64_t *ret_end)
{
	const size_t n = json_array_size(f->extents);

	if (*i >= n)
		return false;
	for (size_t first = *i; *i < n; (*i)++) {
		const json_t *extent = json_array_get(f->extents, *i);
		const uint64_t at = extent_number(extent, 0) / BLOCK * BLOCK;
		const uint64_t end =
		    extent_number(extent, 0) + extent_number(extent, 1) + BLOCK - 1;

		if (*i == first)
			*ret_at = at;
		else if (at > *ret_end)
			break;
		*ret_end = end / BLOCK * BLOCK;
	}
	if (*ret_end > f->size)
		*ret_end = f->size;
	return true;
}

static int
put_sparse(struct writer *w, const struct tarball_file *f, int fd, struct tt_err **err)
{
	uint64_t done = 0, at, end;
	size_t i = 0;
	int r = 0;

	while (r >= 0 && next_data(f, &i, &at, &end)) {
		r = put_hole(w, f->name, at - done, err);
		if (r >= 0 && lseek(fd, (off_t)at, SEEK_SET) < 0)
			r = tt_err_errno(err, -errno, "reading '%s'", f->from);
		if (r >= 0)
			r = put_part(w, f, fd, end - at, NULL, err);
		done = end;
	}
	return r < 0 ? r : put_hole(w, f->name, f->size - done, err);
}

static int
put_contents(struct writer *w, const struct tarball_file *f, struct tt_err **err)
{
	tt_auto(close) int fd = -1;

	if (f->size == 0 || f->target != NULL)
		return 0;
	if (f->from == NULL)
		return put(w, f->name, f->text, (size_t)f->size, err);
	fd = open(f->from, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return tt_err_errno(err, -errno, "opening '%s'", f->from);
	return f->extents != NULL ? put_sparse(w, f, fd, err) : put_whole(w, f, fd, err);
}

static int
add(struct writer *w, const struct tarball_file *f, struct tt_err **err)
{
	tt_auto(entry) struct archive_entry *e = archive_entry_new();
	uint64_t at, end;
	size_t i = 0;

	archive_entry_set_pathname(e, f->name);
	archive_entry_set_filetype(e, f->target != NULL ? AE_IFLNK : AE_IFREG);
	if (f->target != NULL)
		archive_entry_set_symlink(e, f->target);
	archive_entry_set_perm(e, f->target != NULL ? 0777
				  : f->mode != 0    ? f->mode
						    : 0644);
	archive_entry_set_size(e, f->target != NULL ? 0 : (la_int64_t)f->size);
	archive_entry_set_mtime(e, (time_t)w->opts->epoch, 0);
	while (f->extents != NULL && next_data(f, &i, &at, &end))
		archive_entry_sparse_add_entry(e, (la_int64_t)at, (la_int64_t)(end - at));
	if (archive_write_header(w->a, e) != ARCHIVE_OK)
		return refused(w, f->name, err);
	return put_contents(w, f, err);
}

static uint64_t
data_bytes(const struct tarball_file *files, size_t n)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < n; i++)
		if (files[i].from != NULL)
			sum += files[i].extents != NULL
				   ? out_extents_bytes(files[i].extents)
				   : files[i].size;
	return sum;
}

static int
start(struct writer *w, const char *path, struct tt_err **err)
{
	const char level[] = { (char)('0' + w->opts->level % 10), '\0' };
	int r = ARCHIVE_OK;

	w->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (w->fd < 0)
		return tt_err_errno(err, -errno, "creating '%s'", path);
	tt_sha256_init(&w->hash);
	w->block = tt_xalloc(COPY_SIZE);
	w->a = archive_write_new();
	(void)archive_write_set_format_pax_restricted(w->a);
	(void)archive_write_set_bytes_per_block(w->a, COPY_SIZE);
	(void)archive_write_set_bytes_in_last_block(w->a, 1);
	if (w->opts->gzip) {
		r = archive_write_add_filter_gzip(w->a);
		if (r == ARCHIVE_OK)
			r = archive_write_set_filter_option(
			    w->a, "gzip", "timestamp", NULL);
		if (r == ARCHIVE_OK)
			r = archive_write_set_filter_option(
			    w->a, "gzip", "compression-level", level);
	}
	if (r != ARCHIVE_OK ||
	    archive_write_open(w->a, w, NULL, write_block, NULL) != ARCHIVE_OK)
		return tt_err_set(err, -EIO, "ArchiveError", "starting '%s': %s", path,
		    archive_error_string(w->a));
	return 0;
}

int
tarball_write(const char *path, const struct tarball_file *files, size_t n,
    const struct tarball_opts *opts, char sha256[TT_SHA256_HEX_LEN], struct tt_err **err)
{
	tt_auto(writer) struct writer w = {
		.opts = opts, .fd = -1, .total = data_bytes(files, n)
	};
	uint8_t digest[TT_SHA256_SIZE];
	int r;

	r = start(&w, path, err);
	for (size_t i = 0; r >= 0 && i < n; i++)
		r = add(&w, &files[i], err);
	if (r < 0)
		return r;
	if (archive_write_close(w.a) != ARCHIVE_OK)
		return tt_err_set(err, -EIO, "ArchiveError", "ending '%s': %s", path,
		    archive_error_string(w.a));
	tt_sha256_end(&w.hash, digest);
	tt_hex(digest, sizeof(digest), sha256);
	return 0;
}
