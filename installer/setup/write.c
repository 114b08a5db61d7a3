// SPDX-License-Identifier: MPL-2.0
/*
 * See write.h. FAT has no atomic rename, so at every moment one of .config.new, config and
 * config.prev is whole; the boot takes the first that is.
 */
#include "installer/setup/write.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "platform/lib/conf/secret.h"

/* The three names in one folder. */
struct target {
	char *fresh;
	char *config;
	char *prev;
};

static void
tt_auto_target(struct target *t)
{
	free(t->fresh);
	free(t->config);
	free(t->prev);
}

static struct target
target_in(const char *dir)
{
	return (struct target){
		.fresh = tt_path_join(dir, ".config.new"),
		.config = tt_path_join(dir, "config"),
		.prev = tt_path_join(dir, "config.prev"),
	};
}

static int
write_fresh(const char *path, const char *text, size_t len, struct tt_err **err)
{
	tt_auto(close) int fd = -1;
	int r;

	/* What lies here is the torn rest of an earlier try: the boot would have taken a whole one. */
	if (unlink(path) < 0 && errno != ENOENT)
		return tt_err_errno(err, -errno, "removing '%s'", path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return tt_err_errno(err, -errno, "creating '%s'", path);
	r = tt_write_all(fd, text, len);
	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	if (r < 0)
		return tt_err_errno(err, r, "writing '%s'", path);
	return 0;
}

/* The medium's copy must be what was written: read it back past the page cache. */
static int
verify(const char *path, const char *text, size_t len, struct tt_err **err)
{
	tt_auto(secret) struct tt_secret got = { 0 };
	tt_auto(close) int fd = open(path, O_RDONLY | O_CLOEXEC);
	int r;

	if (fd >= 0)
		(void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	tt_secret_init(&got, len + 1);
	r = tt_secret_read_file(&got, path, err);
	if (r < 0)
		return r;
	if (got.len != len || memcmp(got.data, text, len) != 0)
		return tt_err_set(err, -EIO, "Miscompare",
		    "'%s' reads back other bytes than were written: the medium is faulty",
		    path);
	return 0;
}

/* Put the file into place; any failure leaves the old config whole. */
static int
put(const struct target *t, const char *dir, const char *text, size_t len,
    struct tt_err **err)
{
	int r = write_fresh(t->fresh, text, len, err);

	if (r == 0)
		r = verify(t->fresh, text, len, err);
	/* a second whole copy, of what was or of what will be: FAT's rename loses one for a moment */
	if (r == 0)
		r = tt_file_copy(tt_path_exists(t->config) ? t->config : t->fresh,
		    t->prev, 0600, true, err);
	if (r == 0)
		r = tt_fsync_dir(dir);
	if (r == 0) {
		r = tt_file_move(t->fresh, t->config);
		if (r < 0)
			tt_err_errno(err, r, "renaming '%s'", t->fresh);
	}
	if (r < 0) {
		(void)unlink(t->fresh);
		return r;
	}
	return verify(t->config, text, len, err);
}

static int
write_in(const char *dir, const char *text, size_t len, struct tt_err **err)
{
	tt_auto(target) struct target t = target_in(dir);
	int r = put(&t, dir, text, len, err);

	if (r == -ENOSPC || r == -EDQUOT || r == -EFBIG)
		return tt_err_wrap(err, r,
		    "the medium is full, the old config is kept; free some space on '%s'",
		    dir);
	if (r < 0)
		return tt_err_wrap(err, r, "the config could not be written");
	/* The new one is on the medium for sure: the copy with the old secrets may go. */
	(void)unlink(t.prev);
	(void)tt_fsync_dir(dir);
	return 0;
}

int
write_config(const struct write_where *where, const char *text, size_t len,
    const char **ret_dir, struct tt_err **err)
{
	int r = write_in(where->media, text, len, err);

	*ret_dir = where->media;
	if (r != -EROFS)
		return r;
	tt_err_clear(err);
	*ret_dir = where->fallback;
	r = tt_mkdir_p(where->fallback, 0755, err);
	return r < 0 ? r : write_in(where->fallback, text, len, err);
}

int
write_private(
    const char *dir, const char *name, const char *text, size_t len, struct tt_err **err)
{
	tt_auto(free) char *path = tt_path_join(dir, name);
	tt_auto(free) char *folder = tt_path_dir(path);
	int r = tt_mkdir_p(folder, 0700, err);

	return r < 0 ? r : tt_file_replace(path, text, len, 0600, err);
}
