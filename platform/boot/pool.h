// SPDX-License-Identifier: MPL-2.0
/*
 * The pool: btrfs labelled `zones` whose top level, mounted at /zones, holds the marker
 * .system_pool. While it is being made its label is `zones-new`; the real label is the last
 * thing that is written. So after a power cut a pool is either whole or known to be half
 * made, and a half-made one is made anew.
 */
#pragma once

#include "platform/boot/boot.h"
#include "platform/machine/disk.h"

#define POOL_LABEL     "zones"
#define POOL_LABEL_NEW "zones-new"
#define POOL_MARKER    BOOT_POOL "/.system_pool"
#define POOL_PART_SWAP "triton-swap"
#define POOL_PART      "triton-zones"
#define POOL_SWAP_PRIO 10
#define POOL_ZRAM_PRIO 100

/* Modules of the file system, by name. */
int pool_modules(struct tt_err **err);
/* Mount the system pool at /zones: 0; -ENOENT when there is none; other errors name the disks. */
int pool_import(struct boot *b, struct tt_err **err);
/* Make it over all fixed disks (asking where it must) and mount it. */
int pool_make(struct boot *b, struct tt_err **err);
/* The steps of pool_make behind the choice of disks: partitions, file system, contents. */
int pool_create(struct boot *b, const struct mach_disks *disks, struct tt_err **err);
/*
 * Subvolumes, seeds and folders that are missing.
 * fresh  the pool has no name yet: nothing has to be whole before the caller syncs it all
 */
int pool_datasets(struct boot *b, bool fresh, struct tt_err **err);
/* Replace the file `to` by the contents of `from` when they differ. */
int pool_bring(const char *from, const char *to, struct tt_err **err);
struct tt_setup;
/* The beginning of setup's journal, onto the pool's var. */
int pool_write_setup(struct tt_setup *s, struct tt_err **err);
/* zram and the swap partitions of the pool's disks. Failures are told and not fatal. */
void pool_swap(struct boot *b);
/*
 * This disk's swap partition in MiB: `requested` of the configuration for this much RAM,
 * at most RAM and a tenth of the pool, split over n disks.
 */
uint64_t pool_swap_share(
    const char *requested, uint64_t ram_bytes, uint64_t pool_bytes, size_t n);
/* Write an empty swap area of this size on fd. */
int pool_swap_format(int fd, uint64_t bytes);

enum pool_disk_use {
	POOL_DISK_BLANK,  /* nothing known on it, or a pool of ours half made */
	POOL_DISK_FOREIGN /* holds something; what says what */
};

/* Judge one disk by what lies on it and its partitions. */
enum pool_disk_use pool_judge(
    const char *sysfs, const struct mach_disk *d, char what[256]);
