// SPDX-License-Identifier: MPL-2.0
/*
 * The system call filter of a container as a ready BPF program, so that no start has to
 * compile one. Kernel interface: seccomp(2), Documentation/userspace-api/seccomp_filter.rst.
 *
 * Everything up to the newest call known here is allowed but for a list; what is newer is
 * ENOSYS, so that a new kernel opens nothing by itself. Calls of the 32 bit and x32 tables
 * are ENOSYS too.
 */
#pragma once

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>

#define MACH_SECCOMP_MAX 256

/*
 * system  a whole system with its own init may make namespaces and mounts inside its own
 *         user namespace; one program may not
 * Number of instructions.
 */
size_t mach_seccomp_program(bool system, struct sock_filter out[MACH_SECCOMP_MAX]);
/* The same as base64 text, the form in which crun takes it; caller frees. */
char *mach_seccomp_text(bool system);
