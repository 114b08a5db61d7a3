// SPDX-License-Identifier: MPL-2.0
/* See proc.h. */
#include "platform/lib/base/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/time.h"

#define DEFAULT_TIMEOUT_MS 60000

static const char *const default_env[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
	"LC_ALL=C", "TZ=UTC", NULL };

struct child {
	pid_t pid;
	int pidfd;
	int in, out, err; /* our ends; -1 when not collected */
	const char *input;
	size_t input_len;
	char line[512]; /* unfinished line of standard error */
	size_t line_len;
	char last[512]; /* last whole line, for the message */
};

static void
child_release(struct child *c)
{
	tt_auto_close(&c->pidfd);
	tt_auto_close(&c->in);
	tt_auto_close(&c->out);
	tt_auto_close(&c->err);
}

static void
tt_auto_child(struct child *c)
{
	child_release(c);
}

static void TT_NORETURN
child_exec(const char *const *argv, const struct tt_proc_opts *o, const int fds[3],
    int report, pid_t parent)
{
	const char *const *env = o->env != NULL ? o->env : default_env;
	sigset_t none;
	int e;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	for (int s = 1; s < NSIG; s++)
		signal(s, SIG_DFL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127);
	for (int i = 0; i < 3 && !o->inherit_io; i++) {
		/* a source that is itself 0-2 was lifted above 2 before the fork */
		if (dup2(fds[i], i) < 0)
			goto fail;
	}
	if (o->dir != NULL && chdir(o->dir) < 0)
		goto fail;
	if (dup2(report, 3) < 0 || fcntl(3, F_SETFD, FD_CLOEXEC) < 0)
		goto fail;
	syscall(SYS_close_range, 4U, ~0U, 0U);
	environ = (char **)(uintptr_t)env;
	execvp(argv[0], (char *const *)(uintptr_t)argv);
fail:
	e = errno;
	if (write(report, &e, sizeof(e)) < 0 && write(3, &e, sizeof(e)) < 0)
		_exit(126);
	_exit(127);
}

/* A descriptor above 2, so that dup2 onto 0-2 in the child never clobbers a source. */
static int
lift(int fd)
{
	return fcntl(fd, F_DUPFD_CLOEXEC, 3);
}

static int
make_pipe(int *ret_ours, int *ret_theirs, bool we_write)
{
	int p[2];

	if (pipe2(p, O_CLOEXEC) < 0)
		return -errno;
	*ret_ours = p[we_write];
	*ret_theirs = lift(p[!we_write]);
	close(p[!we_write]);
	if (*ret_theirs < 0)
		return -errno;
	(void)fcntl(*ret_ours, F_SETFL, O_NONBLOCK);
	return 0;
}

/* The child's three descriptors in fds, our ends in c. */
static int
plumb(struct child *c, const struct tt_proc_opts *o, int fds[3])
{
	int r = 0;

	if (o->input != NULL)
		r = make_pipe(&c->in, &fds[0], true);
	else
		fds[0] = o->stdin_fd > 0 ? lift(o->stdin_fd)
					 : open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (r == 0 && o->stdout_fd > 0)
		fds[1] = lift(o->stdout_fd);
	else if (r == 0 && o->out != NULL)
		r = make_pipe(&c->out, &fds[1], false);
	else if (r == 0)
		fds[1] = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (r == 0 && o->stderr_fd > 0)
		fds[2] = lift(o->stderr_fd);
	else if (r == 0)
		r = make_pipe(&c->err, &fds[2], false);
	for (int i = 0; i < 3; i++) {
		if (r == 0 && fds[i] >= 0 && fds[i] < 3) {
			int up = lift(fds[i]);

			close(fds[i]);
			fds[i] = up;
		}
		if (r == 0 && fds[i] < 0)
			r = errno ? -errno : -EBADF;
	}
	return r;
}

/* Wait for exec: 0, or the errno that kept it from happening. */
static int
exec_result(int report)
{
	int e = 0;
	ssize_t n;

	do
		n = read(report, &e, sizeof(e));
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof(e) ? -e : 0;
}

static int
start(struct child *c, const char *const *argv, const struct tt_proc_opts *o)
{
	tt_auto(close) int report_r = -1;
	tt_auto(close) int report_w = -1;
	int fds[3] = { -1, -1, -1 };
	const pid_t parent = getpid();
	int r = o->inherit_io ? 0 : plumb(c, o, fds);

	if (r == 0)
		r = make_pipe(&report_r, &report_w, false);
	if (r == 0) {
		(void)fcntl(report_r, F_SETFL, 0);
		c->pid = fork();
		if (c->pid == 0)
			child_exec(argv, o, fds, report_w, parent);
		r = c->pid < 0 ? -errno : 0;
	}
	for (int i = 0; i < 3; i++)
		tt_auto_close(&fds[i]);
	tt_auto_close(&report_w);
	report_w = -1;
	if (r < 0)
		return r;
	r = exec_result(report_r);
	if (r < 0) {
		waitpid(c->pid, NULL, 0);
		return r;
	}
	c->pidfd = (int)syscall(SYS_pidfd_open, c->pid, 0);
	c->input = o->input;
	c->input_len = o->input_len;
	return 0;
}

static void
take_err_line(struct child *c, const struct tt_proc_opts *o)
{
	c->line[c->line_len] = '\0';
	if (c->line_len > 0) {
		memcpy(c->last, c->line, c->line_len + 1);
		if (o->on_err_line != NULL)
			o->on_err_line(c->line, o->ctx);
	}
	c->line_len = 0;
}

static void
take_err(struct child *c, const struct tt_proc_opts *o, const char *p, size_t n)
{
	if (o->err_out != NULL)
		(void)tt_buf_add(o->err_out, p, n);
	for (size_t i = 0; i < n; i++) {
		if (p[i] == '\n' || p[i] == '\r' || c->line_len == sizeof(c->line) - 1)
			take_err_line(c, o);
		if (p[i] != '\n' && p[i] != '\r')
			c->line[c->line_len++] = p[i];
	}
}

/* One read from an end of ours; closes it at its end. */
static void
pump_in(struct child *c, int *fd, const struct tt_proc_opts *o)
{
	char chunk[64 * TT_KIB];
	ssize_t n = read(*fd, chunk, sizeof(chunk));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		if (fd == &c->err)
			take_err_line(c, o);
		close(*fd);
		*fd = -1;
	} else if (fd == &c->out) {
		(void)tt_buf_add(o->out, chunk, (size_t)n);
	} else {
		take_err(c, o, chunk, (size_t)n);
	}
}

static void
pump_out(struct child *c)
{
	ssize_t n = write(c->in, c->input, c->input_len);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0) {
		c->input += n;
		c->input_len -= (size_t)n;
	}
	if (n < 0 || c->input_len == 0) {
		close(c->in);
		c->in = -1;
	}
}

/* 0 when the child has ended and its pipes are drained, -ETIME at the deadline. */
static int
pump(struct child *c, const struct tt_proc_opts *o, int64_t deadline_us)
{
	bool ended = false;

	while (!ended || c->out >= 0 || c->err >= 0) {
		struct pollfd p[] = {
			{ .fd = ended ? -1 : c->pidfd, .events = POLLIN },
			{ .fd = c->out, .events = POLLIN },
			{ .fd = c->err, .events = POLLIN },
			{ .fd = c->in, .events = POLLOUT },
		};
		const int64_t left_us = deadline_us - tt_mono_us();
		/* a grandchild may hold the pipes open after the end: do not wait for it */
		const int wait_ms = ended ? 100 : (int)(left_us / 1000) + 1;
		int n;

		if (left_us <= 0 && !ended)
			return -ETIME;
		n = poll(p, TT_ARRAY_LEN(p), wait_ms);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n == 0 && ended)
			break;
		if (n <= 0)
			continue;
		if (p[1].revents)
			pump_in(c, &c->out, o);
		if (p[2].revents)
			pump_in(c, &c->err, o);
		if (p[3].revents)
			pump_out(c);
		ended = ended || p[0].revents;
	}
	return 0;
}

static int
judge(const char *const *argv, const struct child *c, int wstatus, int *ret_status,
    struct tt_err **err)
{
	const int status =
	    WIFEXITED(wstatus) ? WEXITSTATUS(wstatus) : 128 + WTERMSIG(wstatus);
	const char *colon = c->last[0] != '\0' ? ": " : "";

	if (ret_status != NULL)
		*ret_status = status;
	if (status == 0)
		return 0;
	if (WIFSIGNALED(wstatus))
		return tt_err_set(err, -ECHILD, "ProgramFailed",
		    "'%s' was killed by signal %d%s%s", argv[0], WTERMSIG(wstatus), colon,
		    c->last);
	return tt_err_set(err, -ECHILD, "ProgramFailed", "'%s' ended with status %d%s%s",
	    argv[0], status, colon, c->last);
}

int
tt_proc_run(const char *const *argv, const struct tt_proc_opts *opts, int *ret_status,
    struct tt_err **err)
{
	static const struct tt_proc_opts none;
	const struct tt_proc_opts *o = opts != NULL ? opts : &none;
	tt_auto(child) struct child c = {
		.pid = -1, .pidfd = -1, .in = -1, .out = -1, .err = -1
	};
	const unsigned limit_ms = o->timeout_ms ? o->timeout_ms : DEFAULT_TIMEOUT_MS;
	struct sigaction ignore = { .sa_handler = SIG_IGN }, before;
	int wstatus = 0, r;

	r = start(&c, argv, o);
	if (r < 0)
		return tt_err_errno(err, r, "starting '%s'", argv[0]);
	sigaction(SIGPIPE, &ignore, &before);
	r = pump(&c, o, tt_mono_us() + (int64_t)limit_ms * 1000);
	sigaction(SIGPIPE, &before, NULL);
	if (r < 0)
		kill(c.pid, SIGKILL);
	while (waitpid(c.pid, &wstatus, 0) < 0 && errno == EINTR)
		continue;
	if (r == -ETIME)
		return tt_err_set(err, r, "Timeout", "'%s' did not end within %u ms",
		    argv[0], limit_ms);
	if (r < 0)
		return tt_err_errno(err, r, "waiting for '%s'", argv[0]);
	return judge(argv, &c, wstatus, ret_status, err);
}

int64_t
tt_proc_children_cpu_us(void)
{
	struct rusage u;

	getrusage(RUSAGE_CHILDREN, &u);
	return ((int64_t)u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000 +
	       u.ru_utime.tv_usec + u.ru_stime.tv_usec;
}
