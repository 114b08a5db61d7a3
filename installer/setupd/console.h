// SPDX-License-Identifier: MPL-2.0
/*
 * Lines on every console of the machine: VGA, first and second serial port. A console that
 * is not there, hangs, or has nobody at its other end costs a bounded time and nothing else.
 * Line formats: the reference's headnode.sh (`%-58s` for the work, `%4s (%ss)` for the
 * result).
 *
 * Owner: one thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONSOLE_MAX 8

struct consoles {
	struct console {
		char *path;
		int fd;    /* -1 = not open now */
		bool slow; /* took no more bytes the last time */
		bool crlf; /* its terminal does not turn LF into CR LF */
		bool is_tty;
	} port[CONSOLE_MAX];
	size_t n;
	bool timers;          /* seconds behind results */
	bool syslog;          /* each whole line also there */
	int64_t last_line_us; /* when the line before was printed */
	const void *open_for; /* whose work line stands without a result, NULL = none */
};

/*
 * paths  NULL-terminated; NULL = tty1, ttyS0 and ttyS1 as far as the machine has them
 *        (ports: the folder where the boot steps list the ports that exist, may be missing)
 */
void consoles_open(struct consoles *c, char *const *paths, const char *ports);
/* Gives what is still under way a moment, then lets go of the terminals. */
void consoles_close(struct consoles *c);

/* One whole line (or several); an open work line is ended first. */
void consoles_line(struct consoles *c, const char *text);
/* The work line of `who` without its result; nothing when another one stands open. */
void consoles_begin(struct consoles *c, const void *who, const char *title);
/* The result of `who`: behind its open line, or as a whole line. */
void consoles_end(struct consoles *c, const void *who, const char *title,
    const char *result, int64_t now_us);
