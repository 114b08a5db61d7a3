// SPDX-License-Identifier: MPL-2.0
/*
 * A sparse image file being written: bytes go to their offset, holes stay holes, and each
 * extent's SHA-256 is taken on the way, so that nobody has to read gigabytes of zeros
 * again. Extents follow from what was written, not from what the host's file system made
 * of it, so they are the same everywhere.
 */
#pragma once

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "platform/lib/base/err.h"
#include "platform/lib/base/sha256.h"

struct out_extent {
	uint64_t offset, length;
	char sha256[TT_SHA256_HEX_LEN];
};

struct out {
	int fd;
	char *path;
	struct out_extent *extents;
	size_t count;
	struct tt_sha256 hash; /* of the open extent */
	int open;
};

/* Create or truncate path with size bytes of nothing. */
int out_create(struct out *o, const char *path, uint64_t size, struct tt_err **err);
/* Write at offset; offsets must ascend. A fat_put-shaped call (fatwrite.h). */
int out_put(void *o, uint64_t offset, const void *data, size_t len, struct tt_err **err);
/* A whole file; its digest (65 bytes) and size must be what they were when it was listed. */
int out_put_file(struct out *o, uint64_t offset, const char *path, uint64_t size,
    const char *sha256, struct tt_err **err);
/* End the last extent; the list is complete. */
void out_finish(struct out *o);
void out_release(struct out *o);

static inline void
tt_auto_out(struct out *o)
{
	out_release(o);
}

/* [[offset, length, sha256], ...]; new reference. */
json_t *out_extents_json(const struct out *o);
/* Bytes of data in such a list. */
uint64_t out_extents_bytes(const json_t *extents);
/* One digest for the whole: SHA-256 of the lines "offset length sha256\n". */
void out_data_digest(const json_t *extents, char hex[TT_SHA256_HEX_LEN]);
/*
 * Compare a mapped image with a list of extents; what lies outside of them must be zero
 * (holes of fd are skipped, not read). -EIO (DigestMismatch) naming the place.
 */
int out_check(int fd, const uint8_t *data, uint64_t size, const json_t *extents,
    struct tt_err **err);
