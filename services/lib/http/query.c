// SPDX-License-Identifier: MPL-2.0
/* See query.h. */
#include "services/lib/http/query.h"

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/str.h"

#include <errno.h>
#include <string.h>

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* One character from s[*pos] on, *pos moved behind it; -1 for a broken escape. */
static int
decode_one(const char *s, size_t len, size_t *pos, bool plus)
{
	int high, low;

	if (s[*pos] == '+' && plus) {
		(*pos)++;
		return ' ';
	}
	if (s[*pos] != '%')
		return (unsigned char)s[(*pos)++];
	if (len - *pos < 3)
		return -1;
	high = hex_digit(s[*pos + 1]);
	low = hex_digit(s[*pos + 2]);
	*pos += 3;
	return high < 0 || low < 0 ? -1 : high * 16 + low;
}

char *
tt_percent_decode(const char *s, size_t len, bool plus)
{
	tt_auto(free) char *out = tt_xalloc(len + 1);
	size_t n = 0;

	for (size_t i = 0; i < len;) {
		int c = decode_one(s, len, &i, plus);

		if (c <= 0) /* a NUL would cut what the handlers read */
			return NULL;
		out[n++] = (char)c;
	}
	out[n] = '\0';
	return tt_utf8_check(out, n) < 0 ? tt_take(out) : NULL;
}

static void
add_value(json_t *obj, const char *name, const char *value)
{
	json_t *old = json_object_get(obj, name);

	if (old == NULL) {
		json_object_set_new(obj, name, json_string(value));
		return;
	}
	if (!json_is_array(old)) {
		json_t *list = json_array();

		json_array_append(list, old);
		json_object_set_new(obj, name, list);
		old = list;
	}
	json_array_append_new(old, json_string(value));
}

static int
add_pair(const char *s, size_t len, json_t *obj, const char **ret_why)
{
	const char *eq = memchr(s, '=', len);
	size_t name_len = eq != NULL ? (size_t)(eq - s) : len;
	tt_auto(free) char *name = tt_percent_decode(s, name_len, true);
	tt_auto(free) char *value = NULL;

	if (eq != NULL)
		value = tt_percent_decode(eq + 1, len - name_len - 1, true);
	else
		value = tt_xstrdup("");
	if (name == NULL || value == NULL) {
		*ret_why = "a name or value is not percent-encoded UTF-8";
		return -EINVAL;
	}
	if (name[0] == '\0') {
		*ret_why = "a value has no name";
		return -EINVAL;
	}
	add_value(obj, name, value);
	return 0;
}

int
tt_query_parse(const char *s, size_t len, json_t *obj, const char **ret_why)
{
	unsigned pairs = 0;

	for (size_t i = 0; i < len;) {
		const char *amp = memchr(s + i, '&', len - i);
		size_t part = amp != NULL ? (size_t)(amp - (s + i)) : len - i;

		if (part > 0) {
			if (++pairs > TT_QUERY_MAX_PAIRS) {
				*ret_why = "more than 256 parameters";
				return -EINVAL;
			}
			if (add_pair(s + i, part, obj, ret_why) < 0)
				return -EINVAL;
		}
		i += part + 1;
	}
	return 0;
}
