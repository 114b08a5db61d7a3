// SPDX-License-Identifier: MPL-2.0
/*
 * What can be asked of vmadmd: one row a request. Each runs in its connection's thread.
 */
#pragma once

#include <jansson.h>

#include "platform/lib/base/err.h"

struct tt_log;

/* For the log of what was changed. */
void ops_log(struct tt_log *log);
/* Answer one request {"op": ..., ...}: *ret is a new reference or NULL. */
int ops_do(const json_t *request, json_t **ret, struct tt_err **err);
/* Watch what runs already, start what shall run. In threads of its own; returns at once. */
void ops_boot(void);
