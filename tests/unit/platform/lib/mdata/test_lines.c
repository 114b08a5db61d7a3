// SPDX-License-Identifier: MPL-2.0
/* Lines and frames of the metadata protocol: whole, in pieces, too long, damaged. */
#include "platform/lib/mdata/lines.h"

#include <errno.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/crc32.h"
#include "tests/lib/tap.h"

/* Feed text in pieces; all lines as "[text]", long ones as "{text}" or "!". */
static char *
cut(const char *text, size_t len, size_t piece, size_t max)
{
	struct tt_buf out = TT_BUF_INIT(64 * TT_KIB);
	struct tt_md_lines l;

	tt_md_lines_init(&l, max);
	for (size_t at = 0; at < len;) {
		const size_t n = len - at < piece ? len - at : piece;
		struct tt_md_line line;

		at += tt_md_lines_next(&l, text + at, n, &line);
		if (line.kind == TT_MD_LINE_LONG)
			(void)tt_buf_adds(&out, "!");
		if (line.kind == TT_MD_LINE)
			(void)tt_buf_addf(&out, "[%.*s]", (int)line.len, line.text);
		if (line.kind == TT_MD_LINE_LONG_FRAME)
			(void)tt_buf_addf(&out, "{%.*s}", (int)line.len, line.text);
	}
	tt_md_lines_release(&l);
	return tt_buf_detach(&out);
}

static void
check_cut(const char *text, size_t len, size_t max, const char *want, const char *what)
{
	for (size_t piece = 1; piece <= len; piece = piece < 4 ? piece + 1 : piece * 4) {
		tt_auto(free) char *got = cut(text, len, piece, max);

		TAP_EQ_STR(got, want, "%s, pieces of %zu", what, piece);
	}
}

static void
test_lines(void)
{
	tt_auto(buf) struct tt_buf frame = TT_BUF_INIT(4096);
	char value[300];

	check_cut("a\n\nb \r\n c\n", 10, 100, "[a][][b][ c]", "ends are trimmed");
	check_cut("\0\0a\nb\0c\nd", 9, 100, "[a][b]", "NUL in front is dropped");
	check_cut("12345\n123456\n1\n", 15, 5, "[12345]![1]", "a line over the limit");
	memset(value, 'v', sizeof(value));
	(void)tt_md_frame_build(&frame, "0badcafe", "PUT", value, sizeof(value));
	check_cut(frame.data, frame.len, 100,
	    "{0badcafe PUT dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnZ}", "a long frame's head");
	frame.len--;
	(void)tt_buf_adds(&frame, " \r\r\nx\n");
	check_cut(frame.data, frame.len, 100,
	    "{0badcafe PUT dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnZ}[x]",
	    "white space at its end is no part of it");
	frame.data[200]++;
	check_cut(frame.data, frame.len, 100, "![x]", "a damaged long frame");
}

static void
test_damaged(void)
{
	static const struct {
		const char *line;
		int want;
	} cases[] = {
		{ "V2 25 b5387dbc b09e8366 GET c2RjOnV1aWQ=", 0 },
		{ "V2   25  b5387dbc   b09e8366 GET c2RjOnV1aWQ=", 0 },
		{ "V2 25 b5387dbc b09e8366 GET c2RjOnV1aWQ", -EBADMSG },
		{ "V2 025 b5387dbc b09e8366 GET c2RjOnV1aWQ=", 0 },
		{ "V2 99999999999 b5387dbc b09e8366 GET c2RjOnV1aWQ=", -EBADMSG },
		{ "V2 25 b5387dbcc b09e8366 GET c2RjOnV1aWQ=", -EBADMSG },
		{ "V2 25", -EBADMSG },
		{ "V2", -EBADMSG },
		{ "V2 0 00000000 ", -EBADMSG },
		{ "V3 25 b5387dbc b09e8366 GET c2RjOnV1aWQ=", -EBADMSG },
	};
	struct tt_md_frame f;

	for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++)
		TAP_EQ_INT(tt_md_frame_parse(cases[i].line, strlen(cases[i].line), &f),
		    cases[i].want, "'%s'", cases[i].line);
}

/* Body texts with a right header. */
static void
test_bodies(void)
{
	static const struct {
		const char *body;
		int want;
	} cases[] = {
		{ "00000001 KEYS", 0 },
		{ "00000001 GET YQ==", 0 },
		{ "00000001 GET a b", 0 },
		{ "0000000A KEYS", -EBADMSG },
		{ "0000001 KEYS", -EBADMSG },
		{ "00000001", -EBADMSG },
		{ "00000001 ", -EBADMSG },
		{ "00000001  KEYS", -EBADMSG },
		{ "00000001 KEYS ", -EBADMSG },
		{ "00000001 GET  YQ==", -EBADMSG },
		{ "00000001 GET a  b", -EBADMSG },
	};
	struct tt_md_frame f;

	for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++) {
		const size_t len = strlen(cases[i].body);
		tt_auto(free) char *line = tt_xprintf("V2 %zu %08x %s", len,
		    tt_crc32(0, cases[i].body, len), cases[i].body);

		TAP_EQ_INT(tt_md_frame_parse(line, strlen(line), &f), cases[i].want,
		    "body '%s'", cases[i].body);
	}
}

int
main(void)
{
	test_lines();
	test_damaged();
	test_bodies();
	TAP_EQ_INT(tt_crc32(tt_crc32(0, "1234", 4), "56789", 5), 0xcbf43926,
	    "a CRC in two pieces");
	return tap_done();
}
