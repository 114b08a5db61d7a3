// SPDX-License-Identifier: MPL-2.0
/*
 * GRUB for BIOS and UEFI from the locked packages, without installing it: core.img and
 * BOOTX64.EFI made by grub-mkimage with our modules and early.cfg inside, and the patches
 * that grub-bios-setup would do on a disk.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "platform/lib/base/err.h"

struct build;

#define BOOT_CODE_LEN 440 /* of boot.img in sector 0 */
#define BOOT_IMG_LEN  512
#define CORE_MAX      (1024 * 1024)

struct bootloader {
	char *dir;      /* cache entry: boot.img core.img BOOTX64.EFI */
	char *boot_img; /* path */
	char *core_img;
	char *efi;
	char *ipxe_lkrn; /* in the packages */
	char *ipxe_efi;
};

int bootloader_make(struct build *b, struct bootloader *ret, struct tt_err **err);
void bootloader_release(struct bootloader *l);

static inline void
tt_auto_bootloader(struct bootloader *l)
{
	bootloader_release(l);
}

/*
 * boot.img for a disk: the LBA of core.img at 0x5c, and two NOPs at 0x66 instead of the
 * check that replaces an odd drive number, so that the firmware's number is kept.
 */
int bootloader_patch_boot(
    uint8_t *img, size_t len, uint64_t core_lba, struct tt_err **err);
/* core.img: where its second sector is, how many follow, and the load segment. */
int bootloader_patch_core(
    uint8_t *img, size_t len, uint64_t core_lba, struct tt_err **err);
