// SPDX-License-Identifier: MPL-2.0
/*
 * Read a FAT32 volume that lies in memory (a mapped image), trusting none of its bytes:
 * every cluster number, size and name is checked, every chain is bounded by the number of
 * clusters. Written apart from the FAT writer on purpose: it is the second opinion.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "platform/lib/base/err.h"

#define FATREAD_PATH_MAX 1024
#define FATREAD_DEPTH    16
#define FATREAD_FILES    200000

struct fatread {
	const uint8_t *data;
	size_t len;
	uint32_t cluster_bytes;
	uint32_t clusters; /* data clusters; valid numbers are 2 .. clusters + 1 */
	uint32_t root;
	uint32_t volume_id;
	char label[12];
	const uint8_t *fat[2];
	const uint8_t *area; /* cluster 2 */
	size_t fat_bytes;
};

struct fatread_file {
	char path[FATREAD_PATH_MAX]; /* "os/x/vmlinuz" */
	bool is_dir;
	uint32_t size;
	uint32_t first; /* 0 for an empty file */
};

/* Boot sector only. -EINVAL (InvalidFat) naming what is wrong. data stays borrowed. */
int fatread_open(
    const uint8_t *data, size_t len, struct fatread *ret, struct tt_err **err);

/* Called for folders before what is in them; a negative return ends the walk. */
typedef int fatread_seen(const struct fatread_file *file, void *ctx, struct tt_err **err);
int fatread_walk(
    const struct fatread *f, fatread_seen *seen, void *ctx, struct tt_err **err);

/* The contents of a file, piece by piece in order. */
typedef int fatread_piece(
    const uint8_t *data, size_t len, void *ctx, struct tt_err **err);
int fatread_contents(const struct fatread *f, const struct fatread_file *file,
    fatread_piece *piece, void *ctx, struct tt_err **err);

/* Find a file by its exact path. -ENOENT when it is not there. */
int fatread_find(const struct fatread *f, const char *path, struct fatread_file *ret,
    struct tt_err **err);
/* Whole contents of a file of at most max bytes, NUL-terminated; caller frees. */
int fatread_load(const struct fatread *f, const char *path, size_t max, char **ret_data,
    size_t *ret_len, struct tt_err **err);

/*
 * The whole structure: backup boot sector, both FATs alike, no cluster in two chains or in
 * none, chains as long as the sizes say, free count true.
 */
int fatread_check(const struct fatread *f, struct tt_err **err);
