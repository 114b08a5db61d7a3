// SPDX-License-Identifier: MPL-2.0
/*
 * See session_shell.h. This is the one place of the installer that starts a program without
 * tt_proc_run: an interactive program needs the terminal, a process group and no deadline.
 */
#include "installer/setup/session_shell.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include "installer/setup/consoles_lock.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/time.h"

#define GRACE_MS 1000 /* between asking the program to end and ending it */

struct spawn {
	posix_spawnattr_t attr;
	posix_spawn_file_actions_t files;
};

static void
tt_auto_spawn(struct spawn *s)
{
	posix_spawnattr_destroy(&s->attr);
	posix_spawn_file_actions_destroy(&s->files);
}

/* Own group, default signals, the terminal as 0, 1 and 2. */
static void
spawn_init(struct spawn *s, int tty)
{
	sigset_t none, all;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawnattr_init(&s->attr);
	posix_spawnattr_setflags(&s->attr,
	    POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setpgroup(&s->attr, 0);
	posix_spawnattr_setsigmask(&s->attr, &none);
	posix_spawnattr_setsigdefault(&s->attr, &all);
	posix_spawn_file_actions_init(&s->files);
	for (int fd = 0; fd < 3; fd++)
		posix_spawn_file_actions_adddup2(&s->files, tty, fd);
	if (isatty(tty) && tcgetpgrp(tty) >= 0)
		posix_spawn_file_actions_addtcsetpgrp_np(&s->files, tty);
}

/* PATH and a few harmless names; nothing that was typed ever lies in our environment. */
static char **
shell_env(void)
{
	static const char *const kept[] = { "TERM", "LANG", "LC_ALL", "EDITOR", "HOME" };
	char **env = NULL;

	tt_strv_add(
	    &env, "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
	for (size_t i = 0; i < TT_ARRAY_LEN(kept); i++) {
		const char *value = getenv(kept[i]);

		if (value != NULL)
			tt_strv_addf(&env, "%s=%s", kept[i], value);
	}
	if (getenv("HOME") == NULL)
		tt_strv_add(&env, "HOME=/root");
	return env;
}

static void
end_group(pid_t pid)
{
	(void)kill(-pid, SIGHUP);
	(void)kill(-pid, SIGCONT);
	for (unsigned ms = 0; ms < GRACE_MS && kill(-pid, 0) == 0; ms += 50) {
		(void)waitpid(pid, NULL, WNOHANG);
		tt_sleep_ms(50);
	}
	(void)kill(-pid, SIGKILL);
}

/* Wait for the program; a signal to us ends it, and stays to be noticed by our caller. */
static int
wait_for(pid_t pid)
{
	struct pollfd none = { .fd = -1 };
	int status = 0;
	pid_t got;

	for (;;) {
		got = waitpid(pid, &status, WNOHANG | WUNTRACED);
		if (got < 0)
			return 128 + SIGKILL; /* ended and collected by end_group() */
		if (got == pid && WIFSTOPPED(status))
			(void)kill(-pid, SIGCONT);
		else if (got == pid)
			break;
		if (term_poll(&none, 1, 50) == -EINTR)
			end_group(pid);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int
session_foreground(struct term *t, const char *const *argv, struct tt_err **err)
{
	tt_auto(spawn) struct spawn s;
	tt_auto(strv) char **env = shell_env();
	pid_t pid;
	int r;

	spawn_init(&s, t->fd);
	term_cooked(t);
	r = posix_spawnp(
	    &pid, argv[0], &s.files, &s.attr, (char *const *)(uintptr_t)argv, env);
	if (r == 0)
		r = wait_for(pid);
	else
		r = tt_err_errno(err, -r, "starting '%s'", argv[0]);
	if (isatty(t->fd))
		(void)tcsetpgrp(t->fd, getpgrp());
	term_raw(t);
	term_resize(t);
	return r;
}

int
session_shell(struct term *t, struct tt_err **err)
{
	static const char *const bash[] = { "bash", "-i", NULL };
	static const char *const sh[] = { "sh", "-i", NULL };

	term_wrap(t, 0, "A shell. ^D or exit returns to the setup, exit 42 quits it.");
	return session_foreground(t, tt_path_exists("/bin/bash") ? bash : sh, err);
}
