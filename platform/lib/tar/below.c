// SPDX-License-Identifier: MPL-2.0
/* See below.h. */
#include "platform/lib/tar/below.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"

int
tt_below_open(int root, const char *path, int flags, mode_t mode)
{
	struct open_how how = { .flags = (uint64_t)(flags | O_CLOEXEC),
		.mode = flags & O_CREAT ? mode : 0,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS };
	long fd = syscall(SYS_openat2, root, path, &how, sizeof(how));

	return fd < 0 ? -errno : (int)fd;
}

/* One step down, the folder made when it is missing. */
static int
step(int at, const char *part)
{
	int down = tt_below_open(at, part, O_PATH | O_DIRECTORY, 0);

	if (down == -ENOTDIR || down == -ELOOP) {
		if (unlinkat(at, part, 0) < 0)
			return -errno;
		down = -ENOENT;
	}
	if (down != -ENOENT)
		return down;
	if (mkdirat(at, part, 0755) < 0)
		return -errno;
	return tt_below_open(at, part, O_PATH | O_DIRECTORY, 0);
}

int
tt_below_folder(int root, const char *path)
{
	tt_auto(free) char *copy = tt_xstrdup(path);
	tt_auto(close) int at = tt_below_open(root, ".", O_PATH | O_DIRECTORY, 0);
	char *part = copy;

	while (at >= 0 && *part && !tt_streq(path, ".")) {
		char *slash = strchr(part, '/');
		int down;

		if (slash)
			*slash = '\0';
		down = step(at, part);
		if (down < 0)
			return down;
		close(at);
		at = down;
		if (!slash)
			break;
		part = slash + 1;
	}
	return tt_take_fd(at);
}

int
tt_below_clear(int dir, const char *name)
{
	if (unlinkat(dir, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR)
		return -errno;
	return unlinkat(dir, name, AT_REMOVEDIR) < 0 ? -errno : 0;
}

int
tt_below_create(int root, const char *path, mode_t mode)
{
	tt_auto(free) char *parent = tt_path_dir(path);
	tt_auto(close) int dir = tt_below_folder(root, parent);
	int r = dir < 0 ? dir : tt_below_clear(dir, tt_path_base(path));

	return r < 0 ? r
		     : tt_below_open(
			   dir, tt_path_base(path), O_WRONLY | O_CREAT | O_EXCL, mode);
}
