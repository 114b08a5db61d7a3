// SPDX-License-Identifier: MPL-2.0
/* What the packet filter's text is made of. Private to nft*.c; start with nft.h. */
#pragma once

#include "platform/lib/model/fwmatch.h"
#include "platform/machine/nft.h"

struct nft_list {
	char **v; /* owned */
	size_t n, space;
};

void nft_list_take(struct nft_list *list, char *s);
void nft_list_addf(struct nft_list *list, const char *fmt, ...) TT_PRINTF(2, 3);
/* Sorted, each once. */
void nft_list_sort(struct nft_list *list);
void nft_list_release(struct nft_list *list);

enum nft_kind { NFT_SET, NFT_MAP, NFT_CHAIN };

struct nft_object {
	enum nft_kind kind;
	char *name;
	char *type; /* what stands in its braces; "" for a chain without hook */
	/* rules in their order, or elements (of a map "key : value"), sorted */
	struct nft_list items;
};

/* An instance whose firewall is on, with its own addresses. */
struct nft_guarded {
	char *uuid;
	struct nft_list ips;
};

struct mach_nft {
	struct nft_object *objects; /* by kind and name */
	size_t n, space;
	struct nft_guarded *guarded;
	size_t n_guarded;
};

/* NULL when there is none. The objects must be in order. */
const struct nft_object *nft_find(
    const struct mach_nft *nft, enum nft_kind kind, const char *name);

/* A new object; the pointer holds until the next call. Takes name. */
struct nft_object *nft_add(
    struct mach_nft *nft, enum nft_kind kind, char *name, const char *type);

/* Address ranges of both families; family 4 uses the first four bytes. */
struct nft_range {
	uint8_t family;
	uint8_t first[16], last[16];
};

struct nft_ranges {
	struct nft_range *v;
	size_t n, space;
};

void nft_ranges_add(
    struct nft_ranges *r, unsigned family, const uint8_t *addr, unsigned prefix);
/* "10.0.0.1", "10.0.0.0/8", either family; -EINVAL when it is neither. */
int nft_ranges_text(struct nft_ranges *r, const char *text);
void nft_ranges_append(struct nft_ranges *r, const struct nft_ranges *more);
/* Sorted and without overlap, as a set wants its elements. */
void nft_ranges_merge(struct nft_ranges *r);
/* The (merged) ranges of a family as elements. */
void nft_ranges_list(const struct nft_ranges *r, unsigned family, struct nft_list *list);
void nft_ranges_release(struct nft_ranges *r);

/* An instance here, or a VM elsewhere (record NULL). */
struct nft_vm {
	struct tt_fw_vm fw;
	const json_t *record;
	unsigned slot;
	struct nft_ranges ips; /* without prefix lengths */
};

struct nft_rule {
	struct tt_fw_entry entry;
	struct tt_fw_rule *rule; /* owned */
	bool log;
	char *comment;                /* uuid and version */
	bool set_made[TT_FW_END_MAX]; /* sets of that side exist */
};

struct nft_builder {
	const struct mach_nft_world *world;
	struct mach_nft *nft;
	struct nft_vm *vms;
	size_t n_vms;
	struct nft_rule *rules;
	size_t n_rules;
};

/* Read the stored rules that are enabled. */
void nft_rules_load(struct nft_builder *b, json_t *skipped);
void nft_rules_release(struct nft_builder *b);
/* Chains o_ and i_ of an instance, and the sets that they look into. */
void nft_rules_chains(struct nft_builder *b, const struct nft_vm *vm);
/* Chain n_ of a NIC; ifname and zone as given. */
int nft_nic_chain(struct nft_builder *b, const struct nft_vm *vm, const json_t *nic,
    unsigned i, struct tt_err **err);
