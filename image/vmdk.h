// SPDX-License-Identifier: MPL-2.0
/*
 * Virtual disks of VMware, written by us: a text descriptor over a raw image, an empty
 * sparse disk, and the compressed stream form that goes into an OVA. Formats: VMware,
 * "Virtual Disk Format 5.0" (the technical note; its chapters on hosted sparse extents and
 * stream-optimized compressed sparse extents).
 *
 * All bytes follow from the arguments; the content id is fixed. Knows nothing of machines,
 * bundles or what is on a disk.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "platform/lib/base/buf.h"
#include "platform/lib/base/err.h"
#include "platform/lib/base/sha256.h"

#define VMDK_SECTOR         512ULL
#define VMDK_GRAIN          128ULL          /* sectors */
#define VMDK_SECTORS_MAX    (4278190080ULL) /* 2,040 GiB: sector numbers have 32 bits */
#define VMDK_DESCRIPTOR_MAX 4096

struct vmdk_disk {
	uint64_t sectors;    /* 1 to VMDK_SECTORS_MAX */
	const char *adapter; /* "ide", "lsilogic" */
	unsigned hardware;   /* version of the virtual hardware */
};

/* The text of a monolithicFlat disk whose bytes are the file `extent` beside it. */
int vmdk_flat(const struct vmdk_disk *d, const char *extent, struct tt_buf *out);

/* An empty monolithicSparse disk: all tables in place, no grain yet; itself a sparse file. */
int vmdk_empty_write(const char *path, const struct vmdk_disk *d, struct tt_err **err);

/*
 * True when grains have been added to a sparse disk that vmdk_empty_write() made: then the
 * file ends behind the place where its header says that grains begin. False as well for a
 * file that is missing or no such disk.
 */
bool vmdk_used(const char *path);

struct vmdk_stream {
	/* Set by the caller or NULL: told how many bytes of the extents are done. */
	void (*progress)(void *ctx, uint64_t done, uint64_t total);
	void *ctx;
	/* Results. */
	uint64_t size;                  /* of the file */
	char sha256[TT_SHA256_HEX_LEN]; /* of the file */
	uint64_t grains;                /* stored; grains of zeros are left out */
};

/*
 * A streamOptimized disk with what `raw` holds. Only the extents ([[offset, length, ...],
 * ...] in bytes, ascending, as out_extents_json()) are read. extent is the name that the
 * descriptor inside gives to the file.
 */
int vmdk_stream_write(const char *path, const struct vmdk_disk *d, const char *extent,
    const char *raw, const json_t *extents, struct vmdk_stream *ret, struct tt_err **err);
