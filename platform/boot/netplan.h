// SPDX-License-Identifier: MPL-2.0
/*
 * The networks of this node as the configuration describes them: one row for each NIC tag
 * (keys TAG_nic, TAG_ip, TAG_netmask, TAG_vlan_id, TAG_mac, TAG_mtu, TAG_ip6, TAG_gateway6), one
 * bridge for each physical NIC. Pure: makes nothing.
 */
#pragma once

#include "platform/lib/base/net.h"
#include "platform/lib/conf/loader.h"

#define NET_TAG_LEN  32
#define NET_TAGS_MAX 32
#define NET_NAME_LEN 16 /* interface name with NUL */

struct net_tag {
	char tag[NET_TAG_LEN];
	char uuid[37];        /* of tag and MAC, the same at every boot */
	char nic[TT_MAC_LEN]; /* of the physical NIC */
	char bridge[NET_NAME_LEN];
	char link
	    [NET_NAME_LEN]; /* where the host's address is: the bridge, or TAG0; "" = no address */
	char
	    port[NET_NAME_LEN]; /* the bridge's end of TAG0, "" when link is the bridge */
	char mac[TT_MAC_LEN];   /* of link, "" = as it comes */
	unsigned vlan;          /* 0 = untagged */
	unsigned mtu;           /* 0 = as it comes */
	char ip[TT_IP4_LEN];    /* "" = none */
	int len;
	char ip6[46]; /* "" = none */
	unsigned len6;
	bool addrconf; /* IPv6 by router advertisement */
	char gateway6[46];
};

struct net_plan {
	struct net_tag v[NET_TAGS_MAX];
	size_t n;
	char gateway[TT_IP4_LEN]; /* default route, "" = none */
	char **resolvers;         /* in order, at most three are of use (tt_strv) */
	char *search;             /* domain, NULL = none */
};

/*
 * binder: whether the data center's own name service is there to be asked first.
 * -EINVAL (InvalidNetwork) names key and value.
 */
int net_plan_make(
    const struct tt_config *c, bool binder, struct net_plan *ret, struct tt_err **err);
void net_plan_release(struct net_plan *p);
static inline void
tt_auto_netplan(struct net_plan *p)
{
	net_plan_release(p);
}
