// SPDX-License-Identifier: MPL-2.0
/*
 * Small system calls in the shape init needs them.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "platform/init/init.h"

void
init_sleep_ms(unsigned ms)
{
	struct timespec ts = { .tv_sec = ms / 1000,
		.tv_nsec = (long)(ms % 1000) * 1000000 };

	while (nanosleep(&ts, &ts) != 0 && errno == EINTR)
		;
}

void
init_mkdir(const char *path)
{
	if (mkdir(path, 0755) != 0 && errno != EEXIST)
		init_fatal("mkdir", errno, "%s", path);
}

int
init_read_text(const char *path, char *out, size_t out_size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t n = 0;
	ssize_t got = 0;

	if (fd < 0)
		return -errno;
	while (n + 1 < out_size && (got = read(fd, out + n, out_size - 1 - n)) > 0)
		n += (size_t)got;
	(void)close(fd);
	if (got < 0)
		return -EIO;
	while (n > 0 && out[n - 1] == '\n')
		n--;
	out[n] = '\0';
	return 0;
}

int
init_write_text(const char *path, const char *text, int mode)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | (mode ? O_CREAT | O_TRUNC : 0), mode);
	size_t len = strlen(text);
	int r = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, len) != (ssize_t)len)
		r = -EIO;
	(void)close(fd);
	return r;
}

int
init_mount(const char *what, const char *where, const char *type, unsigned long flags,
    const char *options)
{
	if (mount(what, where, type, flags, options) != 0)
		return -errno;
	return 0;
}
