// SPDX-License-Identifier: MPL-2.0
/*
 * Where the members of a JSON object stand in its text. The JSON library gives values but
 * no places, and only the last of two equal keys; findings need both.
 */
#pragma once

#include <stddef.h>

#define TS_JSONPOS_MAX 4096 /* members of one object */

struct ts_member {
	char *key;                  /* decoded */
	unsigned key_line, key_col; /* 1-based, columns in characters */
	unsigned line, col;         /* of the value */
	size_t at, len;             /* of the value's text */
};

struct ts_members {
	struct ts_member *v;
	size_t n;
};

/*
 * Members of the object that text[at..len) begins with (blanks before it are fine), in
 * file order, equal keys each by itself. Places count from text[0]. Meant for text that
 * the JSON library accepts; any other gives 0 or -EINVAL, never a read outside.
 */
int ts_members_scan(const char *text, size_t len, size_t at, struct ts_members *ret);
void ts_members_release(struct ts_members *m);

static inline void
tt_auto_members(struct ts_members *m)
{
	ts_members_release(m);
}
