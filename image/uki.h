// SPDX-License-Identifier: MPL-2.0
/*
 * Mode uki: what firmware starts is signed with the site's own key. Each boot entry is one
 * EFI program: systemd's stub with kernel, initramfs and command line (so also the root
 * hash) as sections; systemd-boot is the menu. There is no GRUB, no boot variable and no
 * boot by BIOS on such a key.
 *
 * File names choose the order: systemd-boot lists entries without a sort key by name, the
 * greatest first, and takes the first.
 */
#pragma once

#include "image/bootloader.h"
#include "image/build.h"
#include "image/keytree.h"

/* Fills efi, site_cert and uki_dir of l. */
int uki_make(struct build *b, struct bootloader *l, struct tt_err **err);

/* Loader, certificate and entries on a key: EFI/ and loader/. */
int uki_stage_key(
    struct build *b, const struct bootloader *l, struct keytree *t, struct tt_err **err);
/*
 * Entries of a platform to update with: os/<stamp>/uki/NAME.efi, which the running machine
 * puts into EFI/Linux of its media. Nothing in the other modes.
 */
int uki_stage_platform(struct build *b, struct keytree *t, struct tt_err **err);

/*
 * Sector 0 of a key that boots by UEFI only: says so under BIOS. Place for GPT_SECTOR bytes;
 * the partition table behind TT_GRUB_CODE_LEN is left alone.
 */
void uki_bios_code(uint8_t *sector);
