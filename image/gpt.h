// SPDX-License-Identifier: MPL-2.0
/*
 * GUID partition tables (UEFI specification, chapter 5): the one layout that our images
 * have, built into memory, and a reader that checks both copies of any table.
 *
 * Works on memory alone; sectors have 512 bytes.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "platform/lib/base/err.h"

#define GPT_SECTOR       512ULL
#define GPT_HEAD_SECTORS 34 /* MBR, header, 128 entries */
#define GPT_TAIL_SECTORS 33 /* entries, header */
#define GPT_PARTS_MAX    128
#define GPT_ALIGN        2048 /* sectors in 1 MiB */

/* The layout of format version 1: see gpt_layout(). */
#define GPT_BIOS_FIRST   2048
#define GPT_BIOS_SECTORS 2048
#define GPT_KEY_FIRST    4096

#define GPT_TYPE_BIOS "21686148-6449-6e6f-744e-656564454649"
#define GPT_TYPE_ESP  "c12a7328-f81f-11d2-ba4b-00a0c93ec93b"

struct gpt_part {
	char type[37]; /* lower-case text */
	char guid[37];
	uint64_t first, last; /* sectors, both inside */
	char name[37];        /* '?' for what is not ASCII */
};

struct gpt {
	char disk_guid[37];
	uint64_t sectors; /* of the disk */
	size_t count;
	struct gpt_part part[GPT_PARTS_MAX]; /* used entries only, in order */
};

/* Partition 1 for core.img and partition 2 for the key, with our fixed identifiers. */
void gpt_layout(uint64_t sectors, struct gpt *ret);

/* MBR with the protective entry and both copies of the table. Boot code stays zero. */
void gpt_build(const struct gpt *g, uint8_t head[GPT_HEAD_SECTORS * GPT_SECTOR],
    uint8_t tail[GPT_TAIL_SECTORS * GPT_SECTOR]);

/*
 * Read the table of a disk of len bytes; signatures, CRCs, places and both copies must
 * agree. -EINVAL (InvalidPartitionTable) naming the field.
 */
int gpt_parse(const uint8_t *data, size_t len, struct gpt *ret, struct tt_err **err);
