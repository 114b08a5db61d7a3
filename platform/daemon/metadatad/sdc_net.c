// SPDX-License-Identifier: MPL-2.0
/* See sdc.h: NICs and routes as a guest sees them. */
#include <string.h>

#include "platform/daemon/metadatad/sdc.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/net.h"
#include "platform/lib/base/num.h"
#include "platform/lib/base/str.h"

static const char *const nic_fields[] = { "allow_dhcp_spoofing", "allow_ip_spoofing",
	"allow_mac_spoofing", "allow_restricted_traffic", "allow_unfiltered_promisc",
	"allowed_ips", "blocked_outgoing_ports", "gateway", "gateways", "interface", "ip",
	"ips", "mac", "model", "mtu", "netmask", "network_uuid", "nic_tag", "vlan_id",
	"vrrp_primary_ip", "vrrp_vrid" };

static bool
served(const char *field)
{
	for (size_t i = 0; i < TT_ARRAY_LEN(nic_fields); i++)
		if (tt_streq(field, nic_fields[i]))
			return true;
	return false;
}

/* "10.0.0.5/24" as address and mask; false when it is no IPv4 with a length. */
static bool
split_cidr(const char *cidr, char ip[TT_IP4_LEN], char mask[TT_IP4_LEN])
{
	const char *slash = cidr != NULL ? strchr(cidr, '/') : NULL;
	uint32_t addr, length;

	if (slash == NULL || (size_t)(slash - cidr) >= TT_IP4_LEN ||
	    tt_parse_u32(slash + 1, 0, 32, &length) < 0)
		return false;
	memcpy(ip, cidr, (size_t)(slash - cidr));
	ip[slash - cidr] = '\0';
	if (tt_ip4_parse(ip, &addr, NULL) < 0)
		return false;
	tt_ip4_fmt(tt_mask4_from_len((int)length), mask);
	return true;
}

/* The list that cloud-init reads, from the old pair of address and mask. */
static void
fill_ips(json_t *nic)
{
	const char *ip = tt_json_str(nic, "ip", NULL);
	const char *mask = tt_json_str(nic, "netmask", NULL);
	json_t *ips = json_array();
	uint32_t bits;

	if (ip != NULL && mask != NULL && tt_mask4_parse(mask, &bits, NULL) == 0)
		json_array_append_new(ips, json_sprintf("%s/%d", ip, tt_mask4_len(bits)));
	else if (ip != NULL)
		json_array_append_new(ips, json_string(ip));
	json_object_set_new(nic, "ips", ips);
}

/* The old fields, from the first IPv4 address of the list. */
static void
fill_old(json_t *nic)
{
	const json_t *ips = json_object_get(nic, "ips");
	const json_t *gateways = json_object_get(nic, "gateways");
	char ip[TT_IP4_LEN], mask[TT_IP4_LEN];

	for (size_t i = 0; i < json_array_size(ips); i++) {
		const char *one = json_string_value(json_array_get(ips, i));

		if (tt_streq(one, "dhcp")) {
			json_object_set_new(nic, "ip", json_string(one));
			break;
		}
		if (split_cidr(one, ip, mask)) {
			json_object_set_new(nic, "ip", json_string(ip));
			json_object_set_new(nic, "netmask", json_string(mask));
			break;
		}
	}
	if (json_object_get(nic, "gateway") == NULL && json_array_size(gateways) > 0)
		json_object_set(nic, "gateway", json_array_get(gateways, 0));
}

static json_t *
one_nic(json_t *stored, size_t index, bool primary)
{
	json_t *nic = json_object(), *v;
	const char *key;

	json_object_foreach(stored, key, v)
	{
		if (served(key))
			json_object_set(nic, key, v);
		else if (primary && tt_streq(key, "primary"))
			json_object_set_new(nic, key, json_true());
	}
	if (json_object_get(nic, "interface") == NULL)
		json_object_set_new(nic, "interface", json_sprintf("net%zu", index));
	if (!json_is_array(json_object_get(nic, "ips")))
		fill_ips(nic);
	else if (json_object_get(nic, "ip") == NULL)
		fill_old(nic);
	return nic;
}

/* One NIC at most is primary. */
json_t *
sdc_nics(const json_t *vm)
{
	json_t *list = json_array();
	const json_t *stored = json_object_get(vm, "nics");
	bool found = false;

	for (size_t i = 0; i < json_array_size(stored); i++) {
		json_t *nic = json_array_get(stored, i);
		const bool primary = !found && tt_json_bool(nic, "primary", false);

		if (!json_is_object(nic))
			continue;
		found |= primary;
		json_array_append_new(list, one_nic(nic, i, primary));
	}
	return list;
}

/* The NIC that "nics[0]" or "macs[aa:bb:cc:dd:ee:ff]" names, or NULL. */
static const json_t *
named_nic(const char *gateway, const json_t *nics)
{
	const char *index = tt_after_prefix(gateway, "nics[");
	const char *mac = tt_after_prefix(gateway, "macs[");
	tt_auto(free) char *inner = NULL;
	uint32_t n;

	if (index == NULL && mac == NULL)
		return NULL;
	inner = tt_xstrdup(index != NULL ? index : mac);
	if (!tt_ends_with(inner, "]"))
		return NULL;
	inner[strlen(inner) - 1] = '\0';
	if (index != NULL)
		return tt_parse_u32(inner, 0, 1000, &n) == 0 ? json_array_get(nics, n)
							     : NULL;
	for (size_t i = 0; i < json_array_size(nics); i++)
		if (tt_streq(tt_json_str(json_array_get(nics, i), "mac", NULL), inner))
			return json_array_get(nics, i);
	return NULL;
}

json_t *
sdc_routes(const json_t *vm, const json_t *nics)
{
	json_t *list = json_array(), *v;
	json_t *stored = json_object_get(vm, "routes");
	const char *dst;

	json_object_foreach(stored, dst, v)
	{
		const char *gateway = json_string_value(v);
		const bool local = gateway != NULL && strchr(gateway, '[') != NULL;

		if (local)
			gateway = tt_json_str(named_nic(gateway, nics), "ip", NULL);
		if (gateway == NULL || tt_streq(gateway, "dhcp"))
			continue;
		json_array_append_new(list, json_pack("{s:b, s:s, s:s}", "linklocal",
						local, "dst", dst, "gateway", gateway));
	}
	return list;
}
