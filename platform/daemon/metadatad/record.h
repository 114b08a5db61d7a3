// SPDX-License-Identifier: MPL-2.0
/*
 * What one instance may read of itself: a table from the names a guest uses to values, made
 * once from the files of the instance and never changed after that. Names that a guest must
 * not see are not in it, so a lookup needs no rules.
 *
 * Pure: JSON in, table out. Threads: a finished record may be read by any.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "platform/lib/base/buf.h"
#include "platform/lib/base/err.h"
#include "platform/lib/base/json.h"

struct record;

struct record_value {
	const char *data; /* not terminated; lives as long as the record */
	size_t len;
};

/*
 * vm        properties of the instance (vm.json)
 * metadata  {"customer_metadata":{..},"internal_metadata":{..}}, NULL = both empty
 * tags      flat object, NULL = empty
 * -EINVAL when vm is no object or has no brand to serve; -EFBIG when it is over all limits.
 */
int record_build(const char *uuid, const json_t *vm, const json_t *metadata, json_t *tags,
    struct record **ret, struct tt_err **err);
void record_free(struct record *r);
TT_AUTO_DEFINE(record, struct record *, record_free)

bool record_get(
    const struct record *r, const char *key, size_t len, struct record_value *ret);
/* Names that KEYS lists, joined by line feeds. */
struct record_value record_keys(const struct record *r);
/* The key's prefix is one of the instance's internal namespaces. */
bool record_protects(const struct record *r, const char *key, size_t len);
/* Brand kvm or bhyve: asks over its second serial port. */
bool record_is_hvm(const struct record *r);
/* First user id of the instance's range, where its root is mapped to. */
uint32_t record_uid_base(const struct record *r);

/*
 * For the makers of the table: add name (prefix and path joined) with a value. Values of
 * JSON: texts as they are, numbers in decimal, booleans as true and false; what is neither
 * is left out by record_add_scalar().
 */
struct record_maker;
void record_add(struct record_maker *m, const char *name, const char *data, size_t len);
void record_add_scalar(struct record_maker *m, const char *name, const json_t *value);
void record_add_json(struct record_maker *m, const char *name, const json_t *value);
