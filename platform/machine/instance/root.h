// SPDX-License-Identifier: MPL-2.0
/*
 * The root file system of a container, mounted at its bundle's root for as long as it runs.
 *
 * Two forms. A tree of its own (brand lx): the instance's subvolume is a snapshot of a
 * flattened image, seen through an id-mapped clone. An overlay (service zones, Docker
 * containers): image layers stay what they are and are shared, page cache included, by all
 * their instances; the instance's subvolume holds `upper`, `work` and `guard`.
 *
 * The overlay is made by a mounter whose file system ids are the first ids of the slot:
 * so the kernel writes into the mapped upper, and the disk keeps ids from 0 on. A mount by
 * plain root succeeds too, but read-only: that is checked for.
 */
#pragma once

#include "platform/lib/base/err.h"

#define MACH_LAYERS_MAX 128

struct mach_root {
	unsigned slot;
	const char *subvol; /* "/zones/<uuid>/root" */
	const char *const
	    *layers; /* folders, topmost first, closed by NULL; NULL = no overlay */
	const char *staging; /* private folder below /run, made when missing */
	const char *target;  /* existing folder */
};

/* Must be called with all capabilities, in the mount namespace that shall see the root. */
int mach_root_mount(const struct mach_root *r, struct tt_err **err);
/* Nothing mounted there is success. Commits the pool when much was written: not for a request's path. */
int mach_root_umount(const char *target, struct tt_err **err);
