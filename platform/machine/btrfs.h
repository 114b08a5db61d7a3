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
int mach_btrfs_subvol_create(int fd, const char *name);
/* What the subvolume open as from holds now, read-only, as name in the folder open as fd. */
int mach_btrfs_snapshot(int fd, const char *name, int from);
/*
 * The same in a qgroup from its first byte on (0 = none): what is made inside the subvolume
 * and every snapshot of it join that group by themselves. from < 0: an empty one. Durable
 * when it returns.
 */
int mach_btrfs_subvol_new(
    int fd, const char *name, int from, bool read_only, uint64_t qgroup);
/* Whether the subvolume open as fd can be written. */
int mach_btrfs_readonly(int fd, bool read_only);
/* Not durable when it returns; see mach_btrfs_sync. */
int mach_btrfs_subvol_delete(int fd, const char *name);
/* Whether path is the root of a subvolume. */
bool mach_btrfs_is_subvol(const char *path);
/* The tree id of the subvolume that fd lies in; also the id of its qgroup 0/ID. */
int mach_btrfs_subvol_id(int fd, uint64_t *ret_id);
/* Limit of a qgroup in bytes; UINT64_MAX takes the limit away. */
int mach_btrfs_limit(int fd, uint64_t qgroup, uint64_t bytes);
/* Make or remove a qgroup; success when it is so already. */
int mach_btrfs_qgroup(int fd, uint64_t qgroup, bool exists);
/* Bytes that the subvolumes of the group have written and hold. -ENOENT for no such group. */
int mach_btrfs_usage(int fd, uint64_t qgroup, uint64_t *ret_bytes);
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
