// SPDX-License-Identifier: MPL-2.0
/*
 * An address by DHCP on the boot NIC for the time of one fetch; everything is undone after.
 */
#pragma once

#include "installer/setup/fetch.h"
#include "installer/setup/fetch_dhcpmsg.h"

struct fetch_dhcp {
	char link[16]; /* "" = nothing was set up */
	struct dhcpmsg lease;
};

/*
 * Ask (four times in 15 s) and configure address, default route and resolver.
 * Does nothing when the machine has an address with a default route already.
 */
int fetch_dhcp_up(
    const struct fetch_opts *opts, struct fetch_dhcp *ret, struct tt_err **err);
void fetch_dhcp_down(struct fetch_dhcp *dhcp);
