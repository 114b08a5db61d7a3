// SPDX-License-Identifier: MPL-2.0
/*
 * From an instance and an update payload to the instance after it. Nothing of the old one
 * is changed in place: lists and maps that the payload touches are copied first.
 */
#include <errno.h>
#include <string.h>

#include "platform/lib/base/net.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/time.h"
#include "platform/lib/model/vm_int.h"

/* One list of the record and the words that change it. */
struct list_words {
	const char *name, *add, *update, *remove;
	const char *key; /* member that names an item */
};

static const struct list_words nic_words = { "nics", "add_nics", "update_nics",
	"remove_nics", "mac" };
static const struct list_words disk_words = { "disks", "add_disks", "update_disks",
	"remove_disks", "path" };
static const struct list_words fs_words = { "filesystems", "add_filesystems",
	"update_filesystems", "remove_filesystems", "target" };

static bool
touched(const json_t *checked, const struct list_words *w)
{
	return json_object_get(checked, w->add) != NULL ||
	       json_object_get(checked, w->update) != NULL ||
	       json_object_get(checked, w->remove) != NULL;
}

/* A list of its own with items of their own. */
static json_t *
copied_items(const json_t *items)
{
	json_t *out = json_array();
	json_t *item;
	size_t i;

	json_array_foreach(items, i, item)
	{
		json_array_append_new(out, json_copy(item));
	}
	return out;
}

/* A key as records spell it: MACs in lower case. */
static const char *
normal_key(const struct list_words *w, const char *text, char *mac)
{
	if (w == &nic_words && tt_mac_parse(text, mac) == 0)
		return mac;
	return text;
}

/* Index of the item that a payload names, or -1 with a finding. */
static long
named_item(struct vm_run *run, const struct list_words *w, const json_t *items,
    const char *text, const char *at)
{
	char mac[TT_MAC_LEN];
	const char *key = normal_key(w, text, mac);
	const long found = vm_item_find(items, w->key, key);

	if (found < 0)
		vm_bad(run, at, "must be the %s of one of the instance's %s (%s is not)",
		    w->key, w->name, key);
	return found;
}

static void
remove_items(
    struct vm_run *run, const struct list_words *w, const json_t *checked, json_t *items)
{
	const json_t *names = json_object_get(checked, w->remove), *m;
	char at[VM_NAME_LEN];
	size_t i;

	json_array_foreach(names, i, m)
	{
		const long found = named_item(
		    run, w, items, json_string_value(m), vm_name(at, w->remove, i, NULL));

		if (found < 0)
			continue;
		if (w == &disk_words &&
		    tt_json_bool(json_array_get(items, (size_t)found), "boot", false)) {
			vm_bad(run, at, "must not be the boot disk");
			continue;
		}
		if (w == &disk_words && run->facts->running) {
			vm_find(run, TT_VM_BAD_VALUE, "VmNotStopped", at,
			    "must not be removed now: VM not stopped");
			continue;
		}
		json_array_remove(items, (size_t)found);
	}
}

/* The members of one update item over those of the old one; null removes. */
static void
merge(json_t *item, const json_t *over)
{
	const char *key;
	json_t *v;

	json_object_foreach(vm_mut(over), key, v)
	{
		if (json_is_null(v))
			json_object_del(item, key);
		else
			json_object_set(item, key, v);
	}
}

/* --- NICs --- */

/* A new address in one form replaces the old one in both. */
static void
drop_other_form(json_t *nic, const json_t *over)
{
	static const char *const forms[][3] = {
		{ "ips", "ip", "netmask" },
		{ "gateways", "gateway", "gateway" },
	};

	for (size_t i = 0; i < TT_ARRAY_LEN(forms); i++) {
		const bool plural = json_object_get(over, forms[i][0]) != NULL;

		for (int k = 1; k < 3; k++) {
			const char *name = forms[i][k];

			if (plural && json_object_get(over, name) == NULL)
				json_object_del(nic, name);
			else if (!plural && json_object_get(over, name) != NULL)
				json_object_del(nic, forms[i][0]);
		}
	}
	/* the same mask for another address, but none for dhcp */
	if (tt_streq(tt_json_str(over, "ip", NULL), "dhcp"))
		json_object_del(nic, "netmask");
}

static void
update_nic(struct vm_run *run, json_t *nics, size_t at, const json_t *over, size_t i)
{
	json_t *nic = json_array_get(nics, at);
	json_t *mac = json_incref(json_object_get(nic, "mac"));

	drop_other_form(nic, over);
	merge(nic, over);
	json_object_set_new(nic, "mac", mac);
	vm_judge_nic(run, nic, nic_words.update, i);
	if (json_is_true(json_object_get(over, "primary")))
		vm_one_primary(nics, (long)at);
}

/* --- disks --- */

static void
judge_disk_size(struct vm_run *run, const json_t *rec, const json_t *disk,
    const json_t *over, const char *at)
{
	const long long before = tt_json_int(disk, "size", 0);
	const long long now = tt_json_int(over, "size", before);

	if (now == before)
		return;
	if (run->brand == TT_VM_KVM)
		vm_bad(run, at, "must not change: Cannot resize a kvm VM");
	else if (json_object_get(rec, "flexible_disk_size") == NULL)
		vm_bad(
		    run, at, "must not change: the instance has no flexible_disk_size");
	else if (run->facts->running)
		vm_find(run, TT_VM_BAD_VALUE, "VmNotStopped", at,
		    "must not change now: VM not stopped");
	else if (now < before && !tt_json_bool(over, "dangerous_allow_shrink", false))
		vm_bad(run, at,
		    "must not shrink without dangerous_allow_shrink: Reducing disk size "
		    "is a dangerous operation");
}

static void
update_disk(struct vm_run *run, const json_t *rec, json_t *disks, size_t at,
    const json_t *over, size_t i)
{
	json_t *disk = json_array_get(disks, at), *other;
	const long long size = tt_json_int(disk, "size", 0);
	const char *slot = tt_json_str(over, "pci_slot", NULL);
	char name[VM_NAME_LEN];
	long taken;
	size_t k;

	judge_disk_size(
	    run, rec, disk, over, vm_name(name, disk_words.update, i, "size"));
	taken = slot != NULL ? vm_item_find(disks, "pci_slot", slot) : -1;
	if (taken >= 0 && taken != (long)at)
		vm_bad(run, vm_name(name, disk_words.update, i, "pci_slot"),
		    "must not be used twice (%s is)", slot);
	if (json_is_true(json_object_get(over, "boot"))) {
		json_array_foreach(disks, k, other)
		{
			json_object_del(other, "boot");
		}
	}
	/* what reserved the whole disk still does */
	if (tt_json_int(disk, "refreservation", -1) == size)
		json_object_set_new(disk, "refreservation",
		    json_integer(tt_json_int(over, "size", size)));
	merge(disk, over);
	json_object_del(disk, "dangerous_allow_shrink");
	if (tt_json_int(disk, "refreservation", 0) > tt_json_int(disk, "size", 0))
		vm_bad(run, vm_name(name, disk_words.update, i, "refreservation"),
		    "must be at most the size");
}

/* --- one list --- */

static void
update_items(struct vm_run *run, const struct list_words *w, const json_t *checked,
    const json_t *rec, json_t *items)
{
	const json_t *list = json_object_get(checked, w->update), *over;
	char at[VM_NAME_LEN];
	size_t i;

	json_array_foreach(list, i, over)
	{
		const char *key = tt_json_str(over, w->key, NULL);
		long found;

		vm_name(at, w->update, i, w->key);
		if (key == NULL) {
			vm_missing(run, at, "is missing: it says which one");
			continue;
		}
		found = named_item(run, w, items, key, at);
		if (found < 0)
			continue;
		if (w == &nic_words)
			update_nic(run, items, (size_t)found, over, i);
		else if (w == &disk_words)
			update_disk(run, rec, items, (size_t)found, over, i);
		else
			merge(json_array_get(items, (size_t)found), over);
	}
}

/* Remove, change, add: in this order, so that a payload can replace an item. */
static void
apply_list(
    struct vm_run *run, const struct list_words *w, const json_t *checked, json_t *rec)
{
	json_t *items;
	size_t first;

	if (!touched(checked, w))
		return;
	items = copied_items(json_object_get(rec, w->name));
	json_object_set_new(rec, w->name, items);
	remove_items(run, w, checked, items);
	update_items(run, w, checked, rec, items);
	first = json_array_size(items);
	json_array_extend(items, json_object_get(checked, w->add));
	if (w == &nic_words)
		vm_judge_nics(run, rec, items, w->add, first);
	else if (w == &disk_words)
		vm_judge_disks(run, rec, items, w->add, first);
	else
		vm_judge_filesystems(run, items, w->add, first);
}

/* --- maps --- */

/* The map after set_NAME and remove_NAME; the old one itself when there is neither. */
static json_t *
apply_map(const json_t *checked, const char *name, const json_t *old)
{
	char set[64], unset[64];
	const json_t *over, *gone, *m;
	json_t *out;
	size_t i;

	(void)tt_strf(set, sizeof(set), "set_%s", name);
	(void)tt_strf(unset, sizeof(unset), "remove_%s", name);
	over = json_object_get(checked, set);
	gone = json_object_get(checked, unset);
	if (over == NULL && gone == NULL && old != NULL)
		return json_incref(vm_mut(old));
	out = old != NULL ? json_copy(vm_mut(old)) : json_object();
	json_array_foreach(gone, i, m)
	{
		json_object_del(out, json_string_value(m));
	}
	json_object_update(out, vm_mut(over));
	return out;
}

/* Texts and keys of a map, in bytes. */
static size_t
map_bytes(const json_t *map)
{
	size_t bytes = 0;
	const char *key;
	json_t *v;

	json_object_foreach(vm_mut(map), key, v)
	{
		bytes += strlen(key) + json_string_length(v);
	}
	return bytes;
}

/* A map that is over a limit (its guest made it so) may still shrink. */
static void
judge_map(struct vm_run *run, const char *name, const json_t *old, const json_t *map)
{
	const struct tt_vm_prop *row = tt_vm_prop_find(name);
	const size_t keys = json_object_size(map);
	size_t bytes;

	if (map == old)
		return;
	if ((long long)keys > row->max && keys > json_object_size(old))
		vm_bad(run, name, "must have at most %lld keys", (long long)row->max);
	bytes = map_bytes(map);
	if (bytes > VM_MAP_MAX && bytes > map_bytes(old))
		vm_bad(run, name, "must have at most %d bytes in all", VM_MAP_MAX);
}

/* --- the whole --- */

/* Plain properties of the record; null clears. */
static void
apply_plain(const json_t *checked, json_t *rec)
{
	for (const struct tt_vm_prop *row = tt_vm_props; row->name != NULL; row++) {
		json_t *v = json_object_get(checked, row->name);

		if (v == NULL || row->place != TT_VM_RECORD)
			continue;
		if (json_is_null(v))
			json_object_del(rec, row->name);
		else
			json_object_set(rec, row->name, v);
	}
}

static json_t *
apply_metadata(struct vm_run *run, const json_t *checked, const json_t *old)
{
	static const char *const maps[] = { "customer_metadata", "internal_metadata" };
	json_t *out = json_object();

	for (size_t i = 0; i < TT_ARRAY_LEN(maps); i++) {
		const json_t *before = json_object_get(old, maps[i]);
		json_t *map = apply_map(checked, maps[i], before);

		judge_map(run, maps[i], before, map);
		json_object_set_new(out, maps[i], map);
	}
	return out;
}

static void
update_run(
    struct vm_run *run, const struct tt_vm *old, const json_t *payload, struct tt_vm *ret)
{
	tt_auto(json) json_t *checked = NULL, *rec = NULL;

	if (!json_is_object(payload)) {
		vm_bad(run, "payload", "must be a JSON object");
		return;
	}
	checked = vm_check_object(run, TT_VM_OP_UPDATE, tt_vm_props, "", payload);
	vm_pair_memory(run, checked);
	rec = json_copy(old->record);
	apply_plain(checked, rec);
	json_object_set_new(rec, "routes",
	    apply_map(checked, "routes", json_object_get(old->record, "routes")));
	judge_map(run, "routes", json_object_get(old->record, "routes"),
	    json_object_get(rec, "routes"));
	vm_judge_routes(run, "set_routes", json_object_get(checked, "set_routes"));
	vm_follow_memory(run, old->record, checked, rec);
	vm_judge_memory(run, checked, rec);
	vm_judge_resize(run, old->record, checked, rec);
	vm_judge_cpus(run, checked, rec);
	vm_judge_quota(run, checked);
	apply_list(run, &nic_words, checked, rec);
	apply_list(run, &disk_words, checked, rec);
	apply_list(run, &fs_words, checked, rec);
	vm_judge_disk_sum(run, rec);

	ret->tags = apply_map(checked, "tags", old->tags);
	judge_map(run, "tags", old->tags, ret->tags);
	ret->metadata = apply_metadata(run, checked, old->metadata);
	ret->record = json_incref(rec);
}

int
tt_vm_update(const struct tt_vm *old, const json_t *payload,
    const struct tt_vm_facts *facts, const struct tt_vm_ids *ids,
    struct tt_vm_findings *f, struct tt_vm *ret, struct tt_vm_changes *changes,
    struct tt_err **err)
{
	tt_auto(vm_findings) struct tt_vm_findings own = { 0 };
	tt_auto(vm_changes) struct tt_vm_changes diff = { 0 };
	tt_auto(vm) struct tt_vm vm = { 0 };
	char now[TT_ISO_LEN];
	struct vm_run run;

	vm_run_init(&run, TT_VM_OP_UPDATE, facts, ids, f, &own);
	run.brand = vm_brand_of(old->record);
	run.uuid = tt_json_str(old->record, "uuid", NULL);
	run.disks = json_object_get(old->record, "disks");
	update_run(&run, old, payload, &vm);
	if (run.f->errors > 0)
		return vm_refuse(run.f, "invalid payload", err);
	vm_diff(old, &vm, &diff);
	if (diff.n > 0 && run.facts->now_us > 0)
		json_object_set_new(vm.record, "last_modified",
		    json_string(tt_time_iso(run.facts->now_us, now)));
	*ret = vm;
	vm = (struct tt_vm){ 0 };
	if (changes != NULL) {
		*changes = diff;
		diff = (struct tt_vm_changes){ 0 };
	}
	return 0;
}
