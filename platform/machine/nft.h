// SPDX-License-Identifier: MPL-2.0
/*
 * The node's packet filter as nftables text: anti-spoofing and the firewall of every
 * instance, in one table `bridge tfw`. Enforced at the instance's port on the host's side,
 * where the guest neither sees nor changes it.
 *
 *   maps    nics: interface -> jump n_<uuid>_<i>      anti-spoof, from hook_pre
 *           vm_out, vm_in: interface -> jump o_<uuid>, i_<uuid>; no entry: firewall off
 *           zones, zones_plain: uplink [. VLAN] -> conntrack zone
 *   chains  hook_pre (prerouting -300: below the bridge's conntrack at -200), hook_fwd,
 *           hook_in, hook_out, and those named above
 *   sets    r<rule>_{s,d}{4,6}: addresses of the rule's FROM and TO side
 *
 * Pure: records in, text out. A struct mach_nft is the table that should be; what to load
 * is the difference to the one loaded before, so that one code serves every change, and boot.
 * Names and hooks: every name has a prefix, because nft's keywords are no names; text matches
 * on `meta protocol`, because frames in the forward hook carry their VLAN tag and nft's own
 * choice for icmp and arp, the Ethernet type, then reads 802.1Q.
 */
#pragma once

#include <jansson.h>
#include <stdint.h>

#include "platform/lib/base/buf.h"
#include "platform/lib/base/err.h"

#define MACH_NFT_LOG_GROUP 3 /* nflog group of rules that log */
#define MACH_NFT_TEXT_MAX  (256 * TT_MIB)

struct mach_nft_world {
	/*
	 * Array of instances as stored in vm.json, with their "tags": uuid, owner_uuid, slot,
	 * firewall_enabled, nics (interface "net<i>", mac, ip or ips, allowed_ips, nic_tag,
	 * vlan_id, allow_*_spoofing, allow_restricted_traffic).
	 */
	const json_t *vms;
	const json_t *rules; /* array of rule objects; those not enabled are left out */
	/* array of VMs of other servers: uuid, owner_uuid, tags, ips or nics; may be NULL */
	const json_t *rvms;
	const json_t *nictags; /* {tag: {mac, uplink, bridge}}; may be NULL */
};

struct mach_nft;

/*
 * The table for these records.
 * skipped  array that gets {uuid, message} for each stored rule that cannot be read: one bad
 *          rule must not leave a node without a filter. May be NULL.
 * ret      caller frees; does not refer to the records afterwards
 * 0, or -EINVAL (InvalidParameter) for an instance without UUID, slot, MAC, or the like.
 */
int mach_nft_new(const struct mach_nft_world *world, json_t *skipped,
    struct mach_nft **ret, struct tt_err **err);
void mach_nft_free(struct mach_nft *nft);
TT_AUTO_DEFINE(nft, struct mach_nft *, mach_nft_free)

/* One transaction that replaces whatever table is there. 0 or -EMSGSIZE. */
int mach_nft_whole(const struct mach_nft *nft, struct tt_buf *out);
/* One transaction from the first table to the second; empty when they are alike. */
int mach_nft_delta(
    const struct mach_nft *before, const struct mach_nft *after, struct tt_buf *out);

/*
 * Addresses (array of text, sorted) of the instances for which the later table refuses what
 * the earlier let pass: their flows must be judged anew, see mach_ct_forget() in
 * conntrack.h. In doubt an instance is among them. New reference.
 */
json_t *mach_nft_tightened(const struct mach_nft *before, const struct mach_nft *after);

/*
 * Conntrack zone of a VLAN: addresses of tenants may overlap between VLANs, flows must not.
 * bridge  "br<n>" or NULL; vlan_id as in the record. 0 (the host's own) for br0 untagged.
 */
uint16_t mach_nft_zone(const char *bridge, unsigned vlan_id);
/* "t<slot>n<i>", the host's end of a NIC; out has 16 bytes. */
char *mach_nft_ifname(unsigned slot, unsigned i, char out[static 16]);

/*
 * Hand text to the kernel, as one transaction: all of it or nothing. Needs CAP_NET_ADMIN.
 * -EIO (NftError) with the first line of the kernel's complaint.
 */
int mach_nft_apply(const char *text, struct tt_err **err);
