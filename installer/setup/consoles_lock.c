// SPDX-License-Identifier: MPL-2.0
/*
 * See consoles_lock.h. Invariant: the text of the lock file is written by the holder only,
 * and emptied before the lock goes.
 */
#include "installer/setup/consoles_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/time.h"

#define YIELD_MS  5000 /* for the holder to end by itself */
#define KILLED_MS 2000 /* for the kernel to free the lock of a killed one */
#define STEP_MS   50

static volatile sig_atomic_t got_taken, got_stop;

static void
on_signal(int sig)
{
	if (sig == SIGUSR1)
		got_taken = 1;
	else
		got_stop = 1;
}

void
console_signals_init(void)
{
	struct sigaction sa = { .sa_handler = on_signal };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	sigaction(SIGUSR1, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	/* A line that drops shows as the end of input; writing to it must not kill us. */
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	/* We give the terminal to shells and take it back from the background. */
	signal(SIGTTOU, SIG_IGN);
}

struct console_signals
console_signals_get(void)
{
	struct console_signals s = { .taken = got_taken, .stop = got_stop };

	got_taken = 0;
	return s;
}

void
console_lock_init(struct console_lock *l, const char *path, const char *console)
{
	memset(l, 0, sizeof(*l));
	l->path = tt_xstrdup(path);
	l->fd = -1;
	l->me.pid = getpid();
	if (tt_strcpy(l->me.console, sizeof(l->me.console), console) < 0)
		(void)tt_strcpy(l->me.console, sizeof(l->me.console), "a terminal");
}

void
console_lock_release(struct console_lock *l)
{
	console_lock_drop(l);
	free(l->path);
	l->path = NULL;
}

static void
write_record(const struct console_lock *l)
{
	tt_auto(free) char *line = NULL;
	json_t *j = json_pack("{s:i, s:s, s:s, s:I}", "pid", (int)l->me.pid, "console",
	    l->me.console, "screen", l->me.screen, "since", (json_int_t)l->me.since_us);

	if (j == NULL)
		return;
	line = tt_json_line(j);
	json_decref(j);
	if (ftruncate(l->fd, 0) == 0)
		(void)!pwrite(l->fd, line, strlen(line), 0);
}

int
console_lock_try(struct console_lock *l, struct tt_err **err)
{
	tt_auto(close) int fd = -1;
	tt_auto(free) char *dir = NULL;
	int r;

	if (l->fd >= 0)
		return 1;
	dir = tt_path_dir(l->path);
	r = tt_mkdir_p(dir, 0755, err);
	if (r < 0)
		return r;
	fd = open(l->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return tt_err_errno(err, -errno, "opening the lock '%s'", l->path);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK
			   ? 0
			   : tt_err_errno(err, -errno, "locking '%s'", l->path);
	l->fd = tt_take_fd(fd);
	l->me.since_us = tt_mono_us();
	write_record(l);
	return 1;
}

void
console_lock_drop(struct console_lock *l)
{
	if (l->fd < 0)
		return;
	(void)!ftruncate(l->fd, 0);
	close(l->fd);
	l->fd = -1;
}

void
console_lock_screen(struct console_lock *l, const char *screen)
{
	if (tt_strcpy(l->me.screen, sizeof(l->me.screen), screen) == 0 && l->fd >= 0)
		write_record(l);
}

int
console_lock_holder(const struct console_lock *l, struct console_holder *ret)
{
	tt_auto(buf) struct tt_buf text = TT_BUF_INIT(4 * TT_KIB);
	tt_auto(json) json_t *j = NULL;
	long long pid;

	if (tt_file_read(l->path, &text, NULL) < 0 ||
	    tt_json_parse("lock", tt_buf_str(&text), text.len, &j, NULL) < 0)
		return -ENOENT;
	pid = tt_json_int(j, "pid", 0);
	if (pid <= 1)
		return -ENOENT;
	memset(ret, 0, sizeof(*ret));
	ret->pid = (pid_t)pid;
	ret->since_us = tt_json_int(j, "since", 0);
	(void)tt_strcpy(
	    ret->console, sizeof(ret->console), tt_json_str(j, "console", "?"));
	(void)tt_strcpy(ret->screen, sizeof(ret->screen), tt_json_str(j, "screen", ""));
	return 0;
}

bool
console_lock_is_held(const struct console_lock *l)
{
	struct console_holder holder;

	return console_lock_holder(l, &holder) == 0 &&
	       (kill(holder.pid, 0) == 0 || errno == EPERM);
}

/* Try again and again for ms; 1, 0 or a negative errno as console_lock_try(). */
static int
try_for(struct console_lock *l, unsigned ms, struct tt_err **err)
{
	int r = 0;

	for (unsigned waited = 0; r == 0 && waited < ms; waited += STEP_MS) {
		r = console_lock_try(l, err);
		if (r == 0)
			tt_sleep_ms(STEP_MS);
	}
	return r;
}

int
console_lock_take_over(struct console_lock *l, struct tt_err **err)
{
	struct console_holder holder;
	int r;

	r = console_lock_try(l, err);
	if (r != 0 || console_lock_holder(l, &holder) < 0)
		return r;
	(void)kill(holder.pid, SIGUSR1);
	r = try_for(l, YIELD_MS, err);
	if (r != 0)
		return r;
	/* It hangs, perhaps in a write to a dead port. Only the one we asked is ended. */
	if (console_lock_holder(l, &holder) == 0 && holder.pid != l->me.pid)
		(void)kill(holder.pid, SIGKILL);
	return try_for(l, KILLED_MS, err);
}
