// SPDX-License-Identifier: MPL-2.0
/*
 * A writer of "newc" cpio archives, the form that the kernel unpacks as its first file
 * system (Documentation/driver-api/early-userspace/buffer-format.rst). Inode numbers count
 * from 1; owner, group and device are 0; the caller adds paths in sorted order.
 */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "platform/lib/base/buf.h"

struct cpio {
	struct tt_buf *out;
	uint32_t mtime;
	uint32_t inode;
};

void cpio_init(struct cpio *c, struct tt_buf *out, int64_t mtime);
/* mode holds the type; data NULL for what has no contents; a link's contents are its target. */
void cpio_add(
    struct cpio *c, const char *path, mode_t mode, const void *data, size_t size);
void cpio_add_device(
    struct cpio *c, const char *path, mode_t mode, unsigned major, unsigned minor);
/* The trailer. 0, or -EMSGSIZE when the buffer's limit was passed. */
int cpio_end(struct cpio *c);
