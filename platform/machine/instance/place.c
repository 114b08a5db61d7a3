// SPDX-License-Identifier: MPL-2.0
/*
 * Names and paths of an instance.
 */
#include "platform/machine/instance/place.h"

#include <stdio.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/str.h"

char *
mach_zone_path(const char *uuid, const char *name)
{
	return name == NULL ? tt_xprintf(MACH_ZONES "/%s", uuid)
			    : tt_xprintf(MACH_ZONES "/%s/%s", uuid, name);
}

char *
mach_run_path(const char *uuid, const char *name)
{
	return name == NULL ? tt_xprintf(MACH_RUN "/%s", uuid)
			    : tt_xprintf(MACH_RUN "/%s/%s", uuid, name);
}

char *
mach_image_path(const char *kind, const char *uuid)
{
	return tt_xprintf(MACH_ZONES "/%s-%s", kind, uuid);
}

char *
mach_if_name(unsigned slot, unsigned nic, char *out)
{
	(void)tt_strf(out, MACH_IF_LEN, "t%un%u", slot, nic);
	return out;
}
