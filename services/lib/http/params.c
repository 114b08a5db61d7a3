// SPDX-License-Identifier: MPL-2.0
/*
 * Parameters against their table: every failing field is reported, values are converted to
 * their JSON type in place. Knows nothing of sockets.
 */
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/net.h"
#include "platform/lib/base/num.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/uuid.h"
#include "services/lib/http/internal.h"

#include <string.h>

#define STR_MAX  1024
#define LIST_MAX 1024

/* A converter gives a new reference, or NULL with *why set (a constant phrase). */

static json_t *
convert_str(const struct tt_param *p, const json_t *v, const char **why)
{
	const char *s = json_string_value(v);
	size_t n, max = p->max > 0 ? (size_t)p->max : STR_MAX;

	if (s == NULL) {
		*why = "must be a string";
		return NULL;
	}
	n = tt_utf8_len(s);
	if (n < (size_t)p->min || n > max) {
		*why = n > max  ? "is too long"
		       : n == 0 ? "must not be empty"
				: "is too short";
		return NULL;
	}
	return json_string(s);
}

static json_t *
convert_int(const struct tt_param *p, const json_t *v, const char **why)
{
	bool bounded = p->min != 0 || p->max != 0;
	int64_t n;

	if (json_is_integer(v)) {
		n = json_integer_value(v);
	} else if (!json_is_string(v) ||
		   tt_parse_i64(json_string_value(v), INT64_MIN, INT64_MAX, &n) < 0) {
		*why = "must be an integer";
		return NULL;
	}
	if (bounded && (n < p->min || n > p->max)) {
		*why = "is out of range";
		return NULL;
	}
	return json_integer(n);
}

static json_t *
convert_bool(const struct tt_param *p, const json_t *v, const char **why)
{
	const char *s = json_string_value(v);

	(void)p;
	if (json_is_boolean(v))
		return json_boolean(json_is_true(v));
	if (tt_streq(s, "true") || tt_streq(s, "false"))
		return json_boolean(tt_streq(s, "true"));
	*why = "must be a boolean value";
	return NULL;
}

static json_t *
convert_uuid(const struct tt_param *p, const json_t *v, const char **why)
{
	const char *s = json_string_value(v);
	char lower[TT_UUID_LEN];

	(void)p;
	*why = "invalid UUID";
	if (s == NULL || strlen(s) != TT_UUID_LEN - 1)
		return NULL;
	for (size_t i = 0; i < TT_UUID_LEN; i++)
		lower[i] = s[i] >= 'A' && s[i] <= 'F' ? (char)(s[i] - 'A' + 'a') : s[i];
	return tt_uuid_valid(lower) ? json_string(lower) : NULL;
}

static json_t *
convert_ip4(const struct tt_param *p, const json_t *v, const char **why)
{
	const char *s = json_string_value(v);
	uint32_t ip;

	(void)p;
	*why = "invalid IP address";
	return s != NULL && tt_ip4_parse(s, &ip, NULL) == 0 ? json_string(s) : NULL;
}

static json_t *
convert_mac(const struct tt_param *p, const json_t *v, const char **why)
{
	const char *s = json_string_value(v);
	char mac[TT_MAC_LEN];

	(void)p;
	*why = "invalid MAC address";
	return s != NULL && tt_mac_parse(s, mac) == 0 ? json_string(mac) : NULL;
}

static json_t *
convert_enum(const struct tt_param *p, const json_t *v, const char **why)
{
	const char *s = json_string_value(v);

	for (size_t i = 0; s != NULL && p->values[i] != NULL; i++) {
		if (tt_streq(p->values[i], s))
			return json_string(s);
	}
	*why = "is not one of the known values";
	return NULL;
}

static json_t *
convert_object(const struct tt_param *p, const json_t *v, const char **why)
{
	json_t *parsed = NULL;

	(void)p;
	if (json_is_object(v))
		return json_deep_copy(v);
	if (json_is_string(v))
		parsed = json_loadb(json_string_value(v), json_string_length(v),
		    JSON_REJECT_DUPLICATES, NULL);
	if (json_is_object(parsed))
		return parsed;
	json_decref(parsed);
	*why = "must be an object";
	return NULL;
}

static json_t *(*const converters[TT_P_KIND_MAX])(
    const struct tt_param *, const json_t *, const char **) = {
	[TT_P_STR] = convert_str,
	[TT_P_INT] = convert_int,
	[TT_P_BOOL] = convert_bool,
	[TT_P_UUID] = convert_uuid,
	[TT_P_IP4] = convert_ip4,
	[TT_P_MAC] = convert_mac,
	[TT_P_ENUM] = convert_enum,
	[TT_P_OBJECT] = convert_object,
};

static json_t *
convert_one(const struct tt_param *p, const json_t *v, const char **why)
{
	json_t *got = converters[p->kind](p, v, why);

	if (got == NULL || p->check == NULL || p->check(got, why))
		return got;
	json_decref(got);
	return NULL;
}

/* "a,b" as ["a","b"]; empty text is the empty list; an array as it is; else a list of one. */
static json_t *
as_array(const json_t *v)
{
	tt_auto(strv) char **parts = NULL;
	json_t *list;

	if (json_is_array(v))
		return json_incref((json_t *)(uintptr_t)v);
	list = json_array();
	if (!json_is_string(v)) {
		json_array_append(list, (json_t *)(uintptr_t)v);
		return list;
	}
	if (json_string_length(v) > 0)
		parts = tt_split(json_string_value(v), ',');
	for (char **p = parts; p != NULL && *p != NULL; p++)
		json_array_append_new(list, json_string(*p));
	return list;
}

/* On failure *ret_bad (may be left NULL) holds the members that did not pass. */
static json_t *
convert_list(
    const struct tt_param *p, const json_t *v, const char **why, json_t **ret_bad)
{
	tt_auto(json) json_t *in = as_array(v);
	json_t *out = json_array();
	size_t n = json_array_size(in);

	if (n > LIST_MAX) {
		*why = "has too many members";
		json_decref(out);
		return NULL;
	}
	for (size_t i = 0; i < n; i++) {
		json_t *member = json_array_get(in, i),
		       *got = convert_one(p, member, why);

		if (got != NULL) {
			json_array_append_new(out, got);
			continue;
		}
		if (*ret_bad == NULL)
			*ret_bad = json_array();
		json_array_append(*ret_bad, member);
	}
	if (*ret_bad == NULL)
		return out;
	json_decref(out);
	return NULL;
}

static bool
check_one(const struct tt_param *p, json_t *params, struct tt_res *rs)
{
	const json_t *v = json_object_get(params, p->name);
	const char *why = "Invalid parameter";
	json_t *got, *bad = NULL;

	if (v == NULL || json_is_null(v)) {
		json_object_del(params, p->name);
		if (p->required)
			tt_res_field_error(
			    rs, p->name, "MissingParameter", "Missing parameter");
		return !p->required;
	}
	got = p->list ? convert_list(p, v, &why, &bad) : convert_one(p, v, &why);
	if (got != NULL) {
		json_object_set_new(params, p->name, got);
		return true;
	}
	tt_res_field_error(rs, p->name, "InvalidParameter", why);
	if (bad != NULL)
		json_object_set_new(
		    json_array_get(rs->fields, json_array_size(rs->fields) - 1),
		    "invalid", bad);
	return false;
}

static bool
in_table(const struct tt_param *table, const char *name)
{
	for (; table->name != NULL; table++) {
		if (tt_streq(table->name, name))
			return true;
	}
	return false;
}

/* One error for all unknown names; its field is an array (NAPI's shape). */
static bool
check_unknown(const struct tt_route *route, json_t *params, struct tt_res *rs)
{
	tt_auto(strv) char **names = NULL;
	tt_auto(free) char *joined = NULL, *message = NULL;
	json_t *fields, *v;
	const char *name;

	json_object_foreach(params, name, v)
	{
		if (!in_table(route->params, name))
			tt_strv_add(&names, name);
	}
	if (names == NULL)
		return true;
	tt_strv_sort(names);
	joined = tt_strv_join(names, ", ");
	message = tt_xprintf("Unknown parameters: %s", joined);
	tt_res_field_error(rs, names[0], "UnknownParameters", message);
	fields = json_array();
	for (size_t i = 0; names[i] != NULL; i++)
		json_array_append_new(fields, json_string(names[i]));
	json_object_set_new(
	    json_array_get(rs->fields, json_array_size(rs->fields) - 1), "field", fields);
	return false;
}

bool
http_params_check(const struct tt_route *route, json_t *params, struct tt_res *rs)
{
	bool good = true;

	if (route->params == NULL)
		return true;
	for (const struct tt_param *p = route->params; p->name != NULL; p++)
		good = check_one(p, params, rs) && good;
	if (route->strict)
		good = check_unknown(route, params, rs) && good;
	return good;
}
