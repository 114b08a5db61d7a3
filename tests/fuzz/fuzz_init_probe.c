// SPDX-License-Identifier: MPL-2.0
/*
 * Any bytes into the superblock probe of init.
 */
#include "platform/init/probe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct probe p;

	probe_superblock(data, len, &p);
	return 0;
}
