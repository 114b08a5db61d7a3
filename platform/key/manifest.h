// SPDX-License-Identifier: MPL-2.0
/*
 * usb_key.manifest: one line for each file of the key, "sha256  size  path" (64 lower-case hex
 * digits, bytes, path relative to the key's top), LF, sorted by path. Parsed whole and
 * strictly: a damaged manifest is refused, with its line.
 */
#pragma once

#include <stdint.h>

#include "platform/lib/base/err.h"
#include "platform/lib/base/sha256.h"

#define MANIFEST_MAX       (4 * TT_MIB) /* bytes */
#define MANIFEST_FILES_MAX 20000

struct manifest_file {
	char sha256[TT_SHA256_HEX_LEN];
	uint64_t size;
	char *path;
};

struct manifest {
	struct manifest_file *v;
	size_t n;
	uint64_t bytes; /* of all files together */
};

/* name is for messages. -EINVAL (InvalidManifest). */
int manifest_parse(const char *name, const char *text, size_t len, struct manifest *ret,
    struct tt_err **err);
void manifest_release(struct manifest *m);
static inline void
tt_auto_manifest(struct manifest *m)
{
	manifest_release(m);
}
/* NULL when the path is not listed. Borrowed. */
const struct manifest_file *manifest_find(const struct manifest *m, const char *path);

/* The path is copied; no check whether it is there already. */
void manifest_add(
    struct manifest *m, const char *path, uint64_t size, const char *sha256);
/* All paths that begin with prefix. */
void manifest_drop(struct manifest *m, const char *prefix);
/* One path, when it is there. */
void manifest_drop_path(struct manifest *m, const char *path);
void manifest_sort(struct manifest *m);
/* Its text; caller frees. */
char *manifest_text(const struct manifest *m);
