// SPDX-License-Identifier: MPL-2.0
/*
 * A FAT32 file system laid out in one go (Microsoft's FAT specification 1.03): folders
 * first, then the files one behind the other in the order in which they were added, each
 * in one piece; every byte follows from the arguments.
 *
 *	fat_new, fat_add for each file in sorted order, fat_layout,
 *	fat_write_meta, then the caller writes each file at fat_offset().
 *
 * Knows no disk: bytes leave through a callback. Long names are always written, so lower
 * case survives.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "platform/lib/base/err.h"

/* The first size that a file may not have. */
#define FAT_FILE_MAX (1ULL << 32)

struct fat;

struct fat_params {
	uint64_t sectors; /* of 512 bytes */
	uint32_t hidden;  /* sectors in front of the partition; also used for alignment */
	uint32_t volume_id;
	const char *label; /* upper case, at most 11 characters */
	int64_t epoch;     /* seconds, time of every entry */
};

typedef int fat_put(
    void *ctx, uint64_t offset, const void *data, size_t len, struct tt_err **err);

/* Never NULL. */
struct fat *fat_new(const struct fat_params *params);
void fat_free(struct fat *f);
TT_AUTO_DEFINE(fat, struct fat *, fat_free)

/*
 * Add a file of size bytes; folders of its path are made. Returns the file's index.
 * -EINVAL (InvalidName) a name FAT or our readers cannot keep: not ASCII, a character of
 *   "*:<>?\|, a dot or blank at the end, over 255 characters
 * -EEXIST (DuplicateName) the same name in this folder, also if only case differs
 * -EFBIG (FileTooLarge) 4 GiB or more
 */
int fat_add(struct fat *f, const char *path, uint64_t size, struct tt_err **err);

/* Give every folder and file its clusters. -ENOSPC (NoSpace) says how much is missing. */
int fat_layout(struct fat *f, struct tt_err **err);

/* Boot sectors, both FATs as far as they are used, and folders, in ascending order. */
int fat_write_meta(const struct fat *f, fat_put *put, void *ctx, struct tt_err **err);

/* Where file number i begins, in bytes from the start of the partition. */
uint64_t fat_offset(const struct fat *f, int i);
/* Bytes that the files and folders take, in whole clusters. */
uint64_t fat_used(const struct fat *f);
