// SPDX-License-Identifier: MPL-2.0
/*
 * One medium: mounting, checking, what init said about it. The boot steps use these as well.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "platform/key/medium.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/proc.h"
#include "platform/lib/base/str.h"

#define FSCK_MS 120000

bool
key_mounted(const char *path)
{
	tt_auto(free) char *up = tt_xprintf("%s/..", path);
	struct statx a, b;

	if (statx(AT_FDCWD, path, AT_NO_AUTOMOUNT, STATX_MNT_ID, &a) < 0 ||
	    statx(AT_FDCWD, up, AT_NO_AUTOMOUNT, STATX_MNT_ID, &b) < 0)
		return false;
	return a.stx_mnt_id != b.stx_mnt_id;
}

int
key_mount(const char *device, const char *fstype, const char *where, struct tt_err **err)
{
	tt_auto(free) char *marker = tt_path_join(where, KEY_MARKER);
	bool fat = tt_streq(fstype, "vfat");
	int r;

	r = tt_mkdir_p(where, 0700, err);
	if (r < 0)
		return r;
	if (mount(device, where, fstype,
		MS_RDONLY | MS_NOATIME | MS_NODEV | MS_NOSUID | MS_NOEXEC,
		fat ? "umask=077,utf8" : "") < 0)
		return tt_err_errno(err, -errno, "mounting %s at %s", device, where);
	if (tt_path_exists(marker))
		return 0;
	(void)umount(where);
	return tt_err_set(
	    err, -ENOENT, "NotFound", "%s is no key: it has no %s", device, KEY_MARKER);
}

int
key_remount_at(const char *where, bool rw, struct tt_err **err)
{
	unsigned long flags = MS_REMOUNT | MS_NOATIME | MS_NODEV | MS_NOSUID | MS_NOEXEC;

	if (mount("none", where, NULL, rw ? flags : flags | MS_RDONLY, "umask=077,utf8") <
	    0)
		return tt_err_errno(
		    err, -errno, "making %s %s", where, rw ? "writable" : "read-only");
	return 0;
}

/* Clean-shutdown bit of a FAT32 boot sector: byte 0x41, bit 0 set = not unmounted. */
static bool
fat_dirty(const char *device)
{
	tt_auto(close) int fd = open(device, O_RDONLY | O_CLOEXEC);
	unsigned char s[512];

	if (fd < 0 || pread(fd, s, sizeof(s), 0) != (ssize_t)sizeof(s))
		return false;
	return memcmp(s + 0x52, "FAT32   ", 8) == 0 && (s[0x41] & 1);
}

int
key_check_fat(const char *device, struct tt_err **err)
{
	const char *const argv[] = { "fsck.fat", "-a", "-w", device, NULL };
	int status = 0, r;

	if (!fat_dirty(device))
		return 0;
	r = tt_proc_run(
	    argv, &(struct tt_proc_opts){ .timeout_ms = FSCK_MS }, &status, err);
	/* it ends with 1 when it repaired something: that is what it was called for */
	if (r == -ECHILD && status == 1) {
		if (err)
			tt_err_clear(err);
		r = 0;
	}
	return r < 0 ? r : 1;
}

char **
key_bootdev(const char *path, const char *name)
{
	tt_auto(buf) struct tt_buf b = TT_BUF_INIT(64 * TT_KIB);
	tt_auto(free) char *prefix = tt_xprintf("%s=", name);
	tt_auto(strv) char **lines = NULL;
	char **out = NULL;

	if (tt_file_read(path, &b, NULL) < 0)
		return NULL;
	lines = tt_split(tt_buf_str(&b), '\n');
	for (char **l = lines; l && *l; l++) {
		const char *value = tt_after_prefix(*l, prefix);

		if (value && *value && !tt_streq(value, "none"))
			tt_strv_add(&out, value);
	}
	return out;
}
