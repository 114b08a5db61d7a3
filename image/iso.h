// SPDX-License-Identifier: MPL-2.0
/*
 * What the disc image has beside the key's files: names that its maker, its reader and its
 * check share.
 */
#pragma once

#define ISO_LABEL   "TRITON"
#define ISO_LOADER  "boot/grub/eltorito.img" /* GRUB for BIOS; xorriso patches it */
#define ISO_CATALOG "boot/grub/boot.cat"
