// SPDX-License-Identifier: MPL-2.0
/*
 * Id-mapped mounts: a tree whose files belong to 0, 1, 2 ... on the disk is seen with the
 * ids of one instance. Kernel interface: user_namespaces(7), open_tree(2), mount_setattr(2)
 * (linux 5.12; btrfs 5.15). Every clone made here refuses device nodes: an image could hold
 * one of the node's disks.
 */
#pragma once

#include <stdbool.h>

#include "platform/lib/base/err.h"

/*
 * A user namespace that maps the ids 0..65,535 to those of the slot; lives as long as the
 * descriptor and what uses it.
 */
int mach_userns_new(unsigned slot, int *ret_fd, struct tt_err **err);

/*
 * A detached mount of the tree at path, mapped by the namespace.
 * read_only  nothing can be written through it
 * Returns 0 with a descriptor that the caller closes; until then nobody else sees the mount.
 */
int mach_idmap_clone(
    const char *path, int userns, bool read_only, int *ret_mount, struct tt_err **err);

/* Attach a detached mount at name below the folder dir (AT_FDCWD allowed). */
int mach_mount_attach(int mount, int dir, const char *name, struct tt_err **err);
