// SPDX-License-Identifier: MPL-2.0
/*
 * The strings of a kernel module's .modinfo section ("alias=pci:v00008086d*...",
 * "depends=scsi_mod,libata"). Works on memory alone, bounded by the file's length.
 * Layout: ELF-64 object files, System V ABI gABI chapter 4 (sections).
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * Find the section in an x86-64 object file.
 * ret_text  borrowed from data: strings that each end in NUL (the last one always does)
 * Returns 0, or -1 when there is none or the file is damaged.
 */
int modinfo_find(const uint8_t *data, size_t len, const char **ret_text, size_t *ret_len);

/*
 * The next value of key behind *at (0 at first; moved on), or NULL at the end.
 */
const char *modinfo_next(const char *text, size_t len, const char *key, size_t *at);
