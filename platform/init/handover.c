// SPDX-License-Identifier: MPL-2.0
/*
 * Answers that came with the initramfs of a network boot: they go into the new root, where
 * the first-boot questions look for them. Their meaning is none of ours.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "platform/init/init.h"

#define DIR_BOOT "/system/boot"
#define FILE_MAX INIT_MIB

/* All of it, or a negative errno. */
static int
copy(int from, int to)
{
	char buf[4096];
	size_t total = 0;
	ssize_t n;

	while ((n = read(from, buf, sizeof(buf))) > 0) {
		total += (size_t)n;
		if (total > FILE_MAX)
			return -EFBIG;
		if (write(to, buf, (size_t)n) != n)
			return -EIO;
	}
	return n < 0 ? -errno : 0;
}

static void
hand_over(const char *name)
{
	char from[64], path[64];
	int in, out, r;

	(void)snprintf(from, sizeof(from), DIR_BOOT "/%s", name);
	in = open(from, O_RDONLY | O_CLOEXEC);
	if (in < 0)
		return;
	init_mkdir(DIR_NEW "/system");
	init_mkdir(DIR_NEW DIR_BOOT);
	(void)snprintf(path, sizeof(path), DIR_NEW DIR_BOOT "/%s", name);
	out = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	r = out < 0 ? -errno : copy(in, out);
	if (out >= 0)
		(void)close(out);
	(void)close(in);
	if (r < 0) {
		(void)unlink(path);
		init_warn("%s: %s", from, strerror(-r));
	}
	(void)unlink(from);
}

void
init_hand_over(void)
{
	hand_over("answers.json");
	hand_over("tinkerbell.json");
}
