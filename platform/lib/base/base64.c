// SPDX-License-Identifier: MPL-2.0
/*
 * Base64 by table; see the header.
 */
#include "platform/lib/base/base64.h"

#include <errno.h>
#include <stdint.h>

#define BAD 0xff /* no digit */

static const char digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void
tt_base64_encode(const void *data, size_t len, char *out)
{
	const uint8_t *p = data;

	for (; len >= 3; len -= 3, p += 3) {
		*out++ = digits[p[0] >> 2];
		*out++ = digits[(p[0] & 3) << 4 | p[1] >> 4];
		*out++ = digits[(p[1] & 15) << 2 | p[2] >> 6];
		*out++ = digits[p[2] & 63];
	}
	if (len > 0) {
		const uint8_t second = len > 1 ? p[1] : 0;

		*out++ = digits[p[0] >> 2];
		*out++ = digits[(p[0] & 3) << 4 | second >> 4];
		*out++ = len > 1 ? digits[(second & 15) << 2] : '=';
		*out++ = '=';
	}
	*out = '\0';
}

static uint8_t
value_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (uint8_t)(c - 'A');
	if (c >= 'a' && c <= 'z')
		return (uint8_t)(c - 'a' + 26);
	if (c >= '0' && c <= '9')
		return (uint8_t)(c - '0' + 52);
	return c == '+' ? 62 : c == '/' ? 63 : BAD;
}

/* The last group: n digits (2 to 4), the rest is padding. */
static int
decode_last(const char *text, size_t n, uint8_t *out)
{
	uint32_t v = 0;

	for (size_t i = 0; i < n; i++) {
		const uint8_t d = value_of(text[i]);

		if (d == BAD)
			return -EINVAL;
		v |= (uint32_t)d << (18 - 6 * i);
	}
	if (v & (0xffffffU >> (8 * (n - 1))) & 0xffffffU)
		return -EINVAL;
	for (size_t i = 0; i + 1 < n; i++)
		out[i] = (uint8_t)(v >> (16 - 8 * i));
	return 0;
}

ssize_t
tt_base64_decode(const char *text, size_t text_len, void *out)
{
	uint8_t *o = out;
	size_t n = 4;

	if (text_len % 4 != 0)
		return -EINVAL;
	if (text_len == 0)
		return 0;
	for (const char *end = text + text_len - 4; text < end; text += 4, o += 3) {
		const uint8_t a = value_of(text[0]), b = value_of(text[1]),
			      c = value_of(text[2]), d = value_of(text[3]);

		if (a == BAD || b == BAD || c == BAD || d == BAD)
			return -EINVAL;
		o[0] = (uint8_t)(a << 2 | b >> 4);
		o[1] = (uint8_t)(b << 4 | c >> 2);
		o[2] = (uint8_t)(c << 6 | d);
	}
	if (text[3] == '=')
		n = text[2] == '=' ? 2 : 3;
	if (decode_last(text, n, o) < 0)
		return -EINVAL;
	return o + n - 1 - (uint8_t *)out;
}
