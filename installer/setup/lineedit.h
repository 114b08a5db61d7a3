// SPDX-License-Identifier: MPL-2.0
/*
 * One line of input, typed byte by byte: a state machine without a terminal, so that tests
 * feed it bytes and look at the bytes it wants shown.
 *
 * It knows text, erase keys and the three control keys of the installer. It does not know
 * what a line means (see prompt.h for the commands) nor where the bytes go.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "platform/lib/base/buf.h"

#define LINEEDIT_MAX 1024 /* bytes of text, without the NUL */

enum lineedit_event {
	LINEEDIT_MORE,      /* nothing to act on yet */
	LINEEDIT_DONE,      /* Enter: text holds the line */
	LINEEDIT_INTERRUPT, /* ^C */
	LINEEDIT_REDRAW,    /* ^L */
};

struct lineedit {
	char text[LINEEDIT_MAX + 1]; /* always NUL-terminated */
	size_t len;
	bool secret;     /* nothing is echoed */
	bool utf8;       /* the console shows UTF-8; without it other bytes are refused */
	bool kept;       /* text is left over from a refused answer and not touched yet */
	bool after_cr;   /* swallow the LF of a CR LF pair */
	uint8_t partial; /* bytes missing of a UTF-8 sequence */
	uint8_t escape;  /* 0 none, 1 behind ESC, 2 inside a key sequence */
};

void lineedit_init(struct lineedit *le, bool secret, bool utf8);
/* Forget the text, wiping it. Key state that spans lines (CR LF) stays. */
void lineedit_clear(struct lineedit *le);
/*
 * Put a refused answer back for correction: an erase key edits it, any other text starts
 * afresh in its place.
 */
void lineedit_keep(struct lineedit *le, const char *text);
/* Take one byte; what the terminal must show is added to echo. */
enum lineedit_event lineedit_feed(struct lineedit *le, uint8_t byte, struct tt_buf *echo);
/* Columns that a text takes on a UTF-8 console. */
unsigned lineedit_columns(const char *text, size_t len);
