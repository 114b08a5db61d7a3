// SPDX-License-Identifier: MPL-2.0
/*
 * Looking at a device before it is overwritten.
 */
#include "image/writedev.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/buf.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/num.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"

#define MOUNTS_MAX (16 * TT_MIB)

bool
writedev_mounted(
    const char *mountinfo, unsigned major, unsigned minor, char *ret, size_t ret_size)
{
	tt_auto(strv) char **lines = tt_split(mountinfo, '\n');
	tt_auto(free) char *number = tt_xprintf("%u:%u", major, minor);

	/* proc(5): id parent major:minor root target ... - type source options */
	for (size_t i = 0; i < tt_strv_len(lines); i++) {
		tt_auto(strv) char **words = tt_split(lines[i], ' ');

		if (tt_strv_len(words) < 6 || strcmp(words[2], number) != 0)
			continue;
		(void)snprintf(ret, ret_size, "mounted on %s", words[4]);
		return true;
	}
	return false;
}

static bool
flag(const char *dir, const char *name)
{
	tt_auto(free) char *path = tt_path_join(dir, name);
	tt_auto(free) char *line = tt_file_line(path);

	return line != NULL && strcmp(line, "1") == 0;
}

/* sysfs folder of a block device number, resolved; caller frees, NULL when unknown. */
static char *
sysfs_dir(const char *root, dev_t dev)
{
	tt_auto(free) char *link =
	    tt_xprintf("%s/sys/dev/block/%u:%u", root, major(dev), minor(dev));

	return realpath(link, NULL);
}

static void
note_use(struct writedev *d, const char *name, const char *how)
{
	if (d->in_use)
		return;
	d->in_use = true;
	(void)snprintf(d->used_as, sizeof(d->used_as), "%s is %.180s", name, how);
}

/* The node at dir (the disk or one partition): mounted, held by another device, swap. */
static void
look_use(struct writedev *d, const char *dir, const char *mounts, const char *swaps)
{
	tt_auto(free) char *dev_path = tt_path_join(dir, "dev");
	tt_auto(free) char *number = tt_file_line(dev_path);
	tt_auto(free) char *holders = tt_path_join(dir, "holders");
	tt_auto(free) char *swap = tt_xprintf("/dev/%s ", tt_path_base(dir));
	tt_auto(strv) char **names = NULL;
	tt_auto(strv) char **parts = number == NULL ? NULL : tt_split(number, ':');
	char how[200];
	uint32_t ma, mi;

	if (parts != NULL && tt_strv_len(parts) == 2 &&
	    tt_parse_u32(parts[0], 0, UINT32_MAX, &ma) == 0 &&
	    tt_parse_u32(parts[1], 0, UINT32_MAX, &mi) == 0 &&
	    writedev_mounted(mounts, ma, mi, how, sizeof(how)))
		note_use(d, tt_path_base(dir), how);
	if (strstr(swaps, swap) != NULL)
		note_use(d, tt_path_base(dir), "swap space");
	if (tt_path_is_dir(holders) && tt_dir_list(holders, &names, NULL) >= 0 &&
	    names != NULL) {
		(void)snprintf(how, sizeof(how), "part of %s", names[0]);
		note_use(d, tt_path_base(dir), how);
	}
}

static void
look_parts(struct writedev *d, const char *dir, const char *root)
{
	tt_auto(buf) struct tt_buf mounts = TT_BUF_INIT(MOUNTS_MAX);
	tt_auto(buf) struct tt_buf swaps = TT_BUF_INIT(1 * TT_MIB);
	tt_auto(free) char *mountinfo = tt_path_join(root, "proc/self/mountinfo");
	tt_auto(free) char *swapfile = tt_path_join(root, "proc/swaps");
	tt_auto(strv) char **names = NULL;

	(void)tt_file_read(mountinfo, &mounts, NULL);
	(void)tt_file_read(swapfile, &swaps, NULL);
	look_use(d, dir, tt_buf_str(&mounts), tt_buf_str(&swaps));
	if (tt_dir_list(dir, &names, NULL) < 0)
		return;
	for (size_t i = 0; i < tt_strv_len(names); i++) {
		tt_auto(free) char *sub = tt_path_join(dir, names[i]);
		tt_auto(free) char *part = tt_path_join(sub, "partition");

		if (tt_path_exists(part))
			look_use(d, sub, tt_buf_str(&mounts), tt_buf_str(&swaps));
	}
}

static int
look_disk(struct writedev *d, dev_t dev, const char *root, struct tt_err **err)
{
	tt_auto(free) char *dir = sysfs_dir(root, dev);
	tt_auto(free) char *size_path = NULL;
	tt_auto(free) char *size = NULL;
	tt_auto(free) char *part = NULL;
	tt_auto(free) char *model_path = NULL;
	tt_auto(free) char *model = NULL;
	uint64_t sectors;

	if (dir == NULL)
		return tt_err_errno(err, -errno, "finding '%s' in /sys", d->path);
	part = tt_path_join(dir, "partition");
	d->is_partition = tt_path_exists(part);
	size_path = tt_path_join(dir, "size");
	size = tt_file_line(size_path);
	if (size == NULL || tt_parse_u64(size, 0, UINT64_MAX / 512, &sectors) < 0)
		return tt_err_set(
		    err, -EIO, "InternalError", "'%s' has no size in /sys", d->path);
	d->size = sectors * 512;
	d->removable = flag(dir, "removable") || strstr(dir, "/usb") != NULL;
	model_path = tt_path_join(dir, "device/model");
	model = tt_file_line(model_path);
	(void)snprintf(
	    d->model, sizeof(d->model), "%s", model == NULL ? "disk" : tt_trim(model));
	look_parts(d, dir, root);
	return 0;
}

int
writedev_look(
    const char *path, const char *root, struct writedev *ret, struct tt_err **err)
{
	struct stat st;

	memset(ret, 0, sizeof(*ret));
	if (tt_strcpy(ret->path, sizeof(ret->path), path) < 0)
		return tt_err_set(
		    err, -EINVAL, "InvalidArgument", "'%s' is too long", path);
	if (stat(path, &st) < 0)
		return tt_err_errno(err, -errno, "looking at '%s'", path);
	if (S_ISREG(st.st_mode)) {
		ret->is_file = true;
		ret->size = (uint64_t)st.st_size;
		(void)tt_strcpy(ret->model, sizeof(ret->model), "file");
		return 0;
	}
	if (!S_ISBLK(st.st_mode))
		return tt_err_set(err, -ENOTBLK, "InvalidArgument",
		    "'%s' is no disk: name one such as /dev/sdb (lsblk lists them)",
		    path);
	return look_disk(ret, st.st_rdev, root, err);
}

int
writedev_allow(const struct writedev *d, uint64_t need, bool force, struct tt_err **err)
{
	if (d->in_use)
		return tt_err_set(err, -EBUSY, "DeviceInUse",
		    "'%s' is in use: %s: unmount it first", d->path, d->used_as);
	if (d->is_partition)
		return tt_err_set(err, -EINVAL, "InvalidArgument",
		    "'%s' is a partition: the image needs the whole disk, name that",
		    d->path);
	if (d->size < need)
		return tt_err_set(err, -ENOSPC, "DeviceTooSmall",
		    "'%s' has %" PRIu64 " bytes, the image needs %" PRIu64
		    ": take a larger one or build with a smaller image-size",
		    d->path, d->size, need);
	if (!d->removable && !force)
		return tt_err_set(err, -EPERM, "NotRemovable",
		    "'%s' (%s) is not removable: --force overwrites it all the same",
		    d->path, d->model);
	return 0;
}
