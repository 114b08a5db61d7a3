// SPDX-License-Identifier: MPL-2.0
/*
 * Template expansion, the boot loader's patches, image sizes.
 */
#include "image/stage.h"

#include <errno.h>

#include "image/le.h"
#include "image/usb.h"
#include "platform/lib/base/alloc.h"
#include "tests/lib/tap.h"

static void
test_expand(void)
{
	static const char *const names[] = { "STAMP", "OS_CONSOLE", NULL };
	static const char *const values[] = { "S", "ttyb", NULL };
	tt_auto(free) char *out = NULL;
	tt_auto(free) char *none = NULL;
	tt_auto(err) struct tt_err *err = NULL;

	TAP_EQ_INT(stage_expand("a=@STAMP@ $@ x@y @OS_CONSOLE@@STAMP@ @", names, values,
		       &out, NULL),
	    0, "expand");
	TAP_EQ_STR(out, "a=S $@ x@y ttybS @", "names only, other '@' stay");
	TAP_EQ_INT(
	    stage_expand("@WHAT@", names, values, &none, &err), -EINVAL, "unknown name");
	TAP_OK(strstr(tt_err_message(err), "@WHAT@") != NULL, "is named");
}

static void
test_patches(void)
{
	uint8_t boot[512] = { 0 };
	tt_auto(free) uint8_t *core = tt_xalloc(2 * CORE_MAX);
	tt_auto(err) struct tt_err *err = NULL;

	TAP_EQ_INT(
	    bootloader_patch_boot(boot, 512, 2048, NULL), -EINVAL, "no boot sector");
	boot[510] = 0x55;
	boot[511] = 0xaa;
	boot[0x66] = 0xeb;
	TAP_EQ_INT(bootloader_patch_boot(boot, 512, 2048, NULL), 0, "boot.img");
	TAP_EQ_INT(le64_get(boot + 0x5c), 2048, "knows where core.img is");
	TAP_OK(boot[0x66] == 0x90 && boot[0x67] == 0x90, "and keeps the drive number");
	TAP_EQ_INT(bootloader_patch_core(core, 100000, 2048, NULL), 0, "core.img");
	TAP_EQ_INT(le64_get(core + 0x1f4), 2049, "second sector");
	TAP_EQ_INT(le16_get(core + 0x1fc), 195,
	    "sectors behind the first: 100,000 bytes are 196");
	TAP_EQ_INT(le16_get(core + 0x1fe), 0x0820, "load segment");
	TAP_EQ_INT(
	    bootloader_patch_core(core, CORE_MAX, 2048, NULL), 0, "1 MiB is allowed");
	TAP_EQ_INT(
	    bootloader_patch_core(core, CORE_MAX + 1, 2048, &err), -EFBIG, "more is not");
	TAP_EQ_STR(tt_err_code(err), "BootLoaderTooLarge", "with its code");
	TAP_EQ_INT(bootloader_patch_core(core, 512, 2048, NULL), -EINVAL,
	    "one sector is no core");
}

static void
test_sizes(void)
{
	static const struct {
		const char *label;
		uint64_t sectors;
	} sizes[] = {
		{ "2gb", 3870720 },
		{ "4gb", 7741440 },
		{ "8gb", 15482880 },
		{ "16gb", 31223808 },
	};

	for (size_t i = 0; i < TT_ARRAY_LEN(sizes); i++) {
		const uint64_t n = usb_sectors(sizes[i].label);

		TAP_EQ_INT(n, sizes[i].sectors, "%s", sizes[i].label);
		TAP_OK(n % (16 * 63) == 0 && n % 4096 == 0, "whole cylinders and 2 MiB");
	}
}

static void
test_short(void)
{
	tt_auto(keytree) struct keytree t = { 0 };
	tt_auto(err) struct tt_err *err = NULL;
	struct bootloader l = { 0 };
	json_t *extents = NULL;

	keytree_add_data(&t, "a", "1", 1);
	t.files[0].size = 3000000000;
	TAP_EQ_INT(usb_write("/nonexistent/image", usb_sectors("2gb"), &t, &l, "x",
		       1795400000, &extents, &err),
	    -ENOSPC, "content plus a fifth does not fit: %s", tt_err_message(err));
	TAP_OK(strstr(tt_err_message(err), "lacks 1621337088 bytes") != NULL,
	    "with the shortfall");
}

int
main(void)
{
	test_expand();
	test_patches();
	test_sizes();
	test_short();
	return tap_done();
}
