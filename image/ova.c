// SPDX-License-Identifier: MPL-2.0
/*
 * OVA archives; see ova.h. libarchive makes the tar headers.
 */
#include "image/ova.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/str.h"

#define COPY_SIZE (1 * TT_MIB)

struct target {
	int fd;
	struct tt_sha256 hash;
};

static void
tt_auto_archive(struct archive **a)
{
	if (*a != NULL)
		archive_write_free(*a);
}

static void
tt_auto_entry(struct archive_entry **e)
{
	archive_entry_free(*e);
}

int
ova_manifest(const struct ova_file *files, size_t n, struct tt_buf *out)
{
	for (size_t i = 0; i < n; i++) {
		const struct ova_file *f = &files[i];
		char hex[TT_SHA256_HEX_LEN];

		if (f->sha256 == NULL)
			tt_sha256_hex(f->text, (size_t)f->size, hex);
		(void)tt_buf_addf(out, "SHA256(%s)= %s\n", f->name,
		    f->sha256 == NULL ? hex : f->sha256);
	}
	return out->overflow ? -EMSGSIZE : 0;
}

/* libarchive's way out: the digest is taken on the way. */
static la_ssize_t
write_block(struct archive *a, void *ctx, const void *data, size_t len)
{
	struct target *t = ctx;
	const int r = tt_write_all(t->fd, data, len);

	if (r < 0) {
		archive_set_error(a, -r, "%s", "cannot write");
		return -1;
	}
	tt_sha256_add(&t->hash, data, len);
	return (la_ssize_t)len;
}

static int
add_file_data(struct archive *a, const struct ova_file *f, struct tt_err **err)
{
	tt_auto(free) uint8_t *block = tt_xalloc(COPY_SIZE);
	tt_auto(close) int fd = open(f->from, O_RDONLY | O_CLOEXEC);
	uint64_t done = 0;

	if (fd < 0)
		return tt_err_errno(err, -errno, "opening '%s'", f->from);
	while (done < f->size) {
		const ssize_t n = tt_read_all(fd, block, COPY_SIZE);

		if (n < 0)
			return tt_err_errno(err, (int)n, "reading '%s'", f->from);
		if (n == 0 || archive_write_data(a, block, (size_t)n) != n)
			return tt_err_set(err, -EIO, "ArchiveError",
			    "putting '%s' into the archive: %s", f->name,
			    n == 0 ? "it is shorter than it was"
				   : archive_error_string(a));
		done += (uint64_t)n;
	}
	return 0;
}

static int
add(struct archive *a, const struct ova_file *f, int64_t epoch, struct tt_err **err)
{
	tt_auto(entry) struct archive_entry *e = archive_entry_new();

	archive_entry_set_pathname(e, f->name);
	archive_entry_set_filetype(e, AE_IFREG);
	archive_entry_set_perm(e, 0644);
	archive_entry_set_size(e, (la_int64_t)f->size);
	archive_entry_set_mtime(e, (time_t)epoch, 0);
	if (archive_write_header(a, e) != ARCHIVE_OK)
		return tt_err_set(err, -EIO, "ArchiveError",
		    "putting '%s' into the archive: %s", f->name,
		    archive_error_string(a));
	if (f->from != NULL)
		return add_file_data(a, f, err);
	if (archive_write_data(a, f->text, (size_t)f->size) != (la_ssize_t)f->size)
		return tt_err_set(err, -EIO, "ArchiveError",
		    "putting '%s' into the archive: %s", f->name,
		    archive_error_string(a));
	return 0;
}

int
ova_write(const char *path, const struct ova_file *files, size_t n, int64_t epoch,
    char sha256[TT_SHA256_HEX_LEN], struct tt_err **err)
{
	tt_auto(archive) struct archive *a = archive_write_new();
	tt_auto(close) int fd =
	    open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	struct target t = { .fd = fd };
	uint8_t digest[TT_SHA256_SIZE];
	int r = 0;

	if (fd < 0)
		return tt_err_errno(err, -errno, "creating '%s'", path);
	tt_sha256_init(&t.hash);
	(void)archive_write_set_format_ustar(a);
	(void)archive_write_set_bytes_per_block(a, COPY_SIZE);
	(void)archive_write_set_bytes_in_last_block(a, 1);
	if (archive_write_open(a, &t, NULL, write_block, NULL) != ARCHIVE_OK)
		return tt_err_set(err, -EIO, "ArchiveError", "starting '%s': %s", path,
		    archive_error_string(a));
	for (size_t i = 0; r >= 0 && i < n; i++)
		r = add(a, &files[i], epoch, err);
	if (r < 0)
		return r;
	if (archive_write_close(a) != ARCHIVE_OK)
		return tt_err_set(err, -EIO, "ArchiveError", "ending '%s': %s", path,
		    archive_error_string(a));
	tt_sha256_end(&t.hash, digest);
	tt_hex(digest, sizeof(digest), sha256);
	return 0;
}
