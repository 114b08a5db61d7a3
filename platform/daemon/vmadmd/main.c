// SPDX-License-Identifier: MPL-2.0
/*
 * vmadmd: the one program that changes instances. It may be killed at any time; instances go
 * on running and the next vmadmd finds them.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "platform/daemon/vmadmd/ops.h"
#include "platform/daemon/vmadmd/table.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/log.h"
#include "platform/lib/base/path.h"
#include "platform/lib/cli/cli.h"
#include "platform/lib/ipc/ipc.h"
#include "platform/machine/instance/cgroup.h"
#include "platform/machine/instance/place.h"

#define SOCKET      MACH_RUN "/vmadmd.sock"
#define STACK_BYTES (256 * TT_KIB)

static struct tt_log *logger;

/* One request after the other until the peer goes. */
static void *
serve(void *arg)
{
	tt_auto(ipc) struct tt_ipc *c = arg;

	for (;;) {
		tt_auto(err) struct tt_err *err = NULL;
		tt_auto(json) json_t *request = NULL;
		json_t *result = NULL;
		int r = tt_ipc_recv(c, &request, &err);

		if (r == 0)
			return NULL;
		if (r > 0)
			r = ops_do(request, &result, &err);
		if (tt_ipc_answer(c, r, result, err) < 0 || r == -EBADMSG)
			return NULL;
	}
}

static void
accept_one(int fd, const pthread_attr_t *attr)
{
	const int peer = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
	struct tt_ipc *c;
	pthread_t t;

	if (peer < 0)
		return;
	c = tt_ipc_new(peer);
	if (pthread_create(&t, attr, serve, c) != 0)
		tt_ipc_free(c);
}

static int
prepare(int *ret_fd, struct tt_err **err)
{
	int r;

	(void)signal(SIGPIPE, SIG_IGN);
	/* what crun starts becomes our child when crun has gone */
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		return tt_err_errno(err, -errno, "becoming the reaper of instances");
	r = tt_mkdir_p(MACH_RUN, 0755, err);
	if (r == 0)
		r = mach_cgroup_init(err);
	if (r == 0)
		r = table_load(err);
	return r < 0 ? r : tt_ipc_listen(SOCKET, ret_fd, err);
}

static int
run(int argc, char **argv, void *ctx)
{
	tt_auto(err) struct tt_err *err = NULL;
	tt_auto(close) int fd = -1;
	pthread_attr_t attr;

	(void)argc;
	(void)argv;
	(void)ctx;
	logger = tt_log_new("vmadmd", NULL, 2, TT_INFO);
	ops_log(logger);
	if (prepare(&fd, &err) < 0)
		return tt_cli_fail("vmadmd", err);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	ops_boot();
	for (;;)
		accept_one(fd, &attr);
}

int
main(int argc, char **argv)
{
	static const struct tt_cmd cmd = { .name = "vmadmd",
		.help = "Serve requests that change the instances of this node.",
		.run = run };

	return tt_cli_main(&cmd, argc, argv, NULL);
}
