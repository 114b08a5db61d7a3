// SPDX-License-Identifier: MPL-2.0
/*
 * Tar archives whose bytes follow from the arguments alone: files in the order given, owner
 * 0, all times one, ustar headers (pax for sparse files), gzip without name and time.
 *
 * Knows nothing of what is packed; pack.h does.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "platform/lib/base/err.h"
#include "platform/lib/base/sha256.h"

struct tarball_file {
	const char *name;   /* "os/x/root.img", at most 99 bytes */
	const char *text;   /* contents, or */
	const char *from;   /* the file that holds them */
	uint64_t size;      /* of either */
	const char *sha256; /* what the bytes must be, 64 hex digits; NULL = anything */
	const char *target; /* it is a symbolic link to this */
	unsigned mode;      /* 0 = 0644 */
	/*
	 * Where a sparse file has data, as out_extents_json() says; only that is read, and
	 * unpacking leaves holes. NULL = everywhere. sha256 is not compared then.
	 */
	const json_t *extents;
};

struct tarball_opts {
	int64_t epoch; /* every time in it */
	/* Nearly all that we pack is compressed already: level 0 copies, see pack.c. */
	bool gzip;
	unsigned level; /* of gzip, 0..9 */
	/* Bytes of data read so far, of all; may be NULL. */
	void (*progress)(void *ctx, uint64_t done, uint64_t total);
	void *ctx;
};

/*
 * Write path. sha256: of the whole. -EIO (DigestMismatch) when a file is not what was
 * listed. A failure leaves a part of the file behind: write under a temporary name.
 */
int tarball_write(const char *path, const struct tarball_file *files, size_t n,
    const struct tarball_opts *opts, char sha256[TT_SHA256_HEX_LEN], struct tt_err **err);
