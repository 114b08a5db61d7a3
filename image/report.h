// SPDX-License-Identifier: MPL-2.0
/*
 * What a build leaves behind about itself: build-<stamp>.json, and the last lines.
 *
 * Several products of one stamp share the file: "outputs" has one row for each artefact
 * that still exists, "runs" the inputs and phases of the newest run of each product.
 */
#pragma once

#include <jansson.h>

#include "image/build.h"

/* One artefact. */
struct report_item {
	char *path;
	json_t *extents; /* list of out_extents_json(); NULL = the whole was digested */
	char *sha256;    /* of the whole; NULL when only the data was digested */
};

struct report {
	const char *product;
	struct report_item *items;
	size_t count;
	char **hints; /* closing lines */
	bool changed; /* something was made, not found */
};

/* Copies path and sha256, takes a reference of extents. made: it was not there already. */
void report_add(
    struct report *r, const char *path, json_t *extents, const char *sha256, bool made);
/* A closing line: what to do with the product. */
void report_hint(struct report *r, const char *fmt, ...) TT_PRINTF(2, 3);
/* Merge into build-<stamp>.json when something changed or the file is missing. */
int report_write(struct build *b, const struct report *r, struct tt_err **err);
/* Artefacts, the password file, the hints. */
void report_print(struct build *b, const struct report *r);
void report_release(struct report *r);

static inline void
tt_auto_report(struct report *r)
{
	report_release(r);
}
