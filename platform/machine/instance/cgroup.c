// SPDX-License-Identifier: MPL-2.0
/*
 * Control groups of instances.
 */
#include "platform/machine/instance/cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/time.h"
#include "platform/machine/instance/place.h"

#define CONTROLLERS "+cpuset +cpu +io +memory +pids"
#define REMOVE_MS   2000U

static char *
group(const char *uuid, const char *file)
{
	return tt_xprintf(MACH_CGROUP "/%s/%s", uuid, file);
}

/* Control files take one write without O_CREAT. */
static int
put(const char *path, const char *text)
{
	tt_auto(close) int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd < 0 ? -errno : tt_write_all(fd, text, strlen(text));
}

int
mach_cgroup_init(struct tt_err **err)
{
	int r = put("/sys/fs/cgroup/cgroup.subtree_control", CONTROLLERS);

	if (r == 0)
		r = tt_mkdir_p(MACH_CGROUP, 0755, err);
	if (r == 0)
		r = put(MACH_CGROUP "/cgroup.subtree_control", CONTROLLERS);
	return r < 0 ? tt_err_errno(err, r, "giving '%s' its controllers", MACH_CGROUP)
		     : 0;
}

int
mach_cgroup_set(const char *uuid, const json_t *unified, struct tt_err **err)
{
	const char *file;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)unified, file, value)
	{
		tt_auto(free) char *path = group(uuid, file);
		int r = put(path, json_string_value(value));

		if (r < 0)
			return tt_err_errno(err, r, "setting %s of instance %s to '%s'",
			    file, uuid, json_string_value(value));
	}
	return 0;
}

int
mach_cgroup_kill(const char *uuid, struct tt_err **err)
{
	tt_auto(free) char *path = group(uuid, "cgroup.kill");
	int r = put(path, "1");

	return r < 0 && r != -ENOENT ? tt_err_errno(err, r, "ending instance %s", uuid)
				     : 0;
}

bool
mach_cgroup_populated(const char *uuid)
{
	tt_auto(free) char *path = group(uuid, "cgroup.events");
	tt_auto(free) char *line = tt_file_line(path);

	return line != NULL && strcmp(line, "populated 1") == 0;
}

int
mach_cgroup_wait_empty(const char *uuid, unsigned timeout_ms)
{
	tt_auto(free) char *path = group(uuid, "cgroup.events");
	const int64_t end = tt_mono_us() + (int64_t)timeout_ms * 1000;
	tt_auto(close) int fd = open(path, O_RDONLY | O_CLOEXEC);
	char text[64];

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLPRI };
		const ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
		const int64_t left = (end - tt_mono_us()) / 1000;

		if (n < 0) /* ENODEV: the group went while we looked */
			return errno == ENODEV ? 0 : -errno;
		text[n] = '\0';
		if (strncmp(text, "populated 1", 11) != 0)
			return 0;
		if (left <= 0)
			return -ETIME;
		(void)poll(&p, 1, (int)left);
	}
}

/* Leaves first: a container may have made groups below its own. */
static int
remove_below(int parent, const char *name)
{
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	const struct dirent *e;
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	if (d == NULL) {
		const int r = -errno;

		if (fd >= 0)
			close(fd);
		return r == -ENOENT ? 0 : r;
	}
	while ((e = readdir(d)) != NULL)
		if (e->d_type == DT_DIR && strcmp(e->d_name, ".") != 0 &&
		    strcmp(e->d_name, "..") != 0)
			(void)remove_below(dirfd(d), e->d_name);
	closedir(d);
	return unlinkat(parent, name, AT_REMOVEDIR) < 0 && errno != ENOENT ? -errno : 0;
}

int
mach_cgroup_remove(const char *uuid, struct tt_err **err)
{
	tt_auto(close) int fd = open(MACH_CGROUP, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const int64_t end = tt_mono_us() + REMOVE_MS * 1000LL;
	int r = fd < 0 ? -errno : 0;

	if (r == -ENOENT)
		return 0;
	/* a process that has ended counts until it is reaped */
	while (r == 0 && (r = remove_below(fd, uuid)) == -EBUSY && tt_mono_us() < end) {
		tt_sleep_ms(5);
		r = 0;
	}
	return r < 0 ? tt_err_errno(err, r, "removing the control group of %s", uuid) : 0;
}
