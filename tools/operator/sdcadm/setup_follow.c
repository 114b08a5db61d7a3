// SPDX-License-Identifier: MPL-2.0
/* Prints each change of a stage as it happens, from the daemon's event stream. */
#include "tools/operator/sdcadm/setup.h"

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/str.h"
#include "platform/lib/cli/cli.h"
#include "platform/lib/fetch/fetch.h"
#include "tools/operator/sdcadm/sse.h"

#include <stdio.h>

#define FOLLOW_MAX_MS (4 * 3600 * 1000u) /* longer than any setup */
#define SILENCE_MS    60000 /* the channel says something every ten seconds */

struct follower {
	struct sse sse;
	json_t *last; /* the state before */
	int code;     /* of the end, or EXIT_UNDER_WAY */
};

static const json_t *
same_stage(const json_t *state, const char *name)
{
	const json_t *stage;
	size_t i;

	json_array_foreach(json_object_get(state, "stages"), i, stage)
	{
		if (tt_streq(tt_json_str(stage, "name", ""), name))
			return stage;
	}
	return NULL;
}

static void
print_changes(const json_t *before, const json_t *now)
{
	const json_t *stage;
	size_t i;

	json_array_foreach(json_object_get(now, "stages"), i, stage)
	{
		const char *name = tt_json_str(stage, "name", "?");
		const char *state = tt_json_str(stage, "state", "?");
		const json_t *old = same_stage(before, name);

		if (tt_streq(
			state, old != NULL ? tt_json_str(old, "state", "") : "waiting"))
			continue;
		printf("%-20s %s\n", name, state);
		if (tt_json_str(stage, "error", NULL) != NULL)
			printf("    %s\n", tt_json_str(stage, "error", ""));
	}
	fflush(stdout);
}

static int
on_message(const char *event, const char *data, void *ctx)
{
	struct follower *f = ctx;
	json_t *now;

	if (!tt_streq(event, "setup"))
		return 0;
	now = json_loads(data, 0, NULL);
	if (now == NULL)
		return 0;
	print_changes(f->last, now);
	json_decref(f->last);
	f->last = now;
	f->code = status_code(now);
	return f->code != EXIT_UNDER_WAY;
}

static int
on_bytes(const char *bytes, size_t len, void *ctx)
{
	struct follower *f = ctx;

	return sse_feed(&f->sse, bytes, len);
}

int
follow_setup(const char *socket)
{
	static const char *const headers[] = { "Accept: text/event-stream", NULL };
	struct follower f = { .code = EXIT_UNDER_WAY };
	struct tt_fetch_opts o = { .data = on_bytes,
		.ctx = &f,
		.headers = headers,
		.unix_socket = socket,
		.timeout_ms = FOLLOW_MAX_MS,
		.stall_ms = SILENCE_MS,
		.max_bytes = 1024 * TT_MIB };
	tt_auto(err) struct tt_err *err = NULL;
	const char *next;
	int r;

	sse_init(&f.sse, on_message, &f);
	r = tt_fetch("http://localhost/setup", &o, NULL, NULL, &err);
	sse_release(&f.sse);
	if (r < 0) {
		json_decref(f.last);
		return tt_cli_fail("sdcadm", err);
	}
	puts(f.code != EXIT_UNDER_WAY
		 ? status_sentence(f.last)
		 : "triton-setupd went away before the end of setup");
	next = tt_json_str(f.last, "next_step", NULL);
	if (next != NULL)
		printf("To go on once the cause is gone: %s\n", next);
	json_decref(f.last);
	return f.code;
}
