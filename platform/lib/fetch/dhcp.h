// SPDX-License-Identifier: MPL-2.0
/*
 * An address by DHCP on one NIC for the time of a fetch, before the machine has a network of
 * its own; everything is undone after.
 */
#pragma once

#include <stdbool.h>

#include "platform/lib/base/err.h"
#include "platform/lib/fetch/dhcpmsg.h"

struct tt_dhcp {
	char link[16]; /* "" = nothing was set up */
	/*
	 * Set by the caller: the machine has networks of its own, whose default route and
	 * resolver stay; the lease's route serves what is bound to the link.
	 */
	bool beside;
	struct dhcpmsg lease;
};

/* Whether the machine has a default route already: then nothing needs to be asked. */
bool tt_dhcp_routed(void);
/*
 * Ask on this link (four times in 15 s) and configure address, default route and resolver.
 * mac  of the link, "aa:bb:cc:dd:ee:ff"
 * -ETIME when nobody answers, -EACCES when every server refuses.
 */
int tt_dhcp_up(
    const char *link, const char *mac, struct tt_dhcp *ret, struct tt_err **err);
/* Address, route and resolver away again; nothing when nothing was set up. */
void tt_dhcp_down(struct tt_dhcp *dhcp);
