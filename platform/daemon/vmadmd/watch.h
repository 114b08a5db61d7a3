// SPDX-License-Identifier: MPL-2.0
/*
 * Ends of instances: a pidfd for each first process, one thread that waits for them all.
 */
#pragma once

#include <sys/types.h>

#include "platform/lib/base/err.h"

/*
 * From now on `ended` is called, in a thread of its own, when the process ends.
 * status  as of wait(2); -1 when it was not our child (started by an earlier daemon)
 */
int watch_start(
    void (*ended)(const char *uuid, pid_t pid, int status), struct tt_err **err);
/* -ESRCH: it has ended already. */
int watch_add(const char *uuid, pid_t pid);
