// SPDX-License-Identifier: MPL-2.0
/*
 * NICs: one set of addresses in two forms. `ips` and `gateways` are what counts; `ip`,
 * `netmask` and `gateway` are the older form of the first IPv4 address, which guests'
 * scripts still read, so a record always has both.
 */
#include <string.h>

#include "platform/lib/base/net.h"
#include "platform/lib/base/str.h"
#include "platform/lib/model/vm_int.h"
#include "platform/lib/model/vm_rule.h"

#define MAC_TRIES 64

long
vm_item_find(const json_t *items, const char *key, const char *value)
{
	json_t *item;
	size_t i;

	json_array_foreach(items, i, item)
	{
		if (tt_streq(tt_json_str(item, key, NULL), value))
			return (long)i;
	}
	return -1;
}

static void
set_str(json_t *obj, const char *key, const char *value)
{
	json_object_set_new(obj, key, json_string(value));
}

static bool
has_text(const json_t *list, const char *text)
{
	const json_t *m;
	size_t i;

	json_array_foreach(list, i, m)
	{
		if (tt_streq(json_string_value(m), text))
			return true;
	}
	return false;
}

/* `ips` from ip and netmask. false when there is nothing to make it of. */
static bool
ips_from_ip(struct vm_run *run, json_t *nic, const char *list, size_t i)
{
	const char *ip = tt_json_str(nic, "ip", NULL);
	const char *netmask = tt_json_str(nic, "netmask", NULL);
	char name[VM_NAME_LEN], cidr[VM_ADDR_LEN];
	uint32_t mask = 0;

	if (ip == NULL) {
		vm_missing(run, vm_name(name, list, i, "ips"),
		    "is missing: addresses with prefix lengths, dhcp or addrconf");
		return false;
	}
	if (tt_streq(ip, "dhcp")) {
		json_object_set_new(nic, "ips", json_pack("[s]", "dhcp"));
		return true;
	}
	if (netmask == NULL || tt_mask4_parse(netmask, &mask, NULL) < 0) {
		vm_missing(run, vm_name(name, list, i, "netmask"),
		    "is missing: ip has no meaning without it");
		return false;
	}
	(void)tt_strf(cidr, sizeof(cidr), "%s/%d", ip, tt_mask4_len(mask));
	json_object_set_new(nic, "ips", json_pack("[s]", cidr));
	return true;
}

/* What is wrong with an IPv4 address as one end of a NIC; NULL = nothing. */
static const char *
host_address_why(const struct vm_cidr *c)
{
	const uint32_t first = c->ip4 >> 24;

	if (first == 0 || first == 127 || first >= 224)
		return "must be a unicast address";
	if (c->len <= 30 && c->ip4 == tt_net4(c->ip4, c->mask4))
		return "must be a host address, not the address of its network";
	if (c->len <= 30 && c->ip4 == tt_bcast4(c->ip4, c->mask4))
		return "must be a host address, not the broadcast address of its network";
	return NULL;
}

/* Bring `ips` into normal form, judging each; names are those of the payload's ips. */
static void
judge_ips(struct vm_run *run, json_t *nic, const char *name)
{
	const json_t *ips = json_object_get(nic, "ips");
	json_t *out = json_array();
	const json_t *m;
	size_t i;

	json_array_foreach(ips, i, m)
	{
		const char *s = json_string_value(m), *why = NULL;
		char text[VM_ADDR_LEN + 8], at[VM_NAME_LEN];
		struct vm_cidr c;

		vm_name(at, name, i, NULL);
		(void)tt_strcpy(text, sizeof(text), s);
		if (vm_cidr_parse(s, true, &c) == 0) {
			(void)tt_strf(text, sizeof(text), "%s/%d", c.addr, c.len);
			why = c.v6 ? NULL : host_address_why(&c);
		}
		if (why == NULL && has_text(out, text))
			why = "is there twice";
		if (why != NULL)
			vm_bad(run, at, "%s", why);
		json_array_append_new(out, json_string(text));
	}
	json_object_set_new(nic, "ips", out);
}

/* ip and netmask as `ips` says; an ip that was given must be the same. */
static void
older_form(struct vm_run *run, json_t *nic, const char *list, size_t i)
{
	const char *given = tt_json_str(nic, "ip", NULL);
	const json_t *ips = json_object_get(nic, "ips");
	char mask[TT_IP4_LEN], name[VM_NAME_LEN];
	struct vm_cidr c = { .v6 = true };
	const char *ip = NULL;
	const json_t *m;
	size_t k;

	json_array_foreach(ips, k, m)
	{
		if (vm_cidr_parse(json_string_value(m), true, &c) == 0 && !c.v6) {
			ip = c.addr;
			break;
		}
	}
	if (ip == NULL && has_text(ips, "dhcp"))
		ip = "dhcp";
	if (given != NULL && !tt_streq(given, ip))
		vm_bad(run, vm_name(name, list, i, "ip"),
		    "must be the first IPv4 address of ips");
	given = tt_json_str(nic, "netmask", NULL);
	tt_ip4_fmt(c.mask4, mask);
	if (given != NULL && ip == c.addr && !tt_streq(given, mask))
		vm_bad(run, vm_name(name, list, i, "netmask"),
		    "must be %s, as in ips, or be left out", mask);
	json_object_del(nic, "netmask");
	if (ip == NULL) {
		json_object_del(nic, "ip");
		return;
	}
	set_str(nic, "ip", ip);
	if (ip == c.addr)
		set_str(nic, "netmask", mask);
}

/* Is it in one of the NIC's IPv4 subnets? With DHCP nobody knows them. */
static bool
in_subnets(const json_t *nic, uint32_t gateway, const char **ret_own)
{
	const json_t *ips = json_object_get(nic, "ips"), *m;
	struct vm_cidr c;
	size_t i;

	*ret_own = NULL;
	if (has_text(ips, "dhcp"))
		return true;
	json_array_foreach(ips, i, m)
	{
		if (vm_cidr_parse(json_string_value(m), true, &c) < 0 || c.v6)
			continue;
		*ret_own = json_string_value(m);
		if (tt_in_net4(gateway, c.ip4, c.mask4))
			return true;
	}
	return false;
}

static void
judge_gateways(struct vm_run *run, json_t *nic, const char *list, size_t i)
{
	const char *given = tt_json_str(nic, "gateway", NULL), *first = NULL;
	const bool plural = json_object_get(nic, "gateways") != NULL;
	char name[VM_NAME_LEN], at[VM_NAME_LEN];
	json_t *m, *list4;
	size_t k;

	if (!plural && given != NULL)
		json_object_set_new(nic, "gateways", json_pack("[s]", given));
	vm_name(name, list, i, plural ? "gateways" : "gateway");
	list4 = json_object_get(nic, "gateways");
	json_array_foreach(list4, k, m)
	{
		const char *s = json_string_value(m), *own;
		uint32_t ip;

		if (tt_ip4_parse(s, &ip, NULL) < 0)
			continue;
		first = first != NULL ? first : s;
		if (in_subnets(nic, ip, &own))
			continue;
		vm_bad(run, plural ? vm_name(at, name, k, NULL) : name,
		    "must be inside the network of the NIC's address (%s)",
		    own != NULL ? own : "which has no IPv4 address");
	}
	if (plural && given != NULL && !tt_streq(given, first))
		vm_bad(run, vm_name(at, list, i, "gateway"),
		    "must be the first IPv4 address of gateways");
	if (first != NULL && given == NULL)
		set_str(nic, "gateway", first);
}

/* What the caller knows of the network: subnet and VLAN. */
static void
judge_network(struct vm_run *run, const json_t *nic, const char *list, size_t i)
{
	const char *uuid = tt_json_str(nic, "network_uuid", NULL);
	const json_t *ips = json_object_get(nic, "ips"), *m;
	struct tt_vm_network net = { .vlan_id = -1 };
	char name[VM_NAME_LEN], subnet[TT_IP4_LEN];
	struct vm_cidr c;
	size_t k;

	if (uuid == NULL || run->facts->network == NULL)
		return;
	if (run->facts->network(run->facts->ctx, uuid, &net) < 0) {
		vm_bad(run, vm_name(name, list, i, "network_uuid"),
		    "must be a network that exists (%s does not)", uuid);
		return;
	}
	json_array_foreach(ips, k, m)
	{
		if (net.mask4 == 0 || vm_cidr_parse(json_string_value(m), true, &c) < 0 ||
		    c.v6 || tt_in_net4(c.ip4, net.net4, net.mask4))
			continue;
		vm_bad(run, vm_name(name, list, i, "ips"),
		    "must be inside the network %s/%d (%s is not)",
		    tt_ip4_fmt(net.net4, subnet), tt_mask4_len(net.mask4), c.addr);
	}
	if (net.vlan_id >= 0 && tt_json_int(nic, "vlan_id", 0) != net.vlan_id)
		vm_bad(run, vm_name(name, list, i, "vlan_id"),
		    "must be %lld, the VLAN of the network", net.vlan_id);
}

void
vm_judge_nic(struct vm_run *run, json_t *nic, const char *list, size_t i)
{
	const char *tag = tt_json_str(nic, "nic_tag", NULL);
	char name[VM_NAME_LEN];

	if (json_object_get(nic, "ips") != NULL || ips_from_ip(run, nic, list, i)) {
		judge_ips(run, nic, vm_name(name, list, i, "ips"));
		older_form(run, nic, list, i);
		judge_gateways(run, nic, list, i);
		judge_network(run, nic, list, i);
	}
	if (tt_json_int(nic, "vlan_id", 0) == 1)
		vm_bad(run, vm_name(name, list, i, "vlan_id"),
		    "must be 0 or 2 to 4094 (1 is what untagged frames are inside)");
	if (tag != NULL && run->facts->nic_tag != NULL &&
	    !run->facts->nic_tag(run->facts->ctx, tag))
		vm_bad(run, vm_name(name, list, i, "nic_tag"),
		    "must be a NIC tag of this host (%s is not; see nictagadm list)",
		    tag);
	if (!json_is_true(json_object_get(nic, "primary")))
		json_object_del(nic, "primary");
}

void
vm_one_primary(json_t *nics, long keep)
{
	json_t *nic;
	size_t i;

	json_array_foreach(nics, i, nic)
	{
		if (!json_is_true(json_object_get(nic, "primary")))
			continue;
		if (keep < 0)
			keep = (long)i;
		else if ((long)i != keep)
			json_object_del(nic, "primary");
	}
	nic = json_array_get(nics, keep < 0 ? 0 : (size_t)keep);
	if (nic != NULL)
		json_object_set_new(nic, "primary", json_true());
}

/* The lowest netN that no NIC has. */
static void
new_interface(const json_t *nics, json_t *nic)
{
	char name[16];

	for (int n = 0;; n++) {
		(void)tt_strf(name, sizeof(name), "net%d", n);
		if (vm_item_find(nics, "interface", name) < 0)
			break;
	}
	set_str(nic, "interface", name);
}

static bool
mac_taken(const struct vm_run *run, const json_t *nics, const char *mac)
{
	return vm_item_find(nics, "mac", mac) >= 0 ||
	       (run->facts->mac_used != NULL && run->facts->mac_used(run->facts->ctx, mac,
						    run->uuid != NULL ? run->uuid : ""));
}

/* mac and interface: given or made, of this NIC alone. */
static void
judge_identity(struct vm_run *run, json_t *nics, size_t at, const char *list, size_t i)
{
	json_t *nic = json_array_get(nics, at);
	const char *given = tt_json_str(nic, "mac", NULL);
	char mac[TT_MAC_LEN], name[VM_NAME_LEN];

	if (given != NULL && tt_mac_parse(given, mac) == 0) {
		json_object_del(nic, "mac");
	} else {
		/* a maker that only repeats itself is told so by the check below */
		for (int n = 0; n < MAC_TRIES; n++) {
			vm_new_mac(run, mac);
			if (!mac_taken(run, nics, mac))
				break;
		}
	}
	if (mac_taken(run, nics, mac))
		vm_bad(run, vm_name(name, list, i, "mac"),
		    "must not be in use by another NIC or instance (%s is)", mac);
	set_str(nic, "mac", mac);

	given = tt_json_str(nic, "interface", NULL);
	if (given == NULL)
		new_interface(nics, nic);
	else if (vm_item_find(nics, "interface", given) < (long)at)
		vm_bad(run, vm_name(name, list, i, "interface"),
		    "must not be used twice (%s is)", given);
}

void
vm_judge_nics(
    struct vm_run *run, const json_t *rec, json_t *nics, const char *list, size_t first)
{
	const char *model = tt_json_str(rec, "nic_driver", NULL);
	long primary = -1;
	char name[VM_NAME_LEN];

	if (json_array_size(nics) > VM_NICS_MAX)
		vm_bad(run, list, "must not give the instance more than %d NICs",
		    VM_NICS_MAX);
	for (size_t at = first; at < json_array_size(nics); at++) {
		tt_auto(json) json_t *old = json_incref(json_array_get(nics, at));
		json_t *nic = vm_filled(run, tt_vm_nic_props, old);

		json_array_set_new(nics, at, nic);
		vm_judge_nic(run, nic, list, at - first);
		judge_identity(run, nics, at, list, at - first);
		if (model != NULL && json_object_get(nic, "model") == NULL)
			set_str(nic, "model", model);
		if (json_object_get(nic, "primary") == NULL)
			continue;
		if (primary >= 0)
			vm_bad(run, vm_name(name, list, at - first, "primary"),
			    "must be true on one NIC only");
		primary = (long)at;
	}
	vm_one_primary(nics, primary);
	for (size_t at = 0; at < json_array_size(nics); at++)
		json_array_set_new(
		    nics, at, vm_ordered(tt_vm_nic_props, json_array_get(nics, at)));
}
