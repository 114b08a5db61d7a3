// SPDX-License-Identifier: MPL-2.0
/*
 * Provider metadata and NIC lists: any bytes convert or are refused; what converts is an
 * answers file that parses.
 */
#include <stdint.h>
#include <string.h>

#include "installer/setup/tsetup.h"
#include "platform/lib/base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	tt_auto(findings) struct tt_findings found = { 0 };
	tt_auto(tsetup) struct tsetup *ts = tsetup_new();
	struct ts_tinkerbell t = { 0 };
	tt_auto(nics) struct ts_nics nics = { 0 };
	tt_auto(free) char *text = NULL;

	(void)ts_nics_parse("nics", (const char *)data, size, &nics, NULL);
	if (ts_tinkerbell_convert("metadata", (const char *)data, size, &t, NULL) < 0)
		return 0;
	text = tt_json_line(t.answers);
	/* Its own limit may be smaller than that of the metadata. */
	if (strlen(text) <= TS_ANSWERS_MAX &&
	    tsetup_answers_parse(ts, "answers", text, strlen(text), &found) < 0)
		abort();
	ts_tinkerbell_release(&t);
	return 0;
}
