// SPDX-License-Identifier: MPL-2.0
/*
 * Changing one password in the text of /etc/shadow (shadow(5)): lines of nine fields split by ':'.
 */
#pragma once

#include "platform/lib/base/buf.h"
#include "platform/lib/base/err.h"

/* -EINVAL when hash holds what would break the line. A hash of crypt(3), or "*", "!". */
int shadow_check(const char *hash, struct tt_err **err);
/*
 * text with user's password field replaced by hash, added to out; a line is added when the
 * user has none. Other lines stay byte for byte.
 */
int shadow_set(const char *text, size_t len, const char *user, const char *hash,
    struct tt_buf *out, struct tt_err **err);
/* user's field into out (at most size - 1 bytes): 0, -ENOENT. */
int shadow_get(const char *text, size_t len, const char *user, char *out, size_t size);
