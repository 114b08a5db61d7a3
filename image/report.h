// SPDX-License-Identifier: MPL-2.0
/*
 * What a build leaves behind about itself: build-<stamp>.json, and the last lines.
 */
#pragma once

#include <jansson.h>

#include "image/build.h"

/* One artefact for the report; the image's extents may be NULL. */
struct report_item {
	const char *path;
	const json_t *extents;
	const char *sha256; /* NULL when only the data was digested */
};

int report_write(
    struct build *b, const struct report_item *items, size_t n, struct tt_err **err);
/* Artefacts, the password file, how to write the key and how to boot it. */
void report_print(struct build *b, const struct report_item *items, size_t n);
