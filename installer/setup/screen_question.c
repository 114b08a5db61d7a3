// SPDX-License-Identifier: MPL-2.0
/*
 * See screen_question.h. Nothing here knows a single key: the table does.
 */
#include "installer/setup/screen_question.h"

#include <errno.h>
#include <string.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/str.h"

static void
show_help(struct wizard *w, const void *ctx)
{
	const struct tt_key *k = ctx;
	tt_auto(strv) char **lines = tsetup_help(w->ts, k->id);

	for (size_t i = 0; lines != NULL && lines[i] != NULL; i++)
		term_wrap(&w->term, 2, lines[i]);
	if (k->type == TT_TYPE_NIC)
		term_wrap(&w->term, 2, "b N blinks the port light of interface N.");
}

static void
draw(struct wizard *w, const void *ctx)
{
	const struct tt_key *k = ctx;

	w->section = 0;
	screen_section(w, k->section);
	if (k->type == TT_TYPE_NIC)
		screen_nic_table(w);
}

void
screen_journal(struct wizard *w)
{
	tt_auto(err) struct tt_err *err = NULL;

	if (session_save(w->journal, w->console, w->ts, w->relaxed, &err) < 0)
		session_log_note(&w->log, "session journal: %s", tt_err_message(err));
}

/* Judge and take a typed text. 0 when it is the value now. */
static int
take(struct wizard *w, const struct tt_key *k, const char *text, const char **ret_suggest)
{
	static char suggest[LINEEDIT_MAX + 1];
	tt_auto(findings) struct tt_findings found = { 0 };
	int r = tsetup_set(w->ts, k->id, text, TS_TYPED, &found);
	const char *source =
	    tsetup_source(w->ts, k->id) == TS_DEFAULT ? "default" : "typed";

	screen_findings(w, &found, TT_WARNING);
	session_log_value(&w->log, k->id, r < 0 ? "typed" : source,
	    r < 0 ? text : tsetup_effective(w->ts, k->id), &found);
	*ret_suggest = NULL;
	for (size_t i = 0; i < found.n; i++)
		if (r < 0 && found.v[i].suggest != NULL &&
		    tt_strcpy(suggest, sizeof(suggest), found.v[i].suggest) == 0)
			*ret_suggest = suggest;
	if (r == 0)
		screen_journal(w);
	return r;
}

/* What Enter takes, as a person would type it. Caller frees. */
static char *
enter_text(const struct wizard *w, const struct tt_key *k)
{
	const char *value = tsetup_enter(w->ts, k->id);

	if (value != NULL && k->type == TT_TYPE_BOOL)
		value = tt_streq(value, "true") ? "yes" : "no";
	return tt_xstrdup_null(value);
}

/*
 * The text that Enter stands for: a suggestion or the present value. Where that is the
 * default, nothing: a default that is not spelled out goes on following its inputs.
 */
static const char *
enter_takes(const struct wizard *w, const struct tt_key *k, const char *suggest,
    const char *enter)
{
	const enum ts_source source = tsetup_source(w->ts, k->id);

	if (suggest != NULL)
		return suggest;
	return enter != NULL && (source == TS_TYPED || source == TS_ANSWERS) ? enter : "";
}

static enum ask_end
text_question(struct wizard *w, const struct tt_key *k)
{
	tt_auto(free) char *enter = enter_text(w, k);
	tt_auto(free) char *refused = NULL;
	const char *suggest = NULL;

	for (;;) {
		struct ask a = {
			.prompt = k->prompt,
			.def = suggest != NULL ? suggest : enter,
			.keep = suggest != NULL ? NULL : refused,
			.help = show_help,
			.draw = draw,
			.ctx = k,
		};
		enum ask_end end = screen_ask(w, &a);
		const char *text;

		if (end != ASK_LINE)
			return end;
		text = w->line.len > 0 ? w->line.text : enter_takes(w, k, suggest, enter);
		if (k->type == TT_TYPE_NIC && screen_nic_command(w, text)) {
			tt_auto_free(&refused);
			refused = NULL;
			continue;
		}
		if (take(w, k, text, &suggest) == 0)
			return ASK_LINE;
		tt_auto_free(&refused);
		refused = tt_xstrdup(text);
		if (k->type != TT_TYPE_NIC)
			continue;
		/* A cable or an adapter may have been plugged in for this very question. */
		(void)screen_nics_read(w, NULL);
		screen_nic_table(w);
	}
}

/* The second entry. ASK_LINE with *ret_same. */
static enum ask_end
repeat_secret(struct wizard *w, const struct tt_key *k, const struct tt_secret *first,
    bool *ret_same)
{
	tt_auto(free) char *prompt = tt_xprintf("%s, again", k->prompt);
	const struct ask a = { .prompt = prompt,
		.secret = true,
		.help = show_help,
		.draw = draw,
		.ctx = k };
	enum ask_end end = screen_ask(w, &a);

	*ret_same = end == ASK_LINE && tt_streq(first->data, w->line.text);
	return end;
}

static enum ask_end
secret_question(struct wizard *w, const struct tt_key *k)
{
	tt_auto(secret) struct tt_secret first = { 0 };
	const bool set = tsetup_enter(w->ts, k->id) != NULL;
	const struct ask a = { .prompt = k->prompt,
		.def = set ? "unchanged" : NULL,
		.secret = true,
		.help = show_help,
		.draw = draw,
		.ctx = k };

	tt_secret_init(&first, LINEEDIT_MAX);
	for (;;) {
		tt_auto(findings) struct tt_findings found = { 0 };
		enum ask_end end = screen_ask(w, &a);
		const char *suggest;
		bool same;

		if (end != ASK_LINE || (w->line.len == 0 && set))
			return end;
		/* A bad password is refused before it is typed again. */
		if (tsetup_judge(w->ts, k->id, w->line.text, &found) < 0) {
			screen_findings(w, &found, TT_ERROR);
			session_log_value(&w->log, k->id, "typed", "", &found);
			continue;
		}
		(void)tt_secret_set(&first, w->line.text);
		end = repeat_secret(w, k, &first, &same);
		if (end != ASK_LINE)
			return end;
		if (!same)
			term_puts(
			    &w->term, "The two entries differ; please type it again.\n");
		else if (take(w, k, first.data, &suggest) == 0)
			return ASK_LINE;
	}
}

enum ask_end
screen_question(struct wizard *w, enum tt_key_id id)
{
	const struct tt_key *k = &tt_keys[id];
	enum ask_end end;

	screen_section(w, k->section);
	if (k->type == TT_TYPE_NIC)
		screen_nic_table(w);
	end = k->flags & TT_KEY_SECRET ? secret_question(w, k) : text_question(w, k);
	lineedit_clear(&w->line);
	return end;
}
