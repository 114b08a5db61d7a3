// SPDX-License-Identifier: MPL-2.0
/*
 * Step pool: import the system pool or make it, put its subvolumes in their places, and
 * bring the configuration onto it.
 */
#include "platform/boot/pool.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "platform/boot/install.h"
#include "platform/boot/key.h"
#include "platform/boot/reset.h"
#include "platform/boot/restore.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/time.h"
#include "platform/machine/btrfs.h"

#define ROOT_KEYS      "root.authorized_keys"
#define MEMBERS_MAX    512
#define MEMBERS_WAIT_S 10 /* for disks that answer late */

struct member {
	char device[64];
	char uuid[40];
	char label[264];
};

int
pool_modules(struct tt_err **err)
{
	tt_auto(buf) struct tt_buf b = TT_BUF_INIT(16 * TT_KIB);

	if (tt_file_read("/proc/filesystems", &b, NULL) == 0 &&
	    strstr(tt_buf_str(&b), "btrfs"))
		return 0;
	return boot_run(err, "modprobe", "-q", "-a", "crc32c_generic", "btrfs", NULL);
}

/* Every btrfs device of the machine. */
static size_t
members(struct member *m)
{
	tt_auto(strv) char **names = NULL;
	size_t n = 0;

	if (tt_dir_list("/sys/class/block", &names, NULL) < 0)
		return 0;
	for (char **p = names; p && *p && n < MEMBERS_MAX; p++) {
		tt_auto(free) char *dev = tt_xprintf("/dev/%s", *p);
		struct mach_probe pr;

		/* loop and RAM devices carry no pool; probing each costs time */
		if (tt_after_prefix(*p, "loop") || tt_after_prefix(*p, "ram") ||
		    tt_after_prefix(*p, "zram") || mach_probe(dev, &pr) < 0 ||
		    !tt_streq(pr.type, "btrfs") ||
		    tt_strcpy(m[n].device, sizeof(m[n].device), dev) < 0)
			continue;
		(void)tt_strcpy(m[n].uuid, sizeof(m[n].uuid), pr.uuid);
		(void)tt_strcpy(m[n].label, sizeof(m[n].label), pr.label);
		n++;
	}
	return n;
}

/*
 * The file system of the pool: the one where a member says POOL_LABEL. Members may disagree
 * after a power cut at the very last step; one new label is enough, since everything else
 * was on the disks before it. -ENOENT none, -ENOTUNIQ two.
 */
static int
find_pool(const struct member *m, size_t n, const char **ret_uuid, struct tt_err **err)
{
	*ret_uuid = NULL;
	for (size_t i = 0; i < n; i++) {
		if (!tt_streq(m[i].label, POOL_LABEL) || tt_streq(m[i].uuid, *ret_uuid))
			continue;
		if (*ret_uuid)
			return tt_err_set(err, -ENOTUNIQ, "PoolNotUnique",
			    "two pools are labelled '%s' (%s and %s on %s): take one of "
			    "them out",
			    POOL_LABEL, *ret_uuid, m[i].uuid, m[i].device);
		*ret_uuid = m[i].uuid;
	}
	return *ret_uuid ? 0
			 : tt_err_set(err, -ENOENT, "NotFound",
			       "no disk holds a pool '%s'", POOL_LABEL);
}

static const char *
announce(const struct member *m, size_t n, const char *uuid)
{
	const char *first = NULL;

	for (size_t i = 0; i < n; i++) {
		if (!tt_streq(m[i].uuid, uuid))
			continue;
		if (!first)
			first = m[i].device;
		(void)mach_btrfs_scan(m[i].device);
	}
	return first;
}

static int
mount_top(const char *device, bool degraded)
{
	tt_auto(err) struct tt_err *err = NULL;

	if (tt_mkdir_p(BOOT_POOL, 0755, &err) < 0)
		return tt_err_status(err);
	if (mount(device, BOOT_POOL, "btrfs", MS_NOATIME,
		degraded ? "subvolid=5,degraded" : "subvolid=5") < 0)
		return -errno;
	return 0;
}

/* Mount; disks that answer late are waited for, then the pool has to do without them. */
static int
mount_pool(
    struct boot *b, struct member *m, size_t n, const char *uuid, struct tt_err **err)
{
	int64_t end = tt_mono_us() + (int64_t)MEMBERS_WAIT_S * 1000000;
	const char *device = announce(m, n, uuid);
	char id[40];
	int r;

	(void)tt_strcpy(id, sizeof(id), uuid);
	for (;;) {
		r = mount_top(device, false);
		if (r == 0 || tt_mono_us() > end)
			break;
		tt_sleep_ms(500);
		n = members(m);
		device = announce(m, n, id);
		if (!device)
			return tt_err_set(
			    err, -ENODEV, "NotFound", "the pool's disks went away");
	}
	if (r < 0 && mount_top(device, true) == 0) {
		boot_say("The pool '%s' is short of a disk: it runs degraded. Replace "
			 "the disk soon.",
		    POOL_LABEL);
		boot_did(b, "mounted the pool degraded");
		return 0;
	}
	if (r < 0)
		return tt_err_errno(err, r, "mounting the pool on %s", device);
	boot_did(b, "imported the pool on %s", device);
	return 0;
}

int
pool_import(struct boot *b, struct tt_err **err)
{
	tt_auto(free) struct member *m = NULL;
	const char *uuid;
	size_t n;
	int r;

	if (boot_mounted(BOOT_POOL))
		return 0;
	r = pool_modules(err);
	if (r < 0)
		return r;
	m = tt_xcalloc(MEMBERS_MAX, sizeof(*m));
	n = members(m);
	r = find_pool(m, n, &uuid, err);
	if (r == 0)
		r = mount_pool(b, m, n, uuid, err);
	if (r < 0)
		return r;
	if (tt_path_exists(POOL_MARKER))
		return 0;
	(void)umount(BOOT_POOL);
	return tt_err_set(err, -ENOENT, "NotFound",
	    "a file system is labelled '%s' but is no system pool: it has no "
	    ".system_pool",
	    POOL_LABEL);
}

static int
mount_places(struct tt_err **err)
{
	static const char *const place[][2] = {
		{ BOOT_POOL "/var", "/var" },
		{ BOOT_POOL "/opt", "/opt" },
		{ BOOT_POOL "/usbkey", BOOT_COPY },
		{ BOOT_POOL "/config", "/etc/triton" },
	};
	int r = 0;

	for (size_t i = 0; !r && i < TT_ARRAY_LEN(place); i++)
		r = boot_mount(place[i][0], place[i][1], NULL, MS_BIND, NULL, err);
	return r;
}

int
pool_bring(const char *from, const char *to, struct tt_err **err)
{
	tt_auto(buf) struct tt_buf a = TT_BUF_INIT(TT_MIB), c = TT_BUF_INIT(TT_MIB);
	int r = tt_file_read(from, &a, err);

	if (r < 0)
		return r;
	if (tt_file_read(to, &c, NULL) == 0 && a.len == c.len &&
	    (a.len == 0 || memcmp(a.data, c.data, a.len) == 0))
		return 0;
	return tt_file_replace(to, tt_buf_str(&a), a.len, 0600, err);
}

/* config.inc as it is on the medium: files that are gone there go here too. */
static int
bring_includes(struct tt_err **err)
{
	tt_auto(strv) char **there = NULL, **here = NULL;
	int r = tt_dir_list(BOOT_KEY "/config.inc", &there, err);

	if (r == -ENOENT) {
		tt_err_clear(err);
		return 0;
	}
	if (r < 0)
		return r;
	r = tt_mkdir_p(BOOT_COPY "/config.inc", 0700, err);
	for (char **n = there; r == 0 && n && *n; n++) {
		tt_auto(free) char *from = tt_xprintf(BOOT_KEY "/config.inc/%s", *n);
		tt_auto(free) char *to = tt_xprintf(BOOT_COPY "/config.inc/%s", *n);

		r = pool_bring(from, to, err);
	}
	if (r == 0)
		r = tt_dir_list(BOOT_COPY "/config.inc", &here, err);
	for (char **n = here; r == 0 && n && *n; n++) {
		tt_auto(free) char *old = tt_xprintf(BOOT_COPY "/config.inc/%s", *n);

		/* a disc cannot hold what the wizard has added */
		if (!tt_strv_has(there, *n) &&
		    !(install_on_disc() && tt_streq(*n, ROOT_KEYS)))
			(void)unlink(old);
	}
	return r;
}

static int
bring_root_keys(const char *from, struct tt_err **err)
{
	int r = tt_mkdir_p(BOOT_COPY "/config.inc", 0700, err);

	return r < 0 ? r : pool_bring(from, BOOT_COPY "/config.inc/" ROOT_KEYS, err);
}

/*
 * The key's config is the authority and comes at every boot; that of a read-only medium is
 * in memory at the first boot only.
 */
static int
bring_config(struct tt_err **err)
{
	int r = 0;

	if (tt_path_exists(BOOT_KEY "/config"))
		r = pool_bring(BOOT_KEY "/config", BOOT_COPY "/config", err);
	else if (tt_path_exists(BOOT_CONFIG))
		r = pool_bring(BOOT_CONFIG, BOOT_COPY "/config", err);
	if (r == 0 && tt_path_exists(BOOT_KEY "/medium.id"))
		r = pool_bring(BOOT_KEY "/medium.id", BOOT_COPY "/medium.id", err);
	if (r == 0 && boot_mounted(BOOT_KEY))
		r = bring_includes(err);
	/* beside the config of a medium that cannot be written, or of no medium at all */
	if (r == 0 && tt_path_exists(BOOT_RUN "/config.inc/" ROOT_KEYS))
		r = bring_root_keys(BOOT_RUN "/config.inc/" ROOT_KEYS, err);
	else if (r == 0 && !boot_mounted(BOOT_KEY) &&
		 tt_path_exists(BOOT_KEY "/config.inc/" ROOT_KEYS))
		r = bring_root_keys(BOOT_KEY "/config.inc/" ROOT_KEYS, err);
	return r;
}

/* What the wizard (or an earlier boot) left: without a config nothing is made. */
static int
check_config(const struct boot *b, struct tt_err **err)
{
	if (!b->headnode)
		return 0;
	if (tt_path_exists(BOOT_KEY "/config") || tt_path_exists(BOOT_CONFIG)) {
		(void)unlink(BOOT_NEED_CONFIG);
		return 0;
	}
	return tt_err_set(err, -ENOENT, "ConfigNotFound",
	    "this headnode has no configuration: run triton-setup %s, then systemctl "
	    "restart triton-pool",
	    BOOT_KEY);
}

int
boot_pool(struct boot *b, struct tt_err **err)
{
	int r;

	r = check_config(b, err);
	if (r < 0)
		return r;
	/* the wizard is done: nothing more is written to the key in this boot */
	if (b->headnode && tt_path_exists(BOOT_KEY "/.joyliveusb"))
		(void)key_remount(false, NULL);
	r = pool_import(b, err);
	if (r == -ENOENT) {
		tt_err_clear(err);
		r = pool_make(b, err);
	} else if (r == 0) {
		r = pool_reset(b, err);
	}
	if (r == 0)
		r = pool_datasets(b, false, err);
	if (r == 0)
		r = mount_places(err);
	if (r == 0 && b->headnode)
		r = bring_config(err);
	if (r < 0)
		return r;
	restore_done(b);
	pool_swap(b);
	return 0;
}
