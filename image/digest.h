// SPDX-License-Identifier: MPL-2.0
/*
 * SHA-256 of files and trees with a memory: a file whose size, mtime, ctime and inode are
 * those of last time is not read again, so asking about an unchanged gigabyte is one
 * stat(2). The memory is a text file that may be lost or shared by builds at any time.
 *
 * Knows nothing of phases or of what the digests are for.
 */
#pragma once

#include <stdint.h>

#include "platform/lib/base/err.h"
#include "platform/lib/base/sha256.h"

struct digests;

/* An unreadable or damaged memory is an empty one. path NULL: nothing is kept. Never NULL. */
struct digests *digests_load(const char *path);
/* Writes the memory back by rename if it grew; a failure costs only time and is ignored. */
void digests_free(struct digests *d);
TT_AUTO_DEFINE(digests, struct digests *, digests_free)

/* Digest of a regular file's contents; ret_size may be NULL. 0 or negative errno. */
int digests_file(struct digests *d, const char *path, char hex[TT_SHA256_HEX_LEN],
    uint64_t *ret_size, struct tt_err **err);

/*
 * Digest of everything below dir in sorted order: kind, relative path, owner's execute
 * bit, link target, contents. Times, owners and other mode bits do not count, so that a
 * checkout under another umask has the same digest. path may also be a single file.
 */
int digests_tree(struct digests *d, const char *path, char hex[TT_SHA256_HEX_LEN],
    struct tt_err **err);
