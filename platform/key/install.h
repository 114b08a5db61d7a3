// SPDX-License-Identifier: MPL-2.0
/*
 * Putting the key on the boot partitions of the pool's disks, so that the machine boots
 * without another medium. Every disk that carries the pool and has such partitions (8 GiB
 * and more) gets a whole copy: FAT32 labelled TRITON, GRUB for BIOS and UEFI, the same
 * medium.id, so that all copies and the key are one set (medium.h).
 *
 * A copy counts only when its marker is there, which is written last, behind a read-back of
 * everything else; the disk's boot code comes after that, and until then passes on to the
 * firmware's next device. So after a power cut a disk has a whole copy or none, and the
 * installation is simply repeated.
 */
#pragma once

#include <stdbool.h>

#include "platform/key/platform.h"

struct key_target {
	char disk[32]; /* kernel names: "vda" */
	char bios[40]; /* BIOS boot partition, "vda1" */
	char esp[40];  /* "" when the disk is too small to have one */
};

struct key_targets {
	struct key_target *v;
	size_t n;
	size_t usable; /* those that have both partitions */
};

void key_targets_release(struct key_targets *t);
static inline void
tt_auto_key_targets(struct key_targets *t)
{
	key_targets_release(t);
}
/* The disks under the btrfs mounted at pool. */
int key_targets_find(const char *pool, struct key_targets *ret, struct tt_err **err);

struct key_install {
	const char *source; /* folder of a whole key */
	const char
	    *over; /* folder whose config and config.inc win over the source's, or NULL */
	const char *id;                /* the text of medium.id, without its newline */
	const struct key_set *set;     /* open media: whole copies; may be NULL */
	struct key_progress *progress; /* its total is set here; may be NULL */
};

/* Whether a device holds a whole copy with this id. */
bool key_install_done(const char *esp, const char *id);
/*
 * Install on one disk. -EBADMSG (KeyDamaged) names a file whose digest is not the
 * manifest's, or that reads back differently.
 */
int key_install_disk(
    const struct key_install *o, const struct key_target *t, struct tt_err **err);
/*
 * Install on every target that has no copy yet. ret_new counts the copies made.
 * -ENOSPC (NoBootPartition) when no disk has boot partitions.
 */
int key_install_all(const struct key_install *o, const struct key_targets *t,
    size_t *ret_new, struct tt_err **err);
