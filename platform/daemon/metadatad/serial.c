// SPDX-License-Identifier: MPL-2.0
/*
 * The second serial port of a virtual machine: QEMU listens on RUN/<uuid>/vm.ttyb, takes one
 * client, and makes the socket anew at each start. So this end tries: often after QEMU went
 * or something happened in the folder, rarely otherwise. What a guest writes while nobody is
 * connected is lost, and guests ask again.
 */
#include <errno.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "platform/daemon/metadatad/agent.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"

#define QUICK_US     100000 /* between tries while QEMU starts */
#define QUICK_FOR_US 120000000
#define SLOW_US      2000000

static int
connect_to(const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	tt_auto(close) int fd =
	    socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0 || tt_strcpy(sa.sun_path, sizeof(sa.sun_path), path) < 0)
		return -EINVAL;
	if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0)
		return -errno;
	return tt_take_fd(fd);
}

void
serial_expect(struct instance *in)
{
	in->try_us = in->agent->now_us;
	in->quick_until_us = in->agent->now_us + QUICK_FOR_US;
	agent_wake_by(in->agent, in->try_us);
}

static void
watch_folder(struct instance *in)
{
	tt_auto(free) char *path = tt_path_join(in->agent->run, in->uuid);

	if (in->run_watch < 0)
		in->run_watch = inotify_add_watch(in->agent->inotify.fd, path,
		    IN_CREATE | IN_MOVED_TO | IN_CLOSE_WRITE | IN_DELETE_SELF |
			IN_ONLYDIR);
}

void
serial_tick(struct instance *in)
{
	struct agent *a = in->agent;
	tt_auto(free) char *path = NULL;
	int fd;

	if (in->serial != NULL)
		return;
	if (in->try_us > a->now_us) {
		agent_wake_by(a, in->try_us);
		return;
	}
	watch_folder(in);
	path = tt_xprintf("%s/%s/vm.ttyb", a->run, in->uuid);
	fd = connect_to(path);
	if (fd >= 0)
		in->serial = conn_new(in, fd, true);
	if (in->serial != NULL) {
		tt_log(a->log, TT_INFO, "connected to a serial port", "vm",
		    TT_STR(in->uuid), NULL);
		return;
	}
	/* a file without a listener is a QEMU that starts or has just ended */
	in->try_us =
	    a->now_us +
	    (fd != -ENOENT && in->quick_until_us > a->now_us ? QUICK_US : SLOW_US);
	agent_wake_by(a, in->try_us);
}

/* The guest began anew, or half a line has been there for too long. */
void
serial_reset(struct instance *in)
{
	struct conn *c = in->serial;

	if (c == NULL)
		return;
	in->part_bytes -= c->lines.part.len;
	tt_md_lines_drop(&c->lines);
}
