// SPDX-License-Identifier: MPL-2.0
/*
 * Default functions of the key table: what Enter takes, computed from the other values.
 */
#pragma once

#include "platform/lib/conf/keys.h"

int tt_def_false(const struct tt_values *v, const struct tt_key *k, char **ret);
int tt_def_keep(const struct tt_values *v, const struct tt_key *k, char **ret);
int tt_def_true(const struct tt_values *v, const struct tt_key *k, char **ret);
int tt_def_none(const struct tt_values *v, const struct tt_key *k, char **ret);
int tt_def_empty(const struct tt_values *v, const struct tt_key *k, char **ret);
int tt_def_nic(const struct tt_values *v, const struct tt_key *k, char **ret);
int tt_def_mask(const struct tt_values *v, const struct tt_key *k, char **ret);
int tt_def_admin_start(const struct tt_values *v, const struct tt_key *k, char **ret);
int tt_def_dhcp_end(const struct tt_values *v, const struct tt_key *k, char **ret);
int tt_def_external_start(const struct tt_values *v, const struct tt_key *k, char **ret);
int tt_def_external_end(const struct tt_values *v, const struct tt_key *k, char **ret);
int tt_def_gateway(const struct tt_values *v, const struct tt_key *k, char **ret);
int tt_def_dns1(const struct tt_values *v, const struct tt_key *k, char **ret);
int tt_def_dns2(const struct tt_values *v, const struct tt_key *k, char **ret);
int tt_def_search(const struct tt_values *v, const struct tt_key *k, char **ret);
int tt_def_ntp(const struct tt_values *v, const struct tt_key *k, char **ret);
int tt_def_mail_to(const struct tt_values *v, const struct tt_key *k, char **ret);
int tt_def_mail_from(const struct tt_values *v, const struct tt_key *k, char **ret);
int tt_def_channel(const struct tt_values *v, const struct tt_key *k, char **ret);
