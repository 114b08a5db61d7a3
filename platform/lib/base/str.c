// SPDX-License-Identifier: MPL-2.0
/* See str.h. */
#include "platform/lib/base/str.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "platform/lib/base/alloc.h"

bool
tt_streq(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return strcmp(a, b) == 0;
}

bool
tt_strcaseeq(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return strcasecmp(a, b) == 0;
}

const char *
tt_after_prefix(const char *s, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(s, prefix, n) == 0 ? s + n : NULL;
}

bool
tt_ends_with(const char *s, const char *suffix)
{
	size_t n = strlen(s), m = strlen(suffix);

	return n >= m && strcmp(s + n - m, suffix) == 0;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

char *
tt_trim(char *s)
{
	size_t n;

	while (is_blank(*s))
		s++;
	n = strlen(s);
	while (n > 0 && is_blank(s[n - 1]))
		s[--n] = '\0';
	return s;
}

int
tt_strcpy(char *dst, size_t dst_size, const char *src)
{
	size_t n = strlen(src);

	if (n >= dst_size) {
		dst[0] = '\0';
		return -E2BIG;
	}
	memcpy(dst, src, n + 1);
	return 0;
}

int
tt_strf(char *dst, size_t dst_size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(dst, dst_size, fmt, ap);
	va_end(ap);
	return n >= 0 && (size_t)n < dst_size ? 0 : -E2BIG;
}

size_t
tt_strv_len(char *const *v)
{
	size_t n = 0;

	while (v != NULL && v[n] != NULL)
		n++;
	return n;
}

/* Takes s. */
static void
strv_take(char ***v, char *s)
{
	size_t n = tt_strv_len(*v);

	*v = tt_xrealloc(*v, (n + 2) * sizeof(char *));
	(*v)[n] = s;
	(*v)[n + 1] = NULL;
}

void
tt_strv_add(char ***v, const char *s)
{
	strv_take(v, tt_xstrdup(s));
}

void
tt_strv_addf(char ***v, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	strv_take(v, tt_xvprintf(fmt, ap));
	va_end(ap);
}

bool
tt_strv_has(char *const *v, const char *s)
{
	for (size_t i = 0; v != NULL && v[i] != NULL; i++)
		if (strcmp(v[i], s) == 0)
			return true;
	return false;
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void
tt_strv_sort(char **v)
{
	size_t n = tt_strv_len(v);

	if (n > 1)
		qsort(v, n, sizeof(char *), compare);
}

void
tt_strv_free(char **v)
{
	for (size_t i = 0; v != NULL && v[i] != NULL; i++)
		free(v[i]);
	free(v);
}

char **
tt_split(const char *s, char sep)
{
	char **v = NULL;

	for (;;) {
		const char *end = strchrnul(s, sep);
		tt_auto(free) char *part = tt_xstrndup(s, (size_t)(end - s));

		tt_strv_add(&v, tt_trim(part));
		if (*end == '\0')
			return v;
		s = end + 1;
	}
}

char *
tt_strv_join(char *const *v, const char *sep)
{
	size_t len = 1, m = strlen(sep);
	char *out, *p;

	for (size_t i = 0; v != NULL && v[i] != NULL; i++)
		len += strlen(v[i]) + m;
	p = out = tt_xalloc(len);
	for (size_t i = 0; v != NULL && v[i] != NULL; i++) {
		if (i > 0)
			p = mempcpy(p, sep, m);
		p = mempcpy(p, v[i], strlen(v[i]));
	}
	return out;
}

/*
 * Length of the UTF-8 character at s (RFC 3629: no overlong forms, no surrogates, at most
 * U+10FFFF), 0 when it is not one. *ret_point may be NULL.
 */
static size_t
utf8_char(const unsigned char *s, size_t len, uint32_t *ret_point)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint32_t c = s[0];
	size_t n;

	if (c < 0x80)
		n = 1;
	else if ((c & 0xe0) == 0xc0)
		n = 2, c &= 0x1f;
	else if ((c & 0xf0) == 0xe0)
		n = 3, c &= 0x0f;
	else if ((c & 0xf8) == 0xf0)
		n = 4, c &= 0x07;
	else
		return 0;
	if (n > len)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	if (ret_point != NULL)
		*ret_point = c;
	return n;
}

long
tt_utf8_check(const char *s, size_t len)
{
	const unsigned char *u = (const unsigned char *)s;

	for (size_t i = 0, n; i < len; i += n) {
		n = utf8_char(u + i, len - i, NULL);
		if (n == 0)
			return (long)i;
	}
	return -1;
}

long
tt_control_find(const char *s, size_t len)
{
	const unsigned char *u = (const unsigned char *)s;

	for (size_t i = 0; i < len; i++) {
		if (u[i] < 0x20 || u[i] == 0x7f)
			return (long)i;
		if (u[i] == 0xc2 && i + 1 < len && u[i + 1] >= 0x80 && u[i + 1] < 0xa0)
			return (long)i;
	}
	return -1;
}

size_t
tt_utf8_len(const char *s)
{
	size_t n = 0;

	for (; *s != '\0'; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

#define NEAREST_MAX 64

unsigned
tt_edit_distance(const char *a, const char *b)
{
	unsigned before[NEAREST_MAX + 1], last[NEAREST_MAX + 1], now[NEAREST_MAX + 1];
	size_t n = strlen(a), m = strlen(b);

	if (n > NEAREST_MAX || m > NEAREST_MAX)
		return (unsigned)(n > m ? n : m);
	for (size_t j = 0; j <= m; j++)
		last[j] = before[j] = (unsigned)j;
	for (size_t i = 1; i <= n; i++) {
		now[0] = (unsigned)i;
		for (size_t j = 1; j <= m; j++) {
			unsigned d = last[j - 1] + (a[i - 1] != b[j - 1]);

			if (last[j] + 1 < d)
				d = last[j] + 1;
			if (now[j - 1] + 1 < d)
				d = now[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1] && before[j - 2] + 1 < d)
				d = before[j - 2] + 1;
			now[j] = d;
		}
		memcpy(before, last, sizeof(before));
		memcpy(last, now, sizeof(last));
	}
	return last[m];
}

const char *
tt_nearest(const char *s, const char *const *names, size_t n, unsigned max_distance)
{
	const char *best = NULL;

	for (size_t i = 0; i < n; i++) {
		unsigned d = tt_edit_distance(s, names[i]);

		if (d > max_distance)
			continue;
		best = names[i];
		if (d == 0)
			break;
		max_distance = d - 1;
	}
	return best;
}

void
tt_hex(const void *data, size_t len, char *out)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *u = data;

	for (size_t i = 0; i < len; i++) {
		out[2 * i] = digits[u[i] >> 4];
		out[2 * i + 1] = digits[u[i] & 15];
	}
	out[2 * len] = '\0';
}

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

int
tt_unhex(const char *text, void *out, size_t len)
{
	unsigned char *u = out;

	if (strlen(text) != 2 * len)
		return -EINVAL;
	for (size_t i = 0; i < len; i++) {
		int hi = hex_digit(text[2 * i]), lo = hex_digit(text[2 * i + 1]);

		if (hi < 0 || lo < 0)
			return -EINVAL;
		u[i] = (unsigned char)(hi << 4 | lo);
	}
	return 0;
}
