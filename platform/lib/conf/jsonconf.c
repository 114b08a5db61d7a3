// SPDX-License-Identifier: MPL-2.0
/*
 * A JSON file into a caller's struct by a table of fields.
 */
#include "platform/lib/conf/jsonconf.h"

#include <errno.h>
#include <string.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/num.h"
#include "platform/lib/base/str.h"

#define FILE_MAX  (1024 * TT_KIB)
#define NAMES_MAX 256

static void *
place(const struct tt_conf_field *f, void *cfg)
{
	return (char *)cfg + f->offset;
}

static const void *
place_const(const struct tt_conf_field *f, const void *cfg)
{
	return (const char *)cfg + f->offset;
}

static int
refuse(struct tt_err **err, const char *path, const struct tt_conf_field *f,
    const char *wanted)
{
	return tt_err_set(err, -EINVAL, "ConfigInvalid", "%s: %s: %s is accepted (%s)",
	    path, f->name, wanted, f->help ? f->help : "setting");
}

static int
set_text(const char *path, const struct tt_conf_field *f, const char *text, void *cfg,
    struct tt_err **err)
{
	size_t len = strlen(text);
	char wanted[80];
	char **to = place(f, cfg);

	if (f->max && (len < (size_t)f->min || len > (size_t)f->max)) {
		(void)tt_strf(wanted, sizeof(wanted), "a text of %lld to %lld bytes",
		    (long long)f->min, (long long)f->max);
		return refuse(err, path, f, wanted);
	}
	free(*to);
	*to = tt_xstrdup(text);
	return 0;
}

static int
set_int(const char *path, const struct tt_conf_field *f, int64_t value, void *cfg,
    struct tt_err **err)
{
	bool bounded = f->min || f->max;
	char wanted[80];

	if (bounded && (value < f->min || value > f->max)) {
		(void)tt_strf(wanted, sizeof(wanted), "an integer of %lld to %lld",
		    (long long)f->min, (long long)f->max);
		return refuse(err, path, f, wanted);
	}
	*(int64_t *)place(f, cfg) = value;
	return 0;
}

static void
set_list(const struct tt_conf_field *f, char **list, void *cfg)
{
	char ***to = place(f, cfg);

	tt_strv_free(*to);
	*to = list;
}

static int
set_default(
    const char *path, const struct tt_conf_field *f, void *cfg, struct tt_err **err)
{
	int64_t i;
	bool b;

	if (!f->def)
		return tt_err_set(err, -EINVAL, "ConfigInvalid",
		    "%s: %s is missing and has no default (%s)", path, f->name,
		    f->help ? f->help : "setting");
	switch (f->kind) {
	case TT_CONF_TEXT:
		return set_text(path, f, f->def, cfg, err);
	case TT_CONF_INT:
		if (tt_parse_i64(f->def, INT64_MIN, INT64_MAX, &i) < 0)
			return refuse(err, path, f, "an integer");
		return set_int(path, f, i, cfg, err);
	case TT_CONF_BOOL:
		if (tt_parse_bool(f->def, &b) < 0)
			return refuse(err, path, f, "true or false");
		*(bool *)place(f, cfg) = b;
		return 0;
	case TT_CONF_LIST:
		set_list(f, *f->def ? tt_split(f->def, ',') : NULL, cfg);
		return 0;
	}
	return 0;
}

static int
set_json_list(const char *path, const struct tt_conf_field *f, const json_t *j, void *cfg,
    struct tt_err **err)
{
	tt_auto(strv) char **list = NULL;
	const json_t *item;
	size_t i;

	if (!json_is_array(j))
		return refuse(err, path, f, "an array of texts");
	json_array_foreach(j, i, item)
	{
		if (!json_is_string(item))
			return refuse(err, path, f, "an array of texts");
		tt_strv_add(&list, json_string_value(item));
	}
	set_list(f, tt_take(list), cfg);
	return 0;
}

static int
set_json(const char *path, const struct tt_conf_field *f, const json_t *j, void *cfg,
    struct tt_err **err)
{
	switch (f->kind) {
	case TT_CONF_TEXT:
		if (!json_is_string(j))
			return refuse(err, path, f, "a text");
		return set_text(path, f, json_string_value(j), cfg, err);
	case TT_CONF_INT:
		if (!json_is_integer(j))
			return refuse(err, path, f, "an integer");
		return set_int(path, f, json_integer_value(j), cfg, err);
	case TT_CONF_BOOL:
		if (!json_is_boolean(j))
			return refuse(err, path, f, "true or false");
		*(bool *)place(f, cfg) = json_is_true(j);
		return 0;
	case TT_CONF_LIST:
		return set_json_list(path, f, j, cfg, err);
	}
	return 0;
}

/* Member at a dotted path, or NULL. */
static const json_t *
member(const json_t *j, const char *name)
{
	const char *dot;

	while (j && (dot = strchr(name, '.'))) {
		tt_auto(free) char *head = tt_xstrndup(name, (size_t)(dot - name));

		j = json_object_get(j, head);
		name = dot + 1;
	}
	return j ? json_object_get(j, name) : NULL;
}

/* Is there a field of this name, or one that looks inside it? */
static bool
known(const struct tt_conf_field *table, const char *name)
{
	for (const struct tt_conf_field *f = table; f->name; f++) {
		const char *rest = tt_after_prefix(f->name, name);

		if (rest && (*rest == '\0' || *rest == '.'))
			return true;
	}
	return false;
}

static void
warn_unknown(const struct tt_conf_field *table, const json_t *j, const char *prefix,
    struct tt_findings *found)
{
	/* The iterator of this library takes no const object, though it changes nothing. */
	json_t *object = (json_t *)(uintptr_t)j;
	const char *names[NAMES_MAX];
	const char *key, *near;
	json_t *value;
	size_t n = 0;

	for (const struct tt_conf_field *f = table; f->name && n < NAMES_MAX; f++)
		names[n++] = f->name;
	json_object_foreach(object, key, value)
	{
		tt_auto(free) char *name = tt_xprintf("%s%s", prefix, key);
		bool leaf = false;

		for (size_t i = 0; i < n; i++)
			leaf |= tt_streq(names[i], name);
		if (leaf)
			continue;
		if (json_is_object(value) && known(table, name)) {
			tt_auto(free) char *deeper = tt_xprintf("%s.", name);

			warn_unknown(table, value, deeper, found);
			continue;
		}
		near = strlen(name) < 64 ? tt_nearest(name, names, n, 2) : NULL;
		(void)tt_findings_add(found, "W_UNKNOWN", name, NULL, "unknown key%s%s",
		    near ? "; did you mean " : "", near ? near : "");
	}
}

int
tt_conf_load(const char *path, const struct tt_conf_field *table, void *cfg,
    struct tt_findings *found, struct tt_err **err)
{
	tt_auto(json) json_t *j = NULL;
	int r;

	if (path) {
		r = tt_json_load(path, FILE_MAX, &j, err);
		if (r < 0)
			return r;
		if (!json_is_object(j))
			return tt_err_set(err, -EINVAL, "ConfigInvalid",
			    "%s: a JSON object is accepted", path);
		if (found)
			warn_unknown(table, j, "", found);
	}
	for (const struct tt_conf_field *f = table; f->name; f++) {
		const json_t *value = member(j, f->name);

		r = value ? set_json(path, f, value, cfg, err)
			  : set_default(path ? path : "defaults", f, cfg, err);
		if (r < 0)
			return r;
	}
	return 0;
}

void
tt_conf_free(const struct tt_conf_field *table, void *cfg)
{
	for (const struct tt_conf_field *f = table; f->name; f++) {
		if (f->kind == TT_CONF_TEXT) {
			char **text = place(f, cfg);

			if (*text && f->secret)
				explicit_bzero(*text, strlen(*text));
			free(tt_take(*text));
		} else if (f->kind == TT_CONF_LIST) {
			set_list(f, NULL, cfg);
		}
	}
}

static json_t *
print_one(const struct tt_conf_field *f, const void *cfg)
{
	const void *p = place_const(f, cfg);
	json_t *list;

	if (f->secret)
		return json_string("***");
	switch (f->kind) {
	case TT_CONF_TEXT:
		return json_string(*(char *const *)p ? *(char *const *)p : "");
	case TT_CONF_INT:
		return json_integer(*(const int64_t *)p);
	case TT_CONF_BOOL:
		return json_boolean(*(const bool *)p);
	case TT_CONF_LIST:
		list = json_array();
		for (char *const *v = *(char **const *)p; v && *v; v++)
			json_array_append_new(list, json_string(*v));
		return list;
	}
	return json_null();
}

json_t *
tt_conf_print(const struct tt_conf_field *table, const void *cfg)
{
	json_t *j = json_object();

	for (const struct tt_conf_field *f = table; f->name; f++)
		json_object_set_new(j, f->name, print_one(f, cfg));
	return j;
}
