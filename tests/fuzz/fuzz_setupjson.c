// SPDX-License-Identifier: MPL-2.0
/* setup.json: whatever is accepted is written and read back the same. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/str.h"
#include "platform/lib/conf/setupjson.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	tt_auto(setup) struct tt_setup *s = NULL, *t = NULL;
	tt_auto(json) json_t *a = NULL, *b = NULL;
	tt_auto(free) char *text = NULL;

	if (tt_setup_parse("fuzz", (const char *)data, size, &s, NULL) < 0)
		return 0;
	tt_setup_see(s, "x");
	tt_setup_end(s, "y", 1);
	assert(tt_setup_seen(s, "x"));
	if (tt_strv_len(s->seen_states) > TT_SETUP_STATES_MAX ||
	    s->n_stages > TT_SETUP_STAGES_MAX)
		return 0;
	a = tt_setup_json(s);
	text = tt_json_line(a);
	assert(tt_setup_parse("again", text, strlen(text), &t, NULL) == 0);
	b = tt_setup_json(t);
	assert(json_equal(a, b));
	return 0;
}
