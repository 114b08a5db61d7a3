// SPDX-License-Identifier: MPL-2.0
/*
 * Lines of a guest, judged with a record at hand and without one: whatever comes out is
 * whole lines, and a change that is handed out has a key and goes where a guest may write.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "platform/daemon/metadatad/judge.h"
#include "platform/lib/base/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct record *
make_record(void)
{
	static const char vm[] =
	    "{\"internal_metadata_namespaces\":[\"docker\"],\"nics\":[{}]}";
	static const char md[] = "{\"customer_metadata\":{\"dot\":\".a\\n.b\",\"n\":1}}";
	tt_auto(json) json_t *v = json_loads(vm, 0, NULL);
	tt_auto(json) json_t *m = json_loads(md, 0, NULL);
	struct record *r = NULL;

	assert(record_build(
		   "7d6b5a30-1f6d-4ac4-9d2a-3a1f5a0a1c11", v, m, NULL, &r, NULL) == 0);
	return r;
}

static void
check_change(const struct change *c)
{
	const size_t len = strlen(c->key);

	assert(len > 0 && len <= TT_MD_KEY_MAX);
	assert(tt_after_prefix(c->key, "sdc:") == NULL);
	assert(tt_after_prefix(c->key, "docker:") == NULL);
	assert(c->value == NULL || strlen(c->value) == c->value_len);
	assert(c->value == NULL || tt_utf8_check(c->value, c->value_len) < 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct record *r;
	tt_auto(buf) struct tt_buf out = TT_BUF_INIT(64 * TT_MIB);
	struct judge_state state = { 0 };
	struct tt_md_lines lines;

	if (r == NULL)
		r = make_record();
	tt_md_lines_init(&lines, 4096);
	for (size_t at = 0; at < len;) {
		tt_auto(change) struct change *c = NULL;
		struct tt_md_line line;

		at += tt_md_lines_next(&lines, (const char *)data + at, len - at, &line);
		if (line.kind == TT_MD_LINE_NONE)
			continue;
		if (judge_line(&line, NULL, false, 0, &state, &out, NULL) !=
		    JUDGE_NEED_RECORD)
			continue;
		if (judge_line(&line, r, false, 0, &state, &out, &c) == JUDGE_CHANGE)
			check_change(c);
		judge_late(&line, "late", &out);
	}
	assert(out.len == 0 || out.data[out.len - 1] == '\n');
	tt_md_lines_release(&lines);
	return 0;
}
