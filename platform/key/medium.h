// SPDX-License-Identifier: MPL-2.0
/*
 * The boot media of this machine as one thing. A headnode boots from a USB key, or from the
 * boot partitions of its pool's disks: all media that carry the same medium.id are one set.
 * Who opens a set finds the first medium mounted at /mnt/usbkey and, for writing, every other
 * one at a place of its own; writes go to all of them in order, each on stable storage before
 * the next, so a power cut leaves at most one half-written medium, which the next opening for
 * writing repairs from the first.
 *
 * A set is held under a lock: two programs never write at the same time. Knows nothing of
 * what is on a key beyond its marker, its id and its manifest.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "platform/lib/base/err.h"

#define KEY_MOUNT "/mnt/usbkey"     /* where the first medium is mounted */
#define KEY_COPY  "/usbkey"         /* the key's copy on the pool */
#define KEY_RUN   "/run/triton/key" /* mount points of the others, the lock */
#define KEY_BOOTDEV                                                                      \
	"/run/triton/bootdev"      /* what init booted from: device=, fstype=, other= */
#define KEY_MARKER   ".joyliveusb" /* a file system with it is a key */
#define KEY_ID       "medium.id"   /* the same text on all media of one machine */
#define KEY_MANIFEST "usb_key.manifest"
#define KEY_MAX      32 /* media of one machine */

struct key_medium {
	char *device; /* "/dev/sda1"; the folder's path for a set made of a folder */
	char *where;  /* mount point */
	bool ours;    /* mounted by this set: key_close unmounts it */
	bool was_ro;  /* made writable by this set: key_close undoes it */
};

struct key_set {
	struct key_medium *v; /* at least one; the booted medium is the first */
	size_t n;
	char *id;   /* NULL when the medium has none yet */
	char *copy; /* the copy on the pool, KEY_COPY but for tests */
	char **
	    missing; /* what should have been written and could not, in words (tt_strv) */
	bool write;
	int lock;
};

struct key_opts {
	const char
	    *folder;      /* this folder is the only medium: nothing is mounted (tests) */
	const char *copy; /* NULL = KEY_COPY */
	bool write;
	bool keep; /* key_close leaves the first medium mounted (sdc-usbkey mount) */
	unsigned wait_s; /* for another program's lock; 0 = 60 */
};

/*
 * Find, lock and mount. For reading, only the first medium is mounted.
 * -ENODEV (KeyMissing)  no medium of this machine is there
 * -EROFS  (KeyReadOnly) it cannot be written: a disc, or a switch on the stick
 * -EBUSY  (KeyBusy)     another program holds it and did not let go in wait_s
 * Caller closes with key_close.
 */
int key_open(const struct key_opts *o, struct key_set **ret, struct tt_err **err);
/* Everything on stable storage, then unmounted, unless it was mounted before. NULL is fine. */
void key_close(struct key_set *s);
TT_AUTO_DEFINE(key_set, struct key_set *, key_close)
/* All writes so far of all media on stable storage. */
int key_sync(const struct key_set *s, struct tt_err **err);

/*
 * A small file, or its removal (data NULL), on every medium in order: whole or not at all on
 * each (temporary file, fsync, rename). path is relative to the key's top.
 */
int key_put(struct key_set *s, const char *path, const void *data, size_t len,
    struct tt_err **err);

/* Unmount the first medium if it is mounted; others have followed it by then. -EBUSY in words. */
int key_unmount(const struct key_opts *o, struct tt_err **err);

/* --- what the boot steps use as well ------------------------------------------------- */

/* Mount device read-only at where: 0; -ENOENT (nothing stays mounted) when it is no key; -errno. */
int key_mount(
    const char *device, const char *fstype, const char *where, struct tt_err **err);
/* Writable or read-only again; -EROFS, -EACCES for a medium that never is. */
int key_remount_at(const char *where, bool rw, struct tt_err **err);
/* Whether a file system is mounted at exactly this path. */
bool key_mounted(const char *path);
/* fsck.fat for a FAT that was not unmounted. 1 when it was checked, 0 when there was no need. */
int key_check_fat(const char *device, struct tt_err **err);
/* Values of the "NAME=" lines of a bootdev file, in order (tt_strv, may be NULL). */
char **key_bootdev(const char *path, const char *name);
