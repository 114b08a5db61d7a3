// SPDX-License-Identifier: MPL-2.0
/*
 * Console lines: their format on files and pseudo terminals, and that a console which takes
 * nothing, or is not there, delays the others by a bounded time only.
 */
#include "installer/setupd/console.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/time.h"
#include "tests/lib/tap.h"

#include <fcntl.h>
#include <pty.h>
#include <termios.h>

static char dir[] = "/tmp/console-test-XXXXXX";

static char *
contents(const char *path)
{
	tt_auto(buf) struct tt_buf b = TT_BUF_INIT(TT_MIB);

	tt_file_read(path, &b, NULL);
	return tt_buf_detach(&b);
}

static void
write_lines(struct consoles *c)
{
	static const char a[] = "creating zone napi... ", b[] = "installing tools... ";
	int64_t t = c->last_line_us;

	consoles_line(c, "--> hello <--");
	consoles_end(c, a, a, "done", t + 12000000); /* a whole line */
	consoles_begin(c, a, a); /* its line first, its result later */
	consoles_begin(c, b, b); /* one open line at a time */
	consoles_end(c, a, a, "done", t + 13000000);
	consoles_begin(c, a, a);
	consoles_end(c, b, b, "timeout", t + 15500000); /* another one ends in between */
	consoles_end(c, a, a, "failed", t + 15600000);
	consoles_begin(c, a, a);
	consoles_line(c, "==> end"); /* a line ends an open one */
}

#define NAPI_PAD  "creating zone napi...                                     "
#define TOOLS_PAD "installing tools...                                       "

static const char want_timers[] =
    "--> hello <--\n" NAPI_PAD "done (12s)\n" NAPI_PAD "done (1s)\n" NAPI_PAD
    "\n" TOOLS_PAD "timeout (2s)\n" NAPI_PAD "failed (0s)\n" NAPI_PAD "\n==> end\n";
static const char want_plain[] =
    "--> hello <--\n" NAPI_PAD "done\n" NAPI_PAD "done\n" NAPI_PAD "\n" TOOLS_PAD
    "timeout\n" NAPI_PAD "failed\n" NAPI_PAD "\n==> end\n";

static void
test_format(bool timers)
{
	tt_auto(free) char *one = tt_path_join(dir, timers ? "t1" : "p1");
	tt_auto(free) char *two = tt_path_join(dir, timers ? "t2" : "p2");
	char *paths[] = { one, two, NULL };
	tt_auto(free) char *got1 = NULL, *got2 = NULL;
	struct consoles c;

	tt_file_write(one, "", 0, 0600, NULL);
	tt_file_write(two, "", 0, 0600, NULL);
	consoles_open(&c, paths, "");
	c.timers = timers;
	write_lines(&c);
	consoles_close(&c);
	got1 = contents(one);
	got2 = contents(two);
	TAP_EQ_STR(got1, timers ? want_timers : want_plain, "lines %s timers",
	    timers ? "with" : "without");
	TAP_EQ_STR(got2, got1, "the same on each console");
}

static void
open_pty(int *master, int *slave, char *name, bool raw)
{
	struct termios t;

	TAP_EQ_INT(openpty(master, slave, name, NULL, NULL), 0, "pseudo terminal");
	tcgetattr(*slave, &t);
	if (raw)
		cfmakeraw(&t);
	tcsetattr(*slave, TCSANOW, &t);
}

static void
test_terminal(bool raw)
{
	int master, slave;
	char name[256], got[64] = "";
	char *paths[] = { name, NULL };
	struct consoles c;
	ssize_t n;

	open_pty(&master, &slave, name, raw);
	consoles_open(&c, paths, "");
	consoles_line(&c, "one line");
	n = read(master, got, sizeof(got) - 1);
	TAP_OK(n > 0, "something came");
	TAP_EQ_STR(got, "one line\r\n", "%s terminal gets CR LF", raw ? "raw" : "cooked");
	consoles_close(&c);
	close(slave);
	close(master);
}

static void
test_dead(void)
{
	tt_auto(free) char *file = tt_path_join(dir, "alive"), *got = NULL;
	int master, slave;
	char name[256], line[500] = "";
	char *paths[] = { name, (char[]){ "/nowhere/tty" }, file, NULL };
	struct consoles c;
	int64_t start = tt_mono_us();

	tt_file_write(file, "", 0, 0600, NULL);
	open_pty(&master, &slave, name, true);
	consoles_open(&c, paths, "");
	memset(line, 'x', sizeof(line) - 1);
	for (int i = 0; i < 300; i++) /* nobody reads the terminal: it fills up */
		consoles_line(&c, line);
	TAP_OK(c.port[0].slow, "the terminal took no more");
	consoles_close(&c);
	TAP_OK(tt_mono_us() - start < 10000000, "300 lines in bounded time: %lld ms",
	    (long long)(tt_mono_us() - start) / 1000);
	got = contents(file);
	TAP_EQ_INT(strlen(got), 300 * sizeof(line), "the other console has all lines");
	close(slave);
	close(master);
}

int
main(void)
{
	TAP_OK(mkdtemp(dir) != NULL, "test folder");
	test_format(true);
	test_format(false);
	test_terminal(false);
	test_terminal(true);
	test_dead();
	tt_remove_tree(dir, NULL);
	return tap_done();
}
