// SPDX-License-Identifier: MPL-2.0
/*
 * Template expansion, image sizes.
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
	test_sizes();
	test_short();
	return tap_done();
}
