// SPDX-License-Identifier: MPL-2.0
/*
 * Shared by the two halves of the config check.
 */
#pragma once

#include "platform/lib/base/net.h"
#include "platform/lib/conf/confkeys.h"
#include "platform/lib/conf/finding.h"
#include "platform/lib/conf/loader.h"

struct ts_config_check {
	const struct tt_config *config;
	struct tt_findings *found;
	bool external;
	const char *start; /* S as text when the slots are as generated */
	char start_text[TT_IP4_LEN];
};

/* A finding about a key, with the key's value and place in the file. */
struct tt_finding *ts_config_add(struct ts_config_check *c, const char *code,
    const char *key, const char *fmt, ...) TT_PRINTF(4, 5);

/* Facts that stand in the file more than once must be the same (E_CFG_MISMATCH). */
void ts_config_same(struct ts_config_check *c);
