// SPDX-License-Identifier: MPL-2.0
/*
 * Any bytes as a record of the kernel log.
 */
#include <assert.h>
#include <stdint.h>

#include "platform/cmd/kmsg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char out[KMSG_LINE_MAX];
	int n = kmsg_line((const char *)data, len, 7, out);

	assert(n < KMSG_LINE_MAX);
	return 0;
}
