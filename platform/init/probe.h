// SPDX-License-Identifier: MPL-2.0
/*
 * Which file system the first bytes of a block device belong to, and its label. Knows FAT
 * (12, 16, 32) and ISO 9660, the two a medium can have. Works on memory alone.
 * Layouts: Microsoft "FAT: General Overview of On-Disk Format" 1.03, boot sector; ECMA-119
 * 8.4, primary volume descriptor.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define PROBE_BYTES     (34 * 1024) /* what there must be to see an ISO 9660 descriptor */
#define PROBE_LABEL_LEN 33

enum probe_kind {
	PROBE_NONE,
	PROBE_FAT,
	PROBE_ISO,
};

struct probe {
	enum probe_kind kind;
	char label
	    [PROBE_LABEL_LEN]; /* trailing blanks cut; bytes outside ASCII become '?' */
};

void probe_superblock(const uint8_t *data, size_t len, struct probe *ret);
