// SPDX-License-Identifier: MPL-2.0
/*
 * Records of the kernel log, the list of stages, and the end after a failure.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/reboot.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/reboot.h>
#include <time.h>
#include <unistd.h>

#include "platform/init/init.h"

#define STAGES_MAX 24

static int kmsg = -1;
static bool debug_shell;
static struct init_stage_time stages[STAGES_MAX];
static size_t n_stages;

uint64_t
init_now_us(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

void
init_log_open(void)
{
	/* The kernel drops all but ten records in five seconds of each writer unless told. */
	(void)init_write_text("/proc/sys/kernel/printk_devkmsg", "on\n", 0);
	kmsg = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
}

void
init_log_set_debug(bool debug)
{
	debug_shell = debug;
}

/* One record, one write. Priority as in syslog(3): 2 critical, 4 warning, 5 notice. */
static void
record(int priority, const char *mark, const char *fmt, va_list ap)
{
	char line[960];
	uint64_t now = init_now_us();
	int n, m;

	n = snprintf(line, sizeof(line), "<%d>triton-init: [%llu.%03llu] %s", priority,
	    (unsigned long long)(now / 1000000), (unsigned long long)(now / 1000 % 1000),
	    mark);
	m = vsnprintf(line + n, sizeof(line) - (size_t)n - 1, fmt, ap);
	n += m;
	if ((size_t)n > sizeof(line) - 2)
		n = (int)sizeof(line) - 2;
	line[n++] = '\n';
	if (kmsg < 0 || write(kmsg, line, (size_t)n) != n)
		(void)!write(2, line + 3, (size_t)n - 3);
}

void
init_log(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	record(5, "", fmt, ap);
	va_end(ap);
}

void
init_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	record(4, "warning: ", fmt, ap);
	va_end(ap);
}

void
init_stage(const char *name, const char *fmt, ...)
{
	va_list ap;

	if (n_stages < STAGES_MAX)
		stages[n_stages++] = (struct init_stage_time){ name, init_now_us() };
	va_start(ap, fmt);
	record(5, "", fmt, ap);
	va_end(ap);
}

const struct init_stage_time *
init_stages(size_t *ret_n)
{
	*ret_n = n_stages;
	return stages;
}

/* The exact form that tests and people look for: no time stamp in the middle. */
static void
record_fatal(const char *step, int err, const char *detail)
{
	char line[960];
	int n;

	n = snprintf(line, sizeof(line) - 1, "<2>triton-init: FATAL %s: %s%s%s%s", step,
	    strerror(err), detail[0] ? " (" : "", detail, detail[0] ? ")" : "");
	if ((size_t)n > sizeof(line) - 2)
		n = (int)sizeof(line) - 2;
	line[n++] = '\n';
	if (kmsg < 0 || write(kmsg, line, (size_t)n) != n)
		(void)!write(2, line + 3, (size_t)n - 3);
}

void
init_fatal(const char *step, int err, const char *detail, ...)
{
	char text[768];
	va_list ap;

	va_start(ap, detail);
	(void)vsnprintf(text, sizeof(text), detail, ap);
	va_end(ap);
	record_fatal(step, err < 0 ? -err : err, text);
	if (debug_shell) {
		init_shell();
	} else {
		init_log(
		    "restarting in %d s; add triton.debug=1 for a shell", INIT_REBOOT_S);
		init_sleep_ms(INIT_REBOOT_S * 1000);
	}
	sync();
	(void)reboot(RB_AUTOBOOT);
	/* Only a process that is not PID 1 gets here. */
	_exit(1);
}
