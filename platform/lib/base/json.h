// SPDX-License-Identifier: MPL-2.0
/*
 * jansson with our errors and owned locals. Loading refuses duplicate keys.
 */
#pragma once

#include <jansson.h>

#include "platform/lib/base/buf.h"
#include "platform/lib/base/err.h"

static inline void
tt_auto_json(json_t **j)
{
	json_decref(*j);
}

/* New reference in *ret. The message holds name:line:column. -EINVAL (InvalidJSON). */
int tt_json_parse(
    const char *name, const char *text, size_t len, json_t **ret, struct tt_err **err);
/* max bounds the file's size in bytes. */
int tt_json_load(const char *path, size_t max, json_t **ret, struct tt_err **err);
/* Indented by two, keys in insertion order, newline at the end, through tt_file_replace. */
int tt_json_save(const char *path, const json_t *j, mode_t mode, struct tt_err **err);
/* One line; caller frees. */
char *tt_json_line(const json_t *j);
/* Borrowed text of a string member, or fallback. */
const char *tt_json_str(const json_t *obj, const char *key, const char *fallback);
/* Integer member, or fallback. */
long long tt_json_int(const json_t *obj, const char *key, long long fallback);
bool tt_json_bool(const json_t *obj, const char *key, bool fallback);
