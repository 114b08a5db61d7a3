// SPDX-License-Identifier: MPL-2.0
/*
 * Pool layouts. The disklayout rules (roles, layout by number of disks, widths, spares) and
 * the shape of their JSON are those of smartos-live src/node_modules/disklayout.js; what
 * btrfs makes of a number of disks is ours.
 */
#pragma once

#include "platform/machine/disk.h"

struct mach_layout_opts {
	const char *layout; /* single mirror raidz1 raidz2 raidz3, NULL = by the rules */
	long spares;        /* -1 = by the rules */
	long width;         /* devices in one vdev, -1 = by the rules */
	bool no_cache;
	char **exclude; /* names of disks, tt_strv */
};

/*
 * The pool's description: { "vdevs", "spares", "logs", "cache", "capacity" }, or
 * { "error": text }. Never NULL; new reference.
 */
json_t *mach_layout(const struct mach_disks *disks, const struct mach_layout_opts *opts);

struct mach_profile {
	const char *data; /* words of mkfs.btrfs -d and -m */
	const char *metadata;
	size_t members;    /* disks in the file system; the rest are spares */
	const char *zpool; /* what sysinfo calls it */
};

/* For n >= 1 disks. */
struct mach_profile mach_profile(size_t n);
