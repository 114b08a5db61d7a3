// SPDX-License-Identifier: MPL-2.0
/*
 * Numbers in text. The whole text must be the number: no blanks, sign only for i64,
 * decimal only. On failure the output is untouched.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* 0; -EINVAL not a number; -ERANGE outside min..max. */
int tt_parse_u32(const char *s, uint32_t min, uint32_t max, uint32_t *ret);
int tt_parse_u64(const char *s, uint64_t min, uint64_t max, uint64_t *ret);
int tt_parse_i64(const char *s, int64_t min, int64_t max, int64_t *ret);
/* 1 to 16 hex digits without "0x". */
int tt_parse_hex64(const char *s, uint64_t *ret);
/* true/false/yes/no/y/n in any case. 0 or -EINVAL. */
int tt_parse_bool(const char *s, bool *ret);
/* "512", "4k", "512m", "8g", "2t" (binary factors, either case, optional b or ib): bytes. */
int tt_parse_size(const char *s, uint64_t *ret_bytes);
