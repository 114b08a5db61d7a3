// SPDX-License-Identifier: MPL-2.0
/* The event stream reader: every line end, fields, comments, and pieces cut anywhere. */
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/str.h"
#include "tests/lib/tap.h"
#include "tools/operator/sdcadm/sse.h"

static char got[1024];

static int
on_message(const char *event, const char *data, void *ctx)
{
	size_t n = strlen(got);
	int *stop_after = ctx;

	(void)tt_strf(got + n, sizeof(got) - n, "[%s|%s]", event, data);
	return --*stop_after == 0 ? 7 : 0;
}

static const struct {
	const char *in, *want;
} cases[] = {
	{ "data: x\n\n", "[message|x]" },
	{ "data:x\n\n", "[message|x]" },
	{ "data:  x\n\n", "[message| x]" },
	{ "event: e\ndata: 1\ndata: 2\n\n", "[e|1\n2]" },
	{ "id: 4\nevent: e\r\ndata: 1\r\rdata: 2\n\n", "[e|1][message|2]" },
	{ ": comment\n\n:\n\ndata: x\n\n", "[message|x]" },
	{ "event: e\n\ndata: x\n\n", "[message|x]" },
	{ "data\n\n", "[message|]" },
	{ "data: cut", "" },
	{ "data: a\r\n\r\ndata: b\r\n\r\n", "[message|a][message|b]" },
	{ "other: x\nretry: 5\n\n", "" },
};

static void
feed(const char *in, size_t piece)
{
	int never = -1;
	struct sse s;

	got[0] = '\0';
	sse_init(&s, on_message, &never);
	for (size_t i = 0, n = strlen(in); i < n; i += piece)
		(void)sse_feed(&s, in + i, n - i < piece ? n - i : piece);
	sse_release(&s);
}

int
main(void)
{
	int once = 1;
	struct sse s;

	for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++) {
		for (size_t piece = 1; piece < 12; piece += 5) {
			feed(cases[i].in, piece);
			TAP_EQ_STR(
			    got, cases[i].want, "case %zu in pieces of %zu", i, piece);
		}
	}
	got[0] = '\0';
	sse_init(&s, on_message, &once);
	TAP_EQ_INT(
	    sse_feed(&s, "data: a\n\ndata: b\n\n", 18), 7, "the reader's answer ends it");
	TAP_EQ_STR(got, "[message|a]", "at once");
	sse_release(&s);
	return tap_done();
}
