// SPDX-License-Identifier: MPL-2.0
/*
 * One value of a config line, in any of the quoting forms that bash would read as a plain
 * word. What bash would expand, or run, is an error here.
 */
#pragma once

#include <stddef.h>

struct tt_lex_error {
	const char *code; /* E_CFG_SYNTAX, E_CFG_EXPANSION, E_CONTROL, E_UTF8 */
	size_t at;        /* offset of the byte that is wrong */
	const char *why;  /* constant sentence */
};

/*
 * Decode line[0..len), what stands behind the `=` up to the end of the line, into out,
 * which has len bytes: the result is never longer. Returns 0 with *ret_len, or -EINVAL
 * with *ret_error.
 */
int tt_lex_value(const char *line, size_t len, char *out, size_t *ret_len,
    struct tt_lex_error *ret_error);
