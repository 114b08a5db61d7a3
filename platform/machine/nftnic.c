// SPDX-License-Identifier: MPL-2.0
/*
 * Anti-spoofing of one NIC: what an instance may send. Runs at prerouting before conntrack,
 * so that a forged frame never makes a flow.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/net.h"
#include "platform/lib/base/str.h"
#include "platform/machine/nft_int.h"

/* The addresses that a NIC may send from. */
struct senders {
	struct nft_ranges ranges;
	bool any4, any6; /* given by others: DHCP, router advertisements */
};

/* fe80::/64 with the interface identifier of the MAC (RFC 4291 appendix A). */
static void
add_link_local(struct nft_ranges *ranges, const char *mac)
{
	uint8_t m[6] = { 0 }, addr[16] = { 0xfe, 0x80 };
	char digits[13] = "";
	size_t n = 0;

	for (const char *c = mac; *c != '\0' && n < 12; c++)
		if (*c != ':')
			digits[n++] = *c;
	(void)tt_unhex(digits, m, sizeof(m));
	addr[8] = m[0] ^ 2;
	addr[9] = m[1];
	addr[10] = m[2];
	addr[11] = 0xff;
	addr[12] = 0xfe;
	memcpy(addr + 13, m + 3, 3);
	nft_ranges_add(ranges, 6, addr, 128);
}

/* One entry of ips or allowed_ips; an own address counts without its prefix length. */
static void
add_sender(struct senders *s, const char *text, bool own)
{
	char addr[64];

	if (tt_streq(text, "dhcp"))
		s->any4 = true;
	else if (tt_streq(text, "addrconf"))
		s->any6 = true;
	else if (text != NULL && tt_strcpy(addr, sizeof(addr), text) == 0) {
		if (own)
			addr[strcspn(addr, "/")] = '\0';
		(void)nft_ranges_text(&s->ranges, addr);
	}
}

static void
read_senders(const json_t *nic, const char *mac, struct senders *s)
{
	const json_t *ips = json_object_get(nic, "ips"), *v;
	size_t i;

	if (!json_is_array(ips))
		add_sender(s, tt_json_str(nic, "ip", NULL), true);
	json_array_foreach(ips, i, v) add_sender(s, json_string_value(v), true);
	json_array_foreach(json_object_get(nic, "allowed_ips"), i, v)
	    add_sender(s, json_string_value(v), false);
	add_link_local(&s->ranges, mac);
	nft_ranges_merge(&s->ranges);
}

/* "{ 10.0.0.1, 10.0.0.9 }", with the unspecified address when asked; NULL when empty. */
static char *
sender_set(const struct senders *s, unsigned family, bool unspecified)
{
	struct nft_ranges all = { 0 };
	struct nft_list list = { 0 };
	struct tt_buf out = TT_BUF_INIT(TT_MIB);

	if (unspecified)
		(void)nft_ranges_text(&all, family == 6 ? "::" : "0.0.0.0");
	nft_ranges_append(&all, &s->ranges);
	nft_ranges_merge(&all);
	nft_ranges_list(&all, family, &list);
	for (size_t i = 0; i < list.n; i++)
		tt_buf_addf(&out, "%s%s", i > 0 ? ", " : "{ ", list.v[i]);
	if (list.n > 0)
		tt_buf_adds(&out, " }");
	nft_list_release(&list);
	nft_ranges_release(&all);
	return out.len > 0 ? tt_buf_detach(&out) : NULL;
}

/* ARP probes, DHCP clients and IPv6's duplicate detection send from no address. */
static void
put_sources(struct nft_list *list, const struct senders *s)
{
	tt_auto(free) char *arp = sender_set(s, 4, true);
	tt_auto(free) char *own = sender_set(s, 4, false);
	tt_auto(free) char *own6 = sender_set(s, 6, true);

	if (!s->any4) {
		nft_list_addf(
		    list, "meta protocol arp arp saddr ip != %s counter drop", arp);
		nft_list_addf(list, "meta protocol ip ip saddr 0.0.0.0 udp sport 68 "
				    "udp dport 67 return");
		if (own != NULL)
			nft_list_addf(
			    list, "meta protocol ip ip saddr != %s counter drop", own);
		else
			nft_list_addf(list, "meta protocol ip counter drop");
	}
	if (!s->any6)
		nft_list_addf(
		    list, "meta protocol ip6 ip6 saddr != %s counter drop", own6);
}

/*
 * The VLAN's conntrack zone, but not for frames to the host itself: their flows end in the
 * host's IP stack, whose own conntrack knows no zone but 0.
 */
static void
put_zone(struct nft_list *list, const json_t *nic, const json_t *tag)
{
	const unsigned vlan = (unsigned)tt_json_int(nic, "vlan_id", 0);
	const uint16_t zone = mach_nft_zone(tt_json_str(tag, "bridge", NULL), vlan);
	char mac[TT_MAC_LEN];

	if (zone == 0)
		return;
	if (tt_mac_parse(tt_json_str(tag, "mac", ""), mac) == 0)
		nft_list_addf(list, "ether daddr != %s ct zone set %u", mac, zone);
	else
		nft_list_addf(list, "ct zone set %u", zone);
}

static bool
flag(const json_t *nic, const char *key)
{
	return tt_json_bool(nic, key, false);
}

int
nft_nic_chain(struct nft_builder *b, const struct nft_vm *vm, const json_t *nic,
    unsigned i, struct tt_err **err)
{
	const char *given = tt_json_str(nic, "mac", "");
	const long long vlan = tt_json_int(nic, "vlan_id", 0);
	struct senders s = { 0 };
	struct nft_object *o;
	char mac[TT_MAC_LEN];

	if (tt_mac_parse(given, mac) < 0)
		return tt_err_set(err, -EINVAL, "InvalidParameter",
		    "instance '%s', NIC %u: mac '%s' is no MAC address", vm->fw.uuid, i,
		    given);
	if (vlan < 0 || vlan > 4094)
		return tt_err_set(err, -EINVAL, "InvalidParameter",
		    "instance '%s', NIC %u: vlan_id %lld is not from 0 to 4094",
		    vm->fw.uuid, i, vlan);
	o = nft_add(b->nft, NFT_CHAIN, tt_xprintf("n_%s_%u", vm->fw.uuid, i), "");
	if (!flag(nic, "allow_mac_spoofing")) {
		nft_list_addf(&o->items, "ether saddr != %s counter drop", mac);
		nft_list_addf(&o->items,
		    "meta protocol arp arp saddr ether != %s counter drop", mac);
	}
	if (!flag(nic, "allow_restricted_traffic"))
		nft_list_addf(
		    &o->items, "meta protocol != { ip, arp, ip6 } counter drop");
	put_zone(&o->items, nic,
	    json_object_get(b->world->nictags, tt_json_str(nic, "nic_tag", "")));
	if (!flag(nic, "allow_dhcp_spoofing")) {
		nft_list_addf(&o->items, "meta protocol ip udp sport 67 counter drop");
		nft_list_addf(&o->items, "meta protocol ip6 udp sport 547 counter drop");
	}
	if (!flag(nic, "allow_ip_spoofing")) {
		read_senders(nic, mac, &s);
		put_sources(&o->items, &s);
	}
	nft_ranges_release(&s.ranges);
	return 0;
}
