// SPDX-License-Identifier: MPL-2.0
/*
 * What an edit changed, line by line, with the values of secret keys masked: it goes to a
 * screen that others may see.
 */
#pragma once

#include <stddef.h>

#include "platform/lib/base/buf.h"

#define EDIT_DIFF_LINES 2000 /* of each text; larger ones are not compared */

/*
 * Add the lines that differ to out: "-" old, "+" new. Returns how many, or -E2BIG when a text
 * has too many lines.
 */
int edit_diff(const char *before, const char *after, struct tt_buf *out);
