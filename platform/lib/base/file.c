// SPDX-License-Identifier: MPL-2.0
/* See file.h. */
#include "platform/lib/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"

int
tt_write_all(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

ssize_t
tt_read_all(int fd, void *data, size_t len)
{
	char *p = data;
	size_t have = 0;

	while (have < len) {
		ssize_t n = read(fd, p + have, len - have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		have += (size_t)n;
	}
	return (ssize_t)have;
}

int
tt_file_read(const char *path, struct tt_buf *out, struct tt_err **err)
{
	tt_auto(close) int fd = open(path, O_RDONLY | O_CLOEXEC);
	char chunk[16 * TT_KIB];

	if (fd < 0)
		return tt_err_errno(err, -errno, "opening '%s'", path);
	for (;;) {
		ssize_t n = tt_read_all(fd, chunk, sizeof(chunk));

		if (n < 0)
			return tt_err_errno(err, (int)n, "reading '%s'", path);
		if (n == 0)
			return 0;
		if (tt_buf_add(out, chunk, (size_t)n) < 0)
			return tt_err_set(err, -EFBIG, "TooLarge",
			    "'%s' is larger than the %zu bytes allowed here", path,
			    out->max);
	}
}

char *
tt_file_line(const char *path)
{
	tt_auto(close) int fd = open(path, O_RDONLY | O_CLOEXEC);
	char line[4 * TT_KIB];
	const char *end;
	ssize_t n = fd >= 0 ? tt_read_all(fd, line, sizeof(line)) : -1;

	if (n < 0)
		return NULL;
	end = memchr(line, '\n', (size_t)n);
	return tt_xstrndup(line, end != NULL ? (size_t)(end - line) : (size_t)n);
}

int
tt_fsync_dir(const char *dir)
{
	tt_auto(close) int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || fsync(fd) < 0)
		return -errno;
	return 0;
}

static int
write_new(
    const char *path, const void *data, size_t len, mode_t mode, int flags, bool sync)
{
	tt_auto(close) int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, mode);
	int r;

	if (fd < 0)
		return -errno;
	/* FAT knows no modes: refused there, and the mount's umask stands */
	if (fchmod(fd, mode) < 0 && errno != EPERM)
		return -errno;
	r = tt_write_all(fd, data, len);
	if (r == 0 && sync && fsync(fd) < 0)
		r = -errno;
	return r;
}

/*
 * FAT keeps size and start of a file in its name's entry, and a rename makes an empty entry
 * that only the next write of the inode fills: until then a power cut leaves a file of no
 * bytes. Elsewhere the second sync would only cost.
 */
static int
sync_moved(int fd)
{
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0)
		return -errno;
	return fs.f_type == MSDOS_SUPER_MAGIC && fsync(fd) < 0 ? -errno : 0;
}

int
tt_file_move(const char *from, const char *to)
{
	tt_auto(close) int fd =
	    open(from, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	tt_auto(free) char *here = tt_path_dir(from);
	tt_auto(free) char *there = tt_path_dir(to);
	int r;

	if (fd < 0 || rename(from, to) < 0)
		return -errno;
	r = sync_moved(fd);
	if (r == 0)
		r = tt_fsync_dir(there);
	if (r == 0 && !tt_streq(here, there))
		r = tt_fsync_dir(here);
	return r;
}

int
tt_file_replace(
    const char *path, const void *data, size_t len, mode_t mode, struct tt_err **err)
{
	tt_auto(free) char *tmp = tt_xprintf("%s.new-%d", path, (int)getpid());
	int r = write_new(tmp, data, len, mode, O_TRUNC | O_NOFOLLOW, true);

	if (r == 0)
		r = tt_file_move(tmp, path);
	if (r < 0)
		unlink(tmp);
	return r < 0 ? tt_err_errno(err, r, "writing '%s'", path) : 0;
}

int
tt_file_write(
    const char *path, const void *data, size_t len, mode_t mode, struct tt_err **err)
{
	int r = write_new(path, data, len, mode, O_TRUNC, false);

	return r < 0 ? tt_err_errno(err, r, "writing '%s'", path) : 0;
}

static int
copy_by_reading(int in, int out)
{
	tt_auto(free) char *chunk = tt_xalloc(TT_MIB);

	for (;;) {
		ssize_t n = tt_read_all(in, chunk, TT_MIB);
		int r;

		if (n <= 0)
			return (int)n;
		r = tt_write_all(out, chunk, (size_t)n);
		if (r < 0)
			return r;
	}
}

static int
copy_fds(int in, int out)
{
	for (;;) {
		ssize_t n = copy_file_range(in, NULL, out, NULL, 64 * TT_MIB, 0);

		if (n == 0)
			return copy_by_reading(in, out); /* sysfs and friends say 0 */
		if (n < 0 && errno != EINTR)
			return copy_by_reading(in, out);
	}
}

int
tt_file_copy(
    const char *from, const char *to, mode_t mode, bool sync, struct tt_err **err)
{
	tt_auto(close) int in = open(from, O_RDONLY | O_CLOEXEC);
	tt_auto(close) int out = -1;
	int r;

	if (in < 0)
		return tt_err_errno(err, -errno, "opening '%s'", from);
	out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	if (out < 0)
		return tt_err_errno(err, -errno, "creating '%s'", to);
	r = copy_fds(in, out);
	if (r == 0 && fchmod(out, mode) < 0 && errno != EPERM)
		r = -errno;
	if (r == 0 && sync && fsync(out) < 0)
		r = -errno;
	return r < 0 ? tt_err_errno(err, r, "copying '%s' to '%s'", from, to) : 0;
}
