// SPDX-License-Identifier: MPL-2.0
/*
 * Text: comparison, trimming, splitting, string vectors, UTF-8, nearest name.
 */
#pragma once

#include <stdbool.h>

#include "platform/lib/base/macro.h"

static inline void tt_auto_strv(char ***v);

bool tt_streq(const char *a, const char *b);     /* NULL equals NULL only */
bool tt_strcaseeq(const char *a, const char *b); /* ASCII case only */
/* s behind the prefix, or NULL. */
const char *tt_after_prefix(const char *s, const char *prefix);
bool tt_ends_with(const char *s, const char *suffix);
/* Cut blanks (space, tab, CR, LF) at both ends in place; returns the new start inside s. */
char *tt_trim(char *s);
/* Copy into a fixed array; -E2BIG when it does not fit (dst is then ""). */
int tt_strcpy(char *dst, size_t dst_size, const char *src);
/* snprintf that reports truncation: 0 or -E2BIG. */
int tt_strf(char *dst, size_t dst_size, const char *fmt, ...) TT_PRINTF(3, 4);

/*
 * NULL-terminated vectors of owned strings; a NULL vector is an empty one.
 */
size_t tt_strv_len(char *const *v);
void tt_strv_add(char ***v, const char *s);
void tt_strv_addf(char ***v, const char *fmt, ...) TT_PRINTF(2, 3);
bool tt_strv_has(char *const *v, const char *s);
void tt_strv_sort(char **v);
void tt_strv_free(char **v);
/* Split at every sep; parts are trimmed; empty parts are kept ("a,,b" gives three). */
char **tt_split(const char *s, char sep);
/* Joined with sep; caller frees. */
char *tt_strv_join(char *const *v, const char *sep);

/* -1 when all bytes are valid UTF-8, else the offset of the first bad byte. */
long tt_utf8_check(const char *s, size_t len);
/* -1, or the offset of the first control character (C0, DEL, and C1 as UTF-8). */
long tt_control_find(const char *s, size_t len);
/* Number of code points of valid UTF-8. */
size_t tt_utf8_len(const char *s);

/* Insertions, deletions, replacements, and swaps of neighbours between a and b. */
unsigned tt_edit_distance(const char *a, const char *b);
/* Of n names the one nearest to s within max_distance, or NULL. Borrowed. */
const char *tt_nearest(
    const char *s, const char *const *names, size_t n, unsigned max_distance);

/* Lower-case hex; out has 2 * len + 1 bytes. */
void tt_hex(const void *data, size_t len, char *out);
/* 0 or -EINVAL; text must be exactly 2 * len digits of either case. */
int tt_unhex(const char *text, void *out, size_t len);

static inline void
tt_auto_strv(char ***v)
{
	tt_strv_free(*v);
}
