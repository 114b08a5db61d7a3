// SPDX-License-Identifier: MPL-2.0
/*
 * Memory that the kernel keeps free, on a machine that has little of it.
 */
#pragma once

#include <stdint.h>

struct boot;

/*
 * vm.min_free_kbytes for this much RAM: a 128th of it, at least 4 MiB, never more than
 * what the kernel chose (kernel_kib).
 *
 * Source: mm/khugepaged.c raises the value to some 45 MiB whatever the size of the machine,
 * so that huge pages are found quickly; all of it counts as in use.
 */
uint64_t memory_reserve_kib(uint64_t ram_bytes, uint64_t kernel_kib);

/* Set it. A failure is told and costs only memory. */
void memory_reserve(struct boot *b);
