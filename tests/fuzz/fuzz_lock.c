// SPDX-License-Identifier: MPL-2.0
/*
 * The package lock's parser: any bytes are read or refused, and what is read can be sorted,
 * searched and digested.
 */
#include "image/platform/lock.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	tt_auto(lock) struct lock l = { 0 };
	char hex[TT_SHA256_HEX_LEN];

	if (len > LOCK_MAX_BYTES ||
	    lock_parse("fuzz", (const char *)data, len, &l, NULL) < 0)
		return 0;
	lock_role_digest(&l, LOCK_ROOT, hex);
	if (l.count > 0 && lock_find(&l, l.pkgs[0].role, l.pkgs[0].name) != &l.pkgs[0])
		__builtin_trap();
	return 0;
}
