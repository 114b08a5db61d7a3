// SPDX-License-Identifier: MPL-2.0
/*
 * Rules for addresses, masks, NICs and VLANs.
 */
#include <string.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/net.h"
#include "platform/lib/base/num.h"
#include "platform/lib/base/str.h"
#include "platform/lib/conf/rules.h"

/* "none" in any case, where the key knows it; the normal form is lower case. */
static bool
is_none(const struct tt_key *k, const char *text, struct tt_judgement *j)
{
	if (!(k->flags & TT_KEY_NONE_OK) || !tt_strcaseeq(text, "none"))
		return false;
	if (!tt_streq(text, "none"))
		j->value = tt_xstrdup("none");
	return true;
}

/* What an address can never be for a host, whatever its network; NULL = fine. */
static const char *
role_fault(uint32_t ip)
{
	uint32_t first = ip >> 24;

	if (first == 0)
		return "0.0.0.0/8 is no host address";
	if (first == 127)
		return "a loopback address";
	if (first >= 240)
		return "a reserved or broadcast address";
	return first >= 224 ? "a multicast address" : NULL;
}

/* "a.b.c.d/len": the part before the slash into out, the mask into j. */
static bool
split_len(const char *text, char *out, size_t size, struct tt_judgement *j)
{
	const char *slash = strchr(text, '/');
	uint32_t mask;
	char dotted[TT_IP4_LEN];

	if (!slash || (size_t)(slash - text) >= size)
		return false;
	if (tt_mask4_parse(slash, &mask, NULL) < 0)
		return false;
	memcpy(out, text, (size_t)(slash - text));
	out[slash - text] = '\0';
	j->mask = tt_xstrdup(tt_ip4_fmt(mask, dotted));
	return true;
}

void
tt_rule_ip4(const struct tt_key *k, const char *text, struct tt_judgement *j)
{
	char head[TT_IP4_LEN + 1];
	const char *why, *fault;
	uint32_t ip;

	if (is_none(k, text, j))
		return;
	if ((k->flags & TT_KEY_WITH_LEN) && split_len(text, head, sizeof(head), j)) {
		j->value = tt_xstrdup(head);
		text = j->value;
	}
	if (tt_ip4_parse(text, &ip, &why) < 0) {
		tt_refuse(j, "E_IP", "%s: %s; an IPv4 address like %s is accepted",
		    k->label, why, k->example);
		return;
	}
	fault = role_fault(ip);
	if (fault)
		tt_refuse(j, "E_IP_ROLE", "%s: %s; a host address like %s is accepted",
		    k->label, fault, k->example);
}

/* 0, or why a parsed IPv6 address is no host's. */
static const char *
role_fault6(const char *normal)
{
	if (tt_streq(normal, "::"))
		return "the unspecified address";
	if (tt_streq(normal, "::1"))
		return "a loopback address";
	return strncmp(normal, "ff", 2) == 0 && strchr(normal, ':') - normal == 4
		   ? "a multicast address"
		   : NULL;
}

static void
judge_ip6(const struct tt_key *k, const char *text, struct tt_judgement *j, char *normal)
{
	const char *fault;

	if (tt_ip6_parse(text, normal) < 0) {
		tt_refuse(j, "E_IP", "%s: no IPv6 address; one like %s is accepted",
		    k->label, k->example);
		return;
	}
	fault = role_fault6(normal);
	if (fault)
		tt_refuse(j, "E_IP_ROLE", "%s: %s; a host address is accepted", k->label,
		    fault);
}

void
tt_rule_ip(const struct tt_key *k, const char *text, struct tt_judgement *j)
{
	char normal[46];

	if (!strchr(text, ':')) {
		tt_rule_ip4(k, text, j);
		return;
	}
	judge_ip6(k, text, j, normal);
	if (!j->code && !tt_streq(normal, text))
		j->value = tt_xstrdup(normal);
}

void
tt_rule_ip6(const struct tt_key *k, const char *text, struct tt_judgement *j)
{
	char head[64], normal[46];
	const char *slash = strchr(text, '/');
	uint32_t len = 64;

	if (tt_streq(text, "addrconf"))
		return;
	if (slash && tt_parse_u32(slash + 1, 1, 128, &len) < 0) {
		tt_refuse(j, "E_IP", "%s: prefix length '%.16s'; 1 to 128 are accepted",
		    k->label, slash + 1);
		return;
	}
	if (slash && (size_t)(slash - text) < sizeof(head)) {
		memcpy(head, text, (size_t)(slash - text));
		head[slash - text] = '\0';
		text = head;
	}
	judge_ip6(k, text, j, normal);
	if (!j->code)
		j->value = tt_xprintf("%s/%u", normal, len);
}

void
tt_rule_gateway6(const struct tt_key *k, const char *text, struct tt_judgement *j)
{
	char normal[46];

	judge_ip6(k, text, j, normal);
	if (!j->code && !tt_streq(normal, text))
		j->value = tt_xstrdup(normal);
}

void
tt_rule_mask(const struct tt_key *k, const char *text, struct tt_judgement *j)
{
	const char *why = NULL;
	char dotted[TT_IP4_LEN];
	uint32_t mask;
	int len;

	if (tt_mask4_parse(text, &mask, &why) < 0) {
		tt_refuse(j, "E_MASK",
		    "%s: %s; a mask like 255.255.255.0 or /24 is accepted", k->label,
		    why ? why : "no mask");
		return;
	}
	len = tt_mask4_len(mask);
	if (k->id == TT_KEY_ADMIN_NETMASK && len > k->max && len <= 28)
		tt_refuse(j, "E_SLOTS",
		    "%s: a /%d has no room for 29 service addresses and a DHCP range; "
		    "/%d to /%d are accepted",
		    k->label, len, k->min, k->max);
	else if (len < k->min || len > k->max)
		tt_refuse(j, "E_MASK_RANGE", "%s: /%d; /%d to /%d are accepted", k->label,
		    len, k->min, k->max);
	else if (!tt_streq(tt_ip4_fmt(mask, dotted), text))
		j->value = tt_xstrdup(dotted);
}

/* eth0, enp2s0f1, bond0.12; also a number from the table. */
static bool
looks_like_link(const char *text)
{
	size_t len = strlen(text);

	if (len == 0 || len > 15)
		return false;
	for (const char *p = text; *p; p++)
		if (!((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
			(*p >= '0' && *p <= '9') || (p > text && strchr("_.-", *p))))
			return false;
	return true;
}

void
tt_rule_nic(const struct tt_key *k, const char *text, struct tt_judgement *j)
{
	char mac[TT_MAC_LEN];

	if (tt_mac_parse(text, mac) == 0) {
		if (tt_streq(mac, "00:00:00:00:00:00"))
			tt_refuse(
			    j, "E_MAC", "%s: all zero is no address of a NIC", k->label);
		else if (!tt_streq(mac, text))
			j->value = tt_xstrdup(mac);
	} else if (!looks_like_link(text)) {
		tt_refuse(j, "E_MAC",
		    "%s: no MAC address; six bytes like %s, or a link name, are accepted",
		    k->label, k->example);
	}
}

void
tt_rule_vlan(const struct tt_key *k, const char *text, struct tt_judgement *j)
{
	uint32_t vlan;

	(void)k;
	if (!*text || tt_strcaseeq(text, "none") || tt_streq(text, "0")) {
		if (!tt_streq(text, "none"))
			j->value = tt_xstrdup("none");
	} else if (tt_parse_u32(text, 2, 4094, &vlan) < 0) {
		tt_refuse(j, "E_VLAN", "VLAN %.32s: 2-4094, or empty for untagged", text);
	} else if (*text == '0' || *text == '+') {
		j->value = tt_xprintf("%u", vlan);
	}
}
