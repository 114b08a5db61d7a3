// SPDX-License-Identifier: MPL-2.0
/*
 * See consoles.h. Everything here polls: the lock, the config and the keyboard, twice a
 * second.
 */
#include "installer/setup/consoles.h"

#include <errno.h>
#include <string.h>

#include "installer/setup/session_shell.h"
#include "installer/setup/wizard_prepare.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/time.h"

#define STEP_MS    500
#define CONFIRM_MS 30000

/* What a waiting console shows; drawn again only when it changes. */
struct status {
	char line[128];
	bool welcome;    /* the welcome screen is on */
	bool wanted;     /* Enter was pressed */
	int64_t free_us; /* since when nobody has the lock, 0 = somebody has it */
};

static void
fmt_age(int64_t since_us, char *out, size_t size)
{
	long long s = (tt_mono_us() - since_us) / 1000000;

	if (s < 60)
		(void)tt_strf(out, size, "%lld s", s / 10 * 10);
	else if (s < 7200)
		(void)tt_strf(out, size, "%lld min", s / 60);
	else
		(void)tt_strf(out, size, "%lld h", s / 3600);
}

/* The one line of a waiting console, rewritten in place. */
static void
show_holder(struct wizard *w, struct status *st)
{
	struct console_holder holder;
	char age[32], line[sizeof(st->line)];
	int pad;

	if (!w->has_term || console_lock_holder(&w->lock, &holder) < 0)
		return;
	fmt_age(holder.since_us, age, sizeof(age));
	(void)tt_strf(line, sizeof(line), "Setup runs on %s: %s, %s. t takes it over.",
	    holder.console, holder.screen, age);
	if (tt_streq(line, st->line))
		return;
	if (st->welcome)
		term_puts(&w->term, "\n");
	st->welcome = false;
	pad =
	    (int)(strlen(st->line) > strlen(line) ? strlen(st->line) - strlen(line) : 0);
	term_printf(&w->term, "\r%s%*s", line, pad, "");
	(void)tt_strcpy(st->line, sizeof(st->line), line);
}

void
console_welcome(struct wizard *w)
{
	tt_auto(free) char *path = tt_path_join(w->opts.media, "version");
	tt_auto(free) char *version = tt_file_line(path);
	struct term *t = &w->term;

	screen_title(w, "Triton headnode setup");
	if (version != NULL)
		term_printf(t, "Version %s\n", version);
	term_wrap(t, 0,
	    "About thirty questions turn this machine into the headnode of a private "
	    "cloud. "
	    "Text in brackets is taken by Enter. Nothing is written until you confirm.");
	term_wrap(t, 0, "At any question:");
	term_wrap(t, 2,
	    "?   help for it\n<   previous question, << previous section\n"
	    "!   shell, also ^C\n^L  redraw");
	term_wrap(t, 0,
	    "A refused answer stays: the erase key edits it, other keys start it afresh. "
	    "Manual: triton-setup(8), with the sources");
	if (w->external_required)
		term_wrap(t, 0,
		    "The installer came over the network: the external network and DNS "
		    "have to "
		    "work.");
	if (w->resumed)
		term_wrap(t, 0,
		    "An earlier session is kept: it goes on at the first question "
		    "without an answer.");
	wizard_show_answers(w);
}

/* Nobody has it: the welcome screen and what Enter does. */
static void
show_offer(struct wizard *w, struct status *st)
{
	if (st->welcome || !w->has_term)
		return;
	console_welcome(w);
	term_puts(&w->term, "Press Enter to begin: ");
	st->welcome = true;
	st->line[0] = '\0';
}

/* `t` was typed: 1 = the session is ours. */
static int
take_over(struct wizard *w, struct status *st)
{
	tt_auto(err) struct tt_err *err = NULL;
	const struct ask a = { .prompt = "\nTake the session over? Type yes",
		.timeout_ms = CONFIRM_MS };
	enum ask_end end = screen_ask(w, &a);
	int r = 0;

	st->line[0] = '\0';
	if (end == ASK_LINE && tt_strcaseeq(w->line.text, "yes"))
		r = console_lock_take_over(&w->lock, &err);
	else if (end == ASK_TIMEOUT)
		term_puts(&w->term, "\n");
	if (err != NULL)
		screen_say(w, "error: %s", tt_err_message(err));
	if (r > 0)
		session_log_note(&w->log, "session taken over");
	return r > 0;
}

/* A key while waiting. -EAGAIN = nothing came of it, else an enum console_end. */
static int
take_key(struct wizard *w, struct status *st, uint8_t byte)
{
	const bool held_elsewhere = st->free_us == 0;

	if (held_elsewhere && (byte == 't' || byte == 'T'))
		return take_over(w, st) ? CONSOLE_TAKEN_OVER : -EAGAIN;
	if (byte == 0x03 || byte == '!') {
		enum ask_end end;

		term_puts(&w->term, "\n");
		end = screen_shell(w);
		memset(st->line, 0, sizeof(st->line));
		st->welcome = false;
		return end == ASK_QUIT ? CONSOLE_QUIT : -EAGAIN;
	}
	if (!held_elsewhere && !st->wanted && (byte == '\r' || byte == '\n')) {
		term_puts(&w->term, "\n");
		w->line.after_cr = byte == '\r';
		st->wanted = true;
	}
	if (byte == 0x0c)
		st->welcome = false;
	return -EAGAIN;
}

/* Wait a moment for a key; without a terminal just wait. */
static int
wait_key(struct wizard *w, struct status *st)
{
	struct pollfd none = { .fd = -1 };
	uint8_t byte;
	int r;

	if (!w->has_term) {
		(void)term_poll(&none, 1, STEP_MS);
		return -EAGAIN;
	}
	r = term_read(&w->term, st->wanted ? STEP_MS / 10 : STEP_MS, &byte);
	if (r == 1)
		return take_key(w, st, byte);
	return r == -EIO ? CONSOLE_GONE : -EAGAIN;
}

/* Somebody else is at the questions; one who only reads the answers is soon done. */
static bool
is_taken(const struct wizard *w)
{
	struct console_holder holder;

	return console_lock_is_held(&w->lock) &&
	       console_lock_holder(&w->lock, &holder) == 0 &&
	       !tt_streq(holder.screen, CONSOLE_PREPARING);
}

/* Keep account of who has the lock, and show it. */
static void
update(struct wizard *w, struct status *st, bool offer)
{
	if (is_taken(w)) {
		st->free_us = 0;
		st->wanted = false;
		show_holder(w, st);
		return;
	}
	if (st->free_us == 0)
		st->free_us = tt_mono_us();
	if (offer)
		show_offer(w, st);
}

/* Nobody has had the lock for longer than another console is waited for. */
static bool
is_late(const struct status *st, int patience_ms)
{
	return patience_ms > 0 && st->free_us > 0 &&
	       tt_mono_us() - st->free_us > patience_ms * 1000LL;
}

static enum console_end
wait_or_offer(struct wizard *w, bool offer, int patience_ms)
{
	struct status st = { 0 };
	int r = -EAGAIN;

	while (r == -EAGAIN) {
		if (screen_signals() == ASK_STOP)
			return CONSOLE_STOP;
		if (wizard_config_exists(w) && w->opts.console != NULL) {
			if (st.line[0] != '\0' || st.welcome)
				screen_say(w, "\nThe setup was done on another console.");
			return CONSOLE_DONE;
		}
		update(w, &st, offer && patience_ms == 0);
		if ((!offer || st.wanted || is_late(&st, patience_ms)) &&
		    console_lock_try(&w->lock, NULL) > 0)
			return CONSOLE_OURS;
		r = wait_key(w, &st);
	}
	return (enum console_end)r;
}

enum console_end
console_wait(struct wizard *w)
{
	int r = console_lock_try(&w->lock, NULL);

	if (r > 0)
		return CONSOLE_OURS;
	if (!w->has_term && w->opts.console == NULL)
		return CONSOLE_BUSY;
	return wait_or_offer(w, false, 0);
}

enum console_end
console_offer(struct wizard *w, int patience_ms)
{
	return wait_or_offer(w, true, patience_ms);
}
