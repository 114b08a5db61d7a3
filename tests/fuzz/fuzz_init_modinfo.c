// SPDX-License-Identifier: MPL-2.0
/*
 * Any bytes into the reader of .modinfo of init.
 */
#include "platform/init/modinfo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char *text;
	size_t text_len, at = 0;

	if (modinfo_find(data, len, &text, &text_len) == 0)
		while (modinfo_next(text, text_len, "alias", &at) != NULL)
			;
	return 0;
}
