// SPDX-License-Identifier: MPL-2.0
/*
 * Whom a firewall rule touches, in which direction, in which order rules are tried, and what
 * a server must know of VMs elsewhere. Semantics: sdc-fwrule docs/rules.md, fwadm
 * src/fw/lib/fw.js (compareRules).
 *
 * Every VM with its firewall on blocks what comes in and lets out what goes out; rules make
 * exceptions. A rule works outward for the VMs on its FROM side (the other end is its TO
 * side) and inward for those on its TO side. Only VMs of the rule's owner count, unless the
 * rule is global.
 */
#pragma once

#include <jansson.h>

#include "platform/lib/model/fwrule.h"

/* Directions, as a set. */
enum tt_fw_dir { TT_FW_OUT = 1, TT_FW_IN = 2 };

/* What is known of a VM, here or elsewhere; all borrowed. */
struct tt_fw_vm {
	const char *uuid;
	const char *owner;  /* UUID */
	const json_t *tags; /* flat object of strings, numbers, booleans; or NULL */
	const json_t *ips;  /* array of addresses without prefix length; or NULL */
	bool firewall;      /* firewall_enabled */
};

/*
 * Does the side name this VM: by its UUID, a tag, all vms? Neither addresses nor `any` name
 * a VM, and whether its firewall is on does not matter.
 * owner  of the rule, NULL for a global one
 */
bool tt_fw_side_names(
    const struct tt_fw_side *side, const char *owner, const struct tt_fw_vm *vm);

/* Set of enum tt_fw_dir in which the rule works for the VM; 0 when its firewall is off. */
unsigned tt_fw_touches(
    const struct tt_fw_rule *rule, const char *owner, const struct tt_fw_vm *vm);

/*
 * Does the rule only say what holds without it (allow out, block in)? Such a rule makes
 * nothing, unless it has a priority and so may stand before others.
 */
bool tt_fw_restates(const struct tt_fw_rule *rule, enum tt_fw_dir dir);

/*
 * Order in which the rules of one direction are tried: by protocol; the higher priority
 * first; then outward blocks before allows, inward allows before blocks; then ports, then the
 * other end. The first that matches decides. As for qsort; 0 for rules that are alike.
 */
int tt_fw_compare(
    const struct tt_fw_rule *a, const struct tt_fw_rule *b, enum tt_fw_dir dir);

/* A rule with what surrounds it; all borrowed. */
struct tt_fw_entry {
	const char *uuid;
	const char *owner; /* NULL for a global one */
	const struct tt_fw_rule *rule;
	const json_t *object; /* as stored, for answers */
};

/*
 * What must a server fetch about VMs elsewhere to enforce these rules for some VMs of an
 * owner? (FWAPI: POST /resolve)
 * query  {owner_uuid, vms: [uuid], tags: {key: true | value | [value]}, allVMs, ips}; an
 *        address names no VM, so ips changes nothing
 * ret    {rules: [object], tags: {key: true | [value]}, vms: [uuid], allVMs, owner_uuid},
 *        each list sorted; new reference
 * 0, or -EINVAL (InvalidParameter) for a query of another shape.
 */
int tt_fw_resolve(const struct tt_fw_entry *entries, size_t n, const json_t *query,
    json_t **ret, struct tt_err **err);
