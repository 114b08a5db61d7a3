// SPDX-License-Identifier: MPL-2.0
/*
 * Control groups of instances: /sys/fs/cgroup/triton/<uuid>, in a group of our own beside
 * systemd's, which a restart of systemd or of our daemons leaves alone.
 * Kernel interface: Documentation/admin-guide/cgroup-v2.rst.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "platform/lib/base/err.h"

/* The parent group with the controllers that instances are limited by. At start, once. */
int mach_cgroup_init(struct tt_err **err);

/*
 * Write limits into the group of a running instance.
 * unified  object of file name to text, e.g. {"memory.max": "134217728"}: the same that a
 *          container is started with
 */
int mach_cgroup_set(const char *uuid, const json_t *unified, struct tt_err **err);

/* Everything in the group ends, at once. No group is success. */
int mach_cgroup_kill(const char *uuid, struct tt_err **err);
/* Whether a process lives in the group; false without one. */
bool mach_cgroup_populated(const char *uuid);
/* Wait until nothing lives there any more. -ETIME when timeout_ms has passed. */
int mach_cgroup_wait_empty(const char *uuid, unsigned timeout_ms);
/* The empty group and those below it go. */
int mach_cgroup_remove(const char *uuid, struct tt_err **err);
