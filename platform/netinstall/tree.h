// SPDX-License-Identifier: MPL-2.0
/*
 * The key tree out of its archive. What comes of it is a whole key by its own manifest, as
 * far as names and sizes go: the digest of each file is compared when it is put on a disk.
 */
#pragma once

#include <stdint.h>

#include "platform/lib/base/err.h"

/* Called as the archive is read: bytes of it so far. May be NULL. */
typedef void tree_progress(uint64_t done, void *ctx);

/*
 * Unpack the archive into the new folder dir. -EINVAL (InvalidArchive) names the file of it
 * and the rule.
 */
int tree_unpack(const char *archive, const char *dir, tree_progress *progress, void *ctx,
    struct tt_err **err);
/* Whether the folder holds a whole key. -EINVAL (InvalidArchive) names what is missing. */
int tree_check(const char *dir, struct tt_err **err);
