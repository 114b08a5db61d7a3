// SPDX-License-Identifier: MPL-2.0
/*
 * NICs of a container: one veth pair each, the host's end a port of its tag's bridge in the
 * NIC's VLAN only, the other end in the container's network namespace under its own name,
 * MAC, addresses and route. The container needs no rights for that, and the pair goes with
 * the namespace. Tags and bridges: /run/triton/nictags.json, written by the boot.
 */
#pragma once

#include <jansson.h>
#include <sys/types.h>

#include "platform/lib/base/err.h"

/* pid: a process in the namespace. -ENOENT (NicTagNotFound) names tag and NIC. */
int mach_nics_attach(const json_t *record, pid_t pid, struct tt_err **err);
