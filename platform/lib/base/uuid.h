// SPDX-License-Identifier: MPL-2.0
/*
 * UUIDs as lower-case text of 36 characters (RFC 9562 section 4).
 */
#pragma once

#include <stdbool.h>

#define TT_UUID_LEN 37 /* with NUL */

/* Version 4; out has TT_UUID_LEN bytes; returns out. */
char *tt_uuid_new(char *out);
bool tt_uuid_valid(const char *s);
