// SPDX-License-Identifier: MPL-2.0
/*
 * Base64, the standard alphabet with padding and no line breaks (RFC 4648 section 4).
 */
#pragma once

#include <stddef.h>
#include <sys/types.h>

/* Bytes of text that n bytes become, without a terminator. */
#define TT_BASE64_LEN(n) (((n) + 2) / 3 * 4)

/* No more bytes than this come out of n characters. */
#define TT_BASE64_MAX(n) ((n) / 4 * 3)

/* out has TT_BASE64_LEN(len) + 1 bytes; ends with NUL. */
void tt_base64_encode(const void *data, size_t len, char *out);
/*
 * out has at least TT_BASE64_MAX(text_len) bytes and may be text itself.
 * Number of bytes, or -EINVAL: a length that is no multiple of four, a character outside of
 * the alphabet, padding elsewhere than at the end, bits behind the last byte.
 */
ssize_t tt_base64_decode(const char *text, size_t text_len, void *out);
