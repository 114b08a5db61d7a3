// SPDX-License-Identifier: MPL-2.0
/*
 * Records of the kernel log as console lines. Knows no files.
 */
#include "platform/cmd/kmsg.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Decimal up to the given end character; moves *p behind it. */
static bool
take_number(const char **p, const char *end, const char *stops, uint64_t *ret)
{
	uint64_t v = 0;
	const char *s = *p;

	for (; s < end && *s >= '0' && *s <= '9' && v < UINT64_MAX / 100; s++)
		v = v * 10 + (uint64_t)(*s - '0');
	if (s == *p || s == end || strchr(stops, *s) == NULL)
		return false;
	*p = s + 1;
	*ret = v;
	return true;
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* Tab, backslash and UTF-8 come back; other control characters would steer the terminal. */
static size_t
take_char(const char *s, const char *end, char *ret)
{
	int high, low, c;

	*ret = *s;
	if (*s != '\\' || end - s < 4 || s[1] != 'x')
		return 1;
	high = hex_digit(s[2]);
	low = hex_digit(s[3]);
	if (high < 0 || low < 0)
		return 1;
	c = high * 16 + low;
	if (c != '\t' && c != '\\' && c < 0x80)
		return 1;
	*ret = (char)c;
	return 4;
}

int
kmsg_line(const char *rec, size_t len, unsigned loglevel, char *out)
{
	const char *p = rec, *end = rec + len, *text;
	uint64_t priority, sequence, us;
	int n;

	if (!take_number(&p, end, ",", &priority) ||
	    !take_number(&p, end, ",", &sequence) || !take_number(&p, end, ",;", &us))
		return -1;
	text = p[-1] == ';' ? p : memchr(p, ';', (size_t)(end - p));
	if (text == NULL)
		return -1;
	if (text != p)
		text++;
	if ((priority & 7) >= loglevel)
		return 0;
	n = snprintf(out, KMSG_LINE_MAX, "[%5llu.%06llu] ",
	    (unsigned long long)(us / 1000000), (unsigned long long)(us % 1000000));
	while (text < end && *text != '\n' && n < KMSG_LINE_MAX - 3)
		text += take_char(text, end, &out[n++]);
	out[n++] = '\r';
	out[n++] = '\n';
	out[n] = '\0';
	return n;
}
