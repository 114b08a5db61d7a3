// SPDX-License-Identifier: MPL-2.0
/* See num.h. */
#include "platform/lib/base/num.h"

#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "platform/lib/base/macro.h"
#include "platform/lib/base/str.h"

/* Digits at s, at most n of them, must be all of it. */
static int
digits(const char *s, size_t n, uint64_t *ret)
{
	uint64_t v = 0;

	if (n == 0)
		return -EINVAL;
	for (size_t i = 0; i < n; i++)
		if (s[i] < '0' || s[i] > '9')
			return -EINVAL;
	for (size_t i = 0; i < n; i++)
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(s[i] - '0'), &v))
			return -ERANGE;
	*ret = v;
	return 0;
}

int
tt_parse_u64(const char *s, uint64_t min, uint64_t max, uint64_t *ret)
{
	uint64_t v;
	int r = digits(s, strlen(s), &v);

	if (r < 0)
		return r;
	if (v < min || v > max)
		return -ERANGE;
	*ret = v;
	return 0;
}

int
tt_parse_u32(const char *s, uint32_t min, uint32_t max, uint32_t *ret)
{
	uint64_t v;
	int r = tt_parse_u64(s, min, max, &v);

	if (r == 0)
		*ret = (uint32_t)v;
	return r;
}

int
tt_parse_i64(const char *s, int64_t min, int64_t max, int64_t *ret)
{
	const bool minus = *s == '-';
	uint64_t v;
	int64_t n;
	int r = tt_parse_u64(s + minus, 0, (uint64_t)INT64_MAX + minus, &v);

	if (r < 0)
		return r;
	n = minus ? (int64_t)(0 - v) : (int64_t)v;
	if (n < min || n > max)
		return -ERANGE;
	*ret = n;
	return 0;
}

int
tt_parse_hex64(const char *s, uint64_t *ret)
{
	size_t n = strlen(s);
	uint64_t v = 0;

	if (n == 0 || n > 16)
		return -EINVAL;
	for (size_t i = 0; i < n; i++) {
		int c = tolower((unsigned char)s[i]);

		if (!isxdigit(c))
			return -EINVAL;
		v = v << 4 | (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
	}
	*ret = v;
	return 0;
}

int
tt_parse_bool(const char *s, bool *ret)
{
	static const char *const words[2][3] = { { "false", "no", "n" },
		{ "true", "yes", "y" } };

	for (int v = 0; v < 2; v++)
		for (size_t i = 0; i < TT_ARRAY_LEN(words[v]); i++)
			if (tt_strcaseeq(s, words[v][i])) {
				*ret = v;
				return 0;
			}
	return -EINVAL;
}

int
tt_parse_size(const char *s, uint64_t *ret_bytes)
{
	static const char units[] = "bkmgt";
	size_t n = strspn(s, "0123456789");
	const char *unit = s + n, *at;
	unsigned shift = 0;
	uint64_t v;
	int r = digits(s, n, &v);

	if (r < 0)
		return r;
	if (*unit != '\0') {
		at = strchr(units, tolower((unsigned char)*unit));
		if (at == NULL)
			return -EINVAL;
		shift = 10 * (unsigned)(at - units);
		unit++;
	}
	if (shift > 0 && *unit != '\0' && !tt_strcaseeq(unit, "b") &&
	    !tt_strcaseeq(unit, "ib"))
		return -EINVAL;
	if (shift == 0 && *unit != '\0')
		return -EINVAL;
	if (v > UINT64_MAX >> shift)
		return -ERANGE;
	*ret_bytes = v << shift;
	return 0;
}
