// SPDX-License-Identifier: MPL-2.0
/*
 * Address ranges as nftables sets take them. Overlaps are merged here and not by the set's
 * auto-merge: so each element of a set is one that we put there, and taking it out again
 * names it exactly.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/num.h"
#include "platform/machine/nft_int.h"

static size_t
bytes(unsigned family)
{
	return family == 6 ? 16 : 4;
}

void
nft_ranges_add(
    struct nft_ranges *r, unsigned family, const uint8_t *addr, unsigned prefix)
{
	struct nft_range *range;

	if (r->n == r->space) {
		r->space = r->space > 0 ? 2 * r->space : 4;
		r->v = tt_xrealloc(r->v, r->space * sizeof(*r->v));
	}
	range = &r->v[r->n++];
	*range = (struct nft_range){ .family = (uint8_t)family };
	for (size_t i = 0; i < bytes(family); i++) {
		const unsigned bits = prefix > 8 * i ? prefix - 8 * (unsigned)i : 0;
		const uint8_t host = (uint8_t)(bits >= 8 ? 0 : 0xff >> bits);

		range->first[i] = (uint8_t)(addr[i] & ~host);
		range->last[i] = addr[i] | host;
	}
}

int
nft_ranges_text(struct nft_ranges *r, const char *text)
{
	const char *slash = strchr(text, '/');
	const size_t len = slash != NULL ? (size_t)(slash - text) : strlen(text);
	char addr[INET6_ADDRSTRLEN];
	uint8_t binary[16];
	uint32_t prefix;
	unsigned family;

	if (len >= sizeof(addr))
		return -EINVAL;
	memcpy(addr, text, len);
	addr[len] = '\0';
	family = strchr(addr, ':') != NULL ? 6 : 4;
	if (inet_pton(family == 6 ? AF_INET6 : AF_INET, addr, binary) != 1)
		return -EINVAL;
	prefix = family == 6 ? 128 : 32;
	if (slash != NULL && tt_parse_u32(slash + 1, 0, prefix, &prefix) < 0)
		return -EINVAL;
	nft_ranges_add(r, family, binary, prefix);
	return 0;
}

void
nft_ranges_append(struct nft_ranges *r, const struct nft_ranges *more)
{
	for (size_t i = 0; i < more->n; i++) {
		nft_ranges_add(r, more->v[i].family, more->v[i].first, 128);
		r->v[r->n - 1] = more->v[i];
	}
}

static int
compare_ranges(const void *a, const void *b)
{
	const struct nft_range *x = a, *y = b;
	int c;

	if (x->family != y->family)
		return x->family < y->family ? -1 : 1;
	c = memcmp(x->first, y->first, sizeof(x->first));
	return c != 0 ? c : memcmp(x->last, y->last, sizeof(x->last));
}

void
nft_ranges_merge(struct nft_ranges *r)
{
	size_t kept = 0;

	if (r->n == 0)
		return;
	qsort(r->v, r->n, sizeof(*r->v), compare_ranges);
	for (size_t i = 1; i < r->n; i++) {
		struct nft_range *have = &r->v[kept];

		if (have->family != r->v[i].family ||
		    memcmp(r->v[i].first, have->last, sizeof(have->last)) > 0)
			r->v[++kept] = r->v[i];
		else if (memcmp(r->v[i].last, have->last, sizeof(have->last)) > 0)
			memcpy(have->last, r->v[i].last, sizeof(have->last));
	}
	r->n = kept + 1;
}

void
nft_ranges_list(const struct nft_ranges *r, unsigned family, struct nft_list *list)
{
	const int af = family == 6 ? AF_INET6 : AF_INET;
	char first[INET6_ADDRSTRLEN], last[INET6_ADDRSTRLEN];

	for (size_t i = 0; i < r->n; i++) {
		const struct nft_range *v = &r->v[i];

		if (v->family != family)
			continue;
		inet_ntop(af, v->first, first, sizeof(first));
		inet_ntop(af, v->last, last, sizeof(last));
		if (!memcmp(v->first, v->last, sizeof(v->first)))
			nft_list_addf(list, "%s", first);
		else
			nft_list_addf(list, "%s-%s", first, last);
	}
}

void
nft_ranges_release(struct nft_ranges *r)
{
	free(r->v);
	*r = (struct nft_ranges){ 0 };
}
