// SPDX-License-Identifier: MPL-2.0
/* Names of signed entries: what is accepted stays what it is when it is written again. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "platform/key/ukiname.h"
#include "platform/lib/base/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct uki_name n, again;
	char *text;

	if (uki_name_parse((const char *)data, size, &n) < 0)
		return 0;
	assert(n.rank >= '0' && n.rank <= '9' && n.kind[0] && n.stamp[0] == '2');
	assert(strlen(n.stamp) == UKI_STAMP_LEN - 1 && n.left >= UKI_UNCOUNTED);
	text = uki_name_format(&n);
	assert(!strchr(text, '/') && tt_ends_with(text, ".efi"));
	assert(uki_name_parse(text, strlen(text), &again) == 0);
	assert(again.rank == n.rank && again.left == n.left && again.done == n.done);
	assert(tt_streq(again.stamp, n.stamp) && tt_streq(again.kind, n.kind));
	free(text);
	return 0;
}
