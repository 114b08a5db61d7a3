// SPDX-License-Identifier: MPL-2.0
/* The patches of GRUB's BIOS code, and the code that passes on to the next device. */
#include "platform/lib/conf/grubcode.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

#include "platform/lib/base/alloc.h"
#include "tests/lib/tap.h"

static uint64_t
get64(const uint8_t *at)
{
	uint64_t v;

	memcpy(&v, at, sizeof(v));
	return le64toh(v);
}

static uint16_t
get16(const uint8_t *at)
{
	uint16_t v;

	memcpy(&v, at, sizeof(v));
	return le16toh(v);
}

static void
test_patches(void)
{
	uint8_t boot[512] = { 0 };
	tt_auto(free) uint8_t *core = tt_xalloc(2 * TT_GRUB_CORE_MAX);
	tt_auto(err) struct tt_err *err = NULL;

	TAP_EQ_INT(tt_grub_boot_patch(boot, 512, 2048, NULL), -EINVAL, "no boot sector");
	boot[510] = 0x55;
	boot[511] = 0xaa;
	boot[0x66] = 0xeb;
	TAP_EQ_INT(tt_grub_boot_patch(boot, 512, 2048, NULL), 0, "boot.img");
	TAP_EQ_INT(get64(boot + 0x5c), 2048, "knows where core.img is");
	TAP_OK(boot[0x66] == 0x90 && boot[0x67] == 0x90, "and keeps the drive number");
	TAP_EQ_INT(tt_grub_core_patch(core, 100000, 2048, NULL), 0, "core.img");
	TAP_EQ_INT(get64(core + 0x1f4), 2049, "second sector");
	TAP_EQ_INT(
	    get16(core + 0x1fc), 195, "sectors behind the first: 100,000 bytes are 196");
	TAP_EQ_INT(get16(core + 0x1fe), 0x0820, "load segment");
	TAP_EQ_INT(tt_grub_core_patch(core, TT_GRUB_CORE_MAX, 2048, NULL), 0,
	    "1 MiB is allowed");
	TAP_EQ_INT(tt_grub_core_patch(core, TT_GRUB_CORE_MAX + 1, 2048, &err), -EFBIG,
	    "more is not");
	TAP_EQ_STR(tt_err_code(err), "BootLoaderTooLarge", "with its code");
	TAP_EQ_INT(
	    tt_grub_core_patch(core, 512, 2048, NULL), -EINVAL, "one sector is no core");
}

static void
test_pass_on(void)
{
	uint8_t code[TT_GRUB_CODE_LEN];

	memset(code, 0xff, sizeof(code));
	tt_grub_pass_on(code);
	TAP_OK(code[0] == 0xcd && code[1] == 0x18, "calls the firmware for the next one");
	TAP_OK(code[5] == 0xfc && code[6] == 0 && code[sizeof(code) - 1] == 0,
	    "and holds nothing else");
}

int
main(void)
{
	test_patches();
	test_pass_on();
	return tap_done();
}
