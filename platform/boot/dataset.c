// SPDX-License-Identifier: MPL-2.0
/*
 * What the pool's top level holds: subvolumes with their seeds, plain folders, limits. Made
 * with the pool, and whatever is missing at any later boot.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "platform/boot/pool.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "platform/machine/btrfs.h"

#define CORES_LIMIT (10 * TT_GIB)

struct dataset {
	const char *name;
	const char *seed; /* tree of the image to start from, NULL = empty */
	mode_t mode;
	uint64_t limit; /* bytes, 0 = none */
	bool headnode;  /* only there */
};

static const struct dataset datasets[] = {
	{ "var", "/var", 0755, 0, false },
	{ "opt", "/opt", 0755, 0, false },
	{ "config", "/etc/triton", 0755, 0, false },
	{ "usbkey", NULL, 0700, 0, true },
	{ "cores/global", NULL, 0700, CORES_LIMIT, false },
};

static int
limit(const char *path, uint64_t bytes, struct tt_err **err)
{
	tt_auto(close) int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	uint64_t id = 0;
	int r = fd < 0 ? -errno : mach_btrfs_subvol_id(fd, &id);

	if (r == 0)
		r = mach_btrfs_limit(fd, id, bytes);
	return r < 0 ? tt_err_errno(err, r, "limiting %s", path) : 0;
}

static int
seed(const struct dataset *ds, const char *path, struct tt_err **err)
{
	if (chmod(path, ds->mode) < 0)
		return tt_err_errno(err, -errno, "giving '%s' its mode", path);
	if (!ds->seed || !tt_path_is_dir(ds->seed))
		return 0;
	return boot_copy_tree(ds->seed, path, err);
}

static int
fill(const struct dataset *ds, int dir, const char *path, struct tt_err **err)
{
	int r = mach_btrfs_subvol_new(dir, tt_path_base(path), -1, false, 0);

	if (r < 0)
		return tt_err_errno(err, r, "making subvolume '%s'", path);
	r = seed(ds, path, err);
	if (r == 0 && ds->limit)
		r = limit(path, ds->limit, err);
	return r;
}

/* Under a name of its own until it is complete and on the disk. */
static int
fill_and_rename(const struct dataset *ds, int dir, const char *parent, const char *path,
    struct tt_err **err)
{
	tt_auto(free) char *part = tt_xprintf("%s.new", path);
	int r = mach_btrfs_destroy(dir, parent, tt_path_base(part));

	if (r < 0)
		return tt_err_errno(err, r, "removing '%s'", part);
	r = fill(ds, dir, part, err);
	if (r < 0)
		return r;
	r = mach_btrfs_sync(dir);
	if (r == 0 && rename(part, path) < 0)
		r = -errno;
	if (r == 0)
		r = tt_fsync_dir(parent);
	return r < 0 ? tt_err_errno(err, r, "finishing subvolume '%s'", path) : 0;
}

static int
make(const struct dataset *ds, const char *path, bool fresh, struct tt_err **err)
{
	tt_auto(free) char *parent = tt_path_dir(path);
	tt_auto(close) int dir = -1;
	int r = tt_mkdir_p(parent, 0755, err);

	if (r < 0)
		return r;
	dir = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return tt_err_errno(err, -errno, "opening '%s'", parent);
	return fresh ? fill(ds, dir, path, err)
		     : fill_and_rename(ds, dir, parent, path, err);
}

static void
empty(int top, const char *name)
{
	tt_auto(free) char *path = tt_path_join(BOOT_POOL, name);
	tt_auto(strv) char **names = NULL;
	tt_auto(close) int fd = openat(top, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || tt_dir_list(path, &names, NULL) < 0)
		return;
	for (char **n = names; n && *n; n++)
		(void)mach_btrfs_destroy(fd, path, *n);
}

int
pool_datasets(struct boot *b, bool fresh, struct tt_err **err)
{
	tt_auto(close) int top = open(BOOT_POOL, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = top < 0 ? tt_err_errno(err, -errno, "opening '%s'", BOOT_POOL) : 0;

	for (size_t i = 0; r == 0 && i < TT_ARRAY_LEN(datasets); i++) {
		const struct dataset *ds = &datasets[i];
		tt_auto(free) char *path = tt_path_join(BOOT_POOL, ds->name);

		if ((ds->headnode && !b->headnode) || mach_btrfs_is_subvol(path))
			continue;
		r = make(ds, path, fresh, err);
		if (r == 0)
			boot_did(b, "made %s", path);
	}
	if (r == 0)
		r = tt_mkdir_p(BOOT_POOL "/.trash", 0700, err);
	if (r == 0)
		r = tt_mkdir_p(BOOT_POOL "/.import", 0700, err);
	if (r < 0)
		return r;
	/* what was being deleted or imported when the power went */
	empty(top, ".trash");
	empty(top, ".import");
	return 0;
}
