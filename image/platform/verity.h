// SPDX-License-Identifier: MPL-2.0
/*
 * dm-verity hash trees: format 1, SHA-256, data and hash blocks of 4096 bytes, no
 * superblock, the tree appended at the first block boundary. The salt is the SHA-256 of
 * the data, so equal data gives an equal image.
 *
 * Layout as in the kernel's admin-guide/device-mapper/verity.rst: a hash block holds 128
 * digests of salt||block; the highest level (one block) comes first.
 */
#pragma once

#include <stdbool.h>

#include "image/platform/platform.h"

#define VERITY_BLOCK 4096

/* Pad the file to a block and append its tree. */
int verity_append(const char *path, struct platform_verity *ret, struct tt_err **err);
/*
 * Read the whole file and check it against v, tree included. -EBADMSG names the first bad
 * block.
 */
int verity_check(const char *path, const struct platform_verity *v, struct tt_err **err);
/* "roothash=...\n" "salt=...\n" "blocks=...\n" "algorithm=sha256\n"; caller frees. */
char *verity_text(const struct platform_verity *v);
