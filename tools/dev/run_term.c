// SPDX-License-Identifier: MPL-2.0
/*
 * The terminal of triton-run as the machine's console.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>

#include "platform/lib/base/file.h"
#include "tools/dev/run.h"

#define LEAVE '\035' /* Ctrl-] */

static struct termios before;
static bool raw;

static void
terminal_back(void)
{
	if (raw)
		(void)tcsetattr(STDIN_FILENO, TCSANOW, &before);
	raw = false;
}

static void
on_signal(int sig)
{
	terminal_back();
	(void)signal(sig, SIG_DFL);
	(void)raise(sig);
}

static int
terminal_raw(struct tt_err **err)
{
	struct termios t;

	if (tcgetattr(STDIN_FILENO, &before) != 0)
		return tt_err_errno(err, -errno, "standard input is no terminal");
	t = before;
	cfmakeraw(&t);
	raw = true;
	(void)signal(SIGTERM, on_signal);
	(void)signal(SIGHUP, on_signal);
	if (tcsetattr(STDIN_FILENO, TCSANOW, &t) != 0)
		return tt_err_errno(err, -errno, "changing the terminal");
	return 0;
}

/* 1 on, 0 end of either side. */
static int
from_keyboard(int console)
{
	char keys[256];
	ssize_t n = read(STDIN_FILENO, keys, sizeof(keys));
	const char *leave;

	if (n <= 0)
		return 0;
	leave = memchr(keys, LEAVE, (size_t)n);
	if (leave != NULL)
		n = leave - keys;
	if (tt_write_all(console, keys, (size_t)n) < 0)
		return 0;
	return leave == NULL;
}

static int
from_console(int console)
{
	char text[4096];
	ssize_t n = read(console, text, sizeof(text));

	return n > 0 && tt_write_all(STDOUT_FILENO, text, (size_t)n) == 0;
}

int
run_term_attach(int console, struct tt_err **err)
{
	struct pollfd pfds[2] = { { .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = console, .events = POLLIN } };
	int r = terminal_raw(err), on = 1;

	if (r < 0)
		return r;
	while (on) {
		if (poll(pfds, 2, -1) < 0) {
			if (errno == EINTR)
				continue;
			break;
		}
		if (pfds[1].revents != 0)
			on = from_console(console);
		if (on && pfds[0].revents != 0)
			on = from_keyboard(console);
	}
	terminal_back();
	(void)fputs("\n", stdout);
	return 0;
}
