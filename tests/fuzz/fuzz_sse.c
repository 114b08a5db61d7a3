// SPDX-License-Identifier: MPL-2.0
/* An event stream in two pieces. */
#include "tools/operator/sdcadm/sse.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
on_message(const char *event, const char *data, void *ctx)
{
	(void)event;
	(void)data;
	(void)ctx;
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sse s;

	sse_init(&s, on_message, NULL);
	(void)sse_feed(&s, (const char *)data, size / 2);
	(void)sse_feed(&s, (const char *)data + size / 2, size - size / 2);
	sse_release(&s);
	return 0;
}
