// SPDX-License-Identifier: MPL-2.0
/*
 * Which row of the route table answers a method and a path. Parts are compared undecoded
 * against literals and decoded into parameters, so an escaped '/' stays inside its part.
 */
#include "platform/lib/base/str.h"
#include "services/lib/http/internal.h"
#include "services/lib/http/query.h"

#include <string.h>

/* Length of the path part at s. */
static size_t
part_len(const char *s)
{
	return strcspn(s, "/");
}

static bool
store_param(
    const char *pattern, size_t name_len, const char *part, size_t len, json_t *params)
{
	tt_auto(free) char *value = tt_percent_decode(part, len, false);
	char name[64];

	if (value == NULL || len == 0)
		return false;
	if (tt_strf(name, sizeof(name), "%.*s", (int)name_len, pattern) < 0)
		return false;
	json_object_set_new(params, name, json_string(value));
	return true;
}

/* Both start at a '/' or at their end. */
static bool
match(const char *pattern, const char *path, json_t *params)
{
	while (*pattern == '/' && *path == '/') {
		size_t n, m;

		pattern++;
		path++;
		n = part_len(pattern);
		m = part_len(path);
		if (*pattern == ':') {
			if (!store_param(pattern + 1, n - 1, path, m, params))
				return false;
		} else if (n != m || strncmp(pattern, path, n) != 0) {
			return false;
		}
		pattern += n;
		path += m;
	}
	/* "/nics/" is taken as "/nics" */
	return *pattern == '\0' && (*path == '\0' || tt_streq(path, "/"));
}

static bool
method_fits(const char *route, const char *method)
{
	return tt_streq(route, method) ||
	       (tt_streq(route, "GET") && tt_streq(method, "HEAD"));
}

const struct tt_route *
http_route(const struct tt_route *routes, const char *method, const char *path,
    json_t *params, char ***ret_allow)
{
	for (const struct tt_route *r = routes; r->method != NULL; r++) {
		json_t *found = json_object();

		if (match(r->path, path, found)) {
			if (method_fits(r->method, method)) {
				json_object_update(params, found);
				json_decref(found);
				return r;
			}
			if (!tt_strv_has(*ret_allow, r->method))
				tt_strv_add(ret_allow, r->method);
		}
		json_decref(found);
	}
	return NULL;
}
