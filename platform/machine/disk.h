// SPDX-License-Identifier: MPL-2.0
/*
 * The machine's disks and what lies on them. Disks come from sysfs (or, for tests and for
 * `disklayout -f`, from a JSON list); contents are judged by libblkid's low-level probing,
 * which opens the device itself and trusts no cache.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "platform/lib/base/err.h"
#include "platform/lib/base/json.h"

struct mach_disk {
	char name[32];  /* kernel name, "vda" */
	uint64_t size;  /* bytes */
	bool ssd;       /* not rotational */
	bool removable; /* removable medium, or on a USB bus */
	bool readonly;
	char model[64]; /* "" when unknown */
	char serial[64];
};

struct mach_disks {
	struct mach_disk *v;
	size_t n;
};

void mach_disks_free(struct mach_disks *d);
static inline void
tt_auto_disks(struct mach_disks *d)
{
	mach_disks_free(d);
}

/*
 * Every whole disk of the machine, sorted by name; no loop, RAM, optical, device-mapper or
 * md devices. sysfs is "/sys" but for tests.
 */
int mach_disks_scan(const char *sysfs, struct mach_disks *ret, struct tt_err **err);
/* A JSON list of { "name", "size" (bytes), "solid_state", "removable" }; -EINVAL names the row. */
int mach_disks_parse(const char *name, const char *text, size_t len,
    struct mach_disks *ret, struct tt_err **err);
/* "vda  10.7 GB  QEMU HARDDISK" for people; out has at least 160 bytes; returns out. */
char *mach_disk_text(const struct mach_disk *d, char *out, size_t size);

/* Kernel name of partition n of a disk: vda1, nvme0n1p1. */
void mach_part_name(const char *disk, unsigned n, char out[40]);
/* Kernel name of the disk that a partition (or disk) belongs to. -ENOENT when there is none. */
int mach_disk_of(const char *sysfs, const char *dev, char out[32]);
/* Names of a disk's partitions, sorted (tt_strv). */
int mach_parts(const char *sysfs, const char *disk, char ***ret, struct tt_err **err);

/* GPT names of the partitions of a pool's disk that a copy of the key uses. */
#define MACH_PART_BIOS "triton-bios"
#define MACH_PART_ESP  "triton-esp"
/* GPT name of a partition as the kernel read it, "" when it has none. Caller frees. */
char *mach_part_label(const char *sysfs, const char *part);

/*
 * Kernel names (tt_strv) of the disks that hold the boot medium and other media, as the
 * device= and other= lines of /run/triton/bootdev say: they never carry a pool. A copy of the key on
 * the boot partition of a pool's disk counts only when the machine was booted from it.
 * bootdev is that path but for tests; a missing file gives none.
 */
int mach_media_disks(
    const char *sysfs, const char *bootdev, char ***ret, struct tt_err **err);

struct mach_probe {
	char type[32]; /* file system or RAID, "btrfs"; "" = nothing known */
	char label[264];
	char uuid[40];
	char uuid_sub[40]; /* of one btrfs device */
	char pttype[16];   /* partition table, "gpt"; "" = none */
	bool several;      /* signatures of more than one file system */
};

/* Look at a device or an image file. 0, or negative errno when it cannot be read. */
int mach_probe(const char *path, struct mach_probe *ret);
