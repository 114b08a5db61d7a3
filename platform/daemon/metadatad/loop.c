// SPDX-License-Identifier: MPL-2.0
/*
 * The one thread that talks to guests. A round: wait; read once from each connection that
 * has bytes; take what inotify has; judge what was read. The order matters, see agent.h.
 * Nothing here waits for a disk, a lock or a peer.
 */
#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>

#include "platform/daemon/metadatad/agent.h"
#include "platform/lib/base/time.h"

#define NEVER INT64_MAX

/* What one round has read. */
static struct slot {
	struct conn *conn;
	ssize_t len; /* 0 = the peer has ended */
	char data[SLOT_SIZE];
} slots[SLOTS];

void
agent_wake_by(struct agent *a, int64_t when_us)
{
	if (when_us < a->tick_us)
		a->tick_us = when_us;
}

int
agent_watch(struct agent *a, struct source *s, uint32_t events, bool add)
{
	struct epoll_event e = { .events = events, .data.ptr = s };

	return epoll_ctl(a->epoll, add ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, s->fd, &e) < 0
		   ? -errno
		   : 0;
}

static bool
read_into(struct conn *c, uint32_t events, struct slot *s)
{
	if (c->source.fd < 0)
		return false;
	if ((events & EPOLLIN) == 0) {
		if ((events & (EPOLLHUP | EPOLLERR)) != 0)
			conn_hung_up(c);
		return false;
	}
	s->conn = c;
	s->len = read(c->source.fd, s->data, sizeof(s->data));
	if (s->len >= 0)
		return true;
	if (errno != EAGAIN && errno != EINTR)
		conn_close(c);
	return false;
}

static void
jobs_done(struct agent *a)
{
	eventfd_t n;
	struct job *j;

	(void)eventfd_read(a->done.fd, &n);
	while ((j = work_take(a->work)) != NULL)
		instances_job_done(j);
}

static void
other_event(struct agent *a, struct source *s, uint32_t events)
{
	switch (s->kind) {
	case SOURCE_LISTENER:
		socket_accept((struct instance *)s);
		break;
	case SOURCE_CONN:
		if ((events & EPOLLOUT) != 0 && s->fd >= 0)
			conn_writable((struct conn *)s);
		break;
	case SOURCE_DONE:
		jobs_done(a);
		break;
	case SOURCE_SIGNAL:
		a->stop = true;
		break;
	case SOURCE_INOTIFY: /* every round takes it */
		break;
	}
}

static void
one_round(struct agent *a, struct epoll_event *events, int n)
{
	size_t count = 0;

	for (int i = 0; i < n; i++) {
		struct source *s = events[i].data.ptr;

		if (s->kind == SOURCE_CONN &&
		    read_into((struct conn *)s, events[i].events, &slots[count]))
			count++;
	}
	instances_drain(a);
	for (int i = 0; i < n; i++)
		if (((struct source *)events[i].data.ptr)->kind != SOURCE_CONN ||
		    (events[i].events & EPOLLOUT) != 0)
			other_event(a, events[i].data.ptr, events[i].events);
	for (size_t i = 0; i < count; i++) {
		struct conn *c = slots[i].conn;

		if (c->source.fd < 0)
			continue;
		if (slots[i].len == 0)
			conn_ended(c);
		else
			conn_input(c, slots[i].data, (size_t)slots[i].len);
	}
	conns_bury(a);
	instances_bury(a);
}

static void
tick(struct agent *a)
{
	a->tick_us = NEVER;
	if (a->listeners_paused) {
		a->listeners_paused = false;
		for (struct instance *in = a->instances; in != NULL; in = in->next)
			if (in->source.fd >= 0)
				(void)agent_watch(a, &in->source, EPOLLIN, false);
	}
	instances_tick(a);
	conns_bury(a);
}

static int
timeout_ms(const struct agent *a)
{
	const int64_t left = a->tick_us - tt_mono_us();

	if (a->tick_us == NEVER)
		return -1;
	return left <= 0 ? 0 : (int)(left / 1000) + 1;
}

static int
prepare(struct agent *a, struct tt_err **err)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	a->tick_us = NEVER;
	a->now_us = tt_mono_us();
	a->epoll = epoll_create1(EPOLL_CLOEXEC);
	a->inotify =
	    (struct source){ SOURCE_INOTIFY, inotify_init1(IN_NONBLOCK | IN_CLOEXEC) };
	a->done = (struct source){ SOURCE_DONE, eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC) };
	a->signal = (struct source){ SOURCE_SIGNAL,
		signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC) };
	if (a->epoll < 0 || a->inotify.fd < 0 || a->done.fd < 0 || a->signal.fd < 0 ||
	    agent_watch(a, &a->inotify, EPOLLIN, true) < 0 ||
	    agent_watch(a, &a->done, EPOLLIN, true) < 0 ||
	    agent_watch(a, &a->signal, EPOLLIN, true) < 0)
		return tt_err_errno(err, -errno, "making descriptors to wait on");
	tt_buf_init(&a->scratch, TT_MD_ANSWER_MAX + 128 * TT_KIB);
	a->work = work_new(a->done.fd);
	return 0;
}

static void
release(struct agent *a)
{
	work_free(a->work);
	instances_free(a);
	conns_bury(a);
	tt_buf_release(&a->scratch);
	close(a->epoll);
	close(a->inotify.fd);
	close(a->done.fd);
	close(a->signal.fd);
}

int
agent_run(struct agent *a, struct tt_err **err)
{
	struct epoll_event events[SLOTS];
	int r = prepare(a, err);

	if (r == 0)
		r = instances_start(a, err);
	while (r == 0 && !a->stop) {
		int n = epoll_wait(a->epoll, events, SLOTS, timeout_ms(a));

		if (n < 0 && errno != EINTR)
			r = tt_err_errno(err, -errno, "waiting for requests");
		a->now_us = tt_mono_us();
		if (n > 0)
			one_round(a, events, n);
		if (a->tick_us <= a->now_us)
			tick(a);
	}
	release(a);
	return r;
}
