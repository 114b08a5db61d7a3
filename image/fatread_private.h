// SPDX-License-Identifier: MPL-2.0
/*
 * What the three files of the FAT reader share.
 */
#pragma once

#include "image/fatread.h"
#include "platform/lib/base/buf.h"

int fatread_bad(struct tt_err **err, const char *path, const char *what);
bool fatread_cluster_valid(const struct fatread *f, uint32_t c);
/* Next number in the chain as it stands in the first table; c must be valid. */
uint32_t fatread_next(const struct fatread *f, uint32_t c);
const uint8_t *fatread_cluster(const struct fatread *f, uint32_t c);
