// SPDX-License-Identifier: MPL-2.0
/* Disk lists: every accepted list gets a layout or a reason. */
#include <assert.h>
#include <stdint.h>

#include "platform/machine/layout.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mach_layout_opts o = { NULL, -1, -1, false, NULL };
	tt_auto(disks) struct mach_disks d = { 0 };
	json_t *l;

	if (mach_disks_parse("fuzz", (const char *)data, size, &d, NULL) < 0)
		return 0;
	l = mach_layout(&d, &o);
	assert(json_object_get(l, "error") || json_object_get(l, "vdevs"));
	json_decref(l);
	return 0;
}
