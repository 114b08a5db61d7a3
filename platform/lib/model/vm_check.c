// SPDX-License-Identifier: MPL-2.0
/*
 * Judging the shape of a payload: each member by its row, alone. What members mean together
 * is judged by the files of their subjects.
 */
#include <string.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/str.h"
#include "platform/lib/model/vm_int.h"
#include "platform/lib/model/vm_rule.h"

#define COMMA_MAX   16384 /* bytes of a comma list */
#define GUESSES_MAX 16    /* errors up to which unknown names get one */
#define NAMES_MAX   200   /* rows that the nearest name is looked for in */

char *
vm_name(char *out, const char *list, size_t i, const char *name)
{
	/* names of ours are short; what is cut is only shown */
	(void)tt_strf(out, VM_NAME_LEN, "%s.%zu%s%s", list, i, name != NULL ? "." : "",
	    name != NULL ? name : "");
	return out;
}

json_t *
vm_ordered(const struct tt_vm_prop *rows, const json_t *obj)
{
	json_t *out = json_object(), *v;
	const char *key;

	for (const struct tt_vm_prop *row = rows; row->name != NULL; row++) {
		v = json_object_get(obj, row->name);
		if (v != NULL)
			json_object_set(out, row->name, v);
	}
	/* what only the node knows about goes last; those above keep their place */
	json_object_foreach(vm_mut(obj), key, v)
	{
		json_object_set(out, key, v);
	}
	return out;
}

/* --- values --- */

static json_t *
check_int(struct vm_run *run, const struct tt_vm_prop *row, const char *name, json_t *v)
{
	const char *unit = row->unit != NULL ? row->unit : "";
	const char *blank = row->unit != NULL ? " " : "";
	json_int_t n = json_integer_value(v);

	if (!json_is_integer(v)) {
		vm_bad(run, name, "must be an integer%s%s", *unit ? " of " : "", unit);
		return NULL;
	}
	if (n < row->min || n > row->max) {
		vm_bad(run, name, "must be %lld to %lld%s%s", (long long)row->min,
		    (long long)row->max, blank, unit);
		return NULL;
	}
	if ((row->flags & TT_VM_POW2) && (n & (n - 1)) != 0) {
		vm_bad(run, name, "must be a power of two");
		return NULL;
	}
	return json_incref(v);
}

/* One text by a row's rule; false when refused. */
static bool
check_text(
    struct vm_run *run, const struct tt_vm_prop *row, const char *name, const char *s)
{
	const char *why = vm_rule_plain(s);

	if (why == NULL && row->rule != NULL)
		why = row->rule(s);
	if (why != NULL)
		vm_bad(run, name, "%s", why);
	return why == NULL;
}

static json_t *
check_str(struct vm_run *run, const struct tt_vm_prop *row, const char *name, json_t *v)
{
	const size_t len = json_string_length(v);

	if (!json_is_string(v)) {
		vm_bad(run, name, "must be a string");
		return NULL;
	}
	if (row->choices != NULL) {
		tt_auto(free) char *all = NULL;

		if (tt_strv_has(
			(char *const *)(uintptr_t)row->choices, json_string_value(v)))
			return json_incref(v);
		all = tt_strv_join((char *const *)(uintptr_t)row->choices, ", ");
		vm_bad(run, name, "must be one of %s", all);
		return NULL;
	}
	if ((long long)len > row->max || (long long)len < row->min) {
		vm_bad(run, name, "must be %lld to %lld bytes long", (long long)row->min,
		    (long long)row->max);
		return NULL;
	}
	return check_text(run, row, name, json_string_value(v)) ? json_incref(v) : NULL;
}

/* Texts of an array, or the parts of a comma list; either way an array of texts. */
static json_t *
check_texts(struct vm_run *run, const struct tt_vm_prop *row, const char *name, json_t *v)
{
	const size_t errors = run->f->errors;
	const char *one_of = row->type == TT_VM_COMMA ? "a comma list or " : "";
	char at[VM_NAME_LEN];
	json_t *m;
	size_t i;

	if (!json_is_array(v)) {
		vm_bad(run, name, "must be %san array of strings", one_of);
		return NULL;
	}
	if ((long long)json_array_size(v) > row->max) {
		vm_bad(run, name, "must have at most %lld members", (long long)row->max);
		return NULL;
	}
	json_array_foreach(v, i, m)
	{
		vm_name(at, name, i, NULL);
		if (!json_is_string(m))
			vm_bad(run, at, "must be a string");
		else
			(void)check_text(run, row, at, json_string_value(m));
	}
	return run->f->errors == errors ? json_incref(v) : NULL;
}

/* Stored as one text, however it came. */
static json_t *
check_comma(struct vm_run *run, const struct tt_vm_prop *row, const char *name, json_t *v)
{
	tt_auto(json) json_t *list = NULL, *good = NULL;
	tt_auto(buf) struct tt_buf text = TT_BUF_INIT(64 * TT_KIB);
	json_t *m;
	size_t i;

	if (json_is_string(v)) {
		tt_auto(strv) char **parts = NULL;

		if (json_string_length(v) > COMMA_MAX) {
			vm_bad(run, name, "must be at most %d bytes long", COMMA_MAX);
			return NULL;
		}
		list = json_array();
		parts = tt_split(json_string_value(v), ',');
		for (char **p = parts; p != NULL && *p != NULL; p++)
			json_array_append_new(list, json_string(*p));
	}
	good = check_texts(run, row, name, list != NULL ? list : v);
	if (good == NULL)
		return NULL;
	json_array_foreach(good, i, m)
	{
		(void)tt_buf_adds(&text, i > 0 ? "," : "");
		(void)tt_buf_adds(&text, json_string_value(m));
	}
	return json_string(tt_buf_str(&text));
}

static json_t *
check_ints(struct vm_run *run, const struct tt_vm_prop *row, const char *name, json_t *v)
{
	const size_t errors = run->f->errors;
	char at[VM_NAME_LEN];
	json_t *m;
	size_t i;

	if (!json_is_array(v) || json_array_size(v) > 64) {
		vm_bad(run, name, "must be an array of at most 64 integers");
		return NULL;
	}
	json_array_foreach(v, i, m)
	{
		json_decref(check_int(run, row, vm_name(at, name, i, NULL), m));
	}
	return run->f->errors == errors ? json_incref(v) : NULL;
}

/* Keys to texts, numbers and booleans; bounded as the metadata protocol bounds them. */
static json_t *
check_flat(struct vm_run *run, const struct tt_vm_prop *row, const char *name, json_t *v)
{
	const size_t errors = run->f->errors;
	size_t bytes = 0;
	const char *key;
	json_t *m;

	if (!json_is_object(v)) {
		vm_bad(run, name, "must be an object");
		return NULL;
	}
	if ((long long)json_object_size(v) > row->max) {
		vm_bad(run, name, "must have at most %lld keys", (long long)row->max);
		return NULL;
	}
	json_object_foreach(v, key, m)
	{
		tt_auto(free) char *at = tt_xprintf("%s.%s", name, key);

		(void)check_text(run, row, at, key);
		bytes += strlen(key) + json_string_length(m);
		if (!json_is_string(m) && !json_is_number(m) && !json_is_boolean(m))
			vm_bad(run, at, "must be a string, a number or a boolean");
		else if (json_string_length(m) > VM_VALUE_MAX)
			vm_bad(run, at, "must be at most %d bytes long", VM_VALUE_MAX);
	}
	if (bytes > VM_MAP_MAX)
		vm_bad(run, name, "must have at most %d bytes in all", VM_MAP_MAX);
	return run->f->errors == errors ? json_incref(v) : NULL;
}

/* A refused item leaves an empty one, so that indexes stay those of the payload. */
static json_t *
check_items(struct vm_run *run, const struct tt_vm_prop *row, const char *name, json_t *v)
{
	const enum tt_vm_op op = tt_after_prefix(row->name, "update_") != NULL
				     ? TT_VM_OP_UPDATE
				     : TT_VM_OP_CREATE;
	json_t *out, *m;
	size_t i;

	if (!json_is_array(v)) {
		vm_bad(run, name, "must be an array of objects");
		return NULL;
	}
	if ((long long)json_array_size(v) > row->max) {
		vm_bad(run, name, "must have at most %lld members", (long long)row->max);
		return NULL;
	}
	out = json_array();
	json_array_foreach(v, i, m)
	{
		tt_auto(free) char *at = tt_xprintf("%s.%zu", name, i);
		tt_auto(free) char *prefix = tt_xprintf("%s.", at);

		if (!json_is_object(m)) {
			vm_bad(run, at, "must be an object");
			json_array_append_new(out, json_object());
			continue;
		}
		json_array_append_new(
		    out, vm_check_object(run, op, row->items, prefix, m));
	}
	return out;
}

static json_t *
check_value(struct vm_run *run, const struct tt_vm_prop *row, const char *name, json_t *v)
{
	switch (row->type) {
	case TT_VM_BOOL:
		if (json_is_boolean(v))
			return json_incref(v);
		vm_bad(run, name, "must be true or false");
		return NULL;
	case TT_VM_INT:
		return check_int(run, row, name, v);
	case TT_VM_STR:
	case TT_VM_ENUM:
		return check_str(run, row, name, v);
	case TT_VM_COMMA:
		return check_comma(run, row, name, v);
	case TT_VM_STRS:
		return check_texts(run, row, name, v);
	case TT_VM_INTS:
		return check_ints(run, row, name, v);
	case TT_VM_FLAT:
		return check_flat(run, row, name, v);
	case TT_VM_ITEMS:
		return check_items(run, row, name, v);
	}
	return NULL;
}

/* --- members --- */

/* Say why this brand does not take a known property now. */
static void
refuse_member(
    struct vm_run *run, enum tt_vm_op op, const struct tt_vm_prop *row, const char *name)
{
	const unsigned bit = TT_VM_BIT(run->brand);
	const bool list = row->type == TT_VM_ITEMS;

	if (row->flags & TT_VM_READONLY)
		vm_find(run, TT_VM_BAD_PROPERTY, VM_CODE, name, "is read-only");
	else if (op == TT_VM_OP_UPDATE && (row->create & bit) && list)
		vm_find(run, TT_VM_BAD_PROPERTY, VM_CODE, name,
		    "is changed by add_%s, update_%s and remove_%s", row->name, row->name,
		    row->name);
	else if (op == TT_VM_OP_UPDATE && (row->create & bit) && row->type == TT_VM_FLAT)
		vm_find(run, TT_VM_BAD_PROPERTY, VM_CODE, name,
		    "is changed by set_%s and remove_%s", row->name, row->name);
	else if (op == TT_VM_OP_UPDATE && (row->create & bit))
		vm_find(run, TT_VM_BAD_PROPERTY, VM_CODE, name,
		    "may not change after create");
	else if (op == TT_VM_OP_CREATE && (row->update & bit))
		vm_find(
		    run, TT_VM_BAD_PROPERTY, VM_CODE, name, "is for updates, not create");
	else
		vm_find(run, TT_VM_BAD_PROPERTY, VM_CODE, name,
		    "is not a property of %s brand VMs", tt_vm_brand_name(run->brand));
}

static void
refuse_unknown(
    struct vm_run *run, const struct tt_vm_prop *rows, const char *name, const char *key)
{
	const char *names[NAMES_MAX], *near = NULL;
	size_t n = 0;

	for (; rows->name != NULL && n < NAMES_MAX; rows++)
		names[n++] = rows->name;
	/* a guess for the first ones is enough, and a payload may have many */
	if (strlen(key) < 64 && run->f->errors < GUESSES_MAX)
		near = tt_nearest(key, names, n, 2);
	if (near != NULL)
		vm_find(run, TT_VM_BAD_PROPERTY, VM_CODE, name,
		    "is not a known property (did you mean %s?)", near);
	else
		vm_find(
		    run, TT_VM_BAD_PROPERTY, VM_CODE, name, "is not a known property");
}

/* "" and null clear what may be cleared. */
static bool
clears(const struct tt_vm_prop *row, const json_t *v)
{
	return (row->flags & TT_VM_NULL) &&
	       (json_is_null(v) || (json_is_string(v) && json_string_length(v) == 0));
}

json_t *
vm_check_object(struct vm_run *run, enum tt_vm_op op, const struct tt_vm_prop *rows,
    const char *prefix, const json_t *obj)
{
	const unsigned bit = TT_VM_BIT(run->brand);
	json_t *out = json_object();
	const char *key;
	json_t *v;

	for (const struct tt_vm_prop *row = rows; row->name != NULL; row++) {
		const unsigned takes = op == TT_VM_OP_CREATE ? row->create : row->update;
		char name[VM_NAME_LEN];

		v = json_object_get(obj, row->name);
		if (v == NULL && !(op == TT_VM_OP_CREATE && (row->required & bit)))
			continue;
		(void)tt_strf(name, sizeof(name), "%s%s", prefix, row->name);
		if (v == NULL)
			vm_missing(run, name, "is missing");
		else if (!(takes & bit))
			refuse_member(run, op, row, name);
		else if (clears(row, v)) {
			if (op == TT_VM_OP_UPDATE)
				json_object_set_new(out, row->name, json_null());
		} else if ((v = check_value(run, row, name, v)) != NULL)
			json_object_set_new(out, row->name, v);
	}
	json_object_foreach(vm_mut(obj), key, v)
	{
		tt_auto(free) char *name = NULL;

		if (vm_row(rows, key) != NULL)
			continue;
		name = tt_xprintf("%s%s", prefix, key);
		refuse_unknown(run, rows, name, key);
	}
	return out;
}
