// SPDX-License-Identifier: MPL-2.0
/*
 * Disks from sysfs or JSON, and what libblkid finds on a device.
 */
#include "platform/machine/disk.h"

#include <blkid/blkid.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/num.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"

#define DISKS_MAX 4096

void
mach_disks_free(struct mach_disks *d)
{
	free(d->v);
	*d = (struct mach_disks){ 0 };
}

static struct mach_disk *
add(struct mach_disks *d)
{
	d->v = tt_xrealloc(d->v, (d->n + 1) * sizeof(*d->v));
	d->v[d->n] = (struct mach_disk){ 0 };
	return &d->v[d->n++];
}

/* First line of SYSFS/block/DISK/FILE, trimmed; NULL when it is not there. Caller frees. */
static char *
attr(const char *sysfs, const char *disk, const char *file)
{
	tt_auto(free) char *path = tt_xprintf("%s/block/%s/%s", sysfs, disk, file);
	tt_auto(free) char *line = tt_file_line(path);

	return line ? tt_xstrdup(tt_trim(line)) : NULL;
}

static uint64_t
attr_u64(const char *sysfs, const char *disk, const char *file)
{
	tt_auto(free) char *s = attr(sysfs, disk, file);
	uint64_t v = 0;

	if (s)
		(void)tt_parse_u64(s, 0, UINT64_MAX, &v);
	return v;
}

static void
attr_text(const char *sysfs, const char *disk, const char *file, char *out, size_t size)
{
	tt_auto(free) char *s = attr(sysfs, disk, file);

	if (s && !*out)
		(void)tt_strcpy(out, size, s);
}

/* Kinds that a pool can stand on; all others (loop, zram, dm-0, sr0 ...) are made of something else. */
static bool
is_disk_name(const char *name)
{
	static const char *const kinds[] = { "sd", "vd", "xvd", "hd", "nvme", "mmcblk" };

	if (strstr(name, "boot") || strstr(name, "rpmb"))
		return false;
	for (size_t i = 0; i < TT_ARRAY_LEN(kinds); i++)
		if (tt_after_prefix(name, kinds[i]))
			return true;
	return false;
}

static bool
on_usb(const char *sysfs, const char *disk)
{
	tt_auto(free) char *link = tt_xprintf("%s/block/%s", sysfs, disk);
	char real[PATH_MAX];

	return realpath(link, real) && strstr(real, "/usb");
}

int
mach_disks_scan(const char *sysfs, struct mach_disks *ret, struct tt_err **err)
{
	tt_auto(free) char *dir = tt_path_join(sysfs, "block");
	tt_auto(strv) char **names = NULL;
	struct mach_disks d = { 0 };
	int r;

	r = tt_dir_list(dir, &names, err);
	if (r < 0)
		return r;
	for (char **n = names; n && *n && d.n < DISKS_MAX; n++) {
		struct mach_disk *k;

		if (!is_disk_name(*n) || strlen(*n) >= sizeof(k->name) ||
		    attr_u64(sysfs, *n, "size") == 0)
			continue;
		k = add(&d);
		(void)tt_strcpy(k->name, sizeof(k->name), *n);
		k->size = attr_u64(sysfs, *n, "size") * 512;
		k->ssd = attr_u64(sysfs, *n, "queue/rotational") == 0;
		k->removable = attr_u64(sysfs, *n, "removable") == 1 || on_usb(sysfs, *n);
		k->readonly = attr_u64(sysfs, *n, "ro") == 1;
		attr_text(sysfs, *n, "device/model", k->model, sizeof(k->model));
		attr_text(sysfs, *n, "serial", k->serial, sizeof(k->serial));
		attr_text(sysfs, *n, "device/serial", k->serial, sizeof(k->serial));
	}
	*ret = d;
	return 0;
}

static int
take_disk(const char *name, size_t i, const json_t *row, struct mach_disks *d,
    struct tt_err **err)
{
	const char *disk = tt_json_str(row, "name", NULL);
	const json_t *size = json_object_get(row, "size");
	struct mach_disk *k;

	if (!disk || !*disk || strlen(disk) >= sizeof(k->name) ||
	    tt_control_find(disk, strlen(disk)) >= 0)
		return tt_err_set(err, -EINVAL, "InvalidDisks",
		    "%s: disk %zu needs a 'name' of 1 to 31 characters", name, i);
	if (!json_is_integer(size) || json_integer_value(size) < 0)
		return tt_err_set(err, -EINVAL, "InvalidDisks",
		    "%s: disk '%s' needs a 'size' in bytes", name, disk);
	k = add(d);
	(void)tt_strcpy(k->name, sizeof(k->name), disk);
	k->size = (uint64_t)json_integer_value(size);
	k->ssd = tt_json_bool(row, "solid_state", false);
	k->removable = tt_json_bool(row, "removable", false);
	return 0;
}

int
mach_disks_parse(const char *name, const char *text, size_t len, struct mach_disks *ret,
    struct tt_err **err)
{
	tt_auto(json) json_t *list = NULL;
	tt_auto(disks) struct mach_disks d = { 0 };
	const json_t *row;
	size_t i;
	int r;

	r = tt_json_parse(name, text, len, &list, err);
	if (r < 0)
		return r;
	if (!json_is_array(list) || json_array_size(list) > DISKS_MAX)
		return tt_err_set(err, -EINVAL, "InvalidDisks",
		    "%s: must be a list of at most %d disks", name, DISKS_MAX);
	json_array_foreach(list, i, row)
	{
		r = take_disk(name, i, row, &d, err);
		if (r < 0)
			return r;
	}
	*ret = d;
	d = (struct mach_disks){ 0 };
	return 0;
}

char *
mach_disk_text(const struct mach_disk *d, char *out, size_t size)
{
	(void)snprintf(out, size, "%-8s %9.1f GB  %s%s%s", d->name, (double)d->size / 1e9,
	    d->model[0] ? d->model : "-", d->removable ? "  removable" : "",
	    d->readonly ? "  read-only" : "");
	return out;
}

void
mach_part_name(const char *disk, unsigned n, char out[40])
{
	size_t len = strlen(disk);
	bool digit = len && disk[len - 1] >= '0' && disk[len - 1] <= '9';

	(void)tt_strf(out, 40, "%s%s%u", disk, digit ? "p" : "", n);
}

int
mach_disk_of(const char *sysfs, const char *dev, char out[32])
{
	tt_auto(free) char *link = tt_xprintf("%s/class/block/%s", sysfs, dev);
	tt_auto(free) char *mark = tt_xprintf("%s/partition", link);
	char real[PATH_MAX];
	char *slash;

	if (!realpath(link, real))
		return -errno;
	if (tt_path_exists(mark)) {
		slash = strrchr(real, '/');
		*slash = '\0';
	}
	return tt_strcpy(out, 32, tt_path_base(real));
}

int
mach_parts(const char *sysfs, const char *disk, char ***ret, struct tt_err **err)
{
	tt_auto(free) char *dir = tt_xprintf("%s/block/%s", sysfs, disk);
	tt_auto(strv) char **names = NULL;
	int r;

	r = tt_dir_list(dir, &names, err);
	if (r < 0)
		return r;
	*ret = NULL;
	for (char **n = names; n && *n; n++) {
		tt_auto(free) char *mark = tt_xprintf("%s/%s/partition", dir, *n);

		if (tt_after_prefix(*n, disk) && tt_path_exists(mark))
			tt_strv_add(ret, *n);
	}
	return 0;
}

char *
mach_part_label(const char *sysfs, const char *part)
{
	tt_auto(free) char *path = tt_xprintf("%s/class/block/%s/uevent", sysfs, part);
	tt_auto(buf) struct tt_buf b = TT_BUF_INIT(16 * TT_KIB);
	tt_auto(strv) char **lines = NULL;

	if (tt_file_read(path, &b, NULL) < 0)
		return tt_xstrdup("");
	lines = tt_split(tt_buf_str(&b), '\n');
	for (char **l = lines; l && *l; l++) {
		const char *name = tt_after_prefix(*l, "PARTNAME=");

		if (name)
			return tt_xstrdup(name);
	}
	return tt_xstrdup("");
}

/* The copy of the key on a disk of the pool: nothing that a pool has to keep away from. */
static bool
pool_copy(const char *sysfs, const char *part)
{
	tt_auto(free) char *name = mach_part_label(sysfs, part);

	return tt_streq(name, MACH_PART_ESP);
}

int
mach_media_disks(const char *sysfs, const char *bootdev, char ***ret, struct tt_err **err)
{
	tt_auto(buf) struct tt_buf b = TT_BUF_INIT(64 * TT_KIB);
	tt_auto(strv) char **lines = NULL;
	int r = tt_file_read(bootdev, &b, err);

	*ret = NULL;
	if (r == -ENOENT && err)
		tt_err_clear(err);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	lines = tt_split(tt_buf_str(&b), '\n');
	for (char **l = lines; l && *l; l++) {
		const char *dev = tt_after_prefix(*l, "device=/dev/");
		char disk[32];

		if (!dev) {
			dev = tt_after_prefix(*l, "other=/dev/");
			if (dev && pool_copy(sysfs, dev))
				continue;
		}
		if (dev && mach_disk_of(sysfs, dev, disk) == 0 &&
		    !tt_strv_has(*ret, disk))
			tt_strv_add(ret, disk);
	}
	return 0;
}

static void
value(blkid_probe pr, const char *key, char *out, size_t size)
{
	const char *v = NULL;

	if (blkid_probe_lookup_value(pr, key, &v, NULL) == 0 && v)
		(void)snprintf(out, size, "%s", v);
}

int
mach_probe(const char *path, struct mach_probe *ret)
{
	blkid_probe pr;
	int r;

	*ret = (struct mach_probe){ 0 };
	errno = 0;
	pr = blkid_new_probe_from_filename(path);
	if (!pr)
		return errno ? -errno : -EIO;
	blkid_probe_enable_superblocks(pr, 1);
	blkid_probe_set_superblocks_flags(
	    pr, BLKID_SUBLKS_LABEL | BLKID_SUBLKS_UUID | BLKID_SUBLKS_TYPE);
	blkid_probe_enable_partitions(pr, 1);
	r = blkid_do_safeprobe(pr);
	if (r == -2)
		ret->several = true;
	if (r == 0) {
		value(pr, "TYPE", ret->type, sizeof(ret->type));
		value(pr, "LABEL", ret->label, sizeof(ret->label));
		value(pr, "UUID", ret->uuid, sizeof(ret->uuid));
		value(pr, "UUID_SUB", ret->uuid_sub, sizeof(ret->uuid_sub));
		value(pr, "PTTYPE", ret->pttype, sizeof(ret->pttype));
	}
	blkid_free_probe(pr);
	return r == -1 ? -EIO : 0;
}
