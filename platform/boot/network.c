// SPDX-License-Identifier: MPL-2.0
/*
 * Step network: bridges, host addresses, routes and the resolver of the plan, by netlink.
 * A bridge filters VLANs and gives nothing by default; VID 1 is its name for untagged.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "platform/boot/boot.h"
#include "platform/boot/netplan.h"
#include "platform/boot/nics.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/time.h"
#include "platform/machine/link.h"

#define UNTAGGED   1
#define NIC_WAIT_S 60
#define BUSY_S     10

/* Only host ends speak IPv6; ports and uplinks have no address of their own. */
static void
ipv6_conf(const char *link, const char *what, const char *value)
{
	tt_auto(free) char *path =
	    tt_xprintf("/proc/sys/net/ipv6/conf/%s/%s", link, what);

	(void)tt_file_write(path, value, strlen(value), 0644, NULL);
}

/*
 * A link that was just removed from the NIC keeps it busy until the kernel is through with it.
 */
static int
add_uplink(
    struct mach_nl *nl, const struct net_tag *t, const char *uplink, struct tt_err **err)
{
	struct mach_link_set port = { .up = true, .master = t->bridge, .mtu = t->mtu };
	int64_t end = tt_mono_us() + (int64_t)BUSY_S * 1000000;
	int r;

	while (
	    (r = mach_link_set(nl, uplink, &port, err)) == -EBUSY && tt_mono_us() < end) {
		if (err)
			tt_err_clear(err);
		tt_sleep_ms(100);
	}
	return r;
}

static int
make_bridge(
    struct mach_nl *nl, const struct net_tag *t, const char *uplink, struct tt_err **err)
{
	struct mach_link_set up = { .up = true, .mtu = t->mtu };
	int r;

	ipv6_conf(uplink, "disable_ipv6", "1");
	r = mach_link_bridge(nl, t->bridge, t->nic, err);
	/* addresses of the host are on the bridge and its pairs only */
	if (r == 0)
		r = mach_addr_flush(nl, uplink, err);
	if (r == 0)
		r = add_uplink(nl, t, uplink, err);
	if (r == 0)
		r = mach_link_vlan(nl, uplink, UNTAGGED, true, false, err);
	if (r == 0 && !tt_streq(t->link, t->bridge))
		ipv6_conf(t->bridge, "disable_ipv6", "1");
	if (r == 0)
		r = mach_link_set(nl, t->bridge, &up, err);
	return r;
}

/* Where the host's address of this tag is. */
static int
make_link(
    struct mach_nl *nl, const struct net_tag *t, const char *uplink, struct tt_err **err)
{
	struct mach_link_set up = { .up = true, .mtu = t->mtu };
	struct mach_link_set port = { .up = true, .master = t->bridge, .mtu = t->mtu };
	uint16_t vid = t->vlan ? (uint16_t)t->vlan : UNTAGGED;
	int r = 0;

	if (t->vlan)
		r = mach_link_vlan(nl, uplink, vid, false, false, err);
	if (r < 0 || !t->link[0])
		return r;
	if (!t->port[0])
		return mach_link_vlan(nl, t->bridge, UNTAGGED, true, true, err);
	r = mach_link_veth(nl, t->link, t->port, t->mac[0] ? t->mac : NULL, err);
	if (r < 0)
		return r;
	ipv6_conf(t->port, "disable_ipv6", "1");
	r = mach_link_set(nl, t->port, &port, err);
	if (r == 0)
		r = mach_link_vlan(nl, t->port, vid, true, false, err);
	if (r == 0)
		r = mach_link_set(nl, t->link, &up, err);
	return r;
}

static int
give_addresses(struct mach_nl *nl, const struct net_tag *t, struct tt_err **err)
{
	int r = 0;

	if (!t->link[0])
		return 0;
	if (t->ip[0])
		r = mach_addr_add(nl, t->link, t->ip, (unsigned)t->len, err);
	if (r == 0 && t->ip6[0])
		r = mach_addr_add(nl, t->link, t->ip6, t->len6, err);
	if (r == 0 && t->addrconf) {
		/* 2: also when the host forwards */
		ipv6_conf(t->link, "accept_ra", "2");
		ipv6_conf(t->link, "autoconf", "1");
	}
	if (r == 0 && t->gateway6[0])
		r = mach_route_default(nl, t->gateway6, t->link, err);
	return r;
}

static int
apply_tag(struct boot *b, struct mach_nl *nl, const struct net_tag *t, const char *uplink,
    struct tt_err **err)
{
	bool fresh = mach_link_index(t->link[0] ? t->link : t->bridge) == 0;
	int r = make_bridge(nl, t, uplink, err);

	if (r == 0)
		r = make_link(nl, t, uplink, err);
	if (r == 0)
		r = give_addresses(nl, t, err);
	if (r < 0)
		return tt_err_wrap(err, r, "network '%s'", t->tag);
	if (fresh)
		boot_did(b, "%s: %s on %s%s%s", t->tag, t->bridge, uplink,
		    t->ip[0] ? ", " : "", t->ip);
	return 0;
}

/* The link whose network holds the gateway. */
static const char *
link_of(const struct net_plan *p, const char *gateway)
{
	uint32_t gw = 0, ip = 0;

	if (tt_ip4_parse(gateway, &gw, NULL) < 0)
		return NULL;
	for (size_t i = 0; i < p->n; i++) {
		const struct net_tag *t = &p->v[i];

		if (t->ip[0] && tt_ip4_parse(t->ip, &ip, NULL) == 0 &&
		    tt_in_net4(gw, ip, tt_mask4_from_len(t->len)))
			return t->link;
	}
	return NULL;
}

static int
default_route(const struct net_plan *p, struct mach_nl *nl, struct tt_err **err)
{
	const char *link;

	if (!p->gateway[0])
		return 0;
	link = link_of(p, p->gateway);
	if (!link)
		return tt_err_set(err, -EINVAL, "InvalidNetwork",
		    "headnode_default_gateway %s is in none of this node's networks",
		    p->gateway);
	return mach_route_default(nl, p->gateway, link, err);
}

static int
resolver(const struct net_plan *p, struct tt_err **err)
{
	tt_auto(buf) struct tt_buf out = TT_BUF_INIT(4096);

	if (p->search)
		(void)tt_buf_addf(&out, "search %s\n", p->search);
	for (char **a = p->resolvers; a && *a; a++)
		(void)tt_buf_addf(&out, "nameserver %s\n", *a);
	(void)unlink("/etc/resolv.conf");
	return tt_file_write("/etc/resolv.conf", tt_buf_str(&out), out.len, 0644, err);
}

static json_t *
tag_json(const struct net_tag *t, const char *uplink)
{
	json_t *o = json_object();

	json_object_set_new(o, "uuid", json_string(t->uuid));
	json_object_set_new(o, "mac", json_string(t->nic));
	json_object_set_new(o, "mtu", json_integer(t->mtu ? t->mtu : 1500));
	json_object_set_new(o, "uplink", json_string(uplink));
	json_object_set_new(o, "bridge", json_string(t->bridge));
	/* where the host itself is on this tag's network */
	if (t->link[0]) {
		json_object_set_new(o, "link", json_string(t->link));
		json_object_set_new(o, "vlan", json_integer(t->vlan));
	}
	return o;
}

/*
 * The wizard's checks made a link of this name on the NIC; when the wizard was cut off it is
 * still there, and keeps the NIC from becoming a port. Ours has a peer.
 */
static int
remove_leftovers(const struct net_plan *p, struct mach_nl *nl, struct tt_err **err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < p->n; i++) {
		const struct net_tag *t = &p->v[i];

		if (t->port[0] && mach_link_index(t->link) && !mach_link_index(t->port))
			r = mach_link_del(nl, t->link, err);
	}
	return r;
}

static int
apply(struct boot *b, const struct net_plan *p, json_t *tags, struct tt_err **err)
{
	tt_auto(nl) struct mach_nl *nl = NULL;
	int r = mach_nl_open(&nl, err);

	if (r == 0)
		r = remove_leftovers(p, nl, err);
	for (size_t i = 0; r == 0 && i < p->n; i++) {
		const struct net_tag *t = &p->v[i];
		tt_auto(free) char *uplink = boot_nic_name(t->nic, NIC_WAIT_S);
		tt_auto(free) char *macs = uplink ? NULL : boot_nics_present();

		if (uplink) {
			r = apply_tag(b, nl, t, uplink, err);
			json_object_set_new(tags, t->tag, tag_json(t, uplink));
		} else if (tt_streq(t->tag, "admin")) {
			r = tt_err_set(err, -ENODEV, "NotFound",
			    "admin_nic %s: no such NIC; present: %s. Change admin_nic in "
			    "the config or put the card back",
			    t->nic, macs);
		} else {
			boot_say("%s_nic %s: no such NIC; present: %s. The network '%s' "
				 "is missing.",
			    t->tag, t->nic, macs, t->tag);
		}
	}
	if (r == 0)
		r = default_route(p, nl, err);
	return r;
}

/* The data center's own name service, on the key or its copy. */
static bool
has_binder(void)
{
	return tt_path_exists(BOOT_KEY "/zones/binder/image") ||
	       tt_path_exists(BOOT_COPY "/zones/binder/image");
}

int
boot_network(struct boot *b, struct tt_err **err)
{
	tt_auto(config) struct tt_config *c = NULL;
	tt_auto(netplan) struct net_plan p = { 0 };
	tt_auto(json) json_t *tags = json_object();
	int r;

	r = boot_load_config(&c, err);
	if (r == -ENOENT && !b->headnode) {
		tt_err_clear(err);
		b->skipped = true;
		return 0;
	}
	/* asked first only where it exists: a dead server costs seconds at every look-up */
	if (r == 0)
		r = net_plan_make(c, has_binder(), &p, err);
	if (r == 0)
		r = apply(b, &p, tags, err);
	if (r == 0)
		r = resolver(&p, err);
	if (r == 0)
		r = tt_json_save(BOOT_NICTAGS, tags, 0644, err);
	(void)unlink(BOOT_SYSINFO);
	return r;
}
