// SPDX-License-Identifier: MPL-2.0
/*
 * Which platform boots next, from the boot variables of the media.
 */
#pragma once

#include "tools/operator/platform/oper.h"

/*
 * Bring an installed platform to the media and have the next boot try it; the running one is
 * what a failed trial goes back to. -ENOENT not installed; -EINVAL (SetupIncomplete) while
 * setup is not complete, since a trial could not pass then.
 */
int platform_assign(const struct oper *o, const char *stamp, struct tt_err **err);

/*
 * Off the media and out of the copy. -EBUSY (PlatformInUse) for one that runs, boots next or
 * is the rollback entry; with force only the running one and the next are refused.
 */
int platform_remove(
    const struct oper *o, const char *stamp, bool force, struct tt_err **err);

/* What servers yet to be set up are to boot; NULL when none was chosen. Caller frees. */
char *platform_default(const struct oper *o);
int platform_set_default(const struct oper *o, const char *stamp, struct tt_err **err);
/* Why the platform that was given up last was; caller frees. */
char *platform_failure(const struct oper *o, const char *stamp);
