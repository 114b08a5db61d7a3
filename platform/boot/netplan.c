// SPDX-License-Identifier: MPL-2.0
/*
 * From configuration to networks. Bridges are numbered in the order admin, external, other
 * tags as the file has them, so that their names are the same at every boot.
 */
#include "platform/boot/netplan.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/num.h"
#include "platform/lib/base/sha256.h"
#include "platform/lib/base/str.h"

#define RESOLVERS_MAX 3 /* what the C library reads */

/* Value of TAG_WHAT, NULL when absent or empty. */
static const char *
of(const struct tt_config *c, const char *tag, const char *what)
{
	tt_auto(free) char *key = tt_xprintf("%s_%s", tag, what);
	const char *v = tt_config_get(c, key);

	return v && *v ? v : NULL;
}

static int
bad(struct tt_err **err, const char *tag, const char *what, const char *value,
    const char *rule)
{
	return tt_err_set(
	    err, -EINVAL, "InvalidNetwork", "%s_%s '%s': %s", tag, what, value, rule);
}

/* A tag's UUID is made of its name and NIC (version 8, RFC 9562): nothing has to be kept. */
static void
tag_uuid(const char *tag, const char *mac, char out[37])
{
	tt_auto(free) char *text = tt_xprintf("nictag %s %s", tag, mac);
	uint8_t h[TT_SHA256_SIZE];
	char x[2 * TT_SHA256_SIZE + 1];

	tt_sha256(text, strlen(text), h);
	h[6] = (uint8_t)((h[6] & 0x0f) | 0x80);
	h[8] = (uint8_t)((h[8] & 0x3f) | 0x80);
	tt_hex(h, sizeof(h), x);
	(void)snprintf(
	    out, 37, "%.8s-%.4s-%.4s-%.4s-%.12s", x, x + 8, x + 12, x + 16, x + 20);
}

static int
take_ip4(const struct tt_config *c, struct net_tag *t, struct tt_err **err)
{
	const char *ip = of(c, t->tag, "ip"), *mask = of(c, t->tag, "netmask"),
		   *why = NULL;
	uint32_t a, m;

	if (!ip || tt_streq(ip, "none"))
		return 0;
	if (tt_ip4_parse(ip, &a, &why) < 0)
		return bad(err, t->tag, "ip", ip, why);
	if (!mask)
		return bad(err, t->tag, "netmask", "", "is missing");
	if (tt_mask4_parse(mask, &m, &why) < 0)
		return bad(err, t->tag, "netmask", mask, why);
	(void)tt_ip4_fmt(a, t->ip);
	t->len = tt_mask4_len(m);
	return 0;
}

static int
take_ip6(const struct tt_config *c, struct net_tag *t, struct tt_err **err)
{
	const char *ip = of(c, t->tag, "ip6"), *gw = of(c, t->tag, "gateway6");
	tt_auto(free) char *addr = NULL;
	char *slash;
	uint32_t len = 64;

	if (gw && tt_ip6_parse(gw, t->gateway6) < 0)
		return bad(err, t->tag, "gateway6", gw, "is no IPv6 address");
	if (!ip)
		return 0;
	if (tt_streq(ip, "addrconf")) {
		t->addrconf = true;
		return 0;
	}
	addr = tt_xstrdup(ip);
	slash = strchr(addr, '/');
	if (slash) {
		*slash = '\0';
		if (tt_parse_u32(slash + 1, 1, 128, &len) < 0)
			return bad(err, t->tag, "ip6", ip, "its length is not 1 to 128");
	}
	if (tt_ip6_parse(addr, t->ip6) < 0)
		return bad(
		    err, t->tag, "ip6", ip, "is neither addrconf nor an IPv6 address");
	t->len6 = len;
	return 0;
}

static int
take_link(const struct tt_config *c, struct net_tag *t, struct tt_err **err)
{
	const char *nic = of(c, t->tag, "nic"), *vlan = of(c, t->tag, "vlan_id");
	const char *mac = of(c, t->tag, "mac"), *mtu = of(c, t->tag, "mtu");
	uint32_t n = 0;

	if (tt_mac_parse(nic, t->nic) < 0)
		return bad(err, t->tag, "nic", nic, "is no MAC");
	if (mac && tt_mac_parse(mac, t->mac) < 0)
		return bad(err, t->tag, "mac", mac, "is no MAC");
	/* VID 1 is the bridge's own name for untagged */
	if (vlan && (tt_parse_u32(vlan, 0, 4094, &n) < 0 || n == 1))
		return bad(err, t->tag, "vlan_id", vlan, "must be 0 or 2 to 4094");
	t->vlan = n;
	if (mtu && tt_parse_u32(mtu, 1500, 9000, &t->mtu) < 0)
		return bad(err, t->tag, "mtu", mtu, "must be 1500 to 9000");
	return 0;
}

/* The bridge of a NIC that a tag before has, or the next one. */
static void
name_bridge(const struct net_plan *p, struct net_tag *t)
{
	unsigned next = 0;

	for (size_t i = 0; i < p->n; i++) {
		unsigned k = (unsigned)(p->v[i].bridge[2] - '0');

		if (tt_streq(p->v[i].nic, t->nic)) {
			(void)tt_strcpy(t->bridge, sizeof(t->bridge), p->v[i].bridge);
			return;
		}
		if (p->v[i].bridge[3])
			k = k * 10 + (unsigned)(p->v[i].bridge[3] - '0');
		if (k + 1 > next)
			next = k + 1;
	}
	(void)tt_strf(t->bridge, sizeof(t->bridge), "br%u", next);
}

/*
 * The admin address is on the bridge itself. Every other one has a pair of its own: the
 * bridge sees it as it sees an instance, with its own MAC and VLAN.
 */
static void
name_link(const struct net_plan *p, struct net_tag *t)
{
	if (!t->ip[0] && !t->ip6[0] && !t->addrconf)
		return;
	if (tt_streq(t->tag, "admin")) {
		(void)tt_strcpy(t->link, sizeof(t->link), t->bridge);
		return;
	}
	if (strlen(t->tag) <= 13)
		(void)tt_strf(t->link, sizeof(t->link), "%s0", t->tag);
	else
		(void)tt_strf(t->link, sizeof(t->link), "tag%zu", p->n);
	(void)tt_strf(t->port, sizeof(t->port), "hp%zu", p->n);
}

static bool
valid_tag(const char *s, size_t n)
{
	if (n == 0 || n >= NET_TAG_LEN || !isalpha((unsigned char)s[0]))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)s[i]) && s[i] != '_')
			return false;
	return true;
}

static int
take_tag(const struct tt_config *c, const char *tag, size_t len, struct net_plan *p,
    struct tt_err **err)
{
	struct net_tag t = { 0 };
	int r;

	if (!valid_tag(tag, len))
		return tt_err_set(err, -EINVAL, "InvalidNetwork",
		    "'%.*s' is no NIC tag: a letter, then at most 30 letters, digits or "
		    "'_'",
		    (int)len, tag);
	if (p->n == NET_TAGS_MAX)
		return tt_err_set(err, -EINVAL, "InvalidNetwork", "more than %d NIC tags",
		    NET_TAGS_MAX);
	memcpy(t.tag, tag, len);
	r = take_link(c, &t, err);
	if (r == 0)
		r = take_ip4(c, &t, err);
	if (r == 0)
		r = take_ip6(c, &t, err);
	if (r < 0)
		return r;
	if (t.vlan && tt_streq(t.tag, "admin"))
		return bad(
		    err, "admin", "vlan_id", "", "the admin network is never tagged");
	name_bridge(p, &t);
	name_link(p, &t);
	tag_uuid(t.tag, t.nic, t.uuid);
	p->v[p->n++] = t;
	return 0;
}

static void
take_resolvers(const struct tt_config *c, const char *key, struct net_plan *p)
{
	tt_auto(strv) char **v = tt_split(tt_config_str(c, key, ""), ',');

	for (char **a = v; a && *a; a++) {
		uint32_t ip;
		char six[46];

		if (tt_strv_len(p->resolvers) < RESOLVERS_MAX &&
		    !tt_strv_has(p->resolvers, *a) &&
		    (tt_ip4_parse(*a, &ip, NULL) == 0 || tt_ip6_parse(*a, six) == 0))
			tt_strv_add(&p->resolvers, *a);
	}
}

static int
take_rest(const struct tt_config *c, bool binder, struct net_plan *p, struct tt_err **err)
{
	const char *gw = tt_config_str(c, "headnode_default_gateway", "none"),
		   *why = NULL;
	const char *dc = tt_config_get(c, "datacenter_name"),
		   *domain = tt_config_get(c, "dns_domain");
	uint32_t ip;

	if (!tt_streq(gw, "none")) {
		if (tt_ip4_parse(gw, &ip, &why) < 0)
			return tt_err_set(err, -EINVAL, "InvalidNetwork",
			    "headnode_default_gateway '%s': %s", gw, why);
		(void)tt_ip4_fmt(ip, p->gateway);
	}
	if (binder)
		take_resolvers(c, "binder_admin_ips", p);
	take_resolvers(c, "dns_resolvers", p);
	if (dc && domain)
		p->search = tt_xprintf("%s.%s", dc, domain);
	return 0;
}

int
net_plan_make(
    const struct tt_config *c, bool binder, struct net_plan *ret, struct tt_err **err)
{
	static const char *const first[] = { "admin", "external" };
	tt_auto(netplan) struct net_plan p = { 0 };
	int r = 0;

	for (size_t i = 0; r == 0 && i < TT_ARRAY_LEN(first); i++)
		if (of(c, first[i], "nic"))
			r = take_tag(c, first[i], strlen(first[i]), &p, err);
	for (size_t i = 0; r == 0 && i < tt_config_count(c); i++) {
		const struct tt_config_entry *e = tt_config_at(c, i);
		size_t n = strlen(e->key);

		if (n > 4 && tt_ends_with(e->key, "_nic") && *e->value &&
		    !tt_streq(e->key, "admin_nic") && !tt_streq(e->key, "external_nic"))
			r = take_tag(c, e->key, n - 4, &p, err);
	}
	if (r == 0 && p.n == 0)
		r = tt_err_set(err, -EINVAL, "InvalidNetwork",
		    "there is no admin_nic in the configuration");
	if (r == 0)
		r = take_rest(c, binder, &p, err);
	if (r < 0)
		return r;
	*ret = p;
	p = (struct net_plan){ 0 };
	return 0;
}

void
net_plan_release(struct net_plan *p)
{
	tt_strv_free(p->resolvers);
	free(p->search);
	*p = (struct net_plan){ 0 };
}
