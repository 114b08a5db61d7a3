// SPDX-License-Identifier: MPL-2.0
/*
 * Factory reset: a mark on the pool that sdc-factoryreset leaves and the pool step obeys.
 */
#pragma once

#include "platform/lib/base/err.h"

/* A file at the pool's top level; its contents are for people. */
#define POOL_RESET_MARK "/zones/.factoryreset"

struct boot;

/*
 * The pool is mounted at /zones and nothing of it is in use. With the mark: empty it but for
 * the config, make its datasets anew, and take the mark away when all that is on the disks.
 * A power cut at any point leaves the mark, and the next boot begins anew.
 */
int pool_reset(struct boot *b, struct tt_err **err);
