// SPDX-License-Identifier: MPL-2.0
/*
 * Factory reset. The pool is emptied where it is: its partitions stay, since those of the
 * boot media lie on the same disks. Of the copy of the key the configuration stays; the rest
 * comes from the key again.
 */
#include "platform/boot/reset.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "platform/boot/pool.h"
#include "platform/boot/restore.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "platform/lib/conf/setupjson.h"
#include "platform/machine/btrfs.h"

static bool
among(const char *name, const char *const *names)
{
	while (*names && !tt_streq(name, *names))
		names++;
	return *names != NULL;
}

/* Everything in a folder of the pool but what is named. A missing folder is empty. */
static int
empty_but(const char *dir, const char *const *keep, struct tt_err **err)
{
	tt_auto(close) int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	tt_auto(strv) char **names = NULL;
	int r;

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return tt_err_errno(err, -errno, "opening '%s'", dir);
	r = tt_dir_list(dir, &names, err);
	for (char **n = names; r == 0 && n && *n; n++) {
		if (among(*n, keep))
			continue;
		r = mach_btrfs_destroy(fd, dir, *n);
		if (r < 0)
			return tt_err_errno(err, r,
			    "removing '%s/%s' for the factory reset; it is tried again "
			    "at the next boot",
			    dir, *n);
	}
	return r;
}

static int
empty_pool(struct tt_err **err)
{
	static const char *const top[] = { "usbkey", ".system_pool", ".factoryreset",
		".spares.json", NULL };
	static const char *const copy[] = { "config", "config.inc", "medium.id", NULL };
	int r = empty_but(BOOT_POOL, top, err);

	return r < 0 ? r : empty_but(BOOT_POOL "/usbkey", copy, err);
}

static int
make_anew(struct boot *b, struct tt_err **err)
{
	tt_auto(setup) struct tt_setup *s =
	    tt_setup_new(b->headnode ? "headnode" : "computenode");
	int r = pool_datasets(b, false, err);

	if (r == 0)
		r = pool_write_setup(s, err);
	/* sdc-restore -F: a backup's state into the emptied pool */
	if (r == 0 && b->headnode)
		r = restore_pool(b, err);
	return r;
}

static int
forget_mark(struct tt_err **err)
{
	tt_auto(close) int fd = open(BOOT_POOL, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = fd < 0 ? -errno : mach_btrfs_sync(fd);

	if (r == 0 && unlink(POOL_RESET_MARK) < 0)
		r = -errno;
	if (r == 0)
		r = mach_btrfs_sync(fd);
	return r < 0 ? tt_err_errno(err, r, "finishing the factory reset") : 0;
}

int
pool_reset(struct boot *b, struct tt_err **err)
{
	int r;

	/* this step run by hand on a running machine: the next boot does it */
	if (!tt_path_exists(POOL_RESET_MARK) || boot_mounted("/var"))
		return 0;
	boot_work("factory reset: emptying pool zones");
	r = empty_pool(err);
	if (r == 0)
		r = make_anew(b, err);
	if (r == 0)
		r = forget_mark(err);
	boot_work_end(r < 0 ? "failed" : "done");
	if (r == 0)
		boot_did(b, "emptied the pool for a factory reset");
	return r;
}
