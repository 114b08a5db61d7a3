// SPDX-License-Identifier: MPL-2.0
/*
 * Every console at once: lines to all, a question asked on all and answered on any.
 * Consoles are VGA (tty1), ttyS0, ttyS1, and a further port that the kernel was told of.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>

#include "platform/boot/boot.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/time.h"

#define CONSOLES_MAX 8

/* A serial port without hardware behind it has type 0. */
static bool
port_exists(const char *name)
{
	tt_auto(free) char *dev = tt_xprintf("/dev/%s", name);
	tt_auto(free) char *path = tt_xprintf("/sys/class/tty/%s/type", name);
	tt_auto(free) char *type = tt_file_line(path);

	return tt_path_exists(dev) && !tt_streq(type, "0");
}

static int
note(const char *name, struct tt_err **err)
{
	tt_auto(free) char *path = tt_xprintf(BOOT_TTYS "/%s", name);

	return port_exists(name) ? tt_file_write(path, "", 0, 0644, err) : 0;
}

int
boot_consoles(const struct boot_params *p, struct tt_err **err)
{
	int r = tt_mkdir_p(BOOT_TTYS, 0755, err);

	if (!r)
		r = note("tty1", err);
	if (!r)
		r = note("ttyS0", err);
	if (!r)
		r = note("ttyS1", err);
	for (size_t i = 0; !r && i < p->n; i++) {
		const char *comma = strchr(p->v[i].value, ',');
		tt_auto(free) char *name = NULL;

		if (!tt_streq(p->v[i].name, "console") ||
		    !tt_after_prefix(p->v[i].value, "ttyS"))
			continue;
		name = comma ? tt_xstrndup(p->v[i].value, (size_t)(comma - p->v[i].value))
			     : tt_xstrdup(p->v[i].value);
		if (!strchr(name, '/'))
			r = note(name, err);
	}
	return r;
}

/* Open all; a port that blocks (nobody reads it) is not waited for. */
static size_t
open_all(int flags, int fds[CONSOLES_MAX])
{
	static const char *const usual[] = { "tty1", "ttyS0", "ttyS1", NULL };
	tt_auto(strv) char **names = NULL;
	size_t n = 0;

	if (tt_dir_list(BOOT_TTYS, &names, NULL) < 0)
		for (size_t i = 0; usual[i]; i++)
			tt_strv_add(&names, usual[i]);
	for (char **p = names; p && *p && n < CONSOLES_MAX; p++) {
		tt_auto(free) char *dev = tt_xprintf("/dev/%s", *p);
		int fd = open(dev, flags | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

		if (fd >= 0)
			fds[n++] = fd;
	}
	return n;
}

static void
close_all(const int *fds, size_t n)
{
	for (size_t i = 0; i < n; i++)
		close(fds[i]);
}

static void
to_all(const char *text, size_t len)
{
	int fds[CONSOLES_MAX];
	size_t n = open_all(O_WRONLY, fds);

	for (size_t i = 0; i < n; i++)
		(void)tt_write_all(fds[i], text, len);
	close_all(fds, n);
}

/* Standard output is the system journal, or the terminal of whoever started this by hand. */
static void
emit(const struct tt_buf *text)
{
	to_all(tt_buf_str(text), text->len);
	if (!isatty(STDOUT_FILENO))
		(void)tt_write_all(STDOUT_FILENO, tt_buf_str(text), text->len);
}

void
boot_say(const char *fmt, ...)
{
	tt_auto(buf) struct tt_buf b = TT_BUF_INIT(16 * TT_KIB);
	va_list ap;

	va_start(ap, fmt);
	(void)tt_buf_vaddf(&b, fmt, ap);
	va_end(ap);
	(void)tt_buf_addc(&b, '\n');
	emit(&b);
}

void
boot_work(const char *fmt, ...)
{
	tt_auto(buf) struct tt_buf text = TT_BUF_INIT(1024), b = TT_BUF_INIT(2048);
	va_list ap;

	va_start(ap, fmt);
	(void)tt_buf_vaddf(&text, fmt, ap);
	va_end(ap);
	(void)tt_buf_addf(&b, "%-56s", tt_buf_str(&text));
	to_all(tt_buf_str(&b), b.len);
}

void
boot_work_end(const char *result)
{
	tt_auto(free) char *text = tt_xprintf("%4s\n", result);

	to_all(text, strlen(text));
}

/* Single keys without waiting for Enter, echoed by us. */
static void
raw(int fd, struct termios *old)
{
	struct termios t;

	if (tcgetattr(fd, old) < 0)
		return;
	t = *old;
	t.c_lflag &= (tcflag_t) ~(ICANON | ECHO);
	t.c_cc[VMIN] = 1;
	t.c_cc[VTIME] = 0;
	(void)tcsetattr(fd, TCSANOW, &t);
	(void)tcflush(fd, TCIFLUSH);
}

/* The first wanted key that is waiting on one of the consoles, or 0. */
static int
key_of(const struct pollfd *p, size_t n, const char *keys)
{
	for (size_t i = 0; i < n; i++) {
		char c;

		if (!(p[i].revents & POLLIN) || read(p[i].fd, &c, 1) != 1)
			continue;
		c = c == '\r' ? '\n' : (char)tolower((unsigned char)c);
		if (c && strchr(keys, c))
			return c;
	}
	return 0;
}

int
boot_ask(const char *prompt, const char *keys, unsigned deadline_s,
    int (*ready)(void *ctx), void *ctx)
{
	int64_t end = tt_mono_us() + (int64_t)deadline_s * 1000000;
	struct termios old[CONSOLES_MAX] = { 0 };
	struct pollfd p[CONSOLES_MAX];
	int fds[CONSOLES_MAX], key = 0;
	size_t n = open_all(O_RDWR, fds);

	for (size_t i = 0; i < n; i++) {
		raw(fds[i], &old[i]);
		p[i] = (struct pollfd){ .fd = fds[i], .events = POLLIN };
		(void)tt_write_all(fds[i], prompt, strlen(prompt));
	}
	while (!key && tt_mono_us() < end) {
		(void)poll(p, n, 500);
		key = key_of(p, n, keys);
		if (!key && ready)
			key = ready(ctx);
	}
	for (size_t i = 0; i < n; i++) {
		(void)tt_write_all(fds[i], "\n", 1);
		(void)tcsetattr(fds[i], TCSANOW, &old[i]);
	}
	close_all(fds, n);
	return key;
}
