// SPDX-License-Identifier: MPL-2.0
/*
 * The pool's state at one moment: read-only snapshots of its subvolumes, in the pool's trash,
 * which the next boot empties should the power go.
 */
#pragma once

#include "tools/operator/platform/oper.h"

struct freeze {
	char *dir;   /* NULL in a root folder of a test, where nothing is frozen */
	char **made; /* names of snapshots in dir (tt_strv) */
};

int freeze_begin(struct freeze *f, const struct oper *o, struct tt_err **err);
/* Snapshot of the subvolume /zones/NAME: its path; caller frees. */
int freeze_add(struct freeze *f, const struct oper *o, const char *name, char **ret,
    struct tt_err **err);
void freeze_end(struct freeze *f);
static inline void
tt_auto_freeze(struct freeze *f)
{
	freeze_end(f);
}
