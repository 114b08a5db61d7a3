// SPDX-License-Identifier: MPL-2.0
/*
 * Making and removing what an instance has on the pool.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "platform/machine/btrfs.h"
#include "platform/machine/instance/bundle.h"
#include "platform/machine/instance/image.h"
#include "platform/machine/instance/instance.h"
#include "platform/machine/instance/place.h"

#define TRASH MACH_ZONES "/.trash"

static int
open_dir(const char *path)
{
	const int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* --- making --------------------------------------------------------------------------- */

struct making {
	const struct tt_vm *vm;
	const char *uuid;
	unsigned slot;
	enum mach_kind kind;
	int dir; /* /zones/<uuid> */
	struct tt_err **err;
};

static int
make_dir(struct making *m)
{
	tt_auto(free) char *path = mach_zone_path(m->uuid, NULL);

	if (mkdir(path, 0711) < 0)
		return tt_err_errno(m->err, -errno, "making '%s'", path);
	m->dir = open_dir(path);
	return m->dir < 0 ? tt_err_errno(m->err, m->dir, "opening '%s'", path) : 0;
}

/* The limit is that of all subvolumes together, and there before the first byte is. */
static int
make_quota(struct making *m)
{
	struct tt_vm_limits limits;
	int r = mach_btrfs_qgroup(m->dir, mach_qgroup(m->slot), true);

	tt_vm_limits(m->vm->record, &limits);
	if (r == 0)
		r = mach_btrfs_limit(m->dir, mach_qgroup(m->slot),
		    limits.quota == 0 ? UINT64_MAX : limits.quota);
	return r < 0 ? tt_err_errno(m->err, r, "limiting the space of %s", m->uuid) : 0;
}

/* A whole system owns its tree; others only what they change of the image. */
static int
make_root(struct making *m)
{
	const char *image = tt_json_str(m->vm->record, "image_uuid", "");
	tt_auto(free) char *path =
	    mach_image_path(m->kind == MACH_SYSTEM ? "img" : "seed", image);
	tt_auto(json) json_t *manifest = NULL;
	tt_auto(close) int from = -1;
	int r = mach_image_get(image, &manifest, m->err);

	if (r < 0)
		return r;
	r = from = open_dir(path);
	if (r >= 0)
		r = mach_btrfs_subvol_new(
		    m->dir, "root", from, false, mach_qgroup(m->slot));
	return r < 0 ? tt_err_errno(m->err, r, "making the root of %s from image %s",
			   m->uuid, image)
		     : 0;
}

static int
make_data(struct making *m)
{
	int r = 0;

	if (tt_json_bool(m->vm->record, "delegate_dataset", false))
		r = mach_btrfs_subvol_new(
		    m->dir, "data", -1, false, mach_qgroup(m->slot));
	return r < 0 ? tt_err_errno(m->err, r, "making the data of %s", m->uuid) : 0;
}

static int
make_files(struct making *m)
{
	const int r = mach_inst_save(m->uuid, m->vm, m->err);

	return r < 0 ? r : tt_fsync_dir(MACH_ZONES);
}

int
mach_inst_create(const struct tt_vm *vm, struct tt_err **err)
{
	static int (*const steps[])(
	    struct making *) = { make_dir, make_quota, make_root, make_data, make_files };
	struct making m = { .vm = vm,
		.uuid = tt_json_str(vm->record, "uuid", ""),
		.slot = mach_inst_slot(vm->record),
		.dir = -1,
		.err = err };
	tt_auto(free) char *path = mach_zone_path(m.uuid, NULL);
	int r = mach_kind_of(vm->record, &m.kind, err);

	if (r == 0 && tt_path_exists(path))
		r = tt_err_set(err, -EEXIST, "VmExists",
		    "there is an instance '%s' already", m.uuid);
	if (r < 0)
		return r;
	for (size_t i = 0; r == 0 && i < TT_ARRAY_LEN(steps); i++)
		r = steps[i](&m);
	if (m.dir >= 0)
		close(m.dir);
	if (r < 0)
		(void)mach_inst_delete(m.uuid, m.slot, NULL);
	return r;
}

/* --- removing ------------------------------------------------------------------------- */

int
mach_inst_delete(const char *uuid, unsigned slot, struct tt_err **err)
{
	tt_auto(free) char *from = mach_zone_path(uuid, NULL);
	tt_auto(free) char *to = tt_path_join(TRASH, uuid);
	tt_auto(free) char *control = tt_xprintf(MACH_CONTROL "/%s", uuid);
	tt_auto(close) int trash = -1;
	int r = tt_mkdir_p(TRASH, 0700, err);

	if (r < 0)
		return r;
	if (rename(from, to) < 0)
		r = -errno;
	if (r == 0)
		r = tt_fsync_dir(TRASH);
	if (r == 0)
		r = tt_fsync_dir(MACH_ZONES);
	if (r == 0)
		r = trash = open_dir(TRASH);
	if (r < 0)
		return tt_err_errno(err, r, "removing '%s'", from);
	/* what stays is for the next boot */
	(void)mach_btrfs_destroy(trash, TRASH, uuid);
	(void)tt_remove_tree(control, NULL);
	/* busy until the cleaner is through: whoever gets the slot takes it over */
	(void)mach_btrfs_qgroup(trash, mach_qgroup(slot), false);
	return 0;
}

bool
mach_inst_sweep(const char *uuid, struct tt_err **err)
{
	tt_auto(free) char *record = mach_zone_path(uuid, "vm.json");

	if (tt_path_exists(record))
		return false;
	(void)mach_inst_delete(uuid, MACH_SLOT_MAX, err);
	return true;
}
