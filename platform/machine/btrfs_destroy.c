// SPDX-License-Identifier: MPL-2.0
/*
 * Deleting trees that may hold subvolumes, which no unlink removes.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/path.h"
#include "platform/machine/btrfs.h"

#define DEPTH_MAX 128 /* folders in folders; each is an open descriptor */

/* Delete a subvolume with those inside it, or a folder with its subvolumes. */
static int
destroy(int parent, const char *dir, const char *name, unsigned depth)
{
	tt_auto(free) char *path = tt_path_join(dir, name);
	const struct dirent *e;
	struct stat st;
	DIR *d;
	int fd;

	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISDIR(st.st_mode))
		return unlink(path) < 0 ? -errno : 0;
	if (mach_btrfs_is_subvol(path) && mach_btrfs_subvol_delete(parent, name) == 0)
		return 0;
	d = depth < DEPTH_MAX ? opendir(path) : NULL;
	if (!d)
		return -errno;
	fd = dirfd(d);
	while ((e = readdir(d)))
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			(void)destroy(fd, path, e->d_name, depth + 1);
	closedir(d);
	if (mach_btrfs_is_subvol(path))
		return mach_btrfs_subvol_delete(parent, name);
	return rmdir(path) < 0 ? -errno : 0;
}

int
mach_btrfs_destroy(int parent, const char *dir, const char *name)
{
	return destroy(parent, dir, name, 0);
}
