// SPDX-License-Identifier: MPL-2.0
/*
 * Prompts and the line commands that work at every one of them.
 */
#include "installer/setup/screen.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "installer/setup/session_shell.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/str.h"

void
screen_say(struct wizard *w, const char *fmt, ...)
{
	tt_auto(buf) struct tt_buf b = TT_BUF_INIT(64 * TT_KIB);
	va_list ap;

	va_start(ap, fmt);
	tt_buf_vaddf(&b, fmt, ap);
	va_end(ap);
	if (w->has_term) {
		term_wrap(&w->term, 0, tt_buf_str(&b));
		return;
	}
	tt_buf_addc(&b, '\n');
	(void)tt_write_all(STDOUT_FILENO, tt_buf_str(&b), b.len);
}

void
screen_title(struct wizard *w, const char *title)
{
	w->section = 0;
	console_lock_screen(&w->lock, title);
	if (!w->has_term)
		return;
	if (w->simple) {
		term_printf(&w->term, "\n> %s\n", title);
		return;
	}
	term_clear(&w->term);
	term_heading(&w->term, title);
}

void
screen_section(struct wizard *w, int section)
{
	if (w->section == section || section < 1)
		return;
	screen_title(w, tt_section_title(section));
	w->section = section;
}

void
screen_findings(struct wizard *w, const struct tt_findings *found, enum tt_severity min)
{
	for (size_t i = 0; i < found->n; i++)
		if (found->v[i].severity >= min)
			screen_say(w, "%s: %s", tt_severity_name(found->v[i].severity),
			    found->v[i].text);
}

enum ask_end
screen_signals(void)
{
	struct console_signals s = console_signals_get();

	return s.stop ? ASK_STOP : s.taken ? ASK_TAKEN : ASK_LINE;
}

enum ask_end
screen_shell(struct wizard *w)
{
	tt_auto(err) struct tt_err *err = NULL;
	struct ts_nics nics = { 0 };
	enum ask_end end;
	int r;

	lineedit_clear(&w->line);
	console_lock_screen(&w->lock, "shell");
	r = session_shell(&w->term, &err);
	if (r < 0)
		term_printf(&w->term, "%s\n", tt_err_message(err));
	/* Cables and drivers may have changed. */
	if (ts_nics_read(w->opts.root, false, &nics, NULL) == 0)
		tsetup_set_nics(w->ts, &nics);
	ts_nics_release(&nics);
	end = screen_signals();
	if (end == ASK_LINE && r == SESSION_SHELL_QUIT)
		end = ASK_QUIT;
	return end;
}

static void
draw_prompt(struct wizard *w, const struct ask *a)
{
	if (a->def != NULL)
		term_printf(&w->term, "%s [%s]: ", a->prompt, a->def);
	else
		term_printf(&w->term, "%s: ", a->prompt);
	if (!a->secret)
		term_puts(&w->term, w->line.text);
}

static void
draw_again(struct wizard *w, const struct ask *a)
{
	int section = w->section;

	term_resize(&w->term);
	if (a->draw != NULL) {
		a->draw(w, a->ctx);
	} else if (section > 0) {
		w->section = 0;
		screen_section(w, section);
	}
	draw_prompt(w, a);
}

/* One key stroke: -EAGAIN for more, else an end of the question. */
static int
take_key(struct wizard *w, const struct ask *a, uint8_t byte)
{
	tt_auto(buf) struct tt_buf echo = TT_BUF_INIT(8 * TT_KIB);
	enum lineedit_event event = lineedit_feed(&w->line, byte, &echo);
	enum ask_end end;

	(void)tt_write_all(w->term.fd, tt_buf_str(&echo), echo.len);
	switch (event) {
	case LINEEDIT_DONE:
		term_puts(&w->term, "\n");
		return ASK_LINE;
	case LINEEDIT_REDRAW:
		draw_again(w, a);
		return -EAGAIN;
	case LINEEDIT_INTERRUPT:
		term_puts(&w->term, "^C\n");
		end = screen_shell(w);
		if (end != ASK_LINE)
			return (int)end;
		draw_again(w, a);
		return -EAGAIN;
	case LINEEDIT_MORE:
		break;
	}
	return -EAGAIN;
}

/* Keys until the line or the session ends. */
static enum ask_end
take_line(struct wizard *w, const struct ask *a)
{
	int timeout_ms = a->timeout_ms > 0 ? a->timeout_ms : -1;
	int r = -EAGAIN;

	while (r == -EAGAIN) {
		enum ask_end end = screen_signals();
		uint8_t byte;

		if (end != ASK_LINE)
			return end;
		r = term_read(&w->term, timeout_ms, &byte);
		if (r == 0)
			return ASK_TIMEOUT;
		if (r == -EINTR) {
			r = -EAGAIN;
			continue;
		}
		if (r < 0)
			return ASK_GONE;
		timeout_ms = -1;
		r = take_key(w, a, byte);
	}
	return (enum ask_end)r;
}

/* The finished text: blanks cut, moved to the front of the buffer. */
static void
trim_line(struct lineedit *le)
{
	char *start = tt_trim(le->text);

	le->len = strlen(start);
	memmove(le->text, start, le->len + 1);
}

enum command { NO_COMMAND, HELP, BACK, SECTION_BACK, SHELL };

/* Which command a line is; a backslash before one makes it text. */
static enum command
command_of(struct lineedit *le)
{
	static const char *const words[] = { "", "?", "<", "<<", "!" };
	const char *bare = le->text + strspn(le->text, "\\");

	for (size_t i = 1; i < TT_ARRAY_LEN(words); i++) {
		if (!tt_streq(bare, words[i]))
			continue;
		if (bare == le->text)
			return (enum command)i;
		memmove(le->text, le->text + 1, le->len--);
		return NO_COMMAND;
	}
	return NO_COMMAND;
}

static void
show_help(struct wizard *w, const struct ask *a)
{
	if (a->help != NULL)
		a->help(w, a->ctx);
	term_wrap(&w->term, 0,
	    "Commands: ? help, < previous question, << previous section, ! or ^C shell, "
	    "^L redraw. \\ before a command types it as text.");
}

enum ask_end
screen_ask(struct wizard *w, const struct ask *a)
{
	bool after_cr = w->line.after_cr;

	lineedit_clear(&w->line);
	lineedit_init(&w->line, a->secret, w->term.utf8);
	w->line.after_cr = after_cr;
	if (a->keep != NULL)
		lineedit_keep(&w->line, a->keep);
	draw_prompt(w, a);
	for (;;) {
		enum ask_end end = take_line(w, a);

		if (end != ASK_LINE)
			return end;
		if (!a->secret)
			trim_line(&w->line);
		switch (command_of(&w->line)) {
		case NO_COMMAND:
			return ASK_LINE;
		case BACK:
			return ASK_BACK;
		case SECTION_BACK:
			return ASK_SECTION_BACK;
		case HELP:
			show_help(w, a);
			break;
		case SHELL:
			end = screen_shell(w);
			if (end != ASK_LINE)
				return end;
			break;
		}
		lineedit_clear(&w->line);
		draw_prompt(w, a);
	}
}

/* Index of the word that text is, or begins with when it is one letter; -1 = none. */
static int
find_word(const char *const *words, const char *text)
{
	for (int i = 0; words[i] != NULL; i++) {
		const char first[2] = { words[i][0], '\0' };

		if (tt_strcaseeq(text, words[i]) || tt_strcaseeq(text, first))
			return i;
	}
	return -1;
}

enum ask_end
screen_choose(
    struct wizard *w, const struct ask *a, const char *const *words, size_t *ret_choice)
{
	for (;;) {
		tt_auto(free) char *list =
		    tt_strv_join((char *const *)(uintptr_t)words, ", ");
		enum ask_end end = screen_ask(w, a);
		int i;

		if (end != ASK_LINE)
			return end;
		i = find_word(
		    words, w->line.len > 0 || a->def == NULL ? w->line.text : a->def);
		if (i >= 0) {
			*ret_choice = (size_t)i;
			return ASK_LINE;
		}
		term_printf(&w->term, "Please answer with one of: %s\n", list);
	}
}

enum ask_end
screen_yes(struct wizard *w, const char *prompt, bool def, bool *ret_yes)
{
	static const char *const words[] = { "yes", "no", NULL };
	const struct ask a = { .prompt = prompt, .def = def ? "y" : "n" };
	size_t choice = 0;
	enum ask_end end = screen_choose(w, &a, words, &choice);

	*ret_yes = choice == 0;
	return end;
}

char *
wizard_path(const struct wizard *w, const char *path)
{
	return tt_xprintf("%s%s", w->opts.root, path);
}
