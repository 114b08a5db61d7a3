// SPDX-License-Identifier: MPL-2.0
/*
 * triton-setupd: options, what the config says about setup itself, signals, and the order
 * in which things start. The stages are in stages.c, the work is in runner.c.
 */
#include "installer/setupd/setupd.h"

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/log.h"
#include "platform/lib/base/num.h"
#include "platform/lib/base/str.h"
#include "platform/lib/cli/cli.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>

/* conf/loader.h and base/log.h cannot be had in one file: settings.c reads the config. */
#include "installer/setupd/settings.h"

struct args {
	const char *root, *port, *socket, *ssh_port, *dns_port, *workers;
	char **consoles;
	bool once;
};

static int
usage_error(const char *what, const char *value)
{
	fprintf(
	    stderr, "triton-setupd: %s '%s' is not a number in its range\n", what, value);
	return 2;
}

/* SIGTERM and SIGINT come through a descriptor; to be called before any thread starts. */
static int
take_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static unsigned
limit_from_environment(unsigned fallback)
{
	const char *text = getenv("ZONE_SETUP_TIMEOUT");
	uint32_t s;

	if (text == NULL || tt_parse_u32(text, 1, 86400, &s) < 0)
		return fallback;
	return s;
}

static unsigned
workers(const struct args *a)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	uint32_t n;

	if (a->workers != NULL && tt_parse_u32(a->workers, 1, STAGE_MAX, &n) == 0)
		return n;
	return cpus > 0 ? (unsigned)cpus : 1;
}

static int
serve(struct setupd *sd, const struct args *a, const struct settings *set, uint16_t port)
{
	tt_auto(err) struct tt_err *err = NULL;
	tt_auto(free) char *socket = a->socket != NULL
					 ? tt_xstrdup(a->socket)
					 : tt_xprintf("%s%s", a->root, SETUPD_SOCKET);
	int status;

	if (setupd_init(sd, setup_stages, workers(a), &err) < 0) {
		tt_log(sd->env.log, TT_FATAL, "setup cannot start", "err", TT_ERR(err),
		    NULL);
		return tt_cli_fail("triton-setupd", err);
	}
	api_start(sd, set->admin_ip, port, socket);
	status = setupd_loop(sd);
	api_stop(sd);
	setupd_release(sd);
	return status;
}

static int
run(int argc, char **argv, void *ctx)
{
	struct args *a = ctx;
	struct settings set = { 0 };
	uint32_t port = SETUPD_PORT, ssh = 22, dns = 53;
	struct setupd sd = { .once = a->once, .console_paths = a->consoles };
	int status;

	(void)argc;
	(void)argv;
	if (a->root == NULL)
		a->root = "";
	if (a->port != NULL && tt_parse_u32(a->port, 0, 65535, &port) < 0)
		return usage_error("port", a->port);
	if (a->ssh_port != NULL && tt_parse_u32(a->ssh_port, 1, 65535, &ssh) < 0)
		return usage_error("SSH port", a->ssh_port);
	if (a->dns_port != NULL && tt_parse_u32(a->dns_port, 1, 65535, &dns) < 0)
		return usage_error("DNS port", a->dns_port);
	sd.signal_fd = take_signals();
	settings_load(a->root, &set);
	sd.env = (struct setup_env){ .root = a->root,
		.ssh_port = (uint16_t)ssh,
		.dns_port = (uint16_t)dns,
		.timeout_s = limit_from_environment(set.timeout_s),
		.log = tt_log_new("setupd", NULL, STDERR_FILENO, TT_INFO) };
	sd.timers = set.timers;
	if (set.stop) {
		tt_log(sd.env.log, TT_WARN, "the config says stop_before_setup", NULL);
		notify_manager("READY=1\nSTATUS=stopped before setup");
		status = 0;
	} else {
		status = serve(&sd, a, &set, (uint16_t)port);
	}
	settings_release(&set);
	tt_log_free(sd.env.log);
	if (sd.signal_fd >= 0)
		close(sd.signal_fd);
	return status;
}

int
main(int argc, char **argv)
{
	struct args a = { 0 };
	const struct tt_opt opts[] = {
		{ 'r', "root", TT_OPT_TEXT, &a.root, "DIR",
		    "put this before every path (tests)" },
		{ 'c', "console", TT_OPT_LIST, &a.consoles, "PATH",
		    "a console to print on; more than one may be given" },
		{ 'p', "port", TT_OPT_TEXT, &a.port, "PORT",
		    "serve GET /setup there, 0 = any" },
		{ 's', "socket", TT_OPT_TEXT, &a.socket, "PATH",
		    "local socket for sdcadm" },
		{ 'w', "workers", TT_OPT_TEXT, &a.workers, "N", "stages at once" },
		{ 0, "ssh-port", TT_OPT_TEXT, &a.ssh_port, "PORT",
		    "where SSH is expected" },
		{ 0, "dns-port", TT_OPT_TEXT, &a.dns_port, "PORT",
		    "where resolvers are asked" },
		{ 0, "once", TT_OPT_FLAG, &a.once, NULL,
		    "leave when setup is complete or failed" },
		{ 0, NULL, TT_OPT_FLAG, NULL, NULL, NULL },
	};
	const struct tt_cmd cmd = { .name = "triton-setupd",
		.opts = opts,
		.run = run,
		.help = "Turn a machine with a pool and a config into a headnode, stage "
			"by stage." };
	int status = tt_cli_main(&cmd, argc, argv, &a);

	tt_strv_free(a.consoles);
	return status;
}
