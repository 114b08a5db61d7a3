// SPDX-License-Identifier: MPL-2.0
/*
 * The GRUB environment block; what is read is written again and read the same.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "platform/lib/conf/grubenv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	tt_auto(grubenv) struct tt_grubenv env = TT_GRUBENV_INIT;
	tt_auto(grubenv) struct tt_grubenv again = TT_GRUBENV_INIT;
	char block[TT_GRUBENV_SIZE];
	char second[TT_GRUBENV_SIZE];

	if (tt_grubenv_parse((const char *)data, len, &env, NULL) < 0)
		return 0;
	tt_grubenv_format(&env, block);
	if (tt_grubenv_parse(block, sizeof(block), &again, NULL) < 0)
		abort();
	tt_grubenv_format(&again, second);
	if (memcmp(block, second, sizeof(block)) != 0)
		abort();
	return 0;
}
