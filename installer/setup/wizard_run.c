// SPDX-License-Identifier: MPL-2.0
/*
 * See wizard_run.h.
 */
#include "installer/setup/wizard_run.h"

#include "installer/setup/consoles.h"
#include "installer/setup/screen_question.h"
#include "installer/setup/wizard_finish.h"
#include "installer/setup/wizard_flow.h"
#include "installer/setup/wizard_prepare.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/proc.h"
#include "platform/lib/base/str.h"

/* A person has to be there: Enter goes on. */
static enum ask_end
wait_enter(struct wizard *w)
{
	const struct ask a = { .prompt = "Press Enter to begin" };

	console_welcome(w);
	return screen_ask(w, &a);
}

static enum ask_end
start(struct wizard *w, bool welcome)
{
	tt_auto(findings) struct tt_findings found = { 0 };
	enum ask_end end = ASK_LINE;

	if (welcome && !(tsetup_bool(w->ts, TT_KEY_SKIP_INSTRUCTIONS) &&
			   tsetup_effective(w->ts, TT_KEY_CONSOLE) != NULL))
		end = wait_enter(w);
	else if (welcome)
		wizard_show_answers(w);
	if (ask_is_end(end))
		return end;
	tsetup_fill(w->ts, &found);
	if (w->resumed)
		screen_say(w, "The session goes on.");
	return ASK_LINE;
}

/* Questions, checks and reviews until the operator is content. */
static enum ask_end
until_right(struct wizard *w, enum review_end *ret)
{
	do {
		enum ask_end end = wizard_questions(w);

		if (end == ASK_LINE)
			end = wizard_check_all(w);
		if (end == ASK_LINE)
			end = wizard_review(w, ret);
		if (ask_is_end(end))
			return end;
		screen_journal(w);
	} while (*ret == REVIEW_AGAIN);
	return ASK_LINE;
}

enum ask_end
wizard_interactive(struct wizard *w, bool welcome, int *ret)
{
	enum review_end review = REVIEW_AGAIN;
	enum ask_end end;

	if (!w->has_term) {
		screen_say(w, "error: there is no terminal to ask on; give answers with "
			      "\"unattended\": true, or run this on a console");
		*ret = WIZARD_FAILED;
		return ASK_LINE;
	}
	end = start(w, welcome);
	if (end == ASK_LINE)
		end = until_right(w, &review);
	return end == ASK_LINE ? wizard_finish(w, review == REVIEW_EDIT, ret) : end;
}

/* Judge everything there is. True when the config can be written. */
static bool
judge(struct wizard *w)
{
	tt_auto(findings) struct tt_findings found = { 0 };
	bool good = tsetup_check_all(w->ts, true, &found) == 0;

	for (size_t i = 0; i < found.n; i++) {
		tt_auto(buf) struct tt_buf line = TT_BUF_INIT(8 * TT_KIB);

		tt_finding_text(&found.v[i], tt_path_base(w->answers_name), &line);
		screen_say(w, "%s", tt_buf_str(&line));
		session_log_note(&w->log, "%s", tt_buf_str(&line));
	}
	/* A value that was refused is not there any more, and its default must not pass for it. */
	return good && tt_findings_count(&w->found, TT_ERROR) == 0;
}

/* Live checks; a failure counts only where the answers say so. */
static enum ask_end
check(struct wizard *w, bool *ret_good)
{
	enum ask_end end = wizard_check_all(w);

	*ret_good = true;
	if (checks_count(&w->checks) > 0 &&
	    tsetup_bool(w->ts, TT_KEY_REQUIRE_CONNECTIVITY)) {
		screen_say(
		    w, "error: require_connectivity is true, and not all checks passed");
		*ret_good = false;
	}
	return end;
}

static void
reboot_machine(const struct wizard *w)
{
	static const char *const argv[] = { "systemctl", "reboot", NULL };

	if (*w->opts.root == '\0')
		(void)tt_proc_run(argv, NULL, NULL, NULL);
}

/* The answers do not make a headnode. *ret_fix: go on interactively; else try once more. */
static enum ask_end
offer_fix(struct wizard *w, bool *ret_fix)
{
	static const char *const words[] = { "fix", "shell", "reboot", NULL };
	const struct ask a = { .prompt = "fix (asks what is wrong), shell or reboot" };
	size_t choice = 0;
	enum ask_end end = screen_choose(w, &a, words, &choice);

	*ret_fix = end == ASK_LINE && choice == 0;
	if (end == ASK_LINE && choice == 1)
		end = screen_shell(w);
	if (end == ASK_LINE && choice == 2) {
		reboot_machine(w);
		return ASK_QUIT;
	}
	return ask_is_end(end) ? end : ASK_LINE;
}

/* One attempt. *ret_good tells whether the config was worth writing. */
static enum ask_end
attempt(struct wizard *w, bool *ret_good, int *ret)
{
	tt_auto(findings) struct tt_findings filled = { 0 };
	enum ask_end end = ASK_LINE;

	screen_title(w, "Unattended setup");
	screen_say(w, "Unattended setup with the answers in %s", w->answers_name);
	wizard_show_answers(w);
	tsetup_fill(w->ts, &filled);
	*ret_good = judge(w);
	if (*ret_good)
		end = check(w, ret_good);
	if (end == ASK_LINE && *ret_good)
		end = wizard_finish(w, false, ret);
	return end;
}

enum ask_end
wizard_unattended(struct wizard *w, int *ret)
{
	bool good = false, fix = false;

	for (;;) {
		enum ask_end end = attempt(w, &good, ret);

		if (ask_is_end(end) || good)
			return end;
		*ret = WIZARD_INVALID;
		if (!w->has_term)
			return ASK_LINE;
		end = offer_fix(w, &fix);
		if (ask_is_end(end))
			return end;
		if (fix)
			break;
		end = wizard_prepare(w, ret);
		if (end != ASK_LINE)
			return end;
	}
	w->unattended = false;
	return wizard_interactive(w, false, ret);
}
