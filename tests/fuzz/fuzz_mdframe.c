// SPDX-License-Identifier: MPL-2.0
/*
 * Metadata lines, fed whole and in pieces, with a limit so small that long lines are
 * reached. Both ways must see the same lines, and a frame that is read must be written the
 * same again when its header has single spaces.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "platform/lib/base/base64.h"
#include "platform/lib/base/crc32.h"
#include "platform/lib/mdata/lines.h"

#define SMALL 200U

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
rebuild(const struct tt_md_frame *f)
{
	tt_auto(buf) struct tt_buf payload = TT_BUF_INIT(TT_MD_LINE_MAX);
	tt_auto(buf) struct tt_buf out = TT_BUF_INIT(TT_MD_LINE_MAX);
	tt_auto(buf) struct tt_buf word = TT_BUF_INIT(TT_MD_LINE_MAX);
	struct tt_md_frame again;
	char *room = tt_buf_extend(&payload, TT_BASE64_MAX(f->payload_len));
	ssize_t n = tt_base64_decode(f->payload, f->payload_len, room);

	if (n < 0)
		return;
	(void)tt_buf_add(&word, f->word, f->word_len);
	assert(
	    tt_md_frame_build(&out, f->reqid, tt_buf_str(&word), room, (size_t)n) == 0);
	assert(tt_md_frame_parse(out.data, out.len - 1, &again) == 0);
	assert(again.payload_len == f->payload_len && again.word_len == f->word_len);
	assert(memcmp(again.reqid, f->reqid, TT_MD_REQID_LEN) == 0);
	assert(f->payload_len == 0 ||
	       memcmp(again.payload, f->payload, f->payload_len) == 0);
}

/* A sum over all lines handed out. */
static uint32_t
feed(const uint8_t *data, size_t len, size_t piece)
{
	struct tt_md_lines l;
	uint32_t sum = 0;

	tt_md_lines_init(&l, SMALL);
	for (size_t at = 0; at < len;) {
		size_t n = len - at < piece ? len - at : piece;
		struct tt_md_line line;
		struct tt_md_frame f;

		at += tt_md_lines_next(&l, (const char *)data + at, n, &line);
		sum = tt_crc32(sum, &line.kind, line.kind != TT_MD_LINE_NONE);
		if (line.kind == TT_MD_LINE_NONE)
			continue;
		sum = tt_crc32(sum, line.text, line.len);
		if (line.kind == TT_MD_LINE &&
		    tt_md_frame_parse(line.text, line.len, &f) == 0 && f.payload != NULL)
			rebuild(&f);
	}
	tt_md_lines_release(&l);
	return sum;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const uint32_t whole = feed(data, len, len);

	assert(feed(data, len, 1) == whole);
	assert(feed(data, len, 7) == whole);
	return 0;
}
