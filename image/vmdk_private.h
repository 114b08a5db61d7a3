// SPDX-License-Identifier: MPL-2.0
/*
 * The header of sparse extents, which both sparse forms have. Private to the VMDK writers.
 */
#pragma once

#include "image/vmdk.h"

#define VMDK_TABLE_ENTRIES    512ULL /* grains of one grain table */
#define VMDK_TABLE_SECTORS    4ULL   /* of 512 entries of 4 bytes */
#define VMDK_TEXT_OFFSET      1ULL   /* sectors */
#define VMDK_TEXT_SECTORS     20ULL
#define VMDK_DIRECTORY_AT_END UINT64_MAX

struct vmdk_header {
	uint32_t version, flags;
	uint64_t sectors;
	uint64_t text_offset, text_sectors; /* 0 in a footer */
	uint64_t spare_directory, directory, overhead;
	uint16_t compression;
};

#define VMDK_FLAG_NEWLINE    0x1U /* the line end test below is valid */
#define VMDK_FLAG_SPARE      0x2U /* a second directory and tables */
#define VMDK_FLAG_COMPRESSED 0x10000U
#define VMDK_FLAG_MARKERS    0x20000U

void vmdk_header_build(const struct vmdk_header *h, uint8_t out[VMDK_SECTOR]);
/* The descriptor of a disk; type and extent kind as the format spells them. */
int vmdk_text(const struct vmdk_disk *d, const char *type, const char *kind,
    const char *extent, struct tt_buf *out);

/* Grain tables that a disk needs, and the sectors of a directory of so many. */
static inline uint64_t
vmdk_tables(const struct vmdk_disk *d)
{
	const uint64_t span = VMDK_GRAIN * VMDK_TABLE_ENTRIES;

	return (d->sectors + span - 1) / span;
}

static inline uint64_t
vmdk_directory_sectors(uint64_t tables)
{
	return (tables * 4 + VMDK_SECTOR - 1) / VMDK_SECTOR;
}
