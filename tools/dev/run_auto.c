// SPDX-License-Identifier: MPL-2.0
/*
 * The unattended run: read both serial consoles, tell what happens, and end with what
 * became of it.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/time.h"
#include "tools/dev/run.h"
#include "tools/dev/run_watch.h"

#define TAIL_LINES 25
#define SAID_MAX   256
/* After a failure the lines that explain it are still on their way. */
#define LINGER_MS 2000

struct console {
	const char *name;
	int fd;
	struct run_lines lines;
};

struct watch {
	int64_t start_us;
	struct console consoles[2];
	bool menu_passed;
	char last[RUN_LINE_MAX]; /* last progress */
	/* FNV hashes of what was said in this boot: every line comes from both consoles. */
	uint64_t said[SAID_MAX];
	size_t n_said;
	char tail[TAIL_LINES][RUN_LINE_MAX];
	size_t n_tail;
	char failure[RUN_LINE_MAX]; /* the first */
	int64_t failed_us;
	bool done;
};

static bool
said_before(struct watch *w, const char *text)
{
	uint64_t h = 0xcbf29ce484222325ULL;

	for (const char *p = text; *p != '\0'; p++)
		h = (h ^ (uint8_t)*p) * 0x100000001b3ULL;
	for (size_t i = 0; i < w->n_said; i++)
		if (w->said[i] == h)
			return true;
	if (w->n_said < SAID_MAX)
		w->said[w->n_said++] = h;
	return false;
}

static void
say(struct watch *w, const char *text)
{
	double s = (double)(tt_mono_us() - w->start_us) / 1e6;

	if (said_before(w, text))
		return;
	(void)tt_strf(w->last, sizeof(w->last), "%s", text);
	(void)printf("%7.1f s  %s\n", s, text);
	(void)fflush(stdout);
}

static void
keep_tail(struct watch *w, const char *line)
{
	(void)tt_strf(w->tail[w->n_tail++ % TAIL_LINES], RUN_LINE_MAX, "%s", line);
}

/* Our own text of init without its clock: the same line arrives on both consoles. */
static const char *
short_text(const char *text)
{
	const char *rest = tt_after_prefix(text, "triton-init: [");
	const char *end = rest != NULL ? strstr(rest, "] ") : NULL;

	return end != NULL ? end + 2 : text;
}

static void
take_line(struct watch *w, struct console *c)
{
	const char *text;
	char shown[RUN_LINE_MAX + 32];

	keep_tail(w, c->lines.line);
	switch (run_judge(c->lines.line, &text)) {
	case RUN_MENU:
		if (w->menu_passed)
			break;
		w->n_said = 0;
		if (tt_write_all(c->fd, "\r", 1) == 0)
			say(w, "boot menu: taking the marked entry");
		w->menu_passed = true;
		break;
	case RUN_PROGRESS:
		if (strstr(text, "starting /sbin/init") != NULL)
			w->menu_passed = false; /* the next menu is another boot's */
		(void)tt_strf(shown, sizeof(shown), "%s%s",
		    short_text(text) != text ? "init: " : "", short_text(text));
		say(w, shown);
		break;
	case RUN_DONE:
		say(w, text);
		w->done = true;
		break;
	case RUN_FAILED:
		if (w->failed_us == 0) {
			(void)tt_strf(w->failure, sizeof(w->failure), "%s", text);
			w->failed_us = tt_mono_us();
			say(w, text);
		}
		break;
	case RUN_NOTHING:
		break;
	}
}

/* False at the end of the console. */
static bool
take_bytes(struct watch *w, struct console *c)
{
	char text[4096];
	ssize_t n = read(c->fd, text, sizeof(text));

	for (ssize_t i = 0; i < n; i++) {
		if (run_lines_add(&c->lines, text[i]))
			take_line(w, c);
		/* the menu is drawn with cursor movement, not with line ends */
		else if (!w->menu_passed && c->lines.len >= 18 &&
			 strstr(c->lines.line, "Live 64-bit rescue") != NULL)
			take_line(w, c);
	}
	return n > 0 || (n < 0 && errno == EINTR);
}

static void
explain(const struct watch *w, const struct run_machine *m, const char *what)
{
	size_t from = w->n_tail > TAIL_LINES ? w->n_tail - TAIL_LINES : 0;

	(void)fprintf(stderr, "triton-run: %s\n", what);
	(void)fprintf(stderr, "triton-run: last step: %s\n",
	    w->last[0] ? w->last : "none, nothing came from the boot loader");
	(void)fprintf(stderr,
	    "triton-run: last lines of the consoles (all of them in %s/ttyS0.log "
	    "and ttyS1.log):\n",
	    m->dir);
	for (size_t i = from; i < w->n_tail; i++)
		(void)fprintf(stderr, "  | %s\n", w->tail[i % TAIL_LINES]);
}

static int
open_consoles(struct watch *w, const struct run_machine *m, struct tt_err **err)
{
	static const char *const names[] = { "ttyS0", "ttyS1" };

	for (size_t i = 0; i < TT_ARRAY_LEN(names); i++) {
		int r;

		w->consoles[i].name = names[i];
		w->consoles[i].fd = -1;
		r = run_machine_console(m, names[i], &w->consoles[i].fd, err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Ending us must not leave the machine behind: the caller stops it after a failure. */
static volatile sig_atomic_t interrupted;

static void
on_signal(int sig)
{
	interrupted = sig;
}

void
run_catch_signals(void)
{
	struct sigaction sa = { .sa_handler = on_signal };

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
}

/* NULL when setup is complete, else what went wrong; caller frees. */
static char *
watch_until_end(struct watch *w, const struct run_options *o)
{
	int64_t deadline = w->start_us + (int64_t)o->timeout_s * 1000000;

	while (!w->done) {
		struct pollfd pfds[2];
		int64_t now = tt_mono_us();

		if (w->failed_us != 0 && now - w->failed_us > LINGER_MS * 1000LL)
			return tt_xprintf("setup failed: %s", w->failure);
		if (interrupted != 0)
			return tt_xprintf("ended by signal %d", (int)interrupted);
		if (now > deadline)
			return tt_xprintf(
			    "not complete after %u s (--timeout)", o->timeout_s);
		for (size_t i = 0; i < 2; i++)
			pfds[i] = (struct pollfd){ w->consoles[i].fd, POLLIN, 0 };
		if (poll(pfds, 2, 200) < 0 && errno != EINTR)
			return tt_xstrdup("waiting for the consoles failed");
		for (size_t i = 0; i < 2; i++)
			if (pfds[i].revents != 0 && !take_bytes(w, &w->consoles[i]))
				return tt_xstrdup("the machine has ended");
	}
	return NULL;
}

int
run_auto(const struct run_options *o, const struct run_machine *m)
{
	tt_auto(free) struct watch *w = tt_xalloc(sizeof(*w));
	tt_auto(err) struct tt_err *err = NULL;
	tt_auto(free) char *failure = NULL;

	w->start_us = tt_mono_us();
	if (open_consoles(w, m, &err) < 0)
		failure = tt_xstrdup(tt_err_message(err));
	else
		failure = watch_until_end(w, o);
	for (size_t i = 0; i < TT_ARRAY_LEN(w->consoles); i++)
		if (w->consoles[i].fd > 0)
			(void)close(w->consoles[i].fd);
	if (failure != NULL)
		explain(w, m, failure);
	return failure != NULL;
}
