// SPDX-License-Identifier: MPL-2.0
/*
 * May this device be overwritten? Facts from sysfs and the mount table, then the rules.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "platform/lib/base/err.h"

struct writedev {
	char path[256];
	char model[128]; /* "SanDisk Ultra", or "file" */
	uint64_t size;
	bool is_file;
	bool is_partition;
	bool removable; /* the removable flag, or attached by USB */
	bool in_use;    /* it or a part of it is mounted, swap, or below another device */
	char used_as[256]; /* "/dev/sdb1 on /mnt" */
};

/* root is "/" but for tests, which put sys/ and proc/ below another folder. */
int writedev_look(
    const char *path, const char *root, struct writedev *ret, struct tt_err **err);

/*
 * In use: never. A partition: never. Smaller than need: never. Not removable: with force.
 */
int writedev_allow(
    const struct writedev *d, uint64_t need, bool force, struct tt_err **err);

/* First mount of a device major:minor in a mountinfo text; true with "SOURCE on TARGET". */
bool writedev_mounted(
    const char *mountinfo, unsigned major, unsigned minor, char *ret, size_t ret_size);
