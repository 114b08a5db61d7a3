// SPDX-License-Identifier: MPL-2.0
/* What differs between two states of an instance. */
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/str.h"
#include "platform/lib/model/vm_int.h"

void
tt_vm_changes_release(struct tt_vm_changes *c)
{
	for (size_t i = 0; i < c->n; i++)
		free(c->v[i].key);
	free(c->v);
	*c = (struct tt_vm_changes){ 0 };
}

bool
tt_vm_changed(const struct tt_vm_changes *c, const char *prop, const char *item)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct tt_vm_change *one = &c->v[i];

		if (!tt_streq(one->prop->name, prop))
			continue;
		if (item == NULL ||
		    (one->item != NULL && tt_streq(one->item->name, item)))
			return true;
	}
	return false;
}

bool
tt_vm_changes_reboot(const struct tt_vm_changes *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (!c->v[i].live)
			return true;
	return false;
}

static void
add(struct tt_vm_changes *c, enum tt_vm_how how, const struct tt_vm_prop *prop,
    const struct tt_vm_prop *item, const char *key)
{
	const struct tt_vm_prop *row = item != NULL ? item : prop;

	if (c->n == c->space) {
		c->space = c->space > 0 ? 2 * c->space : 8;
		c->v = tt_xrealloc(c->v, c->space * sizeof(*c->v));
	}
	c->v[c->n++] = (struct tt_vm_change){ .how = how,
		.prop = prop,
		.item = item,
		.key = tt_xstrdup_null(key),
		.live = (row->flags & TT_VM_LIVE) != 0 };
}

static void
diff_maps(struct tt_vm_changes *c, const struct tt_vm_prop *prop, const json_t *old,
    const json_t *now)
{
	const char *key;
	json_t *v;

	if (old == now)
		return;
	json_object_foreach(vm_mut(now), key, v)
	{
		if (!json_equal(json_object_get(old, key), v))
			add(c, TT_VM_SET, prop, NULL, key);
	}
	json_object_foreach(vm_mut(old), key, v)
	{
		if (json_object_get(now, key) == NULL)
			add(c, TT_VM_REMOVE, prop, NULL, key);
	}
}

/* Member that names an item, by which updates find it; NULL = compared as one value. */
static const char *
item_key(const struct tt_vm_prop *prop)
{
	if (prop->items == tt_vm_nic_props)
		return "mac";
	if (prop->items == tt_vm_disk_props)
		return "path";
	return prop->items == tt_vm_fs_props ? "target" : NULL;
}

static void
diff_item(struct tt_vm_changes *c, const struct tt_vm_prop *prop, const char *key,
    const json_t *old, const json_t *now)
{
	for (const struct tt_vm_prop *row = prop->items; row->name != NULL; row++) {
		const json_t *a = json_object_get(old, row->name);
		const json_t *b = json_object_get(now, row->name);

		if (a == b || (a != NULL && b != NULL && json_equal(a, b)))
			continue;
		add(c, b != NULL ? TT_VM_SET : TT_VM_REMOVE, prop, row, key);
	}
}

static void
diff_items(struct tt_vm_changes *c, const struct tt_vm_prop *prop, const json_t *old,
    const json_t *now)
{
	const char *name = item_key(prop);
	const json_t *item;
	size_t i;

	json_array_foreach(old, i, item)
	{
		const char *key = tt_json_str(item, name, "");

		if (vm_item_find(now, name, key) < 0)
			add(c, TT_VM_REMOVE, prop, NULL, key);
	}
	json_array_foreach(now, i, item)
	{
		const char *key = tt_json_str(item, name, "");
		const long at = vm_item_find(old, name, key);

		if (at < 0)
			add(c, TT_VM_ADD, prop, NULL, key);
		else
			diff_item(c, prop, key, json_array_get(old, (size_t)at), item);
	}
}

static const json_t *
value_of(const struct tt_vm *vm, const struct tt_vm_prop *prop)
{
	switch (prop->place) {
	case TT_VM_RECORD:
		return json_object_get(vm->record, prop->name);
	case TT_VM_CUSTOMER:
	case TT_VM_INTERNAL:
		return json_object_get(vm->metadata, prop->name);
	case TT_VM_TAGS:
		return vm->tags;
	default:
		return NULL;
	}
}

void
vm_diff(const struct tt_vm *old, const struct tt_vm *now, struct tt_vm_changes *ret)
{
	for (const struct tt_vm_prop *prop = tt_vm_props; prop->name != NULL; prop++) {
		const json_t *a = value_of(old, prop), *b = value_of(now, prop);

		if (a == b || (prop->flags & TT_VM_READONLY))
			continue;
		if (prop->type == TT_VM_FLAT)
			diff_maps(ret, prop, a, b);
		else if (prop->type == TT_VM_ITEMS && item_key(prop) != NULL)
			diff_items(ret, prop, a, b);
		else if (a == NULL || b == NULL || !json_equal(a, b))
			add(ret, b != NULL ? TT_VM_SET : TT_VM_REMOVE, prop, NULL, NULL);
	}
}
