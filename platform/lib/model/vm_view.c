// SPDX-License-Identifier: MPL-2.0
/*
 * What an instance looks like from outside: the stored values and those that are computed
 * from them and from what the node knows. Values are shared with the record, not copied: a
 * list of a thousand instances asks for five of each.
 */
#include <errno.h>
#include <string.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/num.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/time.h"
#include "platform/lib/model/vm_int.h"

/* --- computed values --- */

static json_t *
stored(const struct tt_vm *vm, const char *name)
{
	return json_incref(json_object_get(vm->record, name));
}

static json_t *
text_or(const char *s, json_t *fallback)
{
	if (s == NULL)
		return fallback;
	json_decref(fallback);
	return json_string(s);
}

static json_t *
count(long long n)
{
	return n > 0 ? json_integer(n) : NULL;
}

VM_SHOW(type)
{
	(void)rt;
	switch (vm_brand_of(vm->record)) {
	case TT_VM_KVM:
		return json_string("KVM");
	case TT_VM_BHYVE:
		return json_string("BHYV");
	case TT_VM_LX:
		return json_string("LX");
	default:
		return json_string("OS");
	}
}

VM_SHOW(hvm)
{
	(void)rt;
	return json_boolean(tt_vm_brand_hvm(vm_brand_of(vm->record)));
}

static const char *
state_of(const struct tt_vm *vm, const struct tt_vm_runtime *rt)
{
	return rt->state != NULL ? rt->state
				 : tt_json_str(vm->record, "state", "stopped");
}

VM_SHOW(state)
{
	return json_string(state_of(vm, rt));
}

VM_SHOW(zone_state)
{
	static const char *const same[] = { "configured", "incomplete", "installed",
		"ready", "running", "shutting_down", "down", NULL };
	const char *state = state_of(vm, rt);

	if (rt->zone_state != NULL)
		return json_string(rt->zone_state);
	if (tt_strv_has((char *const *)(uintptr_t)same, state))
		return json_string(state);
	/* a guest that provisions or stops still runs */
	return json_string(rt->pid > 0 ? "running" : "installed");
}

VM_SHOW(pid)
{
	(void)vm;
	return count(rt->pid);
}

VM_SHOW(zoneid)
{
	(void)vm;
	return count(rt->zoneid);
}

VM_SHOW(zonedid)
{
	(void)vm;
	return count(rt->zonedid);
}

static json_t *
below_pool(const struct tt_vm *vm, const char *before, const char *after)
{
	char path[256];

	(void)tt_strf(path, sizeof(path), "%s%s/%s%s", before,
	    tt_json_str(vm->record, "zpool", "zones"),
	    tt_json_str(vm->record, "uuid", ""), after);
	return json_string(path);
}

VM_SHOW(zonepath)
{
	(void)rt;
	return below_pool(vm, "/", "");
}

VM_SHOW(zfs_filesystem)
{
	(void)rt;
	return below_pool(vm, "", "");
}

VM_SHOW(boot_timestamp)
{
	char text[TT_ISO_LEN];

	return rt->boot_us > 0 ? json_string(tt_time_iso(rt->boot_us, text))
			       : stored(vm, "boot_timestamp");
}

VM_SHOW(snapshots)
{
	json_t *own = json_object_get(vm->record, "snapshots");

	if (rt->snapshots != NULL)
		return json_incref(vm_mut(rt->snapshots));
	return own != NULL ? json_incref(own) : json_array();
}

VM_SHOW(datasets)
{
	json_t *list = json_array();

	(void)rt;
	if (tt_json_bool(vm->record, "delegate_dataset", false))
		json_array_append_new(list, below_pool(vm, "", "/data"));
	return list;
}

VM_SHOW(server_uuid)
{
	return text_or(rt->server_uuid, stored(vm, "server_uuid"));
}

VM_SHOW(headnode_id)
{
	return text_or(rt->headnode_id, stored(vm, "headnode_id"));
}

VM_SHOW(datacenter_name)
{
	return text_or(rt->datacenter_name, stored(vm, "datacenter_name"));
}

VM_SHOW(platform_buildstamp)
{
	return text_or(rt->platform_buildstamp, stored(vm, "platform_buildstamp"));
}

VM_SHOW(free_space)
{
	(void)vm;
	return count(rt->free_space_mib);
}

/* --- the view --- */

static json_t *
row_value(
    const struct tt_vm_prop *row, const struct tt_vm *vm, const struct tt_vm_runtime *rt)
{
	static const struct tt_vm_runtime at_rest;
	json_t *v = NULL;

	if (row->show != NULL)
		return row->show(vm, rt != NULL ? rt : &at_rest);
	switch (row->place) {
	case TT_VM_RECORD:
		return stored(vm, row->name);
	case TT_VM_CUSTOMER:
	case TT_VM_INTERNAL:
		v = json_object_get(vm->metadata, row->name);
		break;
	case TT_VM_TAGS:
		v = vm->tags;
		break;
	case TT_VM_PAYLOAD:
		return NULL;
	}
	return v != NULL ? json_incref(v) : json_object();
}

json_t *
tt_vm_view(const struct tt_vm *vm, const struct tt_vm_runtime *rt)
{
	json_t *view = json_object();

	for (const struct tt_vm_prop *row = tt_vm_props; row->name != NULL; row++) {
		json_t *v = row_value(row, vm, rt);

		if (v != NULL)
			json_object_set_new_nocheck(view, row->name, v);
	}
	return view;
}

/* --- dotted names --- */

int
vm_path_parse(const char *name, struct vm_path *ret, struct tt_err **err)
{
	char *dot;

	*ret = (struct vm_path){ .name = tt_xstrdup(name) };
	dot = strchr(ret->name, '.');
	if (dot != NULL) {
		*dot = '\0';
		ret->rest = dot + 1;
	}
	ret->row = tt_vm_prop_find(ret->name);
	if (ret->row == NULL || (ret->row->place == TT_VM_PAYLOAD))
		return tt_err_set(err, -EINVAL, "InvalidArgument",
		    "'%.64s' is not a property of an instance (see vmadm(8))", name);
	return 0;
}

/* What is at rest below v: new reference or NULL. */
static json_t *
descend(json_t *v, const char *rest)
{
	char part[256];
	const char *dot;
	uint32_t i;

	if (rest == NULL)
		return json_incref(v);
	dot = strchr(rest, '.');
	/* keys of tags and metadata may have dots */
	if (json_is_object(v) && (dot == NULL || json_object_get(v, rest) != NULL))
		return json_incref(json_object_get(v, rest));
	if (dot != NULL && (size_t)(dot - rest) >= sizeof(part))
		return NULL;
	(void)tt_strf(part, sizeof(part), "%.*s",
	    (int)(dot != NULL ? (size_t)(dot - rest) : strnlen(rest, sizeof(part) - 1)),
	    rest);
	rest = dot != NULL ? dot + 1 : NULL;
	if (json_is_object(v))
		return descend(json_object_get(v, part), rest);
	if (!json_is_array(v))
		return NULL;
	if (tt_streq(part, "*")) {
		json_t *list = json_array(), *m;
		size_t k;

		json_array_foreach(v, k, m)
		{
			json_t *one = descend(m, rest);

			if (one != NULL)
				json_array_append_new(list, one);
		}
		return list;
	}
	if (tt_parse_u32(part, 0, UINT32_MAX, &i) < 0)
		return NULL;
	return descend(json_array_get(v, i), rest);
}

json_t *
vm_path_value(
    const struct vm_path *path, const struct tt_vm *vm, const struct tt_vm_runtime *rt)
{
	json_t *all = row_value(path->row, vm, rt), *v;

	if (path->rest == NULL || all == NULL)
		return all;
	v = descend(all, path->rest);
	json_decref(all);
	return v;
}

json_t *
tt_vm_value(const struct tt_vm *vm, const struct tt_vm_runtime *rt, const char *name)
{
	struct vm_path path;
	json_t *v = NULL;

	if (vm_path_parse(name, &path, NULL) == 0)
		v = vm_path_value(&path, vm, rt);
	free(path.name);
	return v;
}

json_t *
tt_vm_arg(const char *name, const char *text)
{
	const struct tt_vm_prop *row = tt_vm_prop_find(name);
	int64_t n;

	if (row == NULL)
		return json_string(text);
	switch (row->type) {
	case TT_VM_BOOL:
		if (tt_streq(text, "true") || tt_streq(text, "false"))
			return json_boolean(tt_streq(text, "true"));
		break;
	case TT_VM_INT:
		if (tt_parse_i64(text, INT64_MIN, INT64_MAX, &n) == 0)
			return json_integer(n);
		break;
	case TT_VM_STRS: {
		tt_auto(strv) char **parts = tt_split(text, ',');
		json_t *list = json_array();

		for (char **p = parts; p != NULL && *p != NULL; p++)
			json_array_append_new(list, json_string(*p));
		return list;
	}
	default:
		break;
	}
	return json_string(text);
}
