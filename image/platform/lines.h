// SPDX-License-Identifier: MPL-2.0
/*
 * The plain lists of platform/rootfs: one item a line, words separated by blanks, '#'
 * starts a comment at the start of a line. This reads a whole file into rows of words.
 */
#pragma once

#include <stddef.h>

#include "platform/lib/base/err.h"

#define LINES_MAX_WORDS 8

struct line {
	unsigned number;
	size_t count;
	char *words[LINES_MAX_WORDS];
};

struct lines {
	char *path, *text;
	struct line *rows;
	size_t count;
};

/* sep: " \t" for words, "\t" where words may hold blanks. At most 4 MiB. */
int lines_load(const char *path, const char *sep, struct lines *ret, struct tt_err **err);
void lines_release(struct lines *l);
/* "PATH line N: WHY" as an -EINVAL. */
int lines_bad(
    const struct lines *l, const struct line *row, const char *why, struct tt_err **err);

static inline void
tt_auto_lines(struct lines *l)
{
	lines_release(l);
}
