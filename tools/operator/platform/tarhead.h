// SPDX-License-Identifier: MPL-2.0
/*
 * One header block of a tar archive (POSIX.1-1988 ustar, and GNU's numbers): 512 bytes.
 * Only what a platform's archive holds is read: regular files and folders with names that
 * fit the block; anything else is refused.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TAR_BLOCK    512
#define TAR_NAME_LEN 257 /* prefix, slash, name, NUL */

struct tar_head {
	char name[TAR_NAME_LEN];
	uint64_t size; /* of the data behind it; padded to blocks in the archive */
	bool folder;
};

/* 1 a header; 0 a block of zeros (the end); -EINVAL with a reason in words. */
int tar_head_parse(
    const void *block, size_t len, struct tar_head *ret, const char **ret_why);
