// SPDX-License-Identifier: MPL-2.0
/*
 * The socket of a container: CONTROL/<uuid>/metadata.sock, in a folder that only the root of
 * the instance may enter and that is mounted into it. Who asks is known from the socket that
 * the question comes by. The folder belongs to a user of the instance, so nothing in it is
 * followed: all work is done relative to its descriptor.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "platform/daemon/metadatad/agent.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"

#define SOCKET_NAME "metadata.sock"
#define BACKLOG     64
#define PAUSE_US    1000000

/* Only root can give files away; without it (in tests) they stay ours. */
static int
own(int dir, const char *name, uint32_t uid)
{
	if (geteuid() != 0)
		return 0;
	return fchownat(dir, name, uid, uid, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) < 0
		   ? -errno
		   : 0;
}

static int
open_dir(const struct instance *in, int *ret, struct tt_err **err)
{
	tt_auto(free) char *path = tt_path_join(in->agent->control, in->uuid);
	tt_auto(close) int fd = -1;
	int r;

	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return tt_err_errno(err, -errno, "making '%s'", path);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return tt_err_errno(err, -errno, "opening '%s'", path);
	r = own(fd, "", record_uid_base(in->record));
	if (r == 0 && fchmod(fd, 0700) < 0)
		r = -errno;
	if (r < 0)
		return tt_err_errno(err, r, "giving '%s' to the instance", path);
	*ret = tt_take_fd(fd);
	return 0;
}

int
socket_listen(struct instance *in, struct tt_err **err)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	tt_auto(close) int dir = -1;
	tt_auto(close) int fd = -1;
	int r = open_dir(in, &dir, err);

	if (r < 0)
		return r;
	(void)tt_strf(
	    sa.sun_path, sizeof(sa.sun_path), "/proc/self/fd/%d/" SOCKET_NAME, dir);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (unlinkat(dir, SOCKET_NAME, 0) < 0 && errno != ENOENT)
		r = -errno;
	if (r == 0 && (fd < 0 || bind(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0 ||
			  listen(fd, BACKLOG) < 0))
		r = -errno;
	if (r == 0)
		r = own(dir, SOCKET_NAME, record_uid_base(in->record));
	if (r == 0) {
		in->source = (struct source){ SOURCE_LISTENER, fd };
		r = agent_watch(in->agent, &in->source, EPOLLIN, true);
		in->source.fd = r == 0 ? tt_take_fd(fd) : -1;
	}
	if (r < 0)
		return tt_err_errno(err, r, "making '%s/%s/" SOCKET_NAME "'",
		    in->agent->control, in->uuid);
	return 0;
}

void
socket_close(struct instance *in)
{
	tt_auto(free) char *path = NULL;
	tt_auto(close) int dir = -1;

	if (in->source.fd < 0)
		return;
	close(in->source.fd);
	in->source.fd = -1;
	path = tt_path_join(in->agent->control, in->uuid);
	dir = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir >= 0)
		(void)unlinkat(dir, SOCKET_NAME, 0);
	(void)rmdir(path);
}

/* No descriptors: waiting guests stay in the queues of their sockets for a moment. */
static void
pause_listeners(struct agent *a)
{
	if (!a->listeners_paused)
		tt_log(a->log, TT_ERROR,
		    "no descriptors left; new connections wait for a second", NULL);
	a->listeners_paused = true;
	for (struct instance *in = a->instances; in != NULL; in = in->next)
		if (in->source.fd >= 0)
			(void)agent_watch(a, &in->source, 0, false);
	agent_wake_by(a, a->now_us + PAUSE_US);
}

void
socket_accept(struct instance *in)
{
	struct agent *a = in->agent;
	int fd;

	if (in->source.fd < 0)
		return;
	fd = accept4(in->source.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0) {
		if (errno == EMFILE || errno == ENFILE || errno == ENOMEM ||
		    errno == ENOBUFS)
			pause_listeners(a);
		return;
	}
	if (in->conn_count >= CONNS_MAX) {
		if (!in->full_told)
			tt_log(a->log, TT_WARN,
			    "an instance has as many connections as it may; others are "
			    "refused",
			    "vm", TT_STR(in->uuid), "limit", TT_INT(CONNS_MAX), NULL);
		in->full_told = true;
		close(fd);
		return;
	}
	(void)conn_new(in, fd, false);
}
