// SPDX-License-Identifier: MPL-2.0
/*
 * Lists of "keep GLOB" and "drop GLOB" lines: what of a package goes into an image. "*"
 * matches "/" too; the last line that matches a path decides; a path that no line matches
 * is kept.
 */
#pragma once

#include <stdbool.h>

#include "platform/lib/base/err.h"

struct rules;

int rules_load(const char *path, struct rules **ret, struct tt_err **err);
void rules_free(struct rules *r);
TT_AUTO_DEFINE(rules, struct rules *, rules_free)

bool rules_keep(const struct rules *r, const char *path);
