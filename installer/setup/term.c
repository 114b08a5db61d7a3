// SPDX-License-Identifier: MPL-2.0
/*
 * Terminal modes, size, input with deadlines, wrapped output.
 */
#include "installer/setup/term.h"

#include <errno.h>
#include <linux/kd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "installer/setup/lineedit.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/time.h"

#define SIZE_QUERY_MS 300
#define MIN_COLUMNS   40
#define MAX_COLUMNS   500

/* The Linux console tells its keyboard mode; elsewhere the locale is the only hint. */
static bool
shows_utf8(int fd)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };
	int mode;

	if (ioctl(fd, KDGKBMODE, &mode) == 0)
		return mode == K_UNICODE;
	for (size_t i = 0; i < TT_ARRAY_LEN(names); i++) {
		const char *value = getenv(names[i]);

		if (value != NULL && *value != '\0')
			return strcasestr(value, "utf-8") || strcasestr(value, "utf8");
	}
	return false;
}

int
term_open(struct term *t, int fd, bool plain, struct tt_err **err)
{
	const char *kind = getenv("TERM");

	memset(t, 0, sizeof(*t));
	t->fd = fd;
	if (tcgetattr(fd, &t->saved) < 0)
		return tt_err_set(err, -ENOTTY, "NotATerminal",
		    "the wizard needs a terminal; give an answers file with "
		    "\"unattended\": true to run without one");
	t->escapes = !plain && kind != NULL && !tt_streq(kind, "dumb");
	t->utf8 = shows_utf8(fd);
	term_raw(t);
	term_resize(t);
	return 0;
}

void
term_raw(struct term *t)
{
	struct termios raw = t->saved;

	cfmakeraw(&raw);
	raw.c_cflag = t->saved.c_cflag;
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	t->raw = tcsetattr(t->fd, TCSADRAIN, &raw) == 0;
}

void
term_cooked(struct term *t)
{
	struct termios cooked = t->saved;

	/* A console that a killed program left raw would give a useless shell. */
	cooked.c_lflag |= ISIG | ICANON | ECHO | ECHOE | ECHOK | IEXTEN;
	cooked.c_iflag |= ICRNL | IXON;
	cooked.c_oflag |= OPOST | ONLCR;
	(void)tcsetattr(t->fd, TCSADRAIN, &cooked);
	t->raw = false;
}

void
term_close(struct term *t)
{
	if (t->raw)
		term_cooked(t);
}

int
term_poll(struct pollfd *fds, size_t n, int timeout_ms)
{
	struct timespec limit = { timeout_ms / 1000, timeout_ms % 1000 * 1000000L };
	sigset_t none;
	int r;

	sigemptyset(&none);
	r = ppoll(fds, n, timeout_ms < 0 ? NULL : &limit, &none);
	return r < 0 ? -errno : r;
}

static int
wait_readable(int fd, int timeout_ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int n = term_poll(&p, 1, timeout_ms);

	if (n < 0)
		return n;
	if (n > 0 && !(p.revents & POLLIN))
		return -EIO;
	return n;
}

/* A byte from the terminal itself. */
static int
read_byte(struct term *t, int timeout_ms, uint8_t *ret_byte)
{
	int r = wait_readable(t->fd, timeout_ms);
	ssize_t n;

	if (r <= 0)
		return r;
	n = read(t->fd, ret_byte, 1);
	if (n == 1)
		return 1;
	return n < 0 && (errno == EINTR || errno == EAGAIN) ? -EINTR : -EIO;
}

int
term_read(struct term *t, int timeout_ms, uint8_t *ret_byte)
{
	if (t->ahead_len == 0)
		return read_byte(t, timeout_ms, ret_byte);
	*ret_byte = t->ahead[0];
	memmove(t->ahead, t->ahead + 1, --t->ahead_len);
	return 1;
}

bool
term_pending(struct term *t)
{
	struct pollfd p = { .fd = t->fd, .events = POLLIN };

	return t->ahead_len > 0 || poll(&p, 1, 0) > 0;
}

bool
term_interrupted(struct term *t)
{
	struct pollfd p = { .fd = t->fd, .events = POLLIN };
	uint8_t byte;

	while (poll(&p, 1, 0) > 0) {
		if (read(t->fd, &byte, 1) != 1 || byte == 0x03)
			return true;
		if (t->ahead_len < sizeof(t->ahead))
			t->ahead[t->ahead_len++] = byte;
	}
	return false;
}

void
term_drop_input(struct term *t)
{
	t->ahead_len = 0;
	(void)tcflush(t->fd, TCIFLUSH);
}

/* Digits at *at, moved behind them. */
static bool
take_number(const uint8_t *in, size_t len, size_t *at, unsigned *ret)
{
	size_t start = *at;

	*ret = 0;
	for (; *at < len && in[*at] >= '0' && in[*at] <= '9' && *at - start < 4; (*at)++)
		*ret = *ret * 10 + (in[*at] - '0');
	return *at > start;
}

size_t
term_parse_report(const uint8_t *in, size_t len, size_t *ret_at, unsigned *ret_rows,
    unsigned *ret_columns)
{
	for (size_t start = 0; start + 6 <= len; start++) {
		size_t at = start + 2;

		if (in[start] != 0x1b || in[start + 1] != '[')
			continue;
		if (!take_number(in, len, &at, ret_rows) || at >= len || in[at++] != ';')
			continue;
		if (!take_number(in, len, &at, ret_columns) || at >= len ||
		    in[at++] != 'R')
			continue;
		*ret_at = start;
		return at - start;
	}
	return 0;
}

/* Take the answer to the size query out of what arrives; anything else stays readable. */
static bool
read_report(struct term *t)
{
	int64_t until = tt_mono_us() + SIZE_QUERY_MS * 1000;
	unsigned rows, columns;
	size_t at, n;

	while (t->ahead_len < sizeof(t->ahead)) {
		int64_t left_ms = (until - tt_mono_us()) / 1000;

		if (left_ms <= 0 ||
		    read_byte(t, (int)left_ms, t->ahead + t->ahead_len) <= 0)
			return false;
		t->ahead_len++;
		n = term_parse_report(t->ahead, t->ahead_len, &at, &rows, &columns);
		if (n == 0)
			continue;
		memmove(t->ahead + at, t->ahead + at + n, t->ahead_len - at - n);
		t->ahead_len -= n;
		t->rows = rows;
		t->columns = columns;
		return rows > 0 && columns > 0;
	}
	return false;
}

void
term_resize(struct term *t)
{
	struct winsize size = { 0 };

	if (ioctl(t->fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0) {
		t->columns = size.ws_col;
		t->rows = size.ws_row;
	} else {
		/* Save the place, go to the far corner, ask where that is, go back. */
		if (t->escapes)
			(void)tt_write_all(t->fd, "\0337\033[999;999H\033[6n\0338", 18);
		if (!t->escapes || !read_report(t)) {
			t->columns = 80;
			t->rows = 24;
		}
	}
	if (t->columns < MIN_COLUMNS)
		t->columns = MIN_COLUMNS;
	if (t->columns > MAX_COLUMNS)
		t->columns = MAX_COLUMNS;
}

void
term_write(struct term *t, const char *text, size_t len)
{
	tt_auto(buf) struct tt_buf out = TT_BUF_INIT(256 * TT_KIB);

	for (size_t i = 0; i < len; i++) {
		uint8_t byte = (uint8_t)text[i];

		if (byte == '\n')
			tt_buf_adds(&out, "\r\n");
		else if (byte < 0x80 || t->utf8)
			tt_buf_addc(&out, (char)byte);
		else if ((byte & 0xc0) != 0x80)
			tt_buf_addc(&out, '?');
	}
	(void)tt_write_all(t->fd, tt_buf_str(&out), out.len);
}

void
term_puts(struct term *t, const char *text)
{
	term_write(t, text, strlen(text));
}

void
term_printf(struct term *t, const char *fmt, ...)
{
	tt_auto(buf) struct tt_buf b = TT_BUF_INIT(64 * TT_KIB);
	va_list ap;

	va_start(ap, fmt);
	tt_buf_vaddf(&b, fmt, ap);
	va_end(ap);
	term_write(t, tt_buf_str(&b), b.len);
}

/* Length of the next piece of text that fits into room columns, cut at a blank if it can be. */
static size_t
wrap_at(const char *text, size_t room)
{
	size_t newline = strcspn(text, "\n");
	size_t cut = 0;
	size_t i;

	for (i = 0; i < newline && lineedit_columns(text, i) < room; i++)
		if (text[i] == ' ')
			cut = i;
	if (i == newline)
		return newline;
	if (text[i] == ' ')
		return i;
	while (cut == 0 && ((uint8_t)text[i] & 0xc0) == 0x80)
		i++;
	return cut > 0 ? cut : i;
}

void
term_wrap(struct term *t, unsigned indent, const char *text)
{
	size_t room = t->columns - 1 > indent + 10 ? t->columns - 1 - indent : 10;

	do {
		size_t n = wrap_at(text, room);

		term_printf(t, "%*s%.*s\n", (int)indent, "", (int)n, text);
		text += n;
		if (*text == '\n')
			text++;
		else
			text += strspn(text, " ");
	} while (*text != '\0');
}

void
term_wrapf(struct term *t, unsigned indent, const char *fmt, ...)
{
	tt_auto(buf) struct tt_buf b = TT_BUF_INIT(64 * TT_KIB);
	va_list ap;

	va_start(ap, fmt);
	tt_buf_vaddf(&b, fmt, ap);
	va_end(ap);
	term_wrap(t, indent, tt_buf_str(&b));
}

void
term_clear(struct term *t)
{
	term_puts(t, t->escapes ? "\033[H\033[2J" : "\n");
}

void
term_heading(struct term *t, const char *text)
{
	char ruler[80];
	size_t n = t->columns < sizeof(ruler) ? t->columns - 1 : sizeof(ruler) - 1;

	memset(ruler, '-', n);
	ruler[n] = '\0';
	term_printf(t, t->escapes ? "\033[1m%s\033[0m\n%s\n" : "%s\n%s\n", text, ruler);
}
