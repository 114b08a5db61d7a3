// SPDX-License-Identifier: MPL-2.0
/*
 * What the runner makes of console output.
 */
#include "tests/lib/tap.h"
#include "tools/dev/run_watch.h"

static void
check(const char *line, enum run_event want, const char *want_text)
{
	const char *text;

	TAP_EQ_INT(run_judge(line, &text), want, "event of '%s'", line);
	if (want_text != NULL)
		TAP_EQ_STR(text, want_text, "its text");
}

static void
test_judge(void)
{
	check("==> Setup complete (in 12 seconds). Press [enter] to get login prompt.",
	    RUN_DONE, NULL);
	check(
	    "[    5.1] triton-init: FATAL medium: No such device (x)", RUN_FAILED, NULL);
	check(
	    "headnode configuration: fatal error: No application.json", RUN_FAILED, NULL);
	check("creating zone napi...                                      failed (12s)",
	    RUN_FAILED, NULL);
	check("creating zone napi...                                      done (12s)",
	    RUN_PROGRESS, NULL);
	check("[    2.1] triton-init: [2.054] looking for the medium labelled TRITON",
	    RUN_PROGRESS, "triton-init: [2.054] looking for the medium labelled TRITON");
	check("[  OK  ] Reached target multi-user.target - Multi-User System.",
	    RUN_PROGRESS, "system: multi-user");
	check("[FAILED] Failed to start ssh.service.", RUN_FAILED, NULL);
	check("Kernel panic - not syncing: Attempted to kill init!", RUN_FAILED, NULL);
	check("  Live 64-bit rescue", RUN_MENU, NULL);
	check("this failed (but is no result line)", RUN_NOTHING, NULL);
	check("", RUN_NOTHING, NULL);
}

static void
test_lines(void)
{
	static const char text[] = "\033[2J\033[1;31mred\033[0m text\r\n\r\nsecond\n";
	struct run_lines l = { 0 };
	char seen[2][RUN_LINE_MAX] = { "", "" };
	size_t n = 0;

	for (const char *p = text; *p != '\0'; p++)
		if (run_lines_add(&l, *p) && n < 2)
			memcpy(seen[n++], l.line, sizeof(l.line));
	TAP_EQ_INT(n, 2, "lines, empty ones left out");
	TAP_EQ_STR(seen[0], "red text", "escapes removed");
	TAP_EQ_STR(seen[1], "second", "next line starts afresh");
	for (int i = 0; i < 2000; i++)
		(void)run_lines_add(&l, 'x');
	TAP_OK(run_lines_add(&l, '\n') && strlen(l.line) == RUN_LINE_MAX - 1, "bounded");
}

int
main(void)
{
	test_judge();
	test_lines();
	return tap_done();
}
