// SPDX-License-Identifier: MPL-2.0
/* See console.h. */
#include "installer/setupd/console.h"

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/buf.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/time.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <syslog.h>
#include <termios.h>

#define WRITE_MS      200 /* for one text on one console */
#define WRITE_SLOW_MS 10  /* on one that took nothing the last time */
#define DRAIN_MS      300

static void
port_close(struct console *p)
{
	if (p->fd < 0)
		return;
	/* a serial port with nobody there would hold close() for half a minute */
	if (p->is_tty && p->slow)
		tcflush(p->fd, TCOFLUSH);
	close(p->fd);
	p->fd = -1;
}

static void
port_open(struct console *p)
{
	struct termios t;

	p->fd = open(p->path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | O_APPEND);
	if (p->fd < 0)
		return;
	p->is_tty = tcgetattr(p->fd, &t) == 0;
	p->crlf = p->is_tty && !((t.c_oflag & OPOST) != 0 && (t.c_oflag & ONLCR) != 0);
}

static void
add_port(struct consoles *c, const char *path)
{
	if (c->n == CONSOLE_MAX)
		return;
	c->port[c->n] = (struct console){ .path = tt_xstrdup(path), .fd = -1 };
	port_open(&c->port[c->n]);
	c->n++;
}

void
consoles_open(struct consoles *c, char *const *paths, const char *ports)
{
	static const char *const names[] = { "tty1", "ttyS0", "ttyS1" };

	memset(c, 0, sizeof(*c));
	c->last_line_us = tt_mono_us();
	for (size_t i = 0; paths != NULL && paths[i] != NULL; i++)
		add_port(c, paths[i]);
	for (size_t i = 0; paths == NULL && i < TT_ARRAY_LEN(names); i++) {
		tt_auto(free) char *listed = tt_path_join(ports, names[i]);
		tt_auto(free) char *path = tt_path_join("/dev", names[i]);

		if (!tt_path_is_dir(ports) || tt_path_exists(listed))
			add_port(c, path);
	}
}

/* What the terminal has not sent yet, for as long as DRAIN_MS. */
static void
port_drain(struct console *p)
{
	int64_t until = tt_mono_us() + DRAIN_MS * 1000;
	int left = 0;

	while (p->is_tty && ioctl(p->fd, TIOCOUTQ, &left) == 0 && left > 0) {
		if (tt_mono_us() >= until) {
			p->slow = true;
			return;
		}
		tt_sleep_ms(5);
	}
}

void
consoles_close(struct consoles *c)
{
	if (c->open_for != NULL)
		consoles_line(c, "");
	for (size_t i = 0; i < c->n; i++) {
		if (c->port[i].fd >= 0 && !c->port[i].slow)
			port_drain(&c->port[i]);
		port_close(&c->port[i]);
		free(c->port[i].path);
	}
	c->n = 0;
}

/* 0 when all is written, else a negative errno. */
static int
write_bounded(struct console *p, const char *text, size_t len)
{
	int64_t until = tt_mono_us() + (p->slow ? WRITE_SLOW_MS : WRITE_MS) * 1000;

	while (len > 0) {
		ssize_t n = write(p->fd, text, len);
		struct pollfd pfd = { .fd = p->fd, .events = POLLOUT };
		int64_t left = (until - tt_mono_us()) / 1000;

		if (n > 0) {
			text += n;
			len -= (size_t)n;
			continue;
		}
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		if (left <= 0 || poll(&pfd, 1, (int)left) == 0)
			return -ETIME;
	}
	return 0;
}

/* LF as CR LF where the terminal would only go down. */
static char *
for_port(const struct console *p, const char *text)
{
	tt_auto(buf) struct tt_buf b = TT_BUF_INIT(64 * TT_KIB);

	for (; *text != '\0'; text++) {
		if (*text == '\n' && p->crlf)
			tt_buf_addc(&b, '\r');
		tt_buf_addc(&b, *text);
	}
	return tt_buf_detach(&b);
}

static void
port_write(struct console *p, const char *text)
{
	tt_auto(free) char *mine = NULL;
	int r;

	if (p->fd < 0)
		port_open(p);
	if (p->fd < 0)
		return;
	mine = for_port(p, text);
	r = write_bounded(p, mine, strlen(mine));
	p->slow = r == -ETIME;
	if (r == -EIO || r == -ENXIO || r == -EPIPE) {
		/* hung up (a login took the terminal over): once more on a fresh descriptor */
		port_close(p);
		port_open(p);
		if (p->fd >= 0)
			p->slow = write_bounded(p, mine, strlen(mine)) == -ETIME;
	}
}

static void
write_all(struct consoles *c, const char *text)
{
	for (size_t i = 0; i < c->n; i++)
		port_write(&c->port[i], text);
}

static void
to_syslog(const struct consoles *c, const char *line)
{
	if (c->syslog && line[0] != '\0')
		syslog(LOG_DAEMON | LOG_NOTICE, "%s", line);
}

void
consoles_line(struct consoles *c, const char *text)
{
	tt_auto(free) char *out = tt_xprintf(
	    "%s%s%s", c->open_for != NULL ? "\n" : "", text, text[0] != '\0' ? "\n" : "");

	c->open_for = NULL;
	write_all(c, out);
	to_syslog(c, text);
}

void
consoles_begin(struct consoles *c, const void *who, const char *title)
{
	tt_auto(free) char *out = NULL;

	if (c->open_for != NULL)
		return;
	out = tt_xprintf("%-58s", title);
	c->open_for = who;
	write_all(c, out);
}

void
consoles_end(struct consoles *c, const void *who, const char *title, const char *result,
    int64_t now_us)
{
	long long seconds = (now_us - c->last_line_us) / 1000000;
	tt_auto(free) char *tail =
	    c->timers ? tt_xprintf("%4s (%llds)", result, seconds > 0 ? seconds : 0)
		      : tt_xprintf("%4s", result);
	tt_auto(free) char *line = tt_xprintf("%-58s%s", title, tail);
	tt_auto(free) char *out = NULL;

	if (c->open_for == who)
		out = tt_xprintf("%s\n", tail);
	else
		out = tt_xprintf("%s%s\n", c->open_for != NULL ? "\n" : "", line);
	c->open_for = NULL;
	c->last_line_us = now_us;
	write_all(c, out);
	to_syslog(c, line);
}
