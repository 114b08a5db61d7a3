// SPDX-License-Identifier: MPL-2.0
/*
 * Network links, bridge VLANs, addresses and routes by netlink (RFC 3549, linux/rtnetlink.h).
 * Every call makes sure of a state: it succeeds when the thing is already so. One struct
 * mach_nl belongs to one thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "platform/lib/base/err.h"

struct mach_nl;

int mach_nl_open(struct mach_nl **ret, struct tt_err **err);
void mach_nl_free(struct mach_nl *nl);
TT_AUTO_DEFINE(nl, struct mach_nl *, mach_nl_free)

/* Interface index, 0 when there is none. */
unsigned mach_link_index(const char *name);

/* A bridge that filters VLANs and gives new ports none (default PVID 0), with this MAC. */
int mach_link_bridge(
    struct mach_nl *nl, const char *name, const char *mac, struct tt_err **err);
/* A pair; mac is that of name, the peer keeps a random one. mac may be NULL. */
int mach_link_veth(struct mach_nl *nl, const char *name, const char *peer,
    const char *mac, struct tt_err **err);

/*
 * A pair whose other end is born in the network namespace of process pid, under its own name
 * and MAC. A link called name is left over of somebody who is gone, and replaced.
 * mtu of both ends, 0 = the default
 */
int mach_link_veth_into(struct mach_nl *nl, const char *name, pid_t pid, const char *peer,
    const char *mac, unsigned mtu, struct tt_err **err);

struct mach_link_set {
	bool up;
	const char *master; /* bridge to be a port of, NULL = leave */
	unsigned mtu;       /* 0 = leave */
};

int mach_link_set(struct mach_nl *nl, const char *name, const struct mach_link_set *set,
    struct tt_err **err);
int mach_link_del(struct mach_nl *nl, const char *name, struct tt_err **err);

/*
 * VLAN of a bridge port, or of the bridge itself (self).
 * pvid  also the VLAN of frames that come in untagged, which leave untagged again
 */
int mach_link_vlan(struct mach_nl *nl, const char *port, uint16_t vid, bool pvid,
    bool self, struct tt_err **err);

/* addr as text of either family with its prefix length. */
int mach_addr_add(struct mach_nl *nl, const char *link, const char *addr, unsigned len,
    struct tt_err **err);
/* Take away every address that a link has. */
int mach_addr_flush(struct mach_nl *nl, const char *link, struct tt_err **err);
/* Default route of the gateway's family, replacing another one. */
int mach_route_default(
    struct mach_nl *nl, const char *gateway, const char *link, struct tt_err **err);
