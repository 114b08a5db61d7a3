// SPDX-License-Identifier: MPL-2.0
/*
 * What commands that change a whole machine do with their operator: ask, and restart.
 */
#pragma once

#include <stdbool.h>

#include "tools/operator/platform/oper.h"

/* A question on standard output, answered on standard input: y or yes is true, the end false. */
bool ask_yes(const char *question);
/* The command needs the machine itself or a root folder of a test: -EPERM when it is not root. */
int ask_root(const struct oper *o, struct tt_err **err);
/* Restart, or switch off. Not in a root folder: there it only succeeds. */
int ask_restart(const struct oper *o, bool off, struct tt_err **err);
