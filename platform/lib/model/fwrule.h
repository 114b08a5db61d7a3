// SPDX-License-Identifier: MPL-2.0
/*
 * The firewall rule language: FROM targets TO targets action protocol. One parser for node
 * and services, so that both judge a rule alike. Grammar and messages are those of
 * sdc-fwrule (src/fwrule.jison, lib/index.js), language version 4.
 *
 * Knows no VM and no JSON: fwmatch.h says whom a rule touches, fwobject.h what an API stores.
 * A parsed rule is one block of memory, never changed afterwards, free for any thread to read.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "platform/lib/base/buf.h"
#include "platform/lib/base/err.h"

#define TT_FW_TEXT_MAX     (32 * TT_KIB) /* bytes of rule text */
#define TT_FW_TARGETS_MAX  24            /* on each side, after removing duplicates */
#define TT_FW_PORTS_MAX    24            /* ports, ranges or types; 8 below version 4 */
#define TT_FW_PRIORITY_MAX 100

/*
 * Language versions: 2 brought PORTS; 3 IPv6, ICMP6 and TYPE ALL; 4 PRIORITY, AH, ESP and
 * 24 ports. 5 is ours: hex digits and keywords in any case.
 */
enum tt_fw_version {
	TT_FW_V1 = 1,
	TT_FW_V2,
	TT_FW_V3,
	TT_FW_V4,
	TT_FW_V5,
	TT_FW_VERSION = TT_FW_V4, /* what an API speaks unless told otherwise */
};

enum tt_fw_action { TT_FW_BLOCK, TT_FW_ALLOW };
enum tt_fw_proto {
	TT_FW_TCP,
	TT_FW_UDP,
	TT_FW_ICMP,
	TT_FW_ICMP6,
	TT_FW_AH,
	TT_FW_ESP,
	TT_FW_PROTO_MAX
};
enum tt_fw_end { TT_FW_FROM, TT_FW_TO, TT_FW_END_MAX };
enum tt_fw_wildcard { TT_FW_NO_WILDCARD, TT_FW_ANY, TT_FW_ALL_VMS };
/* In the order of the canonical text. */
enum tt_fw_kind { TT_FW_IP, TT_FW_SUBNET, TT_FW_TAG, TT_FW_VM };

struct tt_fw_target {
	enum tt_fw_kind kind;
	uint8_t family;   /* of ip and subnet: 4 or 6 */
	uint8_t prefix;   /* of ip and subnet: 32 or 128 for an ip */
	uint8_t addr[16]; /* of ip and subnet: network order, 4 or 16 bytes */
	/* address as written, tag name, UUID; UTF-8, NUL-terminated, length beside it */
	const char *text;
	const char *value; /* of tag=value, else NULL */
	uint32_t text_len, value_len;
};

struct tt_fw_side {
	enum tt_fw_wildcard wildcard; /* with it there are no targets */
	unsigned n;
	struct tt_fw_target targets[TT_FW_TARGETS_MAX]; /* sorted, without duplicates */
};

/* A port or range of ports (first <= last), or an ICMP type with its code. */
struct tt_fw_port {
	uint16_t first; /* or type */
	uint16_t last;
	int16_t code; /* -1: every code */
	bool range;   /* written as a range, though its ends may be equal */
};

struct tt_fw_rule {
	enum tt_fw_action action;
	enum tt_fw_proto proto;
	unsigned priority; /* 0 the lowest */
	bool all_ports;    /* PORT ALL, TYPE ALL, and always for ah and esp */
	bool ranges;       /* some port is a range */
	unsigned n_ports;
	struct tt_fw_port ports[TT_FW_PORTS_MAX]; /* sorted */
	struct tt_fw_side sides[TT_FW_END_MAX];
	char texts[]; /* what the targets point into */
};

struct tt_fw_opts {
	unsigned version; /* enum tt_fw_version; 0 means TT_FW_VERSION */
	bool strict_mask; /* refuse subnets with bits set to the right of the mask */
};

/*
 * text      need not end with NUL; longer than TT_FW_TEXT_MAX is refused
 * opts      may be NULL
 * ret       caller frees with tt_fw_rule_free(); untouched on failure
 * Returns 0 or -EINVAL (InvalidParameter), with a message of the form
 * "Error at character N: 'text', expected: 'A', 'B', found: token" for what breaks the
 * grammar and a sentence for what breaks a rule of values. N counts characters from 0.
 */
int tt_fw_rule_parse(const char *text, size_t len, const struct tt_fw_opts *opts,
    struct tt_fw_rule **ret, struct tt_err **err);
void tt_fw_rule_free(struct tt_fw_rule *rule);
TT_AUTO_DEFINE(fw_rule, struct tt_fw_rule *, tt_fw_rule_free)

/* The canonical text is added to out; parsing it gives an equal rule. 0 or -EMSGSIZE. */
int tt_fw_rule_text(const struct tt_fw_rule *rule, struct tt_buf *out);

/* "tcp", "udp", "icmp", "icmp6", "ah", "esp". */
const char *tt_fw_proto_name(enum tt_fw_proto proto);
/* "block", "allow". */
const char *tt_fw_action_name(enum tt_fw_action action);
