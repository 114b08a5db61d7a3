// SPDX-License-Identifier: MPL-2.0
/*
 * Query strings and form bodies (application/x-www-form-urlencoded, WHATWG URL 5.1) and
 * percent-encoded path parts. Bytes from outside: bounded, no allocation larger than the
 * input asks for.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#define TT_QUERY_MAX_PAIRS 256

/*
 * Decode %XX (and '+' as a blank when plus is set); caller frees. NULL when the text has a
 * broken escape, a NUL, or is not UTF-8 once decoded.
 */
char *tt_percent_decode(const char *s, size_t len, bool plus);

/*
 * Add each name=value pair to obj as a string; a name that comes again makes an array.
 * 0, or -EINVAL with *ret_why pointing to a constant phrase.
 */
int tt_query_parse(const char *s, size_t len, json_t *obj, const char **ret_why);
