// SPDX-License-Identifier: MPL-2.0
/*
 * What values mean together: addresses and masks, service slots, ranges, gateways, shared
 * NICs, domains. One set of checks for typed values, answers and edited configs.
 */
#pragma once

#include "installer/setup/nics.h"
#include "platform/lib/conf/finding.h"
#include "platform/lib/conf/keys.h"

/*
 * Judge what is known; a value that is NULL is not judged, nor what depends on it. Each
 * finding names the key at fault (id) and all keys that were looked at (involved).
 * nics  NULL = presence is not checked
 */
void ts_cross_check(
    const struct tt_values *v, const struct ts_nics *nics, struct tt_findings *found);
