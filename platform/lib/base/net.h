// SPDX-License-Identifier: MPL-2.0
/*
 * IPv4 addresses, masks and MACs in text, parsed strictly: four decimal octets without
 * leading zeros, contiguous masks, six hex bytes. Addresses are host-order uint32_t.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define TT_IP4_LEN 16 /* "255.255.255.255" and NUL */
#define TT_MAC_LEN 18 /* "aa:bb:cc:dd:ee:ff" and NUL */

/*
 * 0, or -EINVAL with *ret_why (may be NULL) pointing to a constant sentence part such as
 * "octet 4 is over 255", "three octets", "leading zero in octet 1".
 */
int tt_ip4_parse(const char *s, uint32_t *ret, const char **ret_why);
/* out has TT_IP4_LEN bytes; returns out. */
char *tt_ip4_fmt(uint32_t ip, char *out);

/* Dotted ("255.255.255.0") or "/24". 0; -EINVAL with why ("not contiguous", ...). */
int tt_mask4_parse(const char *s, uint32_t *ret_mask, const char **ret_why);
/* 0..32 for a contiguous mask. */
int tt_mask4_len(uint32_t mask);
uint32_t tt_mask4_from_len(int len);

static inline uint32_t
tt_net4(uint32_t ip, uint32_t mask)
{
	return ip & mask;
}

static inline uint32_t
tt_bcast4(uint32_t ip, uint32_t mask)
{
	return ip | ~mask;
}

static inline bool
tt_in_net4(uint32_t ip, uint32_t net, uint32_t mask)
{
	return (ip & mask) == (net & mask);
}

/*
 * Six bytes of one or two hex digits joined by ':' or '-', either case; out (TT_MAC_LEN
 * bytes) gets the normal form "00:0c:29:aa:bb:cc". 0 or -EINVAL.
 */
int tt_mac_parse(const char *s, char *out);

/* An IPv6 address in any RFC 4291 form; out (46 bytes) gets the RFC 5952 form. */
int tt_ip6_parse(const char *s, char *out);
