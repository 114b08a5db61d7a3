// SPDX-License-Identifier: MPL-2.0
/*
 * Id-mapped mounts.
 */
#include "platform/machine/instance/idmap.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "platform/lib/base/file.h"
#include "platform/lib/base/str.h"
#include "platform/machine/instance/place.h"

#define CHILD_STACK 16384

/* Only there for its namespace. */
static int
hold(void *unused TT_UNUSED)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (pause() < 0)
		;
	return 0;
}

static int
write_map(pid_t pid, const char *file, unsigned slot)
{
	char path[64], line[64];
	tt_auto(close) int fd = -1;

	(void)tt_strf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	(void)tt_strf(line, sizeof(line), "0 %u %u\n", mach_id_base(slot), MACH_ID_RANGE);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	return fd < 0 ? -errno : tt_write_all(fd, line, strlen(line));
}

static int
map_and_open(pid_t pid, unsigned slot, int *ret_fd)
{
	char path[64];
	int r = write_map(pid, "uid_map", slot);

	if (r == 0)
		r = write_map(pid, "gid_map", slot);
	if (r < 0)
		return r;
	(void)tt_strf(path, sizeof(path), "/proc/%d/ns/user", (int)pid);
	*ret_fd = open(path, O_RDONLY | O_CLOEXEC);
	return *ret_fd < 0 ? -errno : 0;
}

int
mach_userns_new(unsigned slot, int *ret_fd, struct tt_err **err)
{
	char stack[CHILD_STACK] __attribute__((aligned(16)));
	/* shares our memory and descriptors: a page of stack is all it costs */
	const pid_t pid = clone(hold, stack + sizeof(stack),
	    CLONE_NEWUSER | CLONE_VM | CLONE_FILES | SIGCHLD, NULL);
	int r = pid < 0 ? -errno : map_and_open(pid, slot, ret_fd);

	if (pid > 0) {
		(void)kill(pid, SIGKILL);
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	return r < 0 ? tt_err_errno(err, r, "making the user namespace of slot %u", slot)
		     : 0;
}

int
mach_idmap_clone(
    const char *path, int userns, bool read_only, int *ret_mount, struct tt_err **err)
{
	struct mount_attr a = {
		.attr_set = MOUNT_ATTR_IDMAP | MOUNT_ATTR_NODEV |
			    (read_only ? MOUNT_ATTR_RDONLY : 0),
		.userns_fd = (uint64_t)userns,
	};
	tt_auto(close) int fd = -1;

	fd = open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (fd < 0)
		return tt_err_errno(err, -errno, "cloning the mount of '%s'", path);
	if (mount_setattr(fd, "", AT_EMPTY_PATH, &a, sizeof(a)) < 0)
		return tt_err_errno(err, -errno, "mapping the ids of '%s'", path);
	*ret_mount = tt_take_fd(fd);
	return 0;
}

int
mach_mount_attach(int mount, int dir, const char *name, struct tt_err **err)
{
	if (move_mount(mount, "", dir, name, MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return tt_err_errno(err, -errno, "attaching a mount at '%s'", name);
	return 0;
}
