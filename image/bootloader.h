// SPDX-License-Identifier: MPL-2.0
/*
 * GRUB for BIOS and UEFI from the locked packages, without installing it: core.img and
 * BOOTX64.EFI made by grub-mkimage with our modules and early.cfg inside, and the patches
 * that grub-bios-setup would do on a disk. In mode signed the EFI programs are those that
 * Microsoft (shim) and Debian (GRUB, MokManager) have signed, byte for byte. Mode uki has no
 * GRUB at all (uki.h): everything but the uki members and efi is NULL then.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "platform/lib/base/err.h"

struct build;

struct bootloader {
	char *dir;      /* cache entry: boot.img core.img eltorito.img BOOTX64.EFI */
	char *boot_img; /* path */
	char *core_img;
	char *eltorito;  /* cdboot.img with a core image, for BIOS from a disc */
	char *hybrid;    /* sector 0 of a disc image that was written to a stick */
	char *efi;       /* EFI/BOOT/BOOTX64.EFI: ours, or shim */
	char *efi_grub;  /* what shim starts; NULL unless mode is signed */
	char *efi_mok;   /* MokManager, likewise */
	char *site_cert; /* mode uki: EFI/KEYS/site.cer, */
	char *uki_dir;   /* and where the signed entries are: NAME.efi */
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
