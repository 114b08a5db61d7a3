// SPDX-License-Identifier: MPL-2.0
/*
 * The boot medium of a boot step: choosing among several. Mounting is platform/key's.
 */
#pragma once

#include "platform/boot/boot.h"
#include "platform/key/medium.h"

/* The key at /mnt/usbkey writable or read-only; -EROFS, -EACCES for a medium that never is. */
int key_remount(bool rw, struct tt_err **err);
/*
 * The boot medium is mounted. When there are other media with a config of their own, take
 * the one whose id the pool knows; with none known ask (or keep the boot medium when nobody
 * is there). *device becomes the one that is mounted at the end.
 */
int key_choose(struct boot *b, char **device, struct tt_err **err);
