// SPDX-License-Identifier: MPL-2.0
/*
 * One console session of the wizard and the ways it talks: headings, questions, findings.
 * The flow through the questions is in wizard_flow.c, single screens in screen_*.c.
 */
#pragma once

#include <stdbool.h>

#include "installer/setup/checks.h"
#include "installer/setup/consoles_lock.h"
#include "installer/setup/lineedit.h"
#include "installer/setup/session.h"
#include "installer/setup/term.h"
#include "installer/setup/tsetup.h"
#include "installer/setup/wizard.h"
#include "platform/lib/base/sha256.h"

struct wizard {
	struct wizard_opts opts;
	const char *console; /* our name: "tty1", or the terminal's */
	char *cmdline;       /* of the kernel */
	int tty;             /* descriptor of the console */
	bool has_term;       /* false: only lines out (unattended without a terminal) */
	bool simple;         /* simple_headers */
	bool relaxed;        /* answers are defaults only (after `n` at the review) */
	bool resumed;        /* values of an earlier session were found */
	bool unattended;
	bool external_required; /* the installer came over the network */
	bool coal_image;        /* the medium was built as CoaL */
	bool reviewed;          /* a summary was shown */
	int menu; /* what the review asked for: a section, -1 the list, 0 nothing */
	char *seen[TT_KEY_MAX]; /* the values of the last summary */
	int section;            /* whose heading is on the screen, 0 = none */
	struct term term;
	struct lineedit line; /* what is being typed; locked in RAM, wiped after use */
	struct console_lock lock;
	struct session_log log;
	char *journal; /* path of the session journal */
	struct tsetup *ts;
	struct tt_findings found; /* of the answers file */
	char *answers_name;       /* "" = there are none */
	char *answers_on_medium;  /* to be cleaned at the end, or NULL */
	struct checks checks;
	char checked[CHECK_MAX]
		    [TT_SHA256_HEX_LEN]; /* digest of the values each ran with */
};

/* How a question ended. */
enum ask_end {
	ASK_LINE, /* answered: the text is in w->line.text until the next question */
	ASK_BACK, /* < */
	ASK_SECTION_BACK, /* << */
	ASK_TIMEOUT,      /* nobody typed within the time given */
	/* The session is over from here on. */
	ASK_TAKEN, /* another console took it over */
	ASK_GONE,  /* the terminal went away */
	ASK_STOP,  /* the system goes down */
	ASK_QUIT,  /* the operator left */
};

static inline bool
ask_is_end(enum ask_end end)
{
	return end >= ASK_TAKEN;
}

struct ask {
	const char *prompt;
	const char *def;  /* shown in brackets, NULL = none */
	const char *keep; /* a refused text to start from, NULL = none */
	bool secret;
	int timeout_ms; /* until the first key, 0 = no limit */
	/* What `?` shows; NULL = a line that says there is nothing more to know. */
	void (*help)(struct wizard *w, const void *ctx);
	/* What ^L and the way back from a shell show above the prompt; NULL = the section. */
	void (*draw)(struct wizard *w, const void *ctx);
	const void *ctx;
};

/*
 * Print `prompt [default]: ` and take one line. ?, !, ^C and ^L are done here; blanks at both
 * ends are cut but for secrets, a leading backslash before a command is dropped.
 */
enum ask_end screen_ask(struct wizard *w, const struct ask *a);
/*
 * Ask until the answer is one of choices (one-letter or whole words, any case).
 * Empty takes def. ret_choice is the index. words is NULL-terminated.
 */
enum ask_end screen_choose(
    struct wizard *w, const struct ask *a, const char *const *words, size_t *ret_choice);
/* Yes or no; empty takes def. */
enum ask_end screen_yes(struct wizard *w, const char *prompt, bool def, bool *ret_yes);

/* A new screen: cleared with the title on top, or the line `> Title` with simple headers. */
void screen_title(struct wizard *w, const char *title);
/* The title of a section of questions, unless it is on the screen already. */
void screen_section(struct wizard *w, int section);
/* Findings as lines: "error: ..."; min = least severity shown. */
void screen_findings(
    struct wizard *w, const struct tt_findings *found, enum tt_severity min);
/* A line to the console, with or without a terminal. */
void screen_say(struct wizard *w, const char *fmt, ...) TT_PRINTF(2, 3);
/* Shell on the console; ASK_LINE when it ended, or an end. */
enum ask_end screen_shell(struct wizard *w);
/* Has the session to end now? ASK_LINE = no. */
enum ask_end screen_signals(void);

/* Below ROOT: caller frees. */
char *wizard_path(const struct wizard *w, const char *path);
