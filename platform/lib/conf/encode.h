// SPDX-License-Identifier: MPL-2.0
/*
 * Values written so that bash and our own loader read back the same bytes: bare when every
 * byte is in A-Za-z0-9_@%+=:,./- , else in single quotes with each ' as '\''; empty is ''.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/* Room for any encoding of len bytes, with NUL. */
#define TT_ENCODE_SPACE(len) (4 * (len) + 3)

/*
 * Encode into out. Returns the length.
 *   -EINVAL  a control character (with any == false): a config is read by lines
 *   -EILSEQ  not UTF-8
 *   -E2BIG   out is too small
 * any  take every byte but NUL (for text that goes to eval, not to a file)
 */
ssize_t tt_conf_encode(const char *value, bool any, char *out, size_t size);
/* [A-Za-z][A-Za-z0-9_]* */
bool tt_conf_key_valid(const char *key);
