// SPDX-License-Identifier: MPL-2.0
/* Anything typed: the line stays bounded, terminated and, on a UTF-8 console, valid. */
#include <stdlib.h>
#include <string.h>

#include "installer/setup/lineedit.h"
#include "platform/lib/base/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	tt_auto(buf) struct tt_buf echo = TT_BUF_INIT(64 * TT_KIB);
	struct lineedit le;

	lineedit_init(&le, false, true);
	for (size_t i = 0; i < size; i++) {
		enum lineedit_event event = lineedit_feed(&le, data[i], &echo);

		if (le.len > LINEEDIT_MAX || strlen(le.text) != le.len)
			abort();
		if (event != LINEEDIT_DONE)
			continue;
		if (tt_utf8_check(le.text, le.len) >= 0 && le.len > 0)
			abort();
		lineedit_clear(&le);
	}
	return 0;
}
