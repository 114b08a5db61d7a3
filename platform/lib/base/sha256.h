// SPDX-License-Identifier: MPL-2.0
/*
 * SHA-256 (FIPS 180-4). Ours because base knows no library but libc and jansson; uses the
 * processor's SHA instructions where they are.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "platform/lib/base/err.h"

#define TT_SHA256_SIZE    32
#define TT_SHA256_HEX_LEN 65 /* with NUL */

struct tt_sha256 {
	uint32_t state[8];
	uint64_t bytes;
	uint8_t block[64];
};

void tt_sha256_init(struct tt_sha256 *h);
void tt_sha256_add(struct tt_sha256 *h, const void *data, size_t len);
void tt_sha256_end(struct tt_sha256 *h, uint8_t out[TT_SHA256_SIZE]);
/* One call; out may not overlap data. */
void tt_sha256(const void *data, size_t len, uint8_t out[TT_SHA256_SIZE]);
/* hex has TT_SHA256_HEX_LEN bytes. */
void tt_sha256_hex(const void *data, size_t len, char *hex);
/* Digest of a whole file in 1 MiB reads. ret_size may be NULL. 0 or negative errno. */
int tt_sha256_file(const char *path, char *hex, uint64_t *ret_size, struct tt_err **err);
