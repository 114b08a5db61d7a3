// SPDX-License-Identifier: MPL-2.0
/*
 * The wizard of one console: open it, get the session, run it, and when another console takes
 * it over, wait again.
 */
#include "installer/setup/wizard.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "installer/setup/consoles.h"
#include "installer/setup/fetch.h"
#include "installer/setup/screen_question.h"
#include "installer/setup/wizard_finish.h"
#include "installer/setup/wizard_prepare.h"
#include "installer/setup/wizard_run.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/num.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/time.h"

#define PATIENCE_MS                                                                      \
	5000 /* for the console that was chosen, before another one steps in */
#define REOPEN_MS     1000
#define UNATTENDED_MS 2500 /* for all live checks where nobody looks at them */

/* What to do after a session or a wait. */
enum next { NEXT_WAIT, NEXT_REOPEN, NEXT_EXIT };

/* -c: the device, as our controlling terminal where that can be. */
static int
open_device(const char *name)
{
	tt_auto(free) char *path = tt_path_join("/dev", name);
	int fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	/* Job control in shells needs it; a session that has one already keeps it. */
	if (getsid(0) != getpid())
		(void)setsid();
	(void)ioctl(fd, TIOCSCTTY, 0);
	return fd;
}

static void
open_console(struct wizard *w)
{
	tt_auto(err) struct tt_err *err = NULL;
	const char *name = isatty(STDIN_FILENO) ? ttyname(STDIN_FILENO) : NULL;

	if (name != NULL)
		name = tt_after_prefix(name, "/dev/");
	if (w->opts.console != NULL) {
		w->console = w->opts.console;
		w->tty = name != NULL && tt_streq(name, w->console)
			     ? dup(STDIN_FILENO)
			     : open_device(w->console);
	} else {
		w->console = name != NULL ? name : "no terminal";
		w->tty = dup(STDIN_FILENO);
	}
	w->has_term = w->tty >= 0 && term_open(&w->term, w->tty, false, &err) == 0;
}

static void
close_console(struct wizard *w)
{
	if (w->has_term)
		term_close(&w->term);
	tt_auto_close(&w->tty);
	w->tty = -1;
	w->has_term = false;
}

/* What a test sets in the environment; NULL in the builds that machines get. */
static const char *
test_setting(const char *name)
{
#ifdef TT_TEST_BUILD
	return getenv(name);
#else
	(void)name;
	return NULL;
#endif
}

static uint32_t
test_port(const char *name)
{
	const char *text = test_setting(name);
	uint32_t port = 0;

	if (text != NULL)
		(void)tt_parse_u32(text, 1, 65535, &port);
	return port;
}

/* Tests point the live checks at servers of their own; another root has no network. */
static void
start_checks(struct wizard *w)
{
	uint32_t dns = test_port("TRITON_TEST_DNS_PORT");
	uint32_t ntp = test_port("TRITON_TEST_NTP_PORT");
	bool on = *w->opts.root == '\0' || dns > 0;

	checks_release(&w->checks);
	checks_init(&w->checks, on, w->has_term ? &w->term : NULL);
	w->checks.dns_port = (uint16_t)dns;
	w->checks.ntp_port = (uint16_t)ntp;
	memset(w->checked, 0, sizeof(w->checked));
	if (w->unattended)
		w->checks.budget_ms = UNATTENDED_MS;
}

static enum next
after_wait(struct wizard *w, enum console_end end, int *ret)
{
	switch (end) {
	case CONSOLE_DONE:
		*ret = WIZARD_OK;
		return NEXT_EXIT;
	case CONSOLE_BUSY:
		screen_say(w, "error: another console holds the setup");
		*ret = WIZARD_BUSY;
		return NEXT_EXIT;
	case CONSOLE_QUIT:
		*ret = WIZARD_QUIT;
		return NEXT_EXIT;
	case CONSOLE_GONE:
		*ret = WIZARD_FAILED;
		return w->opts.console != NULL ? NEXT_REOPEN : NEXT_EXIT;
	default:
		*ret = WIZARD_FAILED;
		return NEXT_EXIT;
	}
}

static enum next
after_session(struct wizard *w, enum ask_end end, int *ret)
{
	const bool console = w->opts.console != NULL;

	switch (end) {
	case ASK_TAKEN:
		screen_say(w, "\nAnother console has taken the session over.");
		*ret = WIZARD_BUSY;
		return console ? NEXT_WAIT : NEXT_EXIT;
	case ASK_GONE:
		*ret = WIZARD_FAILED;
		return console ? NEXT_REOPEN : NEXT_EXIT;
	case ASK_QUIT:
		return NEXT_EXIT;
	case ASK_STOP:
		*ret = WIZARD_FAILED;
		return NEXT_EXIT;
	default:
		return NEXT_EXIT;
	}
}

static bool
has_nics(const struct wizard *w)
{
	const struct ts_nics *nics = tsetup_nics(w->ts);

	return nics != NULL && nics->n > 0;
}

/* The lock is held. */
static enum ask_end
session(struct wizard *w, bool welcome, int *ret)
{
	enum ask_end end = ASK_LINE;

	start_checks(w);
	if (!has_nics(w)) {
		*ret = WIZARD_NO_NIC;
		end = screen_no_nic(w);
		if (ask_is_end(end))
			return end;
	}
	*ret = WIZARD_QUIT;
	if (w->unattended)
		end = wizard_unattended(w, ret);
	else
		end = wizard_interactive(w, welcome, ret);
	if (end == ASK_QUIT && !w->unattended) {
		wizard_quit(w);
		*ret = WIZARD_QUIT;
	}
	checks_release(&w->checks);
	return end;
}

/* May this console begin without a key? */
static bool
begins_alone(const struct wizard *w)
{
	if (w->opts.console == NULL)
		return true;
	if (w->unattended)
		return wizard_is_chosen(w);
	return w->has_term && tsetup_bool(w->ts, TT_KEY_SKIP_INSTRUCTIONS) &&
	       tsetup_effective(w->ts, TT_KEY_CONSOLE) != NULL && wizard_is_chosen(w);
}

/*
 * Get the lock, read the answers, and begin at once or offer the welcome screen. A session
 * that was taken over or resumed begins without it.
 */
static enum next
round_of(struct wizard *w, int *ret)
{
	enum console_end got = console_wait(w);
	enum ask_end end;
	bool welcome = w->opts.console == NULL;

	if (got != CONSOLE_OURS && got != CONSOLE_TAKEN_OVER)
		return after_wait(w, got, ret);
	/* A console unit has nothing to do where a config is, perhaps since a moment ago. */
	if (w->opts.console != NULL && wizard_config_exists(w))
		return after_wait(w, CONSOLE_DONE, ret);
	end = wizard_prepare(w, ret);
	if (end != ASK_LINE)
		return after_session(w, end, ret);
	if (got == CONSOLE_OURS && !begins_alone(w)) {
		console_lock_drop(&w->lock);
		got = console_offer(w, w->unattended ? PATIENCE_MS : 0);
		if (got != CONSOLE_OURS && got != CONSOLE_TAKEN_OVER)
			return after_wait(w, got, ret);
		/* Another console may have answered something meanwhile. */
		end = wizard_prepare(w, ret);
		if (end != ASK_LINE)
			return after_session(w, end, ret);
	}
	end = session(w, welcome && !w->resumed, ret);
	console_lock_drop(&w->lock);
	return after_session(w, end, ret);
}

static int
run(struct wizard *w)
{
	int ret = WIZARD_FAILED;

	for (;;) {
		switch (round_of(w, &ret)) {
		case NEXT_WAIT:
			break;
		case NEXT_REOPEN:
			console_lock_drop(&w->lock);
			close_console(w);
			tt_sleep_ms(REOPEN_MS);
			open_console(w);
			break;
		case NEXT_EXIT:
			return ret;
		}
	}
}

static bool
switched_off(const struct wizard *w)
{
	tt_auto(free) char *setup = fetch_bootarg(w->cmdline, "triton.setup");

	return setup != NULL && tt_streq(setup, "off");
}

static void
init(struct wizard *w, const struct wizard_opts *opts)
{
	tt_auto(free) char *lock = NULL;
	tt_auto(free) char *log = NULL;

	tt_secret_process();
	console_signals_init();
	w->opts = *opts;
	if (w->opts.root == NULL)
		w->opts.root = "";
	(void)mlock(&w->line, sizeof(w->line));
	open_console(w);
	w->cmdline = fetch_cmdline(w->opts.root);
	w->answers_name = tt_xstrdup("");
	w->journal = wizard_path(w, "/run/triton/setup.state");
	lock = wizard_path(w, "/run/triton/setup.lock");
	log = wizard_path(w, "/var/log/triton-setup.log");
	console_lock_init(&w->lock, lock, w->console);
	session_log_open(&w->log, log, w->console);
	w->ts = tsetup_new();
}

static void
finish(struct wizard *w)
{
	checks_release(&w->checks);
	lineedit_clear(&w->line);
	close_console(w);
	console_lock_release(&w->lock);
	session_log_close(&w->log);
	tsetup_free(w->ts);
	tt_findings_release(&w->found);
	for (int id = 0; id < TT_KEY_MAX; id++)
		free(w->seen[id]);
	free(w->cmdline);
	free(w->journal);
	free(w->answers_name);
	free(w->answers_on_medium);
}

int
wizard_main(const struct wizard_opts *opts)
{
	struct wizard *w = tt_xalloc(sizeof(*w));
	int code = WIZARD_QUIT;

	init(w, opts);
	if (!switched_off(w))
		code = run(w);
	else if (w->has_term)
		(void)screen_shell(w);
	finish(w);
	free(w);
	return code;
}
