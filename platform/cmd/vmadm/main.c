// SPDX-License-Identifier: MPL-2.0
/*
 * vmadm: instances of this node, by requests to vmadmd. Results and errors go to standard
 * error, data to standard output, as scripts of the field expect.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "platform/cmd/vmadm/vmadm.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/uuid.h"

static const struct tt_cmd commands[] = {
	{ .name = "create",
	    .help = "Make an instance of a payload (-f FILE, or standard input).",
	    .opts = vmadm_create_opts,
	    .run = vmadm_create },
	{ .name = "update",
	    .args = "UUID [NAME=VALUE...]",
	    .help = "Change properties, from a payload or the command line.",
	    .opts = vmadm_create_opts,
	    .run = vmadm_update,
	    .min_args = 1,
	    .max_args = -1 },
	{ .name = "validate",
	    .args = "create|update [BRAND]",
	    .help = "Judge a payload without doing anything.",
	    .opts = vmadm_create_opts,
	    .run = vmadm_validate,
	    .min_args = 1,
	    .max_args = 2 },
	{ .name = "get",
	    .args = "UUID",
	    .help = "Print all properties as JSON.",
	    .run = vmadm_get,
	    .min_args = 1,
	    .max_args = 1 },
	{ .name = "list",
	    .args = "[FILTER...]",
	    .help = "Print a table of instances.",
	    .opts = vmadm_list_opts,
	    .run = vmadm_list,
	    .max_args = -1 },
	{ .name = "lookup",
	    .args = "[FILTER...]",
	    .help = "Print the UUIDs of those that match.",
	    .opts = vmadm_lookup_opts,
	    .run = vmadm_lookup,
	    .max_args = -1 },
	{ .name = "start",
	    .args = "UUID",
	    .help = "Start a stopped instance.",
	    .run = vmadm_start,
	    .min_args = 1,
	    .max_args = 1 },
	{ .name = "stop",
	    .args = "UUID",
	    .help = "Ask an instance to stop.",
	    .opts = vmadm_stop_opts,
	    .run = vmadm_stop,
	    .min_args = 1,
	    .max_args = 1 },
	{ .name = "reboot",
	    .args = "UUID",
	    .help = "Stop and start.",
	    .opts = vmadm_stop_opts,
	    .run = vmadm_reboot,
	    .min_args = 1,
	    .max_args = 1 },
	{ .name = "kill",
	    .args = "UUID",
	    .help = "Send a signal to its first process.",
	    .opts = vmadm_kill_opts,
	    .run = vmadm_kill,
	    .min_args = 1,
	    .max_args = 1 },
	{ .name = "delete",
	    .args = "UUID",
	    .help = "Stop and remove an instance.",
	    .run = vmadm_delete,
	    .min_args = 1,
	    .max_args = 1 },
	{ 0 },
};

int
main(int argc, char **argv)
{
	static const struct tt_cmd vmadm = { .name = "vmadm",
		.help = "Manage the instances of this node.",
		.subs = commands };

	return tt_cli_main(&vmadm, argc, argv, NULL);
}
