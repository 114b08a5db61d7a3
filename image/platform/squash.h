// SPDX-License-Identifier: MPL-2.0
/*
 * A tree into a squashfs image: the tar stream goes to mksquashfs through a pipe while it is
 * made, so nothing is unpacked and owners need no privilege.
 */
#pragma once

#include <stdint.h>

#include "image/platform/tree.h"

struct phase;

/* path must not exist. level is zstd's, 1..22. */
int squash_tree(struct phase *p, struct tree *t, const char *path, unsigned level,
    int64_t epoch, struct tt_err **err);
