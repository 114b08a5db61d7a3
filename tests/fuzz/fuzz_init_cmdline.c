// SPDX-License-Identifier: MPL-2.0
/*
 * Any bytes into the kernel command line of init.
 */
#include "platform/init/cmdline.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct init_params p;

	init_params_parse((const char *)data, len, &p);
	return 0;
}
