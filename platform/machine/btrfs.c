// SPDX-License-Identifier: MPL-2.0
/*
 * btrfs by ioctl; see the header.
 */
#include "platform/machine/btrfs.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/btrfs.h>
#include <linux/btrfs_tree.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "platform/lib/base/macro.h"
#include "platform/lib/base/str.h"

#define QUOTA_CTL_ENABLE_SIMPLE 4 /* linux 6.7, include/uapi/linux/btrfs.h */

static int
ctl(int fd, unsigned long request, void *arg)
{
	return ioctl(fd, request, arg) < 0 ? -errno : 0;
}

int
mach_btrfs_quota(int fd)
{
	struct btrfs_ioctl_quota_ctl_args a = { .cmd = QUOTA_CTL_ENABLE_SIMPLE };
	int r = ctl(fd, BTRFS_IOC_QUOTA_CTL, &a);

	return r == -EEXIST ? 0 : r;
}

int
mach_btrfs_subvol_new(int fd, const char *name, int from, bool read_only, uint64_t qgroup)
{
	struct {
		struct btrfs_qgroup_inherit head;
		uint64_t group;
	} inherit = { .head.num_qgroups = 1, .group = qgroup };
	struct btrfs_ioctl_vol_args_v2 a = {
		.fd = from < 0 ? 0 : from,
		.flags = read_only ? BTRFS_SUBVOL_RDONLY : 0,
	};

	if (tt_strcpy(a.name, sizeof(a.name), name) < 0)
		return -ENAMETOOLONG;
	if (qgroup != 0) {
		a.flags |= BTRFS_SUBVOL_QGROUP_INHERIT;
		a.size = sizeof(inherit);
		a.qgroup_inherit = &inherit.head;
	}
	return ctl(
	    fd, from < 0 ? BTRFS_IOC_SUBVOL_CREATE_V2 : BTRFS_IOC_SNAP_CREATE_V2, &a);
}

int
mach_btrfs_readonly(int fd, bool read_only)
{
	uint64_t flags = read_only ? BTRFS_SUBVOL_RDONLY : 0;

	return ctl(fd, BTRFS_IOC_SUBVOL_SETFLAGS, &flags);
}

int
mach_btrfs_subvol_delete(int fd, const char *name)
{
	struct btrfs_ioctl_vol_args a = { 0 };

	if (tt_strcpy(a.name, sizeof(a.name), name) < 0)
		return -ENAMETOOLONG;
	return ctl(fd, BTRFS_IOC_SNAP_DESTROY, &a);
}

bool
mach_btrfs_is_subvol(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISDIR(st.st_mode) &&
	       st.st_ino == BTRFS_FIRST_FREE_OBJECTID;
}

int
mach_btrfs_subvol_id(int fd, uint64_t *ret_id)
{
	struct btrfs_ioctl_ino_lookup_args a = { .objectid = BTRFS_FIRST_FREE_OBJECTID };
	int r = ctl(fd, BTRFS_IOC_INO_LOOKUP, &a);

	if (!r)
		*ret_id = a.treeid;
	return r;
}

int
mach_btrfs_limit(int fd, uint64_t qgroup, uint64_t bytes)
{
	struct btrfs_ioctl_qgroup_limit_args a = {
		.qgroupid = qgroup,
		.lim = { .flags = BTRFS_QGROUP_LIMIT_MAX_RFER, .max_rfer = bytes },
	};

	return ctl(fd, BTRFS_IOC_QGROUP_LIMIT, &a);
}

int
mach_btrfs_qgroup(int fd, uint64_t qgroup, bool exists)
{
	struct btrfs_ioctl_qgroup_create_args a = { .create = exists,
		.qgroupid = qgroup };
	int r = ctl(fd, BTRFS_IOC_QGROUP_CREATE, &a);

	return r == (exists ? -EEXIST : -ENOENT) ? 0 : r;
}

int
mach_btrfs_label_get(int fd, char label[MACH_BTRFS_LABEL_MAX])
{
	return ctl(fd, BTRFS_IOC_GET_FSLABEL, label);
}

int
mach_btrfs_label_set(int fd, const char *label)
{
	char a[BTRFS_LABEL_SIZE] = { 0 };

	if (tt_strcpy(a, sizeof(a), label) < 0)
		return -ENAMETOOLONG;
	return ctl(fd, BTRFS_IOC_SET_FSLABEL, a);
}

int
mach_btrfs_sync(int fd)
{
	return ctl(fd, BTRFS_IOC_SYNC, NULL);
}

int
mach_btrfs_devices(int fd, uint64_t *ret_n)
{
	struct btrfs_ioctl_fs_info_args a = { 0 };
	int r = ctl(fd, BTRFS_IOC_FS_INFO, &a);

	if (!r)
		*ret_n = a.num_devices;
	return r;
}

int
mach_btrfs_device_next(int fd, uint64_t *id, char path[1024], uint64_t *ret_bytes)
{
	struct btrfs_ioctl_fs_info_args fs = { 0 };
	int r = ctl(fd, BTRFS_IOC_FS_INFO, &fs);

	if (r < 0)
		return r;
	while (++*id <= fs.max_id) {
		struct btrfs_ioctl_dev_info_args a = { .devid = *id };

		r = ctl(fd, BTRFS_IOC_DEV_INFO, &a);
		if (r == -ENODEV)
			continue;
		if (r < 0)
			return r;
		(void)tt_strf(path, 1024, "%.1000s", (const char *)a.path);
		*ret_bytes = a.total_bytes;
		return 0;
	}
	return -ENOENT;
}

int
mach_btrfs_scan(const char *device)
{
	struct btrfs_ioctl_vol_args a = { 0 };
	tt_auto(close) int fd = open("/dev/btrfs-control", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (tt_strcpy(a.name, sizeof(a.name), device) < 0)
		return -ENAMETOOLONG;
	return ctl(fd, BTRFS_IOC_SCAN_DEV, &a);
}
