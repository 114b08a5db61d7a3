// SPDX-License-Identifier: MPL-2.0
/*
 * Flows that the kernel tracks, by netlink (linux/netfilter/nfnetlink_conntrack.h; RFC 3549).
 */
#pragma once

#include <jansson.h>
#include <stddef.h>

#include "platform/lib/base/err.h"

/*
 * Forget every flow from or to one of these addresses, in all zones: its next frame is judged
 * as the first of a new one.
 * ips    array of addresses of either family, as of mach_nft_tightened()
 * ret_n  how many; may be NULL
 * Needs CAP_NET_ADMIN. 0, -EINVAL for what is no address, or the errno of netlink.
 */
int mach_ct_forget(const json_t *ips, size_t *ret_n, struct tt_err **err);
