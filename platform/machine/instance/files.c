// SPDX-License-Identifier: MPL-2.0
/*
 * The files of an instance.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/uuid.h"
#include "platform/machine/instance/instance.h"
#include "platform/machine/instance/place.h"

#define RECORD_MAX (16 * TT_MIB)

static int
load(const char *uuid, const char *name, json_t **ret, struct tt_err **err)
{
	tt_auto(free) char *path = mach_zone_path(uuid, name);

	return tt_json_load(path, RECORD_MAX, ret, err);
}

int
mach_inst_load(const char *uuid, struct tt_vm *ret, struct tt_err **err)
{
	tt_auto(vm) struct tt_vm vm = { 0 };
	tt_auto(free) char *path = mach_zone_path(uuid, "vm.json");
	int r;

	if (!tt_uuid_valid(uuid) || !tt_path_exists(path))
		return tt_err_set(err, -ENOENT, "VmNotFound", "No such zone: '%s'", uuid);
	r = load(uuid, "vm.json", &vm.record, err);
	if (r == 0)
		r = load(uuid, "metadata.json", &vm.metadata, err);
	if (r == 0)
		r = load(uuid, "tags.json", &vm.tags, err);
	if (r < 0)
		return r;
	*ret = vm;
	vm = (struct tt_vm){ 0 };
	return 0;
}

static int
save(const char *uuid, const char *name, const json_t *j, struct tt_err **err)
{
	tt_auto(free) char *path = mach_zone_path(uuid, name);

	return j == NULL ? 0 : tt_json_save(path, j, 0600, err);
}

int
mach_inst_save(const char *uuid, const struct tt_vm *vm, struct tt_err **err)
{
	tt_auto(free) char *path = mach_zone_path(uuid, "lock");
	/* guests write metadata.json too, through the metadata agent */
	tt_auto(close) int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	int r;

	if (lock < 0 || flock(lock, LOCK_EX) < 0)
		return tt_err_errno(err, -errno, "locking '%s'", path);
	r = save(uuid, "metadata.json", vm->metadata, err);
	if (r == 0)
		r = save(uuid, "tags.json", vm->tags, err);
	return r < 0 ? r : save(uuid, "vm.json", vm->record, err);
}

unsigned
mach_inst_slot(const json_t *record)
{
	return (unsigned)tt_json_int(record, "slot", 0);
}

int
mach_inst_list(char ***ret, struct tt_err **err)
{
	tt_auto(strv) char **names = NULL;
	char **out = NULL;
	int r = tt_dir_list(MACH_ZONES, &names, err);

	for (char **n = names; r == 0 && n != NULL && *n != NULL; n++)
		if (tt_uuid_valid(*n))
			tt_strv_add(&out, *n);
	if (r == 0)
		*ret = out;
	return r;
}
