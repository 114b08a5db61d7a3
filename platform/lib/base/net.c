// SPDX-License-Identifier: MPL-2.0
/* See net.h. */
#include "platform/lib/base/net.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "platform/lib/base/num.h"

static int
bad(const char **ret_why, const char *why)
{
	if (ret_why != NULL)
		*ret_why = why;
	return -EINVAL;
}

/* What is wrong with octet i (0-based); constants, so that nobody has to free them. */
static const char *
octet_why(int i, int kind)
{
	static const char *const why[3][4] = {
		{ "octet 1 is not a number", "octet 2 is not a number",
		    "octet 3 is not a number", "octet 4 is not a number" },
		{ "leading zero in octet 1", "leading zero in octet 2",
		    "leading zero in octet 3", "leading zero in octet 4" },
		{ "octet 1 is over 255", "octet 2 is over 255", "octet 3 is over 255",
		    "octet 4 is over 255" },
	};

	return why[kind][i];
}

int
tt_ip4_parse(const char *s, uint32_t *ret, const char **ret_why)
{
	static const char *const count[] = { "no address", "one number", "two octets",
		"three octets" };
	uint32_t ip = 0;

	if (*s == '\0')
		return bad(ret_why, count[0]);
	for (int i = 0;; i++) {
		size_t n = strspn(s, "0123456789");
		uint32_t v = 0;

		if (i == 4)
			return bad(ret_why, "five octets or more");
		if (n == 0)
			return bad(ret_why, octet_why(i, 0));
		if (s[0] == '0' && n > 1)
			return bad(ret_why, octet_why(i, 1));
		for (size_t k = 0; k < n && v < 256; k++)
			v = v * 10 + (uint32_t)(s[k] - '0');
		if (v > 255)
			return bad(ret_why, octet_why(i, 2));
		ip = ip << 8 | v;
		s += n;
		if (*s == '\0') {
			if (i != 3)
				return bad(ret_why, count[i + 1]);
			*ret = ip;
			return 0;
		}
		if (*s != '.')
			return bad(ret_why, octet_why(i, 0));
		s++;
	}
}

char *
tt_ip4_fmt(uint32_t ip, char *out)
{
	snprintf(out, TT_IP4_LEN, "%u.%u.%u.%u", ip >> 24, ip >> 16 & 255, ip >> 8 & 255,
	    ip & 255);
	return out;
}

uint32_t
tt_mask4_from_len(int len)
{
	return len == 0 ? 0 : 0xffffffffU << (32 - len);
}

int
tt_mask4_len(uint32_t mask)
{
	return __builtin_popcount(mask);
}

int
tt_mask4_parse(const char *s, uint32_t *ret_mask, const char **ret_why)
{
	uint32_t mask, len;
	int r;

	if (*s == '/') {
		if (tt_parse_u32(s + 1, 0, 32, &len) < 0)
			return bad(ret_why, "not a length from /0 to /32");
		*ret_mask = tt_mask4_from_len((int)len);
		return 0;
	}
	r = tt_ip4_parse(s, &mask, ret_why);
	if (r < 0)
		return r;
	if (mask != tt_mask4_from_len(tt_mask4_len(mask)))
		return bad(ret_why, "not contiguous");
	*ret_mask = mask;
	return 0;
}

int
tt_mac_parse(const char *s, char *out)
{
	unsigned char mac[6];

	for (int i = 0; i < 6; i++) {
		unsigned v = 0;
		int n = 0;

		for (; n < 2 && isxdigit((unsigned char)*s); n++, s++) {
			int c = tolower((unsigned char)*s);

			v = v * 16 + (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
		}
		if (n == 0)
			return -EINVAL;
		mac[i] = (unsigned char)v;
		if (i < 5 && *s != ':' && *s != '-')
			return -EINVAL;
		s += i < 5;
	}
	if (*s != '\0')
		return -EINVAL;
	snprintf(out, TT_MAC_LEN, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2],
	    mac[3], mac[4], mac[5]);
	return 0;
}

int
tt_ip6_parse(const char *s, char *out)
{
	struct in6_addr a;

	if (inet_pton(AF_INET6, s, &a) != 1)
		return -EINVAL;
	return inet_ntop(AF_INET6, &a, out, INET6_ADDRSTRLEN) != NULL ? 0 : -EINVAL;
}
