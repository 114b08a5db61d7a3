// SPDX-License-Identifier: MPL-2.0
/*
 * dpkg's status file.
 */
#include <jansson.h>
#include <stdint.h>

#include "image/sbom.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	json_decref(sbom_packages((const char *)data, len));
	return 0;
}
