// SPDX-License-Identifier: MPL-2.0
/*
 * Configuration of our own daemons: a JSON object read into a struct by a table of fields.
 * Unknown keys are warnings with the nearest known name, wrong types and ranges errors.
 */
#pragma once

#include <stdint.h>

#include "platform/lib/base/json.h"
#include "platform/lib/conf/finding.h"

enum tt_conf_kind {
	TT_CONF_TEXT, /* char *, owned */
	TT_CONF_INT,  /* int64_t within min..max */
	TT_CONF_BOOL, /* bool */
	TT_CONF_LIST, /* char **, a tt_strv */
};

struct tt_conf_field {
	const char *name; /* member of the object; "a.b" looks inside object a */
	enum tt_conf_kind kind;
	size_t offset;    /* offsetof the member in the caller's struct */
	const char *def;  /* as text; a list is comma-separated; NULL = required */
	int64_t min, max; /* of an int; of a text its length in bytes (0, 0 = none) */
	bool secret;      /* printed as *** */
	const char *help;
};

/*
 * table   closed by a NULL name
 * cfg     caller's zeroed struct; released with tt_conf_free(), also after a failure
 * found   warnings land here; may be NULL
 * path may be NULL: defaults alone.
 * Returns 0, -ENOENT and other errno for the file, -EINVAL (ConfigInvalid) naming
 * file, key, rule and what would be accepted.
 */
int tt_conf_load(const char *path, const struct tt_conf_field *table, void *cfg,
    struct tt_findings *found, struct tt_err **err);
void tt_conf_free(const struct tt_conf_field *table, void *cfg);
/* For --print-config: the loaded values as an object, secrets as ***. New reference. */
json_t *tt_conf_print(const struct tt_conf_field *table, const void *cfg);
