// SPDX-License-Identifier: MPL-2.0
/*
 * Answers files: any bytes are judged without a fault; findings print; what is accepted
 * whole renders (no password is hashed here) and reads back.
 */
#include <stdint.h>
#include <string.h>

#include "installer/setup/jsonpos.h"
#include "installer/setup/tsetup.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
print_all(const struct tt_findings *found)
{
	for (size_t i = 0; i < found->n; i++) {
		tt_auto(buf) struct tt_buf out = TT_BUF_INIT(1 << 16);

		tt_finding_text(&found->v[i], "answers", &out);
		tt_finding_json(&found->v[i], "answers", &out);
	}
}

static void
render(struct tsetup *ts)
{
	tt_auto(findings) struct tt_findings found = { 0 };
	tt_auto(secret) struct tt_secret text = { 0 };
	tt_auto(err) struct tt_err *err = NULL;

	/* Hashing would be most of the time. */
	if (tsetup_source(ts, TT_KEY_ROOT_PASSWORD) != TS_UNSET ||
	    !tsetup_get(ts, TT_KEY_ROOT_HASH))
		return;
	tt_secret_init(&text, TS_CONFIG_MAX);
	if (tsetup_render(ts, &text, &found, &err) < 0)
		return;
	if (tsetup_verify(ts, &text, &err) < 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	tt_auto(findings) struct tt_findings found = { 0 };
	tt_auto(tsetup) struct tsetup *ts = tsetup_new();
	tt_auto(members) struct ts_members members = { 0 };
	const char *text = (const char *)data;

	(void)ts_members_scan(text, size, 0, &members);
	if (tsetup_answers_parse(ts, "answers", text, size, &found) == 0) {
		if (tsetup_check_all(ts, true, &found) == 0)
			render(ts);
		for (size_t i = 0; i < TT_KEY_MAX; i++)
			(void)tsetup_asked(ts, (enum tt_key_id)i);
	}
	print_all(&found);
	return 0;
}
