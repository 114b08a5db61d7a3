// SPDX-License-Identifier: MPL-2.0
/*
 * See wizard_prepare.h.
 */
#include "installer/setup/wizard_prepare.h"

#include <errno.h>
#include <string.h>

#include "installer/setup/consoles.h"
#include "installer/setup/fetch.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "platform/lib/conf/grubenv.h"

#define RETRY_MS 30000 /* until answers that could not be had are tried again */

/* A torn file is none: the boot has found it so already when it starts us. */
static bool
is_whole(const char *path)
{
	tt_auto(secret) struct tt_secret text = { 0 };
	tt_auto(findings) struct tt_findings found = { 0 };
	tt_auto(config) struct tt_config *config = NULL;

	if (!tt_path_exists(path))
		return false;
	tt_secret_init(&text, TT_CONFIG_MAX_SIZE);
	if (tt_secret_read_file(&text, path, NULL) < 0)
		return false;
	tt_config_parse(text.data, text.len, false, &config, &found);
	return tt_config_end_mark(config) >= 0;
}

bool
wizard_config_exists(const struct wizard *w)
{
	tt_auto(free) char *key = tt_path_join(w->opts.media, "config");
	tt_auto(free) char *ram = wizard_path(w, "/run/triton/config");

	return is_whole(key) || is_whole(ram);
}

/* A variable of the boot loader's environment block; caller frees. */
static char *
boot_variable(const struct wizard *w, const char *name)
{
	tt_auto(grubenv) struct tt_grubenv env = TT_GRUBENV_INIT;
	tt_auto(free) char *path = tt_path_join(w->opts.media, "boot/grub/grubenv");

	if (tt_grubenv_load(path, &env, NULL) < 0)
		return NULL;
	return tt_xstrdup_null(tt_grubenv_get(&env, name));
}

/* The port of a console name in the boot variables: ttya is the first serial port. */
static const char *
port_of(const char *os_console)
{
	static const char *const ports[] = { "ttyS0", "ttyS1", "ttyS2", "ttyS3" };
	const char *letter =
	    os_console != NULL ? tt_after_prefix(os_console, "tty") : NULL;

	if (letter == NULL || *letter < 'a' || *letter > 'd' || letter[1] != '\0')
		return "ttyS0";
	return ports[*letter - 'a'];
}

bool
wizard_is_chosen(const struct wizard *w)
{
	const char *which = tsetup_effective(w->ts, TT_KEY_CONSOLE);
	tt_auto(free) char *os_console = NULL;

	if (which == NULL || *which == '\0' || tt_streq(which, "any"))
		return true;
	if (tt_streq(which, "vga"))
		return tt_streq(w->console, "tty1");
	if (!tt_streq(which, "serial"))
		return tt_streq(w->console, which);
	os_console = boot_variable(w, "os_console");
	return tt_streq(w->console, port_of(os_console));
}

/*
 * Waiting for carrier takes seconds where a cable is missing: once for all consoles is enough.
 */
static void
read_nics(struct wizard *w)
{
	tt_auto(free) char *mark = wizard_path(w, "/run/triton/setup.links");
	tt_auto(nics) struct ts_nics nics = { 0 };
	const bool first = !tt_path_exists(mark);

	if (ts_nics_read(w->opts.root, first && *w->opts.root == '\0', &nics, NULL) == 0)
		tsetup_set_nics(w->ts, &nics);
	if (first)
		(void)tt_file_write(mark, "up\n", 3, 0644, NULL);
}

static void
set_facts(struct wizard *w)
{
	tt_auto(free) char *medium = boot_variable(w, "medium");
	tt_auto(free) char *installer = fetch_bootarg(w->cmdline, "triton_installer");

	w->coal_image = medium != NULL && tt_streq(medium, "coal");
	tsetup_set_coal_image(w->ts, w->coal_image);
	w->external_required = installer != NULL && tt_streq(installer, "ipxe");
	tsetup_set_external_required(w->ts, w->external_required);
	tsetup_set_media(w->ts, w->opts.media);
	tsetup_set_product(w->ts, NULL, w->opts.root);
	read_nics(w);
}

static void
say(const char *text, void *ctx)
{
	struct wizard *w = ctx;

	console_lock_screen(&w->lock, text);
	screen_say(w, "%s", text);
}

/* Find, read and parse the answers. -ENOENT with *err unset: there are none. */
static int
load_answers(struct wizard *w, struct tt_err **err)
{
	tt_auto(fetch_answers) struct fetch_answers a = { 0 };
	const struct fetch_opts opts = {
		.root = w->opts.root,
		.media = w->opts.media,
		.file = w->opts.answers,
		.cmdline = w->cmdline,
		.nics = tsetup_nics(w->ts),
		.say = say,
		.ctx = w,
	};
	int r = fetch_answers(&opts, &a, err);

	if (r < 0)
		return r;
	free(w->answers_name);
	w->answers_name = tt_take(a.name);
	free(w->answers_on_medium);
	w->answers_on_medium = tt_take(a.on_medium);
	if (a.plain_http)
		tt_findings_add(&w->found, "W_HTTP", "", w->answers_name,
		    "the answers came over plain http");
	r = tsetup_answers_parse(
	    w->ts, w->answers_name, a.text.data, a.text.len, &w->found);
	session_log_note(
	    &w->log, "answers from %s: %zu findings", w->answers_name, w->found.n);
	if (r < 0)
		return tt_err_set(err, r, "InvalidAnswers",
		    "the answers in %s cannot be used", w->answers_name);
	return 0;
}

static void
restore(struct wizard *w)
{
	tt_auto(err) struct tt_err *err = NULL;
	tt_auto(free) char *console = NULL;
	int r = session_restore(w->journal, w->ts, &w->relaxed, &console, &err);

	w->resumed = r == 0;
	if (r == 0 && w->relaxed)
		tsetup_answers_relax(w->ts);
	if (r == 0)
		session_log_note(&w->log, "session of %s resumed", console);
	if (r == -EINVAL)
		session_log_note(
		    &w->log, "session journal ignored: %s", tt_err_message(err));
}

void
wizard_show_answers(struct wizard *w)
{
	for (size_t i = 0; i < w->found.n; i++) {
		tt_auto(buf) struct tt_buf line = TT_BUF_INIT(8 * TT_KIB);

		tt_finding_text(&w->found.v[i], tt_path_base(w->answers_name), &line);
		screen_say(w, "%s", tt_buf_str(&line));
	}
}

/* The answers are named but useless: try again (by itself after a while), or go on without. */
static enum ask_end
ask_without(struct wizard *w, bool *ret_retry)
{
	static const char *const words[] = { "retry", "shell", "interactive", NULL };
	const struct ask a = {
		.prompt = "retry (by itself after 30 s), shell, or interactive setup",
		.def = "retry",
		.timeout_ms = RETRY_MS,
	};
	size_t choice = 0;
	enum ask_end end = screen_choose(w, &a, words, &choice);

	*ret_retry = end != ASK_LINE || choice < 2;
	if (end == ASK_LINE && choice == 1)
		end = screen_shell(w);
	return ask_is_end(end) ? end : ASK_LINE;
}

static void
reset(struct wizard *w)
{
	tsetup_free(w->ts);
	w->ts = tsetup_new();
	tt_findings_release(&w->found);
	memset(&w->found, 0, sizeof(w->found));
	w->relaxed = false;
	set_facts(w);
}

static void
apply_flags(struct wizard *w)
{
	tt_auto(free) char *unattended = fetch_bootarg(w->cmdline, "triton.unattended");
	tt_auto(findings) struct tt_findings found = { 0 };

	if (unattended != NULL && !tt_streq(unattended, "0"))
		(void)tsetup_set(w->ts, TT_KEY_UNATTENDED, "true", TS_ANSWERS, &found);
	w->unattended = tsetup_bool(w->ts, TT_KEY_UNATTENDED);
	w->simple = tsetup_bool(w->ts, TT_KEY_SIMPLE_HEADERS);
}

enum ask_end
wizard_prepare(struct wizard *w, int *ret)
{
	bool again = true;

	console_lock_screen(&w->lock, CONSOLE_PREPARING);
	while (again) {
		tt_auto(err) struct tt_err *err = NULL;
		enum ask_end end;
		int r;

		reset(w);
		r = load_answers(w, &err);
		if (r == 0 || (r == -ENOENT && err == NULL))
			break;
		console_lock_screen(&w->lock, "answers that cannot be used");
		wizard_show_answers(w);
		screen_say(w, "error: %s", tt_err_message(err));
		session_log_note(&w->log, "answers: %s", tt_err_message(err));
		*ret = r == -EINVAL ? WIZARD_INVALID : WIZARD_FAILED;
		if (w->opts.answers != NULL || !w->has_term)
			return ASK_QUIT;
		end = ask_without(w, &again);
		if (ask_is_end(end))
			return end;
	}
	apply_flags(w);
	restore(w);
	return ASK_LINE;
}
