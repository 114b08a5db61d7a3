// SPDX-License-Identifier: MPL-2.0
/*
 * What a kernel module says of itself: the NAME=VALUE texts of its .modinfo section
 * (include/linux/moduleparam.h), and its unpacked form. Bounded reading of outside bytes.
 */
#pragma once

#include "platform/lib/base/buf.h"
#include "platform/lib/base/err.h"

/* Largest unpacked module that is taken. */
#define MODINFO_MAX_MODULE (64 * TT_MIB)

/* Unpack .ko, .ko.xz, .ko.zst or .ko.gz; what is not packed is copied. */
int modinfo_unpack(const char *name, const void *data, size_t len, struct tt_buf *out,
    struct tt_err **err);
/*
 * Value of the first KEY= text of an unpacked module, borrowed from data.
 * 0, -ENOENT (no such text), -EINVAL (not a 64-bit little-endian ELF object, or damaged).
 */
int modinfo_get(const void *data, size_t len, const char *key, const char **ret);
/* Base name without .ko and packing suffix; caller frees. NULL when it is no module. */
char *modinfo_file_name(const char *path);
/* The same module may be written with '-' or '_': all '-' become '_' in place. */
char *modinfo_normal(char *name);
