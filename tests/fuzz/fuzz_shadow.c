// SPDX-License-Identifier: MPL-2.0
/* /etc/shadow: what was set is what is read, and the number of lines never shrinks. */
#include <assert.h>
#include <stdint.h>

#include "platform/boot/shadow.h"
#include "platform/lib/base/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	tt_auto(buf) struct tt_buf out = TT_BUF_INIT(1024 * 1024);
	char field[64];

	if (shadow_set((const char *)data, size, "root", "$y$salt$hash", &out, NULL) < 0)
		return 0;
	assert(shadow_get(tt_buf_str(&out), out.len, "root", field, sizeof(field)) == 0);
	assert(tt_streq(field, "$y$salt$hash"));
	return 0;
}
