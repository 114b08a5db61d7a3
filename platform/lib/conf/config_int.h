// SPDX-License-Identifier: MPL-2.0
/*
 * Inside of struct tt_config, for the files that fill it. Entries point into locked memory:
 * keys into the copies of the files, values into what was decoded from them.
 */
#pragma once

#include "platform/lib/conf/loader.h"
#include "platform/lib/conf/secret.h"

#define TT_CONFIG_TEXTS 3    /* generic, the file, synthetic values */
#define TT_CONFIG_HASH  8192 /* slots; twice TT_CONFIG_MAX_KEYS */

struct tt_config {
	struct tt_secret text[TT_CONFIG_TEXTS];
	struct tt_secret values[TT_CONFIG_TEXTS];
	struct tt_config_entry *v;
	size_t n, space;
	unsigned short *hash; /* TT_CONFIG_HASH slots: index + 1 of an entry, 0 = free */
	size_t own;           /* distinct keys of the file itself */
	long end_mark;        /* N, or -1 */
	bool end_last; /* nothing stands behind that line, and it has its line end */
	bool headnode;
	char *path;
	char *warning;
};

struct tt_config *tt_config_new(void);
/*
 * Put one entry; a key that is there keeps its place and takes the new value. key and
 * value must live as long as c. Returns the earlier entry's line (0 = was not there), or
 * -1 when the table is full.
 */
long tt_config_put(struct tt_config *c, const struct tt_config_entry *e);
/* Parse c->text[which]; keys are cut off in it. */
void tt_config_parse_text(
    struct tt_config *c, unsigned which, bool strict, struct tt_findings *found);
