// SPDX-License-Identifier: MPL-2.0
/*
 * Shared by the cross checks: reading values and reporting.
 */
#pragma once

#include "installer/setup/cross.h"

struct ts_cross {
	const struct tt_values *v;
	const struct ts_nics *nics;
	struct tt_findings *found;
};

/* An IPv4 network as far as it is known. */
struct ts_net {
	uint32_t ip, mask;
	bool has_ip, has_mask, sound; /* sound: both, and ip is a host address of it */
	enum tt_key_id ip_id, mask_id;
};

static inline uint32_t
ts_net_first(const struct ts_net *n)
{
	return n->ip & n->mask;
}

static inline uint32_t
ts_net_last(const struct ts_net *n)
{
	return n->ip | ~n->mask;
}

/* Is the address inside (the network and broadcast addresses too)? */
static inline bool
ts_net_has(const struct ts_net *n, uint32_t ip)
{
	return (ip & n->mask) == (n->ip & n->mask);
}

/* NULL, or "the network address" / "the broadcast address". */
const char *ts_net_role(const struct ts_net *n, uint32_t ip);

/* The address of a key; false when unknown, `none`, or no address. */
bool ts_cross_ip(const struct ts_cross *c, enum tt_key_id id, uint32_t *ret);
/* Both values of a network; reports a host part that is none. */
struct ts_net ts_cross_net(
    const struct ts_cross *c, enum tt_key_id ip, enum tt_key_id mask, bool report);
/* Report at the key; its own bit is added to involved. */
struct tt_finding *ts_cross_add(const struct ts_cross *c, const char *code,
    enum tt_key_id id, uint64_t involved, const char *fmt, ...) TT_PRINTF(5, 6);

void ts_cross_admin(const struct ts_cross *c, const struct ts_net *admin);
void ts_cross_external(
    const struct ts_cross *c, const struct ts_net *admin, const struct ts_net *external);
void ts_cross_gateway(const struct ts_cross *c, const struct ts_net *admin,
    const struct ts_net *external, bool has_external);
