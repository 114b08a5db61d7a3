// SPDX-License-Identifier: MPL-2.0
/*
 * An archive from outside into a folder: tar of any dialect, packed with gzip, bzip2, xz,
 * zstd or not at all (libarchive). Names and links stay inside the folder; device nodes and
 * extended attributes of the kernel's own (trusted.*, user.overlay.*) are left out.
 *
 * A layer's deletions (OCI image specification, "Whiteouts") become overlay's: `.wh.NAME` a
 * character device 0:0, `.wh..wh..opq` the attribute trusted.overlay.opaque=y.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "platform/lib/base/err.h"

struct mach_untar {
	int dir;            /* the folder, empty; caller's */
	bool layer;         /* translate whiteouts */
	uint64_t max_bytes; /* of all files together, 0 = no limit */
	/* Called after each entry with the archive's bytes read so far; may be NULL. */
	void (*progress)(uint64_t read, void *ctx);
	void *ctx;
	/* results */
	uint64_t files, bytes;
	uint64_t dropped; /* device nodes and attributes that were left out */
};

/*
 * fd: the archive, read to its end.
 *   -EBADMSG  cut short, damaged, no archive, or a name that leaves the folder (BadArchive);
 *             what was unpacked stays: the caller removes the folder
 *   -ENOSPC, -EDQUOT ... from the file system
 */
int mach_untar(struct mach_untar *u, int fd, struct tt_err **err);
