// SPDX-License-Identifier: MPL-2.0
/*
 * btrfs by ioctl, for pools on kernel 6.7 or newer. fd is an open descriptor of a folder of
 * the file system (its top level where that matters). All return 0 or a negative errno.
 * Kernel interface: linux/btrfs.h; simple quotas (QUOTA_CTL command 4) are missing in the
 * header of Debian 12 and defined in the .c file.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define MACH_BTRFS_LABEL_MAX 256

/* Simple quotas on; success when they are on already. Only before the first file is written. */
int mach_btrfs_quota(int fd);
/*
 * A subvolume called name in the folder open as fd: empty (from < 0), or a snapshot of what
 * the one open as from holds now, which is durable when it returns.
 * qgroup  the group it is in from its first byte on, 0 = none: what is made inside it and
 *         every snapshot of it join that group by themselves
 */
int mach_btrfs_subvol_new(
    int fd, const char *name, int from, bool read_only, uint64_t qgroup);
/* Whether the subvolume open as fd can be written. */
int mach_btrfs_readonly(int fd, bool read_only);
/* Not durable when it returns; see mach_btrfs_sync. */
int mach_btrfs_subvol_delete(int fd, const char *name);
/*
 * Delete what has this name in a folder that is open as parent and has the path dir: a file,
 * a folder or a subvolume, with all that is in it. A missing one is success.
 */
int mach_btrfs_destroy(int parent, const char *dir, const char *name);
/* Whether path is the root of a subvolume. */
bool mach_btrfs_is_subvol(const char *path);
/* The tree id of the subvolume that fd lies in; also the id of its qgroup 0/ID. */
int mach_btrfs_subvol_id(int fd, uint64_t *ret_id);
/* Limit of a qgroup in bytes; UINT64_MAX takes the limit away. */
int mach_btrfs_limit(int fd, uint64_t qgroup, uint64_t bytes);
/* Make or remove a qgroup; success when it is so already. */
int mach_btrfs_qgroup(int fd, uint64_t qgroup, bool exists);
int mach_btrfs_label_get(int fd, char label[MACH_BTRFS_LABEL_MAX]);
/* One transaction: old or new label after a power cut. Durable after mach_btrfs_sync. */
int mach_btrfs_label_set(int fd, const char *label);
int mach_btrfs_sync(int fd);
/* Devices that the file system has (missing ones included). */
int mach_btrfs_devices(int fd, uint64_t *ret_n);
/* Path of the device whose turn it is: *id starts at 0 and is moved on. -ENOENT at the end. */
int mach_btrfs_device_next(int fd, uint64_t *id, char path[1024], uint64_t *ret_bytes);
/* Let the kernel know a device of a pool, so that any member mounts all of it. */
int mach_btrfs_scan(const char *device);
