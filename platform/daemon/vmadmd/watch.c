// SPDX-License-Identifier: MPL-2.0
/*
 * Ends of instances.
 */
#include "platform/daemon/vmadmd/watch.h"

#include <errno.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/uuid.h"

struct watched {
	char uuid[TT_UUID_LEN];
	pid_t pid;
	int pidfd;
	int status;
};

static int set = -1; /* epoll */
static void (*on_end)(const char *uuid, pid_t pid, int status);

static void *
report(void *arg)
{
	struct watched *w = arg;

	on_end(w->uuid, w->pid, w->status);
	free(w);
	return NULL;
}

/* The status as wait(2) gives it, or -1. */
static int
reap(int pidfd)
{
	siginfo_t si = { 0 };

	if (waitid(P_PIDFD, (id_t)pidfd, &si, WEXITED | WNOHANG) < 0 || si.si_pid == 0)
		return -1;
	return si.si_code == CLD_EXITED ? (si.si_status & 0xff) << 8
					: si.si_status & 0x7f;
}

static void
finish(struct watched *w)
{
	pthread_t t;

	w->status = reap(w->pidfd);
	(void)epoll_ctl(set, EPOLL_CTL_DEL, w->pidfd, NULL);
	close(w->pidfd);
	if (pthread_create(&t, NULL, report, w) == 0)
		pthread_detach(t);
	else
		(void)report(w);
}

static void *
wait_for_all(void *unused TT_UNUSED)
{
	struct epoll_event ev[16];

	for (;;) {
		const int n = epoll_wait(set, ev, TT_ARRAY_LEN(ev), -1);

		for (int i = 0; i < n; i++)
			finish(ev[i].data.ptr);
	}
	return NULL;
}

int
watch_start(void (*ended)(const char *uuid, pid_t pid, int status), struct tt_err **err)
{
	pthread_attr_t attr;
	pthread_t t;
	int r;

	on_end = ended;
	set = epoll_create1(EPOLL_CLOEXEC);
	if (set < 0)
		return tt_err_errno(err, -errno, "watching instances");
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	r = pthread_create(&t, &attr, wait_for_all, NULL);
	pthread_attr_destroy(&attr);
	return r == 0 ? 0 : tt_err_errno(err, -r, "watching instances");
}

int
watch_add(const char *uuid, pid_t pid)
{
	const int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct epoll_event ev = { .events = EPOLLIN };
	struct watched *w;

	if (fd < 0)
		return -errno;
	w = tt_xalloc(sizeof(*w));
	(void)tt_strcpy(w->uuid, sizeof(w->uuid), uuid);
	w->pid = pid;
	w->pidfd = fd;
	ev.data.ptr = w;
	if (epoll_ctl(set, EPOLL_CTL_ADD, fd, &ev) < 0) {
		close(fd);
		free(w);
		return -errno;
	}
	return 0;
}
