// SPDX-License-Identifier: MPL-2.0
/*
 * The one encoder of config values. Its promise is that bash reads back what was given;
 * lex.c reads the same and much more.
 */
#include "platform/lib/conf/encode.h"

#include <errno.h>
#include <string.h>

#include "platform/lib/base/str.h"

static bool
is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_bare(const char *value)
{
	const char *p = value;

	for (; *p; p++)
		if (!is_alpha(*p) && !is_digit(*p) && !strchr("_@%+=:,./-", *p))
			return false;
	return p > value;
}

ssize_t
tt_conf_encode(const char *value, bool any, char *out, size_t size)
{
	size_t len = strlen(value), at = 0;

	if (!any && tt_utf8_check(value, len) >= 0)
		return -EILSEQ;
	if (!any && tt_control_find(value, len) >= 0)
		return -EINVAL;
	if (is_bare(value)) {
		if (len + 1 > size)
			return -E2BIG;
		memcpy(out, value, len + 1);
		return (ssize_t)len;
	}
	for (const char *p = value; *p; p++)
		at += *p == '\'' ? 4 : 1;
	if (at + 3 > size)
		return -E2BIG;
	at = 0;
	out[at++] = '\'';
	for (const char *p = value; *p; p++) {
		if (*p == '\'') {
			memcpy(out + at, "'\\''", 4);
			at += 4;
		} else {
			out[at++] = *p;
		}
	}
	out[at++] = '\'';
	out[at] = '\0';
	return (ssize_t)at;
}

bool
tt_conf_key_valid(const char *key)
{
	if (!is_alpha(*key))
		return false;
	for (const char *p = key; *p; p++)
		if (!is_alpha(*p) && !is_digit(*p) && *p != '_')
			return false;
	return true;
}
