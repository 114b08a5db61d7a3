// SPDX-License-Identifier: MPL-2.0
/*
 * A console: raw bytes in, text out. No terminal library: plain text with CR LF, clearing
 * the screen, bold, and the backspace of the line editor are all that is ever sent, so that
 * a screen, a serial line and a log look alike; on a dumb terminal no escape at all.
 *
 * Output passes through here and nowhere else: "\n" becomes CR LF, bytes beyond ASCII become
 * '?' on a console that does not show UTF-8.
 */
#pragma once

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <termios.h>

#include "platform/lib/base/buf.h"
#include "platform/lib/base/err.h"

struct term {
	int fd;
	bool raw;     /* our modes are on */
	bool escapes; /* clear and bold may be sent */
	bool utf8;
	unsigned columns, rows;
	struct termios saved;
	uint8_t ahead[4096]; /* bytes that arrived while something else was read */
	size_t ahead_len;
};

/*
 * Take over the terminal open at fd: raw modes, size, capabilities. plain forbids escapes.
 * -ENOTTY when it is none (or a serial port without hardware).
 */
int term_open(struct term *t, int fd, bool plain, struct tt_err **err);
/* Give the modes back. Safe at any time, also twice. */
void term_close(struct term *t);
/* The modes a shell expects, and ours again. */
void term_cooked(struct term *t);
void term_raw(struct term *t);

/*
 * poll(2) during which the signals of the process, blocked everywhere else, may come in.
 * -EINTR then; timeout_ms < 0 waits for ever.
 */
int term_poll(struct pollfd *fds, size_t n, int timeout_ms);
/*
 * One byte. timeout_ms < 0 waits for ever. 1; 0 when the time is over; -EINTR when a signal
 * came; -EIO when the terminal is gone.
 */
int term_read(struct term *t, int timeout_ms, uint8_t *ret_byte);
/* Is something typed and not read yet? */
bool term_pending(struct term *t);
/*
 * For work that ^C may end: read what is there; true when ^C was among it (or the terminal
 * is gone). The rest is kept for the next prompt.
 */
bool term_interrupted(struct term *t);
/* Drop what was typed ahead. */
void term_drop_input(struct term *t);

/* Text as it is. Output errors are ignored: a console that is gone is noticed by reading. */
void term_puts(struct term *t, const char *text);
void term_write(struct term *t, const char *text, size_t len);
void term_printf(struct term *t, const char *fmt, ...) TT_PRINTF(2, 3);
/* A paragraph: words wrapped at the width, each line behind indent blanks, "\n" at the end. */
void term_wrap(struct term *t, unsigned indent, const char *text);
void term_wrapf(struct term *t, unsigned indent, const char *fmt, ...) TT_PRINTF(3, 4);
/* Clear the screen; a blank line where escapes are forbidden. */
void term_clear(struct term *t);
/* A heading in bold, with a ruler below it. */
void term_heading(struct term *t, const char *text);
/* Ask for the size again (after a resize or ^L). */
void term_resize(struct term *t);
/*
 * Find "ESC [ rows ; columns R" in the len bytes of in. The number of bytes the report
 * takes, with *ret_at its start; 0 when there is no whole report.
 */
size_t term_parse_report(const uint8_t *in, size_t len, size_t *ret_at,
    unsigned *ret_rows, unsigned *ret_columns);
