// SPDX-License-Identifier: MPL-2.0
/* Disks of virtual machines: paths, sizes, slots, and what they add up to. */
#include <string.h>

#include "platform/lib/base/str.h"
#include "platform/lib/base/uuid.h"
#include "platform/lib/model/vm_int.h"
#include "platform/lib/model/vm_rule.h"

#define DISK_DEVICE  4 /* PCI device of the disks, cdroms lie before it */
#define CDROM_DEVICE 3

static bool
is_cdrom(const json_t *disk)
{
	return tt_streq(tt_json_str(disk, "media", "disk"), "cdrom");
}

/* Something that is there already: the node makes no file for it. */
static bool
is_foreign(const json_t *disk)
{
	return is_cdrom(disk) || tt_json_bool(disk, "nocreate", false);
}

/* The lowest /POOL/UUID/disks/diskN that no disk has or had before this update. */
static void
new_path(const struct vm_run *run, const json_t *rec, const json_t *disks, json_t *disk)
{
	char path[256];

	for (int n = 0;; n++) {
		(void)tt_strf(path, sizeof(path), "/%s/%s/disks/disk%d",
		    tt_json_str(rec, "zpool", "zones"), tt_json_str(rec, "uuid", ""), n);
		if (vm_item_find(disks, "path", path) < 0 &&
		    vm_item_find(run->disks, "path", path) < 0)
			break;
	}
	json_object_set_new(disk, "path", json_string(path));
}

static void
judge_path(struct vm_run *run, const json_t *rec, json_t *disks, size_t at,
    const char *list, size_t i)
{
	json_t *disk = json_array_get(disks, at);
	const char *path = tt_json_str(disk, "path", NULL), *own;
	char name[VM_NAME_LEN], folder[256];

	(void)tt_strf(folder, sizeof(folder), "/%s/%s/disks/",
	    tt_json_str(rec, "zpool", "zones"), tt_json_str(rec, "uuid", ""));
	vm_name(name, list, i, "path");
	if (path == NULL && is_foreign(disk)) {
		vm_missing(
		    run, name, "is missing: a cdrom and a disk with nocreate have one");
		return;
	}
	if (path == NULL) {
		new_path(run, rec, disks, disk);
		return;
	}
	own = tt_after_prefix(path, folder);
	if (!is_foreign(disk) && run->uuid != NULL &&
	    (own == NULL || strchr(own, '/') != NULL))
		vm_bad(run, name, "must be a name directly below %s, or be left out",
		    folder);
	if (vm_item_find(disks, "path", path) < (long)at ||
	    vm_item_find(run->disks, "path", path) >= 0)
		vm_bad(run, name, "must not be that of another disk, old or new");
}

/* Size of a disk that an image fills; false when the image is refused. */
static bool
judge_image(struct vm_run *run, json_t *disk, const char *list, size_t i)
{
	const char *uuid = tt_json_str(disk, "image_uuid", NULL);
	struct tt_vm_image image = { 0 };
	char name[VM_NAME_LEN];
	long long size, need;

	if (run->facts->image != NULL) {
		vm_name(name, list, i, "image_uuid");
		if (run->facts->image(run->facts->ctx, uuid, &image) < 0) {
			vm_bad(
			    run, name, "must be an image that is here (%s is not)", uuid);
			return false;
		}
		if (image.type != NULL && !tt_streq(image.type, "zvol"))
			vm_bad(run, name,
			    "must be of type \"zvol\": Brand \"%s\" requires the image "
			    "type to be \"zvol\"",
			    tt_vm_brand_name(run->brand));
		if (image.size_mib > 0)
			json_object_set_new(
			    disk, "image_size", json_integer(image.size_mib));
	}
	need = tt_json_int(disk, "image_size", 0);
	size = tt_json_int(disk, "size", 0);
	if (size == 0 && need > 0)
		json_object_set_new(disk, "size", json_integer(need));
	else if (size > 0 && size < need)
		vm_bad(run, vm_name(name, list, i, "size"),
		    "must be %lld MiB or more, the size of the image", need);
	else if (need > 0 && size > need && run->brand == TT_VM_KVM)
		vm_bad(run, vm_name(name, list, i, "size"),
		    "must be left out or %lld MiB: a kvm disk has the size of its image",
		    need);
	return true;
}

static void
judge_size(struct vm_run *run, json_t *disk, const char *list, size_t i)
{
	const bool image = json_object_get(disk, "image_uuid") != NULL;
	const long long reserved = tt_json_int(disk, "refreservation", -1);
	char name[VM_NAME_LEN];
	long long size;

	if (is_foreign(disk))
		return;
	if (image && !judge_image(run, disk, list, i))
		return;
	size = tt_json_int(disk, "size", 0);
	if (size == 0) {
		/* of an image that only the node knows */
		if (!image || run->facts->image != NULL)
			vm_missing(
			    run, vm_name(name, list, i, "size"), "is missing: MiB");
		return;
	}
	if (reserved < 0)
		json_object_set_new(disk, "refreservation", json_integer(size));
	else if (reserved > size)
		vm_bad(run, vm_name(name, list, i, "refreservation"),
		    "must be at most the size (%lld MiB)", size);
}

/* First free slot: disks from 0:4:0, cdroms from 0:3:0. */
static void
judge_slot(struct vm_run *run, json_t *disks, size_t at, const char *list, size_t i)
{
	json_t *disk = json_array_get(disks, at);
	const char *slot = tt_json_str(disk, "pci_slot", NULL);
	int device = is_cdrom(disk) ? CDROM_DEVICE : DISK_DEVICE;
	char name[VM_NAME_LEN], text[16];

	if (run->brand != TT_VM_BHYVE)
		return;
	if (slot != NULL) {
		if (vm_item_find(disks, "pci_slot", slot) < (long)at)
			vm_bad(run, vm_name(name, list, i, "pci_slot"),
			    "must not be used twice (%s is)", slot);
		return;
	}
	for (int n = 0;; n++) {
		/* eight functions a device; device 6 is the machine's own */
		const int d = device + n / 8 + (device + n / 8 >= 6);

		(void)tt_strf(text, sizeof(text), "0:%d:%d", d, n % 8);
		if (vm_item_find(disks, "pci_slot", text) < 0)
			break;
	}
	json_object_set_new(disk, "pci_slot", json_string(text));
}

static void
judge_uuid(struct vm_run *run, json_t *disks, size_t at, const char *list, size_t i)
{
	json_t *disk = json_array_get(disks, at);
	const char *given = tt_json_str(disk, "uuid", NULL);
	char uuid[TT_UUID_LEN], name[VM_NAME_LEN];

	if (run->brand != TT_VM_BHYVE)
		return;
	if (given == NULL) {
		vm_new_uuid(run, uuid);
		json_object_set_new(disk, "uuid", json_string(uuid));
	} else if (vm_item_find(disks, "uuid", given) < (long)at) {
		vm_bad(run, vm_name(name, list, i, "uuid"),
		    "must not be used twice (%s is)", given);
	}
}

static void
default_str(json_t *obj, const char *key, const json_t *rec, const char *from)
{
	json_t *v = json_object_get(rec, from);

	if (json_object_get(obj, key) == NULL && v != NULL)
		json_object_set(obj, key, v);
}

/* One disk is booted from: the one that says so, else the first. */
static void
judge_boot(struct vm_run *run, json_t *disks, const char *list, size_t first)
{
	char name[VM_NAME_LEN];
	long boot = -1;
	json_t *disk;
	size_t i;

	json_array_foreach(disks, i, disk)
	{
		if (!json_is_true(json_object_get(disk, "boot"))) {
			json_object_del(disk, "boot");
			continue;
		}
		if (boot >= 0 && i >= first)
			vm_bad(run, vm_name(name, list, i - first, "boot"),
			    "must be true on one disk only");
		boot = (long)i;
	}
	disk = json_array_get(disks, 0);
	if (boot < 0 && disk != NULL)
		json_object_set_new(disk, "boot", json_true());
}

void
vm_judge_disks(
    struct vm_run *run, const json_t *rec, json_t *disks, const char *list, size_t first)
{
	if (json_array_size(disks) > VM_DISKS_MAX)
		vm_bad(run, list, "must not give the instance more than %d disks",
		    VM_DISKS_MAX);
	for (size_t at = first; at < json_array_size(disks); at++) {
		tt_auto(json) json_t *old = json_incref(json_array_get(disks, at));
		json_t *disk = vm_filled(run, tt_vm_disk_props, old);

		json_array_set_new(disks, at, disk);
		judge_path(run, rec, disks, at, list, at - first);
		judge_size(run, disk, list, at - first);
		judge_slot(run, disks, at, list, at - first);
		judge_uuid(run, disks, at, list, at - first);
		default_str(disk, "model", rec, "disk_driver");
		default_str(disk, "zpool", rec, "zpool");
	}
	judge_boot(run, disks, list, first);
	for (size_t at = 0; at < json_array_size(disks); at++)
		json_array_set_new(
		    disks, at, vm_ordered(tt_vm_disk_props, json_array_get(disks, at)));
}

void
vm_judge_disk_sum(struct vm_run *run, const json_t *rec)
{
	const long long budget = tt_json_int(rec, "flexible_disk_size", 0);
	const json_t *disks = json_object_get(rec, "disks"), *disk;
	long long sum = 0;
	size_t i;

	json_array_foreach(disks, i, disk)
	{
		sum += is_foreign(disk) ? 0 : tt_json_int(disk, "size", 0);
	}
	if (budget > 0 && sum > budget)
		vm_bad(run, "flexible_disk_size",
		    "must be %lld MiB or more, the sum of the disks (it is %lld)", sum,
		    budget);
}
