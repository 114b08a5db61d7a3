// SPDX-License-Identifier: MPL-2.0
/*
 * Console texts that mean a boot has gone wrong, whatever came after. The boot tests read
 * the quoted strings of this file too, so: one string a line, no escapes.
 */
#pragma once

static const char *const run_markers[] = {
	"triton-init: FATAL",
	"Kernel panic - not syncing",
	"Oops: ",
	"BUG: kernel",
	"BUG: unable to handle",
	"WARNING: CPU:",
	"rejecting I/O to offline device",
	"alloc magic is broken",
	"free magic is broken",
	" segfault at ",
	"dumped core",
	"core dumped",
	"Found ordering cycle",
	"invoked oom-killer",
	"Out of memory: Killed process",
	" failed with exit status ",
	"device corrupted",
	"Failed to start ",
	"bad shim signature",
	"BdsDxe: failed to load",
	"You are in emergency mode",
	"emergency shell",
	"headnode configuration: fatal error:",
};
