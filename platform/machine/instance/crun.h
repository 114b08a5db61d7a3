// SPDX-License-Identifier: MPL-2.0
/*
 * The container runtime: crun(1), detached, without systemd. It leaves no process behind;
 * the container's first process becomes a child of the nearest subreaper.
 */
#pragma once

#include <sys/types.h>

#include "platform/lib/base/err.h"

/*
 * Make the container of the bundle in /run/triton/<uuid>: namespaces, mounts, limits. Its
 * process waits for mach_crun_start.
 * out  becomes its standard output and error; ret_pid its first process
 * Returns 0 or -EIO (ContainerFailed) with crun's own last line.
 */
int mach_crun_create(const char *uuid, int out, pid_t *ret_pid, struct tt_err **err);
int mach_crun_start(const char *uuid, struct tt_err **err);
/* Forget the container, ending what is left of it. One that is not there is success. */
int mach_crun_delete(const char *uuid, struct tt_err **err);
