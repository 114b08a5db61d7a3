// SPDX-License-Identifier: MPL-2.0
/*
 * metadatad: answers the instances of this node about themselves. One process: what guests
 * send meets a small parser that allocates within fixed limits, and what a role of its own
 * would keep from it (files of other instances) is what it serves anyway; the unit takes
 * away the rest.
 */
#include <malloc.h>
#include <sys/stat.h>

#include "platform/daemon/metadatad/agent.h"
#include "platform/lib/cli/cli.h"

#define PROGRAM "metadatad"

static int
run(int argc, char **argv, void *ctx)
{
	struct agent *a = ctx;
	tt_auto(log) struct tt_log *log =
	    tt_log_new(PROGRAM, NULL, STDOUT_FILENO, TT_INFO);
	tt_auto(err) struct tt_err *err = NULL;

	(void)argc;
	(void)argv;
	umask(0077);
	/* one arena, and large blocks go back at once: values of a mebibyte are rare */
	mallopt(M_ARENA_MAX, 1);
	mallopt(M_MMAP_THRESHOLD, 128 * TT_KIB);
	mallopt(M_TRIM_THRESHOLD, 256 * TT_KIB);
	a->log = log;
	tt_log(log, TT_INFO, "started", "zones", TT_STR(a->zones), "control",
	    TT_STR(a->control), "run", TT_STR(a->run), NULL);
	if (agent_run(a, &err) < 0) {
		tt_log(log, TT_FATAL, "ended", "err", TT_ERR(err), NULL);
		return tt_cli_fail(PROGRAM, err);
	}
	tt_log(log, TT_INFO, "ended", NULL);
	return 0;
}

int
main(int argc, char **argv)
{
	static struct agent a = {
		.zones = "/zones", .control = "/var/zonecontrol", .run = "/run/triton"
	};
	static const struct tt_opt opts[] = {
		{ 0, "zones", TT_OPT_TEXT, &a.zones, "DIR",
		    "records of the instances (/zones)" },
		{ 0, "control", TT_OPT_TEXT, &a.control, "DIR",
		    "sockets of containers (/var/zonecontrol)" },
		{ 0, "run", TT_OPT_TEXT, &a.run, "DIR",
		    "serial ports of virtual machines (/run/triton)" },
		{ 0 },
	};
	static const struct tt_cmd cmd = {
		.name = PROGRAM,
		.help = "Answer the instances of this node about themselves.",
		.opts = opts,
		.run = run,
	};

	return tt_cli_main(&cmd, argc, argv, &a);
}
