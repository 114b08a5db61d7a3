// SPDX-License-Identifier: MPL-2.0
/*
 * Step key: the boot medium at /mnt/usbkey, its config recovered, its id; says whether the
 * wizard is needed. The medium is mounted read-only unless something has to be written, so
 * that a power cut of a configured machine leaves no dirty file system.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

#include "platform/boot/boot.h"
#include "platform/boot/install.h"
#include "platform/boot/key.h"
#include "platform/boot/nics.h"
#include "platform/boot/pool.h"
#include "platform/boot/restore.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/time.h"
#include "platform/lib/base/uuid.h"
#include "platform/machine/disk.h"

#define GONE_WAIT_S   600
#define GONE_REMIND_S 60
#define NICS_WAIT_S   60

static void
check_fat(struct boot *b, const char *device)
{
	tt_auto(err) struct tt_err *err = NULL;
	int r = key_check_fat(device, &err);

	if (r < 0)
		boot_say("The key %s was not unmounted, and checking it failed: %s",
		    device, tt_err_message(err));
	if (r != 0)
		boot_did(b, "checked %s%s%s", device, r < 0 ? ": " : "",
		    r < 0 ? tt_err_message(err) : "");
}

int
key_remount(bool rw, struct tt_err **err)
{
	return key_remount_at(BOOT_KEY, rw, err);
}

/* device= and fstype= of what init booted from; device is NULL after a network boot. */
static int
read_bootdev(char **ret_device, char **ret_fstype, struct tt_err **err)
{
	tt_auto(buf) struct tt_buf b = TT_BUF_INIT(64 * TT_KIB);
	tt_auto(strv) char **lines = NULL;
	int r = tt_file_read(BOOT_BOOTDEV, &b, err);

	if (r < 0)
		return r;
	lines = tt_split(tt_buf_str(&b), '\n');
	for (char **l = lines; l && *l; l++) {
		const char *dev = tt_after_prefix(*l, "device=");
		const char *fs = tt_after_prefix(*l, "fstype=");

		if (dev && !*ret_device && !tt_streq(dev, "none"))
			*ret_device = tt_xstrdup(dev);
		if (fs && !*ret_fstype)
			*ret_fstype = tt_xstrdup(fs);
	}
	if (!*ret_fstype)
		*ret_fstype = tt_xstrdup("vfat");
	return 0;
}

/* After it was pulled out and put back a stick has another name: look at every partition. */
static int
find_again(const char *fstype, char **ret_device)
{
	tt_auto(strv) char **names = NULL;

	if (tt_dir_list("/sys/class/block", &names, NULL) < 0)
		return -ENOENT;
	for (char **n = names; n && *n; n++) {
		tt_auto(free) char *dev = tt_xprintf("/dev/%s", *n);
		tt_auto(err) struct tt_err *err = NULL;
		struct mach_probe p;

		if (mach_probe(dev, &p) < 0 || !tt_streq(p.type, fstype))
			continue;
		if (key_mount(dev, fstype, BOOT_KEY, &err) == 0) {
			free(*ret_device);
			*ret_device = tt_take(dev);
			return 0;
		}
	}
	return -ENOENT;
}

/* Mount the boot medium; when it is gone say so on every console and wait for it. */
static int
mount_boot_medium(struct boot *b, char **device, const char *fstype, struct tt_err **err)
{
	int64_t end = tt_mono_us() + (int64_t)GONE_WAIT_S * 1000000, remind = 0;
	int r;

	if (boot_mounted(BOOT_KEY))
		return 0;
	if (tt_streq(fstype, "vfat"))
		check_fat(b, *device);
	r = key_mount(*device, fstype, BOOT_KEY, err);
	if (r == -EBUSY && boot_mounted(BOOT_RUN "/medium")) {
		/* run from the medium: init has it mounted already */
		tt_err_clear(err);
		r = boot_mount(BOOT_RUN "/medium", BOOT_KEY, NULL, MS_BIND, NULL, err);
	}
	if (r == 0)
		boot_did(b, "mounted %s", *device);
	while (r < 0 && tt_mono_us() < end) {
		if (tt_mono_us() >= remind) {
			boot_say("The boot medium %s cannot be read (%s). Put it back; "
				 "waiting for it.",
			    *device, tt_err_message(err ? *err : NULL));
			remind = tt_mono_us() + (int64_t)GONE_REMIND_S * 1000000;
		}
		tt_sleep_ms(500);
		if (find_again(fstype, device) == 0) {
			boot_say("The boot medium is back as %s.", *device);
			boot_did(b, "found the medium again as %s", *device);
			tt_err_clear(err);
			r = 0;
		}
	}
	if (r < 0)
		return tt_err_wrap(err, r,
		    "the boot medium was gone for %d s; put it back and restart",
		    GONE_WAIT_S);
	return 0;
}

/* A key that has no id yet gets one: it is what tells this key from another. */
static int
ensure_id(struct boot *b, struct tt_err **err)
{
	char uuid[TT_UUID_LEN], line[TT_UUID_LEN + 1];
	int r;

	if (tt_path_exists(BOOT_KEY "/medium.id"))
		return 0;
	(void)tt_strf(line, sizeof(line), "%s\n", tt_uuid_new(uuid));
	r = tt_file_replace(BOOT_KEY "/medium.id", line, strlen(line), 0600, err);
	if (!r)
		boot_did(b, "gave the medium the id %s", uuid);
	return r;
}

/* Whether config must be put right on the medium before anyone reads it. */
static bool
needs_recovery(void)
{
	return tt_path_exists(BOOT_KEY "/.config.new") ||
	       (!tt_path_exists(BOOT_KEY "/config") &&
		   tt_path_exists(BOOT_KEY "/config.prev"));
}

static int
recover(struct boot *b, bool *ret_have, struct tt_err **err)
{
	enum tt_conf_recovered what = TT_CONF_NONE;
	int r = tt_conf_recover(BOOT_KEY, &what, err);

	if (r == -EBADMSG) {
		boot_say("The config on the key is damaged (%s). The questions are asked "
			 "again.",
		    tt_err_message(err ? *err : NULL));
		boot_did(b, "found a damaged config");
		tt_err_clear(err);
		*ret_have = false;
		return 0;
	}
	if (r < 0)
		return r;
	if (what == TT_CONF_FROM_NEW || what == TT_CONF_FROM_PREV)
		boot_did(b, "took the config from %s",
		    what == TT_CONF_FROM_NEW ? ".config.new" : "config.prev");
	*ret_have = what != TT_CONF_NONE;
	return 0;
}

/* A medium that cannot be written: the config of an earlier boot is on the pool or nowhere. */
static int
read_only_config(struct boot *b, bool *ret_have, struct tt_err **err)
{
	int r = 0;

	*ret_have = tt_path_exists(BOOT_KEY "/config") || tt_path_exists(BOOT_CONFIG);
	if (*ret_have)
		return 0;
	r = pool_import(b, err);
	if (r == -ENOENT) {
		tt_err_clear(err);
		return 0;
	}
	*ret_have = r == 0 && tt_path_exists(BOOT_POOL "/usbkey/config");
	if (*ret_have)
		return tt_file_copy(
		    BOOT_POOL "/usbkey/config", BOOT_CONFIG, 0600, false, err);
	return r;
}

static int
writable_config(struct boot *b, bool *ret_have, struct tt_err **err)
{
	bool write;
	int r = restore_key(b, err);

	if (r < 0)
		return r;
	write = needs_recovery() || !tt_path_exists(BOOT_KEY "/config") ||
		!tt_path_exists(BOOT_KEY "/medium.id");
	if (write) {
		r = key_remount(true, err);
		if (r == -EROFS || r == -EACCES) {
			tt_err_clear(err);
			boot_did(b, "the medium is read-only");
			return read_only_config(b, ret_have, err);
		}
		if (r == 0)
			r = ensure_id(b, err);
		if (r < 0)
			return r;
	}
	r = recover(b, ret_have, err);
	/* a damaged one is asked for anew, and that is written */
	if (r == 0 && !*ret_have && !write)
		r = key_remount(true, err);
	/* with a config nothing more is written to it */
	if (r == 0 && *ret_have && write)
		r = key_remount(false, err);
	return r;
}

int
boot_key(struct boot *b, struct tt_err **err)
{
	tt_auto(free) char *device = NULL, *fstype = NULL;
	bool have = false;
	int r;

	r = boot_consoles(&b->params, err);
	if (r < 0)
		return r;
	if (b->noimport || !b->headnode) {
		b->skipped = true;
		return 0;
	}
	r = read_bootdev(&device, &fstype, err);
	if (r < 0)
		return tt_err_wrap(err, r, "reading what the machine booted from");
	if (device)
		r = mount_boot_medium(b, &device, fstype, err);
	else
		r = tt_mkdir_p(BOOT_KEY, 0700, err);
	if (r == 0 && (!device || install_on_disc())) {
		int taken = install_take_copy(b, &device, err);

		if (taken == 1) {
			free(fstype);
			fstype = tt_xstrdup("vfat");
		}
		r = taken < 0 ? taken : 0;
	} else if (r == 0) {
		install_note_disc(b);
	}
	if (r == 0 && device)
		r = key_choose(b, &device, err);
	if (r == 0 && tt_streq(fstype, "vfat") && device)
		r = writable_config(b, &have, err);
	else if (r == 0)
		r = read_only_config(b, &have, err);
	if (r < 0)
		return r;
	if (!have) {
		boot_did(b, "there is no config yet: the wizard asks");
		/* it needs the NICs, and its first look must not be too early */
		boot_nics_wait(NICS_WAIT_S);
		return tt_file_write(BOOT_NEED_CONFIG, "", 0, 0644, err);
	}
	(void)unlink(BOOT_NEED_CONFIG);
	return 0;
}
