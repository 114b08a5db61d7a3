// SPDX-License-Identifier: MPL-2.0
/*
 * Targets of an installation, and the boot code of one.
 */
#include "platform/key/install_disk.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/btrfs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/num.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "platform/lib/conf/grubcode.h"
#include "platform/machine/disk.h"

#define UUID_TEXT 37

void
key_targets_release(struct key_targets *t)
{
	free(t->v);
	*t = (struct key_targets){ 0 };
}

static int
pool_uuid(const char *pool, char out[UUID_TEXT])
{
	tt_auto(close) int fd = open(pool, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct btrfs_ioctl_fs_info_args a = { 0 };
	char hex[2 * BTRFS_FSID_SIZE + 1];

	if (fd < 0 || ioctl(fd, BTRFS_IOC_FS_INFO, &a) < 0)
		return -errno;
	tt_hex(a.fsid, sizeof(a.fsid), hex);
	return tt_strf(out, UUID_TEXT, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8,
	    hex + 12, hex + 16, hex + 20);
}

static void
add_disk(struct key_targets *t, const char *member)
{
	tt_auto(strv) char **parts = NULL;
	struct key_target k = { 0 };

	if (mach_disk_of("/sys", member, k.disk) < 0 ||
	    mach_parts("/sys", k.disk, &parts, NULL) < 0)
		return;
	for (size_t i = 0; i < t->n; i++)
		if (tt_streq(t->v[i].disk, k.disk))
			return;
	for (char **p = parts; p && *p; p++) {
		tt_auto(free) char *name = mach_part_label("/sys", *p);

		if (tt_streq(name, MACH_PART_BIOS))
			(void)tt_strcpy(k.bios, sizeof(k.bios), *p);
		else if (tt_streq(name, MACH_PART_ESP))
			(void)tt_strcpy(k.esp, sizeof(k.esp), *p);
	}
	if (!k.bios[0])
		k.esp[0] = '\0';
	t->v = tt_xrealloc(t->v, (t->n + 1) * sizeof(*t->v));
	t->v[t->n++] = k;
	t->usable += k.esp[0] != '\0';
}

int
key_targets_find(const char *pool, struct key_targets *ret, struct tt_err **err)
{
	tt_auto(free) char *dir = NULL;
	tt_auto(strv) char **names = NULL;
	struct key_targets t = { 0 };
	char uuid[UUID_TEXT];
	int r = pool_uuid(pool, uuid);

	if (r < 0)
		return tt_err_errno(err, r, "looking at the pool %s", pool);
	dir = tt_xprintf("/sys/fs/btrfs/%s/devices", uuid);
	r = tt_dir_list(dir, &names, err);
	if (r < 0)
		return r;
	for (char **n = names; n && *n; n++)
		add_disk(&t, *n);
	*ret = t;
	return 0;
}

/* Sector 0 keeps everything but its code. */
static int
put_code(const char *disk, const uint8_t *code, struct tt_err **err)
{
	tt_auto(free) char *dev = tt_xprintf("/dev/%s", disk);
	tt_auto(close) int fd = open(dev, O_RDWR | O_CLOEXEC);
	int r = 0;

	if (fd < 0 ||
	    pwrite(fd, code, TT_GRUB_CODE_LEN, 0) != (ssize_t)TT_GRUB_CODE_LEN ||
	    fsync(fd) < 0)
		r = errno ? -errno : -EIO;
	return r < 0 ? tt_err_errno(err, r, "writing the boot code of %s", dev) : 0;
}

int
install_disk_pass_on(const struct key_target *t, struct tt_err **err)
{
	uint8_t code[TT_GRUB_CODE_LEN];

	tt_grub_pass_on(code);
	return put_code(t->disk, code, err);
}

/* Write to the partition, drop what memory holds of it, and compare. */
static int
put_core(const struct key_target *t, const struct tt_buf *core, struct tt_err **err)
{
	tt_auto(free) char *dev = tt_xprintf("/dev/%s", t->bios);
	tt_auto(free) uint8_t *back = tt_xalloc(core->len);
	tt_auto(close) int fd = open(dev, O_RDWR | O_CLOEXEC);
	int r = fd < 0 ? -errno : tt_write_all(fd, core->data, core->len);

	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	if (r < 0)
		return tt_err_errno(err, r, "writing the boot loader to %s", dev);
	(void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	if (pread(fd, back, core->len, 0) != (ssize_t)core->len ||
	    memcmp(back, core->data, core->len) != 0)
		return tt_err_set(err, -EBADMSG, "KeyDamaged",
		    "the boot loader reads back differently from %s: the disk is "
		    "failing, replace it",
		    dev);
	return 0;
}

static int
first_sector(const char *part, uint64_t *ret, struct tt_err **err)
{
	tt_auto(free) char *path = tt_xprintf("/sys/class/block/%s/start", part);
	tt_auto(free) char *line = tt_file_line(path);

	if (line && tt_parse_u64(tt_trim(line), 1, UINT64_MAX / TT_GRUB_SECTOR, ret) == 0)
		return 0;
	return tt_err_set(
	    err, -EIO, NULL, "'%s' does not say where %s begins", path, part);
}

int
install_disk_loader(const struct key_target *t, const char *source, struct tt_err **err)
{
	tt_auto(free) char *boot_path = tt_path_join(source, "boot/grub/boot.img");
	tt_auto(free) char *core_path = tt_path_join(source, "boot/grub/core.img");
	tt_auto(buf) struct tt_buf boot = TT_BUF_INIT(TT_GRUB_SECTOR);
	tt_auto(buf) struct tt_buf core = TT_BUF_INIT(TT_GRUB_CORE_MAX);
	uint64_t lba = 0;
	int r;

	if (!tt_path_exists(boot_path) || !tt_path_exists(core_path))
		return 0;
	r = tt_file_read(boot_path, &boot, err);
	if (r == 0)
		r = tt_file_read(core_path, &core, err);
	if (r == 0)
		r = first_sector(t->bios, &lba, err);
	if (r == 0)
		r = tt_grub_boot_patch((uint8_t *)boot.data, boot.len, lba, err);
	if (r == 0)
		r = tt_grub_core_patch((uint8_t *)core.data, core.len, lba, err);
	if (r == 0)
		r = put_core(t, &core, err);
	if (r == 0)
		r = put_code(t->disk, (const uint8_t *)boot.data, err);
	return r;
}
