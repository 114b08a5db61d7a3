// SPDX-License-Identifier: MPL-2.0
/*
 * Patches of GRUB's BIOS code, and the code of a disk that holds none.
 */
#include "platform/lib/conf/grubcode.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

static void
put64(uint8_t *at, uint64_t v)
{
	v = htole64(v);
	memcpy(at, &v, sizeof(v));
}

static void
put16(uint8_t *at, uint16_t v)
{
	v = htole16(v);
	memcpy(at, &v, sizeof(v));
}

int
tt_grub_boot_patch(uint8_t *img, size_t len, uint64_t core_lba, struct tt_err **err)
{
	if (len != TT_GRUB_SECTOR || img[510] != 0x55 || img[511] != 0xaa)
		return tt_err_set(err, -EINVAL, "InvalidBootLoader",
		    "boot.img has %zu bytes and must be one boot sector of %d", len,
		    TT_GRUB_SECTOR);
	put64(img + 0x5c, core_lba);
	img[0x66] = 0x90;
	img[0x67] = 0x90;
	return 0;
}

int
tt_grub_core_patch(uint8_t *img, size_t len, uint64_t core_lba, struct tt_err **err)
{
	const uint64_t rest = len < TT_GRUB_SECTOR ? 0 : (len - 1) / TT_GRUB_SECTOR;

	if (len > TT_GRUB_CORE_MAX)
		return tt_err_set(err, -EFBIG, "BootLoaderTooLarge",
		    "core.img has %zu bytes, the BIOS boot partition holds %d: leave "
		    "modules out",
		    len, TT_GRUB_CORE_MAX);
	if (rest == 0 || rest > UINT16_MAX)
		return tt_err_set(err, -EINVAL, "InvalidBootLoader",
		    "core.img has only %zu bytes: it was cut off when it was made", len);
	put64(img + 0x1f4, core_lba + 1);
	put16(img + 0x1fc, (uint16_t)rest);
	put16(img + 0x1fe, 0x0820);
	return 0;
}

void
tt_grub_pass_on(uint8_t out[TT_GRUB_CODE_LEN])
{
	/* int 18h; a firmware that comes back is halted: l: cli; hlt; jmp l */
	static const uint8_t code[] = { 0xcd, 0x18, 0xfa, 0xf4, 0xeb, 0xfc };

	memset(out, 0, TT_GRUB_CODE_LEN);
	memcpy(out, code, sizeof(code));
}
