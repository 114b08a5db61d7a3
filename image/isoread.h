// SPDX-License-Identifier: MPL-2.0
/*
 * Read an ISO 9660 image with Rock Ridge names that lies in memory, trusting none of its
 * bytes: every block, length and name is checked before it is used. The image is made by
 * xorriso; this is the second opinion. Formats: ECMA-119, SUSP and RRIP 1.12, El Torito 1.0.
 *
 * Files of several extents (4 GiB and more) are refused: no file of a key is that large.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "platform/lib/base/err.h"

#define ISOREAD_BLOCK    2048U
#define ISOREAD_PATH_MAX 1024
#define ISOREAD_DEPTH    16
#define ISOREAD_FILES    200000
#define ISOREAD_BOOTS    8

struct isoread {
	const uint8_t *data;
	size_t len;
	uint32_t blocks; /* of the volume */
	char label[33];
	char date[17]; /* of modification, YYYYMMDDhhmmss and hundredths */
	uint32_t root_block, root_size;
};

struct isoread_file {
	char path[ISOREAD_PATH_MAX]; /* "os/x/vmlinuz" */
	bool is_dir;
	uint32_t block, size;
};

/* An entry of the boot catalogue. */
struct isoread_boot {
	uint8_t platform; /* 0 BIOS, 0xef UEFI */
	uint32_t block,
	    sectors; /* sectors of 512 bytes that firmware loads, or the size */
};

/* Does the memory begin as an ISO 9660 image does? */
bool isoread_is(const uint8_t *data, size_t len);
/* Volume descriptor only. -EINVAL (InvalidIso) naming what is wrong. data stays borrowed. */
int isoread_open(
    const uint8_t *data, size_t len, struct isoread *ret, struct tt_err **err);

/* Called for folders before what is in them; a negative return ends the walk. */
typedef int isoread_seen(const struct isoread_file *file, void *ctx, struct tt_err **err);
int isoread_walk(
    const struct isoread *f, isoread_seen *seen, void *ctx, struct tt_err **err);
/* The contents of a file that a walk has found: size bytes. Borrowed. */
const uint8_t *isoread_contents(const struct isoread *f, const struct isoread_file *file);
/* Whole contents of a file of at most max bytes, NUL-terminated; caller frees. */
int isoread_load(const struct isoread *f, const char *path, size_t max, char **ret_data,
    size_t *ret_len, struct tt_err **err);

/* The boot catalogue's bootable entries; its checksum must be right. */
int isoread_boots(const struct isoread *f, struct isoread_boot ret[ISOREAD_BOOTS],
    size_t *ret_n, struct tt_err **err);
