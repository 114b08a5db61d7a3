// SPDX-License-Identifier: MPL-2.0
/*
 * Cross checks of the external network: overlap, gateway, shared NIC, instance range.
 */
#include <string.h>

#include "installer/setup/cross_int.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/net.h"
#include "platform/lib/base/str.h"

#define RANGE_WARN 10
#define EXT_BITS   (TT_KEY_BIT(TT_KEY_EXTERNAL_IP) | TT_KEY_BIT(TT_KEY_EXTERNAL_NETMASK))

static void
check_overlap(
    const struct ts_cross *c, const struct ts_net *admin, const struct ts_net *ext)
{
	uint64_t involved =
	    TT_KEY_BIT(TT_KEY_ADMIN_IP) | TT_KEY_BIT(TT_KEY_ADMIN_NETMASK);
	char a[TT_IP4_LEN];

	if (!admin->has_ip || !admin->has_mask || !ext->has_ip)
		return;
	if (ts_net_has(admin, ext->ip))
		(void)ts_cross_add(c, "E_OVERLAP", TT_KEY_EXTERNAL_IP, involved,
		    "inside the admin network %s/%d; an address of another network is "
		    "accepted",
		    tt_ip4_fmt(ts_net_first(admin), a), tt_mask4_len(admin->mask));
	else if (ext->has_mask && ts_net_has(ext, admin->ip))
		(void)ts_cross_add(c, "E_OVERLAP", TT_KEY_EXTERNAL_IP,
		    involved | EXT_BITS,
		    "its network holds the admin network %s/%d; networks that do not "
		    "overlap "
		    "are accepted",
		    tt_ip4_fmt(ts_net_first(admin), a), tt_mask4_len(admin->mask));
}

/* True when the gateway is known and sound. */
static bool
check_gateway(const struct ts_cross *c, const struct ts_net *ext, uint32_t *ret)
{
	char a[TT_IP4_LEN];
	const char *role;

	if (!ts_cross_ip(c, TT_KEY_EXTERNAL_GATEWAY, ret) || !ext->sound)
		return false;
	role = ts_net_role(ext, *ret);
	if (!ts_net_has(ext, *ret))
		(void)ts_cross_add(c, "E_GW_SUBNET", TT_KEY_EXTERNAL_GATEWAY, EXT_BITS,
		    "not in %s/%d", tt_ip4_fmt(ts_net_first(ext), a),
		    tt_mask4_len(ext->mask));
	else if (*ret == ext->ip)
		(void)ts_cross_add(c, "E_GW_SELF", TT_KEY_EXTERNAL_GATEWAY, EXT_BITS,
		    "the headnode's own address; a router's address, or none, is "
		    "accepted");
	else if (role)
		(void)ts_cross_add(c, "E_IP_ROLE", TT_KEY_EXTERNAL_GATEWAY, EXT_BITS,
		    "%s; a host address, or none, is accepted", role);
	else
		return true;
	return false;
}

static void
check_shared_nic(const struct ts_cross *c)
{
	const char *admin = tt_value(c->v, TT_KEY_ADMIN_NIC);
	const char *ext = tt_value(c->v, TT_KEY_EXTERNAL_NIC);
	const char *vlan = tt_value(c->v, TT_KEY_EXTERNAL_VLAN);

	if (admin && tt_streq(admin, ext) && tt_streq(vlan, "none"))
		(void)ts_cross_add(c, "E_NIC_SHARED", TT_KEY_EXTERNAL_NIC,
		    TT_KEY_BIT(TT_KEY_ADMIN_NIC) | TT_KEY_BIT(TT_KEY_EXTERNAL_VLAN),
		    "this NIC carries the admin network; with a VLAN of 2-4094 it is "
		    "accepted "
		    "for both");
}

/* One end of the range as an address of the network; false when unknown or reported. */
static bool
check_end(
    const struct ts_cross *c, const struct ts_net *ext, enum tt_key_id id, uint32_t *ret)
{
	char a[TT_IP4_LEN];
	const char *role;

	if (!ts_cross_ip(c, id, ret))
		return false;
	role = ts_net_role(ext, *ret);
	if (!ts_net_has(ext, *ret))
		(void)ts_cross_add(c, "E_SUBNET", id, EXT_BITS, "not in %s/%d",
		    tt_ip4_fmt(ts_net_first(ext), a), tt_mask4_len(ext->mask));
	else if (role)
		(void)ts_cross_add(
		    c, "E_IP_ROLE", id, EXT_BITS, "%s; a host address is accepted", role);
	else
		return true;
	return false;
}

/* "A-B or C-D": what is left of the range around the addresses that may not be in it. */
static char *
halves(uint32_t start, uint32_t end, uint32_t low, uint32_t high)
{
	uint32_t edges[][2] = { { start, low - 1 }, { low + 1, high - 1 },
		{ high + 1, end } };
	char a[TT_IP4_LEN], b[TT_IP4_LEN];
	tt_auto(strv) char **parts = NULL;

	for (size_t i = 0; i < TT_ARRAY_LEN(edges); i++)
		if (edges[i][0] < edges[i][1] && edges[i][0] >= start &&
		    edges[i][1] <= end)
			tt_strv_addf(&parts, "%s-%s", tt_ip4_fmt(edges[i][0], a),
			    tt_ip4_fmt(edges[i][1], b));
	return parts ? tt_strv_join(parts, " or ") : tt_xstrdup("another range");
}

static bool
within(uint32_t ip, uint32_t start, uint32_t end)
{
	return ip >= start && ip <= end;
}

/* True when the headnode or the gateway is in the range. */
static bool
check_hosts(const struct ts_cross *c, const struct ts_net *ext, const uint32_t *gw,
    uint32_t start, uint32_t end)
{
	bool self = within(ext->ip, start, end), router = gw && within(*gw, start, end);
	uint32_t low = self ? ext->ip : router ? *gw : 0, high = low;
	tt_auto(free) char *left = NULL;
	struct tt_finding *f;
	char a[TT_IP4_LEN];

	if (!self && !router)
		return false;
	if (self && router) {
		low = ext->ip < *gw ? ext->ip : *gw;
		high = ext->ip < *gw ? *gw : ext->ip;
	}
	left = halves(start, end, low, high);
	f = ts_cross_add(c, "E_RANGE_HOST", TT_KEY_EXTERNAL_END,
	    EXT_BITS | TT_KEY_BIT(TT_KEY_EXTERNAL_GATEWAY) |
		TT_KEY_BIT(TT_KEY_EXTERNAL_START),
	    "the range holds %s %s; %s is accepted",
	    self ? "the headnode" : "the gateway", tt_ip4_fmt(self ? ext->ip : *gw, a),
	    left);
	f->suggest = tt_take(left);
	return true;
}

static void
check_range(const struct ts_cross *c, const struct ts_net *ext, const uint32_t *gw)
{
	uint64_t involved = EXT_BITS | TT_KEY_BIT(TT_KEY_EXTERNAL_START);
	uint32_t start = 0, end = 0, n;
	bool has_start, has_end;

	has_start = check_end(c, ext, TT_KEY_EXTERNAL_START, &start);
	has_end = check_end(c, ext, TT_KEY_EXTERNAL_END, &end);
	if (has_start && (start == ext->ip || (gw && start == *gw))) {
		(void)ts_cross_add(c, "E_RANGE_HOST", TT_KEY_EXTERNAL_START,
		    EXT_BITS | TT_KEY_BIT(TT_KEY_EXTERNAL_GATEWAY),
		    "the address of %s; one behind or before it is accepted",
		    start == ext->ip ? "the headnode" : "the gateway");
		return;
	}
	if (!has_start || !has_end)
		return;
	if (start > end) {
		(void)ts_cross_add(c, "E_RANGE_ORDER", TT_KEY_EXTERNAL_END, involved,
		    "before the first address of the range; that one or a later is "
		    "accepted");
		return;
	}
	if (check_hosts(c, ext, gw, start, end))
		return;
	n = end - start + 1;
	if (n < 2)
		(void)ts_cross_add(c, "E_RANGE_SMALL", TT_KEY_EXTERNAL_END, involved,
		    "a range of one address; at least 2 are accepted");
	else if (n < RANGE_WARN)
		(void)ts_cross_add(c, "W_SMALL_RANGE", TT_KEY_EXTERNAL_END, involved,
		    "a range of %u addresses; every core service with an external NIC "
		    "takes one",
		    n);
}

void
ts_cross_external(
    const struct ts_cross *c, const struct ts_net *admin, const struct ts_net *ext)
{
	uint32_t gw;
	bool has_gw;

	check_shared_nic(c);
	check_overlap(c, admin, ext);
	has_gw = check_gateway(c, ext, &gw);
	if (ext->sound)
		check_range(c, ext, has_gw ? &gw : NULL);
}
