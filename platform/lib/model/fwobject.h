// SPDX-License-Identifier: MPL-2.0
/*
 * The firewall rule as APIs and files hold it: {uuid, rule, enabled, version, owner_uuid or
 * global, description, created_by, log}. Source of the shape: sdc-fwrule lib/rule.js,
 * sdc-fwapi docs/index.md.
 */
#pragma once

#include <jansson.h>
#include <stdint.h>

#include "platform/lib/model/fwrule.h"

#define TT_FW_VERSION_LEN 32 /* of a rule object's version, with NUL */

struct tt_fw_object_opts {
	struct tt_fw_opts language;
	bool need_owner;     /* exactly one of owner_uuid and global:true must be there */
	const char *uuid;    /* for a rule that brings none */
	const char *version; /* for a rule that brings none, and for every update */
};

/*
 * Judge a rule that someone sends and make the object to store: rule as canonical text,
 * enabled and log as booleans (default false), unknown members left out.
 * old      the stored object when this is an update: members that payload lacks stay
 * ret      new reference; untouched on failure
 * ret_rule may be NULL; caller frees
 * errors   array to which {field, code, message} is added for every finding
 * Returns 0 or -EINVAL; the message of *err joins those of the findings, its code is
 * MissingParameter when the rule itself is missing, else InvalidParameter.
 */
int tt_fw_object(const json_t *payload, const json_t *old,
    const struct tt_fw_object_opts *opts, json_t **ret, struct tt_fw_rule **ret_rule,
    json_t *errors, struct tt_err **err);

/*
 * What an API shows under "parsed": {action, protocol, ports: [n | "all" | {start, end}] or
 * types: ["8", "8:0", "all"], tags: ["key" | ["key", "value"]]}. New reference.
 */
json_t *tt_fw_parsed(const struct tt_fw_rule *rule);

/* "1700000000000.000123": time of the change and the process that made it. Returns out. */
char *tt_fw_version(uint64_t time_ms, uint32_t pid, char out[static TT_FW_VERSION_LEN]);
