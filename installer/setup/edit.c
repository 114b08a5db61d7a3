// SPDX-License-Identifier: MPL-2.0
/*
 * See edit.h. The copy lies in RAM with mode 0600 and is removed whatever happens.
 */
#include "installer/setup/edit.h"

#include <errno.h>
#include <string.h>

#include "installer/setup/edit_diff.h"
#include "installer/setup/session_shell.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"

/* $EDITOR first; one that is not there is passed over. */
static int
run_editor(struct wizard *w, const char *path, struct tt_err **err)
{
	const char *const editors[] = { getenv("EDITOR"), "vi", "nano" };
	int r = -ENOENT;

	for (size_t i = 0; i < TT_ARRAY_LEN(editors) && r == -ENOENT; i++) {
		const char *argv[] = { editors[i], path, NULL };

		if (editors[i] == NULL || *editors[i] == '\0')
			continue;
		tt_err_clear(err);
		r = session_foreground(&w->term, argv, err);
	}
	if (r == -ENOENT)
		return tt_err_set(err, r, "NotFound",
		    "no editor: neither $EDITOR nor vi nor nano is there");
	return r < 0 ? r : 0;
}

/* Write the text out, let it be edited, read it back with its last line made right. */
static int
edit_once(struct wizard *w, const char *path, struct tt_secret *text, struct tt_err **err)
{
	tt_auto(secret) struct tt_secret raw = { 0 };
	int r = tt_file_write(path, text->data, text->len, 0600, err);

	if (r == 0)
		r = run_editor(w, path, err);
	tt_secret_init(&raw, TS_CONFIG_MAX);
	if (r == 0)
		r = tt_secret_read_file(&raw, path, err);
	(void)unlink(path);
	if (r < 0)
		return r;
	tt_secret_wipe(text);
	if (raw.len > 0 && raw.data[raw.len - 1] != '\n')
		(void)tt_secret_adds(&raw, "\n");
	return tsetup_mark_end(raw.data, raw.len, text);
}

static bool
judge(struct wizard *w, const struct tt_secret *text)
{
	tt_auto(findings) struct tt_findings found = { 0 };
	bool good = tsetup_check_config(text->data, text->len, &found) == 0;

	for (size_t i = 0; i < found.n; i++) {
		tt_auto(buf) struct tt_buf line = TT_BUF_INIT(8 * TT_KIB);

		tt_finding_text(&found.v[i], "config", &line);
		term_wrap(&w->term, 0, tt_buf_str(&line));
	}
	return good;
}

/* Lines that differ from what was generated; how many. */
static int
show_diff(struct wizard *w, const struct tt_secret *before, const struct tt_secret *after)
{
	tt_auto(buf) struct tt_buf diff = TT_BUF_INIT(2ULL * TS_CONFIG_MAX);
	int n = edit_diff(before->data, after->data, &diff);

	if (n < 0)
		term_puts(&w->term, "The changes are too many to show.\n");
	else if (n == 0)
		term_puts(&w->term, "Nothing was changed.\n");
	else
		term_puts(&w->term, tt_buf_str(&diff));
	return n;
}

enum choice { EDIT, APPLY, REVERT, SHELL };

static enum ask_end
choose(struct wizard *w, bool good, enum choice *ret)
{
	static const char *const words[] = { "edit", "apply", "revert", "shell", NULL };
	const struct ask a = {
		.prompt =
		    good ? "edit again, apply, revert or shell"
			 : "edit again, revert or shell (errors: it cannot be applied)",
		.def = good ? "apply" : "edit",
	};

	for (;;) {
		size_t i = EDIT;
		enum ask_end end = screen_choose(w, &a, words, &i);

		if (ask_is_end(end))
			return end;
		*ret = end == ASK_LINE ? (enum choice)i : EDIT;
		if (*ret != APPLY || good)
			return ASK_LINE;
		term_puts(&w->term, "The errors have to be put right first.\n");
	}
}

/* The menu after an edit, until it says what to do with the text. */
static enum ask_end
after_edit(struct wizard *w, const struct tt_secret *before,
    const struct tt_secret *after, enum choice *ret)
{
	enum ask_end end;

	do {
		bool good;

		screen_title(w, "Edited config");
		if (show_diff(w, before, after) == 0) {
			*ret = REVERT;
			return ASK_LINE;
		}
		good = judge(w, after);
		end = choose(w, good, ret);
		if (end == ASK_LINE && *ret == SHELL)
			end = screen_shell(w);
	} while (end == ASK_LINE && *ret == SHELL);
	return end;
}

enum ask_end
edit_config(struct wizard *w, struct tt_secret *config)
{
	tt_auto(secret) struct tt_secret edited = { 0 };
	tt_auto(free) char *dir = wizard_path(w, "/run/triton/edit");
	tt_auto(free) char *path = tt_path_join(dir, "config");
	enum choice what = EDIT;

	tt_secret_init(&edited, TS_CONFIG_MAX);
	(void)tt_secret_set(&edited, config->data);
	(void)tt_mkdir_p(dir, 0700, NULL);
	while (what == EDIT) {
		tt_auto(err) struct tt_err *err = NULL;
		enum ask_end end;

		console_lock_screen(&w->lock, "editing the config");
		if (edit_once(w, path, &edited, &err) < 0) {
			screen_say(
			    w, "%s; the generated config stays", tt_err_message(err));
			return screen_signals();
		}
		end = screen_signals();
		if (end == ASK_LINE)
			end = after_edit(w, config, &edited, &what);
		if (ask_is_end(end))
			return end;
	}
	session_log_note(
	    &w->log, "hand edit %s", what == APPLY ? "applied" : "not applied");
	if (what == APPLY)
		(void)tt_secret_set(config, edited.data);
	return ASK_LINE;
}
