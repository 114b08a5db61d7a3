// SPDX-License-Identifier: MPL-2.0
/*
 * What the two files of the FAT writer share.
 */
#pragma once

#include <stdbool.h>

#include "image/fatwrite.h"

struct fat_node {
	char *name;
	size_t parent; /* index; the root (0) is its own */
	bool is_dir;
	uint64_t size;
	uint32_t first, clusters;
};

struct fat {
	struct fat_params p;
	uint16_t date, time;
	struct fat_node *nodes; /* [0] is the root */
	size_t count;
	uint32_t spc; /* sectors per cluster */
	uint32_t reserved, fat_sectors, clusters;
	uint32_t next; /* first free cluster */
};

/* Size of folder number i with all its entries. */
uint64_t fat_dir_bytes(const struct fat *f, size_t i);
/* Write the entries; out is zeroed and as long as the folder's clusters. */
void fat_dir_fill(const struct fat *f, size_t i, uint8_t *out);
/* 11 bytes, blank-padded. */
void fat_label(const struct fat *f, uint8_t out[11]);
/* Checksum of an 8.3 name that ties long name entries to it. */
uint8_t fat_short_sum(const uint8_t name[11]);
