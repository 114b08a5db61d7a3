// SPDX-License-Identifier: MPL-2.0
/*
 * GRUB's BIOS code for a disk, without grub-bios-setup: boot.img goes into bytes 0-439 of
 * sector 0, core.img into a BIOS boot partition, and each must know where core.img is. The
 * image build does this for a key, the installation for the disks of a pool.
 *
 * Offsets are those of GRUB 2.06, include/grub/i386/pc/boot.h and diskboot.h.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "platform/lib/base/err.h"

#define TT_GRUB_SECTOR   512
#define TT_GRUB_CODE_LEN 440 /* of boot.img in sector 0 */
#define TT_GRUB_CORE_MAX (1024 * 1024)

/*
 * boot.img for a disk: the LBA of core.img at 0x5c, and two NOPs at 0x66 instead of the
 * check that replaces an odd drive number, so that the firmware's number is kept.
 * -EINVAL (InvalidBootLoader) unless img is one boot sector.
 */
int tt_grub_boot_patch(uint8_t *img, size_t len, uint64_t core_lba, struct tt_err **err);
/*
 * core.img: where its second sector is, how many follow, and the load segment.
 * -EFBIG (BootLoaderTooLarge), -EINVAL (InvalidBootLoader).
 */
int tt_grub_core_patch(uint8_t *img, size_t len, uint64_t core_lba, struct tt_err **err);
/*
 * Boot code for a disk that cannot be booted (yet): interrupt 18h, so that the firmware goes
 * on with the next device instead of running into zeros.
 */
void tt_grub_pass_on(uint8_t out[TT_GRUB_CODE_LEN]);
