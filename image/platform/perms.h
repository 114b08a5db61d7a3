// SPDX-License-Identifier: MPL-2.0
/*
 * platform/rootfs/perms.list: modes, owners and file capabilities that neither git nor a
 * package gives, and folders that git cannot keep. Lines are
 *
 *	d PATH MODE USER GROUP		make the folder when missing, set mode and owner
 *	f PATH MODE USER GROUP [CAPS]	set them; the file must be there
 *
 * CAPS is a comma-separated list of names, e.g. cap_net_raw.
 */
#pragma once

#include "image/platform/tree.h"

int perms_apply(struct tree *t, const char *list, struct tt_err **err);
