// SPDX-License-Identifier: MPL-2.0
/*
 * Cross checks: the shared readers, the admin network with its service slots, the default
 * gateway, and what is left of names and passwords. The external network is in cross_ext.c.
 */
#include "installer/setup/cross.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "installer/setup/cross_int.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/net.h"
#include "platform/lib/base/str.h"

#define LEASES_WARN  8
#define LONGEST_NAME "amonredis"
#define DNS_MAX      253

const char *
ts_net_role(const struct ts_net *n, uint32_t ip)
{
	if (ip == ts_net_first(n))
		return "the network address";
	return ip == ts_net_last(n) ? "the broadcast address" : NULL;
}

bool
ts_cross_ip(const struct ts_cross *c, enum tt_key_id id, uint32_t *ret)
{
	const char *text = tt_value(c->v, id);

	return text && tt_ip4_parse(text, ret, NULL) == 0;
}

struct tt_finding *
ts_cross_add(const struct ts_cross *c, const char *code, enum tt_key_id id,
    uint64_t involved, const char *fmt, ...)
{
	const struct tt_key *k = &tt_keys[id];
	const char *value = tt_value(c->v, id);
	struct tt_finding *f;
	char text[768];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (value && (k->flags & TT_KEY_SECRET))
		value = "***";
	f = tt_findings_add(c->found, code, k->name, value, "%s", text);
	f->id = (int)id;
	f->involved = involved | TT_KEY_BIT(id);
	return f;
}

struct ts_net
ts_cross_net(
    const struct ts_cross *c, enum tt_key_id ip, enum tt_key_id mask, bool report)
{
	struct ts_net n = { .ip_id = ip, .mask_id = mask };
	const char *text = tt_value(c->v, mask), *role;
	char a[TT_IP4_LEN];

	n.has_ip = ts_cross_ip(c, ip, &n.ip);
	n.has_mask = text && tt_mask4_parse(text, &n.mask, NULL) == 0;
	if (!n.has_ip || !n.has_mask)
		return n;
	role = ts_net_role(&n, n.ip);
	n.sound = !role;
	if (role && report)
		(void)ts_cross_add(c, "E_IP_ROLE", ip, TT_KEY_BIT(mask),
		    "%s of %s/%d; an address between the two is accepted", role,
		    tt_ip4_fmt(ts_net_first(&n), a), tt_mask4_len(n.mask));
	return n;
}

static bool
is_private(uint32_t ip)
{
	return tt_in_net4(ip, 0x0a000000, 0xff000000) ||
	       tt_in_net4(ip, 0xac100000, 0xfff00000) ||
	       tt_in_net4(ip, 0xc0a80000, 0xffff0000);
}

#define ADMIN_BITS (TT_KEY_BIT(TT_KEY_ADMIN_IP) | TT_KEY_BIT(TT_KEY_ADMIN_NETMASK))

/* The last octet of S+29 as a person counts on: .240 + 29 is .269. */
static struct tt_finding *
report_slots(const struct ts_cross *c, const struct ts_net *n, uint32_t start)
{
	char last[TT_IP4_LEN], best[TT_IP4_LEN];
	uint32_t bound = ts_net_last(n) - 1;
	struct tt_finding *f;

	f = ts_cross_add(c, "E_SLOTS", TT_KEY_ADMIN_START, ADMIN_BITS,
	    "29 service addresses and the start of the DHCP range need up to .%u, but "
	    "the last "
	    "host address is %s; %s or lower is accepted",
	    (unsigned)(start & 0xff) + TT_SLOT_DHCP_START, tt_ip4_fmt(bound, last),
	    tt_ip4_fmt(bound - TT_SLOT_DHCP_START, best));
	f->suggest = tt_xstrdup(best);
	return f;
}

/* Someone else's address among the service slots; true when reported. */
static bool
slot_taken(const struct ts_cross *c, uint32_t start, uint32_t ip, uint64_t involved,
    const char *whose)
{
	char text[TT_IP4_LEN];
	uint32_t slot;

	if (ip < start || ip - start >= TT_SLOT_COUNT)
		return false;
	slot = ip - start;
	(void)ts_cross_add(c, "E_SLOTS", TT_KEY_ADMIN_START, involved,
	    "slot %u (%s) is %s, %s; a start whose 29 addresses leave it out is accepted",
	    (unsigned)slot, tt_slot_name(slot), whose, tt_ip4_fmt(ip, text));
	return true;
}

/* True when S and its slots are sound. */
static bool
check_start(const struct ts_cross *c, const struct ts_net *n, uint32_t start)
{
	char a[TT_IP4_LEN];
	uint32_t gateway;

	if (!ts_net_has(n, start)) {
		(void)ts_cross_add(c, "E_SUBNET", TT_KEY_ADMIN_START, ADMIN_BITS,
		    "not in %s/%d", tt_ip4_fmt(ts_net_first(n), a),
		    tt_mask4_len(n->mask));
		return false;
	}
	if (start == ts_net_first(n)) {
		(void)ts_cross_add(c, "E_IP_ROLE", TT_KEY_ADMIN_START, ADMIN_BITS,
		    "the network address; a host address is accepted");
		return false;
	}
	/* As differences, so that nothing wraps at the end of the address space. */
	if (ts_net_last(n) - start < TT_SLOT_DHCP_START + 1) {
		(void)report_slots(c, n, start);
		return false;
	}
	if (slot_taken(c, start, n->ip, ADMIN_BITS, "the headnode"))
		return false;
	if (ts_cross_ip(c, TT_KEY_DEFAULT_GATEWAY, &gateway) && ts_net_has(n, gateway) &&
	    slot_taken(c, start, gateway, ADMIN_BITS | TT_KEY_BIT(TT_KEY_DEFAULT_GATEWAY),
		"the gateway"))
		return false;
	return true;
}

static void
check_dhcp_end(const struct ts_cross *c, const struct ts_net *n, const uint32_t *start)
{
	uint64_t involved = ADMIN_BITS | TT_KEY_BIT(TT_KEY_ADMIN_START);
	char a[TT_IP4_LEN];
	const char *role;
	uint32_t end, first;

	if (!ts_cross_ip(c, TT_KEY_DHCP_END, &end))
		return;
	role = ts_net_role(n, end);
	if (!ts_net_has(n, end)) {
		(void)ts_cross_add(c, "E_DHCP", TT_KEY_DHCP_END, ADMIN_BITS,
		    "not in %s/%d", tt_ip4_fmt(ts_net_first(n), a),
		    tt_mask4_len(n->mask));
	} else if (role) {
		(void)ts_cross_add(c, "E_DHCP", TT_KEY_DHCP_END, ADMIN_BITS,
		    "%s; a host address is accepted", role);
	} else if (end == n->ip) {
		(void)ts_cross_add(c, "E_DHCP", TT_KEY_DHCP_END, ADMIN_BITS,
		    "the headnode's own address; another host address is accepted");
	} else if (start) {
		first = *start + TT_SLOT_DHCP_START;
		if (end < first)
			(void)ts_cross_add(c, "E_DHCP", TT_KEY_DHCP_END, involved,
			    "before the start of the DHCP range; %s or later is accepted",
			    tt_ip4_fmt(first, a));
		else if (end - first + 1 < LEASES_WARN)
			(void)ts_cross_add(c, "W_FEW_LEASES", TT_KEY_DHCP_END, involved,
			    "only %u leases from %s on; compute nodes need one each to "
			    "boot",
			    end - first + 1, tt_ip4_fmt(first, a));
	}
}

void
ts_cross_admin(const struct ts_cross *c, const struct ts_net *n)
{
	uint32_t start;
	bool sound = false;

	if (n->has_ip && !is_private(n->ip))
		(void)ts_cross_add(c, "W_ROUTABLE_ADMIN", TT_KEY_ADMIN_IP, 0,
		    "not a private address (10/8, 172.16/12, 192.168/16); the admin "
		    "network "
		    "should not be reachable from outside");
	if (!n->sound)
		return;
	if (ts_cross_ip(c, TT_KEY_ADMIN_START, &start))
		sound = check_start(c, n, start);
	check_dhcp_end(c, n, sound ? &start : NULL);
}

void
ts_cross_gateway(const struct ts_cross *c, const struct ts_net *admin,
    const struct ts_net *external, bool has_external)
{
	uint64_t involved = ADMIN_BITS;
	const struct ts_net *in = NULL;
	const char *role;
	uint32_t gw;

	if (!ts_cross_ip(c, TT_KEY_DEFAULT_GATEWAY, &gw) || !admin->sound)
		return;
	if (has_external)
		involved |=
		    TT_KEY_BIT(TT_KEY_EXTERNAL_IP) | TT_KEY_BIT(TT_KEY_EXTERNAL_NETMASK);
	if (ts_net_has(admin, gw))
		in = admin;
	else if (has_external && external->sound && ts_net_has(external, gw))
		in = external;
	if (!in) {
		if (has_external && !external->sound)
			return; /* reported, or not known yet */
		(void)ts_cross_add(c, "E_GW_SUBNET", TT_KEY_DEFAULT_GATEWAY, involved,
		    "neither in the admin nor in the external network; an address of one "
		    "of "
		    "them, or none, is accepted");
		return;
	}
	role = ts_net_role(in, gw);
	if (gw == in->ip)
		(void)ts_cross_add(c, "E_GW_SELF", TT_KEY_DEFAULT_GATEWAY, involved,
		    "the headnode's own address; a router's address, or none, is "
		    "accepted");
	else if (role)
		(void)ts_cross_add(c, "E_IP_ROLE", TT_KEY_DEFAULT_GATEWAY, involved,
		    "%s; a host address, or none, is accepted", role);
}

static void
check_nic(const struct ts_cross *c, enum tt_key_id id)
{
	const char *text = tt_value(c->v, id);
	tt_auto(free) char *list = NULL;
	tt_auto(strv) char **macs = NULL;
	const struct ts_nic *nic;

	if (!text || !c->nics)
		return;
	nic = ts_nics_find(c->nics, text);
	if (nic) {
		if (tt_streq(nic->state, "down"))
			(void)ts_cross_add(c, "W_LINK_DOWN", id, 0,
			    "the link of %s is down; plug in its cable", nic->link);
		return;
	}
	for (size_t i = 0; i < c->nics->n; i++)
		tt_strv_addf(&macs, "%s (%s)", c->nics->v[i].mac, c->nics->v[i].link);
	list = tt_strv_join(macs, ", ");
	(void)ts_cross_add(
	    c, "E_NIC", id, 0, "no such NIC; present: %s", macs ? list : "none");
}

static void
check_names(const struct ts_cross *c)
{
	const char *search = tt_value(c->v, TT_KEY_DNS_SEARCH);
	const char *domain = tt_value(c->v, TT_KEY_DNS_DOMAIN);
	const char *dc = tt_value(c->v, TT_KEY_DATACENTER);
	const char *dns1 = tt_value(c->v, TT_KEY_DNS1),
		   *dns2 = tt_value(c->v, TT_KEY_DNS2);
	size_t len;

	if (dns1 && tt_streq(dns1, dns2))
		(void)ts_cross_add(c, "E_IP", TT_KEY_DNS2, TT_KEY_BIT(TT_KEY_DNS1),
		    "the same as the first resolver; another address, or none, is "
		    "accepted");
	if (search && domain && !tt_streq(search, domain))
		(void)ts_cross_add(c, "W_DOMAIN_SPLIT", TT_KEY_DNS_SEARCH,
		    TT_KEY_BIT(TT_KEY_DNS_DOMAIN),
		    "differs from dns_domain %s; services will be named below the search "
		    "domain",
		    domain);
	if (!search || !dc)
		return;
	len = strlen(LONGEST_NAME) + 1 + strlen(dc) + 1 + strlen(search);
	if (len > DNS_MAX)
		(void)ts_cross_add(c, "E_LENGTH", TT_KEY_DNS_SEARCH,
		    TT_KEY_BIT(TT_KEY_DATACENTER),
		    "%s.%s. in front of it makes a name of %zu characters; at most %d "
		    "are "
		    "accepted",
		    LONGEST_NAME, dc, len, DNS_MAX);
}

static void
check_passwords(const struct ts_cross *c)
{
	if (tt_value(c->v, TT_KEY_ROOT_PASSWORD) && tt_value(c->v, TT_KEY_ROOT_HASH))
		(void)ts_cross_add(c, "E_PW_BOTH", TT_KEY_ROOT_HASH,
		    TT_KEY_BIT(TT_KEY_ROOT_PASSWORD),
		    "given together with root_password; one of the two is accepted");
}

void
ts_cross_check(
    const struct tt_values *v, const struct ts_nics *nics, struct tt_findings *found)
{
	const struct ts_cross c = { .v = v, .nics = nics, .found = found };
	/* Not answered yet counts as yes: values that are given are judged. */
	bool has_external = !tt_streq(tt_value(v, TT_KEY_EXTERNAL), "false");
	struct ts_net admin, external = { 0 };

	check_nic(&c, TT_KEY_ADMIN_NIC);
	admin = ts_cross_net(&c, TT_KEY_ADMIN_IP, TT_KEY_ADMIN_NETMASK, true);
	ts_cross_admin(&c, &admin);
	if (has_external) {
		check_nic(&c, TT_KEY_EXTERNAL_NIC);
		external =
		    ts_cross_net(&c, TT_KEY_EXTERNAL_IP, TT_KEY_EXTERNAL_NETMASK, true);
		ts_cross_external(&c, &admin, &external);
	}
	ts_cross_gateway(&c, &admin, &external, has_external);
	check_names(&c);
	check_passwords(&c);
}
