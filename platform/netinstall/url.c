// SPDX-License-Identifier: MPL-2.0
/* See url.h. */
#include "platform/netinstall/url.h"

#include <errno.h>
#include <string.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/str.h"

#define URL_MAX 2000

static int
invalid(const char *text, const char *rule, struct tt_err **err)
{
	return tt_err_set(err, -EINVAL, "InvalidURL",
	    "'%.200s' (triton_isourl) %s: set base-url in the boot script to the http:// "
	    "or https:// folder of the bundle",
	    text, rule);
}

/* The parts of a path, each with the slash before it, as far as they are left. */
static void
take_parts(const char *path, size_t len, char *out)
{
	size_t n = 0;

	for (size_t at = 0; at < len;) {
		const char *part = path + at + 1;
		size_t part_len = strcspn(part, "/?#");
		bool last = at + 1 + part_len >= len;

		if (part_len == 2 && part[0] == '.' && part[1] == '.') {
			while (n > 0 && out[--n] != '/')
				;
		} else if (part_len != 1 || part[0] != '.') {
			out[n++] = '/';
			memcpy(out + n, part, part_len);
			n += part_len;
			at += part_len + 1;
			continue;
		}
		/* a dot part at the end leaves the folder */
		if (last)
			out[n++] = '/';
		at += part_len + 1;
	}
	out[n] = '\0';
}

int
netinstall_url(const char *text, char **ret, struct tt_err **err)
{
	const char *rest = tt_after_prefix(text, "http://"), *path, *query;
	tt_auto(free) char *clean = NULL;

	if (!rest)
		rest = tt_after_prefix(text, "https://");
	if (!rest)
		return invalid(text, "is no http:// or https:// URL", err);
	path = rest + strcspn(rest, "/?#");
	if (path == rest || *path != '/' || path[1] == '\0')
		return invalid(text, "lacks a host or a path", err);
	if (strlen(text) > URL_MAX || tt_control_find(text, strlen(text)) >= 0 ||
	    strchr(text, ' '))
		return invalid(
		    text, "is too long or holds characters that no URL has", err);
	query = path + strcspn(path, "?#");
	clean = tt_xalloc(strlen(path) + 2);
	take_parts(path, (size_t)(query - path), clean);
	*ret = tt_xprintf("%.*s%s%s", (int)(path - text), text, clean, query);
	return 0;
}
