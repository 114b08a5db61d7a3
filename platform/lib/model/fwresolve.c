// SPDX-License-Identifier: MPL-2.0
/* What a server must fetch about VMs elsewhere: tt_fw_resolve() of fwmatch.h. */
#include "platform/lib/model/fwmatch.h"

#include <errno.h>
#include <string.h>

#include "platform/lib/base/json.h"
#include "platform/lib/base/str.h"

/* What the rules need of the other ends, gathered. */
struct needs {
	json_t *tags; /* {key: true} or {key: {value: true}} */
	json_t *vms;  /* {uuid: true} */
	bool all_vms;
};

static bool
has_string(const json_t *array, const char *s)
{
	const json_t *v;
	size_t i;

	json_array_foreach(
	    array, i, v) if (tt_streq(json_string_value(v), s)) return true;
	return false;
}

/* wanted: true, one value, or a list of values */
static bool
tag_asked(const json_t *wanted, const char *value)
{
	if (wanted == NULL)
		return false;
	if (value == NULL || json_is_true(wanted))
		return true;
	return json_is_array(wanted) ? has_string(wanted, value)
				     : tt_streq(json_string_value(wanted), value);
}

/* Does the side name VMs that the query is about? */
static bool
side_asked(const struct tt_fw_side *side, const json_t *query)
{
	const json_t *vms = json_object_get(query, "vms");
	const json_t *tags = json_object_get(query, "tags");

	if (side->wildcard == TT_FW_ALL_VMS)
		return json_is_true(json_object_get(query, "allVMs")) ||
		       json_array_size(vms) > 0 || json_object_size(tags) > 0;
	for (unsigned i = 0; i < side->n; i++) {
		const struct tt_fw_target *t = &side->targets[i];

		if (t->kind == TT_FW_VM && has_string(vms, t->text))
			return true;
		if (t->kind == TT_FW_TAG &&
		    tag_asked(json_object_get(tags, t->text), t->value))
			return true;
	}
	return false;
}

static void
need_tag(json_t *tags, const struct tt_fw_target *t)
{
	json_t *values = json_object_get(tags, t->text);

	if (t->value == NULL) {
		json_object_set_new(tags, t->text, json_true());
		return;
	}
	if (json_is_true(values))
		return;
	if (values == NULL) {
		values = json_object();
		json_object_set_new(tags, t->text, values);
	}
	json_object_set_new(values, t->value, json_true());
}

static void
need_side(struct needs *needs, const struct tt_fw_side *side)
{
	needs->all_vms |= side->wildcard == TT_FW_ALL_VMS;
	for (unsigned i = 0; i < side->n; i++) {
		const struct tt_fw_target *t = &side->targets[i];

		if (t->kind == TT_FW_VM)
			json_object_set_new(needs->vms, t->text, json_true());
		if (t->kind == TT_FW_TAG)
			need_tag(needs->tags, t);
	}
}

/* The keys of an object as a sorted array. */
static json_t *
sorted_keys(json_t *object)
{
	tt_auto(strv) char **names = NULL;
	json_t *array = json_array(), *v;
	const char *key;

	json_object_foreach(object, key, v) tt_strv_add(&names, key);
	tt_strv_sort(names);
	for (char **name = names; name != NULL && *name != NULL; name++)
		json_array_append_new(array, json_string(*name));
	return array;
}

/* {key: {value: true}} becomes {key: [value]}, keys in order. */
static json_t *
tag_lists(json_t *tags)
{
	tt_auto(json) json_t *keys = sorted_keys(tags);
	json_t *lists = json_object(), *key;
	size_t i;

	json_array_foreach(keys, i, key)
	{
		json_t *values = json_object_get(tags, json_string_value(key));

		json_object_set_new(lists, json_string_value(key),
		    json_is_true(values) ? json_true() : sorted_keys(values));
	}
	return lists;
}

static int
check_query(const json_t *query, struct tt_err **err)
{
	static const struct {
		const char *key, *must;
		json_type type;
	} shapes[] = {
		{ "owner_uuid", "a UUID", JSON_STRING },
		{ "vms", "a list of UUIDs", JSON_ARRAY },
		{ "ips", "a list of addresses", JSON_ARRAY },
		{ "tags", "an object", JSON_OBJECT },
	};

	for (size_t i = 0; i < TT_ARRAY_LEN(shapes); i++) {
		const json_t *v = json_object_get(query, shapes[i].key);

		if (v != NULL && json_typeof(v) != shapes[i].type)
			return tt_err_set(err, -EINVAL, "InvalidParameter",
			    "%s must be %s", shapes[i].key, shapes[i].must);
	}
	if (json_object_get(query, "owner_uuid") == NULL)
		return tt_err_set(
		    err, -EINVAL, "MissingParameter", "owner_uuid must be given");
	return 0;
}

int
tt_fw_resolve(const struct tt_fw_entry *entries, size_t n, const json_t *query,
    json_t **ret, struct tt_err **err)
{
	tt_auto(json) json_t *tags = json_object(), *vms = json_object();
	struct needs needs = { .tags = tags, .vms = vms };
	const char *owner;
	json_t *rules;
	int r = check_query(query, err);

	if (r < 0)
		return r;
	owner = tt_json_str(query, "owner_uuid", "");
	rules = json_array();
	for (size_t i = 0; i < n; i++) {
		const struct tt_fw_side *sides = entries[i].rule->sides;
		bool touched = false;

		if (entries[i].owner != NULL && strcmp(entries[i].owner, owner) != 0)
			continue;
		for (enum tt_fw_end e = 0; e < TT_FW_END_MAX; e++)
			if (side_asked(&sides[e], query)) {
				need_side(&needs, &sides[TT_FW_END_MAX - 1 - e]);
				touched = true;
			}
		if (touched)
			json_array_append_new(rules, json_deep_copy(entries[i].object));
	}
	*ret = json_pack("{s:o, s:o, s:o, s:b, s:s}", "rules", rules, "tags",
	    tag_lists(tags), "vms", sorted_keys(vms), "allVMs", needs.all_vms,
	    "owner_uuid", owner);
	return 0;
}
