// SPDX-License-Identifier: MPL-2.0
/* A template, which is also its own partial "p", with data that has a value of each kind. */
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/tmpl.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *
itself(const char *name, void *ctx)
{
	return name[0] == 'p' ? ctx : NULL;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	tt_auto(buf) struct tt_buf out = TT_BUF_INIT(64 * TT_KIB);
	tt_auto(free) char *text = NULL;
	tt_auto(json) json_t *value = NULL;
	struct tt_tmpl_opts opts = { .partial = itself };

	if (size > 4096) /* rendering time grows with it, findings do not */
		return 0;
	value = json_pack("{s:s, s:i, s:b, s:[i,i], s:{s:s, s:[]}}", "a", "<x>", "i", 7,
	    "b", 0, "l", 1, 2, "o", "a", "in", "l");
	text = tt_xstrndup((const char *)data, size);
	opts.ctx = text;
	(void)tt_tmpl_render("fuzz", (const char *)data, size, value, &opts, &out, NULL);
	return 0;
}
