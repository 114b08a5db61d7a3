// SPDX-License-Identifier: MPL-2.0
/*
 * What the parser of firewall rules is made of. Private: fwparse.c knows the grammar,
 * fwvalue.c what addresses, numbers and whole rules may be.
 */
#pragma once

#include "platform/lib/model/fwlex.h"
#include "platform/lib/model/fwrule.h"

struct tt_fw_parser {
	struct tt_fw_lexer lexer;
	struct tt_fw_token token; /* the next one */
	size_t end;               /* of the one before, in bytes */
	unsigned version;
	bool strict_mask;
	bool many_targets, many_ports; /* more than fit */
	struct tt_fw_rule *rule;
	size_t texts_used;
	struct tt_err **err;
};

/* Each: 0 or -EINVAL with the message set. Targets and ports are put in their place. */
int tt_fw_add_address(
    struct tt_fw_parser *p, enum tt_fw_end end, struct tt_fw_token address);
int tt_fw_add_subnet(struct tt_fw_parser *p, enum tt_fw_end end,
    struct tt_fw_token address, struct tt_fw_token suffix);
/* value.kind is TT_FWT_NONE when there is none. */
int tt_fw_add_tag(struct tt_fw_parser *p, enum tt_fw_end end, struct tt_fw_token name,
    struct tt_fw_token value);
int tt_fw_add_vm(struct tt_fw_parser *p, enum tt_fw_end end, struct tt_fw_token uuid);
int tt_fw_add_port(struct tt_fw_parser *p, struct tt_fw_token number);
int tt_fw_add_range(
    struct tt_fw_parser *p, struct tt_fw_token first, struct tt_fw_token last);
/* A word behind PORTS: a number, or both ends of a range. */
int tt_fw_add_ports(struct tt_fw_parser *p, struct tt_fw_token word);
/* code.kind is TT_FWT_NONE when there is none. */
int tt_fw_add_type(
    struct tt_fw_parser *p, struct tt_fw_token type, struct tt_fw_token code);
int tt_fw_set_priority(struct tt_fw_parser *p, struct tt_fw_token level);
/* Refuse what came with a later version of the language. */
int tt_fw_need_version(struct tt_fw_parser *p, unsigned version, const char *feature);
/* What can be judged only when all is there. */
int tt_fw_check(struct tt_fw_parser *p);
