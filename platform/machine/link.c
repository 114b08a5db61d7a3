// SPDX-License-Identifier: MPL-2.0
/*
 * rtnetlink requests through libmnl, each acknowledged before the next.
 */
#include "platform/machine/link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <string.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/net.h"
#include "platform/lib/base/str.h"

#define REQUEST_MAX 2048

struct mach_nl {
	struct mnl_socket *s;
	uint32_t seq;
	char buf[REQUEST_MAX];
};

int
mach_nl_open(struct mach_nl **ret, struct tt_err **err)
{
	struct mnl_socket *s = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	int r;

	if (!s)
		return tt_err_errno(err, -errno, "opening a netlink socket");
	if (mnl_socket_bind(s, 0, MNL_SOCKET_AUTOPID) < 0) {
		r = -errno;
		mnl_socket_close(s);
		return tt_err_errno(err, r, "binding a netlink socket");
	}
	*ret = tt_xalloc(sizeof(**ret));
	(*ret)->s = s;
	return 0;
}

void
mach_nl_free(struct mach_nl *nl)
{
	if (!nl)
		return;
	mnl_socket_close(nl->s);
	free(nl);
}

static struct nlmsghdr *
request(struct mach_nl *nl, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(nl->buf);

	h->nlmsg_type = type;
	h->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags);
	h->nlmsg_seq = ++nl->seq;
	return h;
}

/* Send and wait for the acknowledgement: 0 or negative errno. */
static int
talk(struct mach_nl *nl, const struct nlmsghdr *h)
{
	char answer[8192];
	ssize_t n;

	if (mnl_socket_sendto(nl->s, h, h->nlmsg_len) < 0)
		return -errno;
	n = mnl_socket_recvfrom(nl->s, answer, sizeof(answer));
	if (n < 0)
		return -errno;
	n = mnl_cb_run(
	    answer, (size_t)n, nl->seq, mnl_socket_get_portid(nl->s), NULL, NULL);
	return n < 0 ? -errno : 0;
}

static struct ifinfomsg *
put_ifinfo(struct nlmsghdr *h, unsigned char family, unsigned index)
{
	struct ifinfomsg *m = mnl_nlmsg_put_extra_header(h, sizeof(*m));

	m->ifi_family = family;
	m->ifi_index = (int)index;
	return m;
}

static int
put_mac(struct nlmsghdr *h, const char *mac, struct tt_err **err)
{
	uint8_t bytes[6];
	char norm[TT_MAC_LEN], hex[13];
	size_t n = 0;

	if (tt_mac_parse(mac, norm) < 0)
		return tt_err_set(err, -EINVAL, "InvalidArgument", "'%s' is no MAC", mac);
	for (const char *p = norm; *p && n < sizeof(hex) - 1; p++)
		if (*p != ':')
			hex[n++] = *p;
	hex[n] = '\0';
	if (tt_unhex(hex, bytes, sizeof(bytes)) < 0)
		return tt_err_set(err, -EINVAL, "InvalidArgument", "'%s' is no MAC", mac);
	mnl_attr_put(h, IFLA_ADDRESS, sizeof(bytes), bytes);
	return 0;
}

unsigned
mach_link_index(const char *name)
{
	return if_nametoindex(name);
}

int
mach_link_bridge(
    struct mach_nl *nl, const char *name, const char *mac, struct tt_err **err)
{
	unsigned index = mach_link_index(name);
	struct nlmsghdr *h =
	    request(nl, RTM_NEWLINK, index ? 0 : NLM_F_CREATE | NLM_F_EXCL);
	struct nlattr *info, *data;
	int r;

	put_ifinfo(h, AF_UNSPEC, index);
	mnl_attr_put_strz(h, IFLA_IFNAME, name);
	r = put_mac(h, mac, err);
	if (r < 0)
		return r;
	info = mnl_attr_nest_start(h, IFLA_LINKINFO);
	mnl_attr_put_strz(h, IFLA_INFO_KIND, "bridge");
	data = mnl_attr_nest_start(h, IFLA_INFO_DATA);
	/* PVID first: the kernel refuses to change it once filtering is on */
	if (!index)
		mnl_attr_put_u16(h, IFLA_BR_VLAN_DEFAULT_PVID, 0);
	mnl_attr_put_u8(h, IFLA_BR_VLAN_FILTERING, 1);
	mnl_attr_nest_end(h, data);
	mnl_attr_nest_end(h, info);
	r = talk(nl, h);
	if (r < 0)
		return tt_err_errno(err, r, "making bridge '%s'", name);
	return 0;
}

int
mach_link_veth(struct mach_nl *nl, const char *name, const char *peer, const char *mac,
    struct tt_err **err)
{
	struct nlmsghdr *h;
	struct nlattr *info, *data, *p;
	unsigned index = mach_link_index(name);
	int r = 0;

	h = request(nl, RTM_NEWLINK, index ? 0 : NLM_F_CREATE | NLM_F_EXCL);
	put_ifinfo(h, AF_UNSPEC, index);
	mnl_attr_put_strz(h, IFLA_IFNAME, name);
	if (mac)
		r = put_mac(h, mac, err);
	if (r < 0)
		return r;
	if (!index) {
		info = mnl_attr_nest_start(h, IFLA_LINKINFO);
		mnl_attr_put_strz(h, IFLA_INFO_KIND, "veth");
		data = mnl_attr_nest_start(h, IFLA_INFO_DATA);
		p = mnl_attr_nest_start(h, VETH_INFO_PEER);
		mnl_nlmsg_put_extra_header(h, sizeof(struct ifinfomsg));
		mnl_attr_put_strz(h, IFLA_IFNAME, peer);
		mnl_attr_nest_end(h, p);
		mnl_attr_nest_end(h, data);
		mnl_attr_nest_end(h, info);
	}
	r = talk(nl, h);
	if (r < 0)
		return tt_err_errno(err, r, "making link '%s'", name);
	return 0;
}

int
mach_link_veth_into(struct mach_nl *nl, const char *name, pid_t pid, const char *peer,
    const char *mac, unsigned mtu, struct tt_err **err)
{
	struct nlmsghdr *h;
	struct nlattr *info, *data, *p;
	int r = mach_link_index(name) ? mach_link_del(nl, name, err) : 0;

	if (r < 0)
		return r;
	h = request(nl, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
	put_ifinfo(h, AF_UNSPEC, 0);
	mnl_attr_put_strz(h, IFLA_IFNAME, name);
	info = mnl_attr_nest_start(h, IFLA_LINKINFO);
	mnl_attr_put_strz(h, IFLA_INFO_KIND, "veth");
	data = mnl_attr_nest_start(h, IFLA_INFO_DATA);
	p = mnl_attr_nest_start(h, VETH_INFO_PEER);
	mnl_nlmsg_put_extra_header(h, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(h, IFLA_IFNAME, peer);
	mnl_attr_put_u32(h, IFLA_NET_NS_PID, (uint32_t)pid);
	r = put_mac(h, mac, err);
	if (mtu)
		mnl_attr_put_u32(h, IFLA_MTU, mtu);
	mnl_attr_nest_end(h, p);
	mnl_attr_nest_end(h, data);
	mnl_attr_nest_end(h, info);
	if (r == 0) {
		r = talk(nl, h);
		if (r < 0)
			tt_err_errno(err, r, "making link '%s'", name);
	}
	return r;
}

int
mach_link_set(struct mach_nl *nl, const char *name, const struct mach_link_set *set,
    struct tt_err **err)
{
	struct nlmsghdr *h = request(nl, RTM_NEWLINK, 0);
	unsigned index = mach_link_index(name);
	struct ifinfomsg *m;
	int r;

	if (!index)
		return tt_err_set(
		    err, -ENODEV, "NotFound", "there is no link '%s'", name);
	m = put_ifinfo(h, AF_UNSPEC, index);
	if (set->up) {
		m->ifi_flags = IFF_UP;
		m->ifi_change = IFF_UP;
	}
	if (set->master)
		mnl_attr_put_u32(h, IFLA_MASTER, mach_link_index(set->master));
	if (set->mtu)
		mnl_attr_put_u32(h, IFLA_MTU, set->mtu);
	r = talk(nl, h);
	if (r < 0)
		return tt_err_errno(err, r, "setting up link '%s'", name);
	return 0;
}

int
mach_link_del(struct mach_nl *nl, const char *name, struct tt_err **err)
{
	struct nlmsghdr *h = request(nl, RTM_DELLINK, 0);
	unsigned index = mach_link_index(name);
	int r;

	if (!index)
		return 0;
	put_ifinfo(h, AF_UNSPEC, index);
	r = talk(nl, h);
	if (r < 0)
		return tt_err_errno(err, r, "removing link '%s'", name);
	return 0;
}

int
mach_link_vlan(struct mach_nl *nl, const char *port, uint16_t vid, bool pvid, bool self,
    struct tt_err **err)
{
	struct nlmsghdr *h = request(nl, RTM_SETLINK, 0);
	struct bridge_vlan_info v = { .vid = vid };
	struct nlattr *spec;
	int r;

	if (pvid)
		v.flags = BRIDGE_VLAN_INFO_PVID | BRIDGE_VLAN_INFO_UNTAGGED;
	put_ifinfo(h, PF_BRIDGE, mach_link_index(port));
	spec = mnl_attr_nest_start(h, IFLA_AF_SPEC);
	if (self)
		mnl_attr_put_u16(h, IFLA_BRIDGE_FLAGS, BRIDGE_FLAGS_SELF);
	mnl_attr_put(h, IFLA_BRIDGE_VLAN_INFO, sizeof(v), &v);
	mnl_attr_nest_end(h, spec);
	r = talk(nl, h);
	if (r < 0)
		return tt_err_errno(err, r, "adding VLAN %u to '%s'", vid, port);
	return 0;
}

/* Family and bytes of an address in text; 0 when it is none. */
static size_t
parse_addr(const char *s, unsigned char *ret_family, uint8_t out[16])
{
	if (inet_pton(AF_INET, s, out) == 1) {
		*ret_family = AF_INET;
		return 4;
	}
	if (inet_pton(AF_INET6, s, out) == 1) {
		*ret_family = AF_INET6;
		return 16;
	}
	return 0;
}

int
mach_addr_add(struct mach_nl *nl, const char *link, const char *addr, unsigned len,
    struct tt_err **err)
{
	struct nlmsghdr *h = request(nl, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE);
	struct ifaddrmsg *m = mnl_nlmsg_put_extra_header(h, sizeof(*m));
	uint8_t bytes[16], bcast[4];
	size_t n = parse_addr(addr, &m->ifa_family, bytes);
	int r;

	if (n == 0 || len > n * 8)
		return tt_err_set(
		    err, -EINVAL, "InvalidArgument", "'%s/%u' is no address", addr, len);
	m->ifa_prefixlen = (unsigned char)len;
	m->ifa_index = mach_link_index(link);
	mnl_attr_put(h, IFA_LOCAL, n, bytes);
	mnl_attr_put(h, IFA_ADDRESS, n, bytes);
	if (n == 4) {
		uint32_t ip = 0, mask = tt_mask4_from_len((int)len);

		memcpy(&ip, bytes, 4);
		ip = htonl(tt_bcast4(ntohl(ip), mask));
		memcpy(bcast, &ip, 4);
		mnl_attr_put(h, IFA_BROADCAST, 4, bcast);
	}
	r = talk(nl, h);
	if (r < 0 && r != -EEXIST)
		return tt_err_errno(
		    err, r, "giving '%s' the address %s/%u", link, addr, len);
	return 0;
}

#define FLUSH_MAX 64

struct found_addr {
	struct ifaddrmsg m;
	uint8_t bytes[16];
	uint16_t len;
};

struct found {
	unsigned index;
	struct found_addr v[FLUSH_MAX];
	size_t n;
};

static int
note_attr(const struct nlattr *a, void *ctx)
{
	uint16_t type = mnl_attr_get_type(a), len = mnl_attr_get_payload_len(a);
	struct found_addr *x = ctx;

	/* where both are there the local one is the link's own */
	if (len > sizeof(x->bytes) ||
	    (type != IFA_LOCAL && (type != IFA_ADDRESS || x->len)))
		return MNL_CB_OK;
	memcpy(x->bytes, mnl_attr_get_payload(a), len);
	x->len = len;
	return MNL_CB_OK;
}

static int
note_addr(const struct nlmsghdr *h, void *ctx)
{
	const struct ifaddrmsg *m = mnl_nlmsg_get_payload(h);
	struct found *f = ctx;
	struct found_addr *x;

	if (m->ifa_index != f->index || f->n == FLUSH_MAX)
		return MNL_CB_OK;
	x = &f->v[f->n];
	*x = (struct found_addr){ .m = *m };
	(void)mnl_attr_parse(h, sizeof(*m), note_attr, x);
	if (x->len)
		f->n++;
	return MNL_CB_OK;
}

static int
list_addrs(struct mach_nl *nl, struct found *f)
{
	struct nlmsghdr *h = request(nl, RTM_GETADDR, NLM_F_DUMP);
	struct rtgenmsg *g = mnl_nlmsg_put_extra_header(h, sizeof(*g));
	char answer[32768];
	int r = MNL_CB_OK;

	h->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	g->rtgen_family = AF_UNSPEC;
	if (mnl_socket_sendto(nl->s, h, h->nlmsg_len) < 0)
		return -errno;
	while (r > MNL_CB_STOP) {
		ssize_t n = mnl_socket_recvfrom(nl->s, answer, sizeof(answer));

		if (n < 0)
			return -errno;
		r = mnl_cb_run(answer, (size_t)n, nl->seq, mnl_socket_get_portid(nl->s),
		    note_addr, f);
	}
	return r < 0 ? -errno : 0;
}

int
mach_addr_flush(struct mach_nl *nl, const char *link, struct tt_err **err)
{
	struct found f = { .index = mach_link_index(link) };
	int r = list_addrs(nl, &f);

	for (size_t i = 0; r == 0 && i < f.n; i++) {
		struct nlmsghdr *h = request(nl, RTM_DELADDR, 0);
		struct ifaddrmsg *m = mnl_nlmsg_put_extra_header(h, sizeof(*m));

		*m = f.v[i].m;
		mnl_attr_put(h, IFA_LOCAL, f.v[i].len, f.v[i].bytes);
		r = talk(nl, h);
		/* secondary addresses go with their first one */
		if (r == -EADDRNOTAVAIL)
			r = 0;
	}
	if (r < 0)
		return tt_err_errno(err, r, "taking the addresses of '%s' away", link);
	return 0;
}

int
mach_route_default(
    struct mach_nl *nl, const char *gateway, const char *link, struct tt_err **err)
{
	struct nlmsghdr *h = request(nl, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE);
	struct rtmsg *m = mnl_nlmsg_put_extra_header(h, sizeof(*m));
	uint8_t bytes[16];
	size_t n = parse_addr(gateway, &m->rtm_family, bytes);
	int r;

	if (n == 0)
		return tt_err_set(
		    err, -EINVAL, "InvalidArgument", "'%s' is no address", gateway);
	m->rtm_table = RT_TABLE_MAIN;
	m->rtm_protocol = RTPROT_STATIC;
	m->rtm_scope = RT_SCOPE_UNIVERSE;
	m->rtm_type = RTN_UNICAST;
	mnl_attr_put(h, RTA_GATEWAY, n, bytes);
	mnl_attr_put_u32(h, RTA_OIF, mach_link_index(link));
	r = talk(nl, h);
	if (r < 0)
		return tt_err_errno(
		    err, r, "setting the default route to %s by '%s'", gateway, link);
	return 0;
}
