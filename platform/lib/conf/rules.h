// SPDX-License-Identifier: MPL-2.0
/*
 * Rules for one value by itself, one for each kind of value. Used by the rows of the key
 * table; what values mean together is judged elsewhere.
 */
#pragma once

#include "platform/lib/conf/keys.h"

struct tt_key;

/* Fill in a refusal or (W_ code) a warning; the first one stays. */
void tt_refuse(struct tt_judgement *j, const char *code, const char *fmt, ...)
    TT_PRINTF(3, 4);

void tt_rule_text(const struct tt_key *k, const char *text, struct tt_judgement *j);
void tt_rule_label(const struct tt_key *k, const char *text, struct tt_judgement *j);
void tt_rule_datacenter(const struct tt_key *k, const char *text, struct tt_judgement *j);
void tt_rule_name(const struct tt_key *k, const char *text, struct tt_judgement *j);
void tt_rule_mail(const struct tt_key *k, const char *text, struct tt_judgement *j);
void tt_rule_hosts(const struct tt_key *k, const char *text, struct tt_judgement *j);

void tt_rule_ip4(const struct tt_key *k, const char *text, struct tt_judgement *j);
void tt_rule_ip(const struct tt_key *k, const char *text, struct tt_judgement *j);
void tt_rule_ip6(const struct tt_key *k, const char *text, struct tt_judgement *j);
void tt_rule_gateway6(const struct tt_key *k, const char *text, struct tt_judgement *j);
void tt_rule_mask(const struct tt_key *k, const char *text, struct tt_judgement *j);
void tt_rule_nic(const struct tt_key *k, const char *text, struct tt_judgement *j);
void tt_rule_vlan(const struct tt_key *k, const char *text, struct tt_judgement *j);

void tt_rule_bool(const struct tt_key *k, const char *text, struct tt_judgement *j);
void tt_rule_enum(const struct tt_key *k, const char *text, struct tt_judgement *j);
void tt_rule_console(const struct tt_key *k, const char *text, struct tt_judgement *j);
void tt_rule_path(const struct tt_key *k, const char *text, struct tt_judgement *j);
void tt_rule_root_password(
    const struct tt_key *k, const char *text, struct tt_judgement *j);
void tt_rule_admin_password(
    const struct tt_key *k, const char *text, struct tt_judgement *j);
void tt_rule_hash(const struct tt_key *k, const char *text, struct tt_judgement *j);
void tt_rule_ssh_keys(const struct tt_key *k, const char *text, struct tt_judgement *j);
void tt_rule_any(const struct tt_key *k, const char *text, struct tt_judgement *j);
