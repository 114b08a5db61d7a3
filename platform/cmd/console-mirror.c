// SPDX-License-Identifier: MPL-2.0
/*
 * Copies the kernel's messages to those of ttyS0 and ttyS1 that are not its own console:
 * the kernel serves one serial port only. Runs from early boot until the machine stops.
 * Knows nothing of who else talks on the port; loses messages rather than wait for a port.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <time.h>

#include "platform/cmd/kmsg.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/num.h"
#include "platform/lib/base/str.h"
#include "platform/lib/cli/cli.h"

#define RECORD_MAX      8192
#define WRITE_WAIT_MS   1000
#define LEVEL_REFRESH_S 1

struct port {
	const char *name;
	int fd;
};

static struct port ports[] = { { "ttyS0", -1 }, { "ttyS1", -1 } };

/* Lines of /proc/consoles start with the console's name and a blank. */
static bool
is_kernel_console(const char *consoles, const char *name)
{
	size_t n = strlen(name);

	for (const char *p = consoles; p != NULL && *p != '\0'; p = strchr(p, '\n')) {
		p += *p == '\n';
		if (strncmp(p, name, n) == 0 && p[n] == ' ')
			return true;
	}
	return false;
}

/* The driver makes nodes for ports that are not there; their type is 0. */
static bool
port_exists(const char *name)
{
	tt_auto(free) char *path = NULL, *type = NULL;

	path = tt_xprintf("/sys/class/tty/%s/type", name);
	type = tt_file_line(path);
	return type != NULL && !tt_streq(type, "0");
}

/* Speed only: the rest belongs to whoever holds a conversation there. */
static void
set_speed(int fd)
{
	struct termios t;

	if (tcgetattr(fd, &t) != 0 || cfgetospeed(&t) == B115200)
		return;
	(void)cfsetispeed(&t, B115200);
	(void)cfsetospeed(&t, B115200);
	t.c_cflag |= CLOCAL | CREAD;
	(void)tcsetattr(fd, TCSANOW, &t);
}

static bool
port_open(struct port *p)
{
	char path[32];

	(void)tt_strf(path, sizeof(path), "/dev/%s", p->name);
	p->fd = open(path, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (p->fd < 0)
		return false;
	set_speed(p->fd);
	return true;
}

static void
port_close(struct port *p)
{
	if (p->fd >= 0)
		(void)close(p->fd);
	p->fd = -1;
}

/* 0, -EAGAIN when the port takes nothing for a while, or what write(2) said. */
static int
port_try(struct port *p, const char *line, size_t len)
{
	while (len > 0) {
		ssize_t n = write(p->fd, line, len);

		if (n > 0) {
			line += n;
			len -= (size_t)n;
		} else if (n < 0 && errno == EAGAIN) {
			struct pollfd pfd = { .fd = p->fd, .events = POLLOUT };

			if (poll(&pfd, 1, WRITE_WAIT_MS) <= 0)
				return -EAGAIN;
		} else if (n < 0 && errno != EINTR) {
			return -errno;
		}
	}
	return 0;
}

/* A getty hangs the port up once when it starts: the old descriptor is dead, a new one works. */
static void
port_write(struct port *p, const char *line, size_t len)
{
	for (int tries = 0; tries < 2; tries++) {
		int r;

		if (p->fd < 0 && !port_open(p))
			return;
		r = port_try(p, line, len);
		if (r == 0 || r == -EAGAIN)
			return;
		port_close(p);
	}
}

/* The level that the kernel's own consoles go by; the wizard lowers it while it asks. */
static unsigned
console_loglevel(void)
{
	static time_t read_at;
	static unsigned level = 7;
	tt_auto(free) char *line = NULL;
	struct timespec now;
	uint32_t v;

	(void)clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	if (read_at != 0 && now.tv_sec - read_at < LEVEL_REFRESH_S)
		return level;
	read_at = now.tv_sec + (now.tv_sec == 0);
	line = tt_file_line("/proc/sys/kernel/printk");
	if (line == NULL)
		return level;
	line[strcspn(line, " \t")] = '\0';
	if (tt_parse_u32(line, 0, 15, &v) == 0)
		level = v;
	return level;
}

static void
to_all(const char *line, size_t len)
{
	for (size_t i = 0; i < TT_ARRAY_LEN(ports); i++)
		if (ports[i].name != NULL)
			port_write(&ports[i], line, len);
}

static int
mirror(int kmsg)
{
	static char rec[RECORD_MAX], line[KMSG_LINE_MAX];

	for (;;) {
		static const char lost[] = "console-mirror: messages were lost here\r\n";
		ssize_t n = read(kmsg, rec, sizeof(rec));
		int len;

		if (n < 0 && errno == EPIPE) { /* overwritten before we read it */
			to_all(lost, sizeof(lost) - 1);
			continue;
		}
		if (n < 0 && (errno == EINTR || errno == EINVAL))
			continue; /* EINVAL: a record larger than any the kernel makes */
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		len = kmsg_line(rec, (size_t)n, console_loglevel(), line);
		if (len > 0)
			to_all(line, (size_t)len);
	}
}

static int
run(int argc TT_UNUSED, char **argv TT_UNUSED, void *ctx TT_UNUSED)
{
	tt_auto(buf) struct tt_buf consoles = TT_BUF_INIT(4096);
	tt_auto(err) struct tt_err *err = NULL;
	tt_auto(close) int kmsg = -1;
	size_t n = 0;

	if (tt_file_read("/proc/consoles", &consoles, &err) < 0)
		return tt_cli_fail("console-mirror", err);
	for (size_t i = 0; i < TT_ARRAY_LEN(ports); i++) {
		if (is_kernel_console(tt_buf_str(&consoles), ports[i].name) ||
		    !port_exists(ports[i].name))
			ports[i].name = NULL;
		else
			n++;
	}
	if (n == 0)
		return 0;
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
	kmsg = open("/dev/kmsg", O_RDONLY | O_CLOEXEC);
	if (kmsg < 0)
		(void)tt_err_errno(&err, -errno, "opening '/dev/kmsg'");
	else
		(void)tt_err_errno(&err, mirror(kmsg), "reading '/dev/kmsg'");
	return tt_cli_fail("console-mirror", err);
}

int
main(int argc, char **argv)
{
	static const struct tt_cmd cmd = {
		.name = "console-mirror",
		.help = "Copy the kernel's messages to the serial port it does not serve "
			"itself.",
		.run = run,
	};

	return tt_cli_main(&cmd, argc, argv, NULL);
}
