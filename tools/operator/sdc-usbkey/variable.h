// SPDX-License-Identifier: MPL-2.0
/*
 * Boot variables as an operator sets them: on every medium, with values that the boot menu
 * understands.
 */
#pragma once

#include "tools/operator/platform/oper.h"

/* An empty value takes the variable away. -EINVAL names the values that there are. */
int variable_set(
    const struct oper *o, const char *name, const char *value, struct tt_err **err);
/* Caller releases. */
int variable_load(const struct oper *o, struct tt_grubenv *ret, struct tt_err **err);
