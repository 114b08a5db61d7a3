// SPDX-License-Identifier: MPL-2.0
/* A tar header: what is taken has a name that ends, and a size that is a number. */
#include <assert.h>
#include <string.h>

#include "tools/operator/platform/tarhead.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t block[TAR_BLOCK] = { 0 };
	struct tar_head h;
	const char *why;
	unsigned sum = 0;
	int r = tar_head_parse(data, size, &h, &why);

	assert(r >= 0 || why);
	/* with a sum that fits, so that the fields behind it are reached */
	memcpy(block, data, size < TAR_BLOCK ? size : TAR_BLOCK);
	memset(block + 148, ' ', 8);
	for (size_t i = 0; i < TAR_BLOCK; i++)
		sum += block[i];
	for (int i = 6; i-- > 0; sum >>= 3)
		block[148 + i] = (uint8_t)('0' + (sum & 7));
	block[154] = '\0';
	r = tar_head_parse(block, TAR_BLOCK, &h, &why);
	if (r == 1)
		assert(
		    memchr(h.name, '\0', sizeof(h.name)) && (!h.folder || h.size == 0));
	return 0;
}
