// SPDX-License-Identifier: MPL-2.0
/*
 * The reader of a module's .modinfo section.
 */
#include <stdint.h>
#include <string.h>

#include "image/platform/modinfo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char *value;

	if (modinfo_get(data, len, "depends", &value) == 0 &&
	    ((const uint8_t *)value < data || strlen(value) >= len))
		__builtin_trap();
	return 0;
}
