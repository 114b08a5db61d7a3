// SPDX-License-Identifier: MPL-2.0
/*
 * sdcadm platform: the table of its subcommands and their options. Until there is a service
 * that knows all servers these work on the server they run on.
 */
#include "tools/operator/sdcadm/platform.h"

#include "tools/operator/sdcadm/sdcadm.h"

struct platform_args platform_args;

#define ROOT                                                                             \
	{                                                                                \
		0, "root", TT_OPT_TEXT, &platform_args.root, "DIR",                      \
		    "put this before every path (tests)"                                 \
	}
#define JSON                                                                             \
	{                                                                                \
		'j', "json", TT_OPT_FLAG, &platform_args.json, NULL, "as JSON"           \
	}
#define TABLE                                                                            \
	JSON,                                                                            \
	    { 'J', "jsonstream", TT_OPT_FLAG, &platform_args.stream, NULL,               \
		    "as JSON, an object a line" },                                       \
	    { 'H', "no-header", TT_OPT_FLAG, &platform_args.no_header, NULL,             \
		    "no column headings" },                                              \
	    { 'o', "columns", TT_OPT_TEXT, &platform_args.columns, "NAME,...",           \
		    "these columns only" },                                              \
	    { 's', "sort", TT_OPT_TEXT, &platform_args.sort, "NAME",                     \
		    "sort by this column; -NAME the other way round" },                  \
	    ROOT
#define CHANNEL                                                                          \
	{                                                                                \
		'C', "channel", TT_OPT_TEXT, &platform_args.channel, "URL|DIR",          \
		    "a channel instead of the configuration's"                           \
	}
#define ALL                                                                              \
	{                                                                                \
		0, "all", TT_OPT_FLAG, &platform_args.all, NULL,                         \
		    "all servers: this one, today"                                       \
	}
#define END                                                                              \
	{                                                                                \
		0, NULL, TT_OPT_FLAG, NULL, NULL, NULL                                   \
	}

static const struct tt_opt list_opts[] = { TABLE,
	{ 'a', "active", TT_OPT_FLAG, &platform_args.active, NULL,
	    "only those that a server runs or boots next" },
	{ 'i', "inactive", TT_OPT_FLAG, &platform_args.inactive, NULL,
	    "only the others" },
	{ 'u', "usage", TT_OPT_FLAG, &platform_args.usage, NULL,
	    "with JSON: the servers' names" },
	END };
static const struct tt_opt usage_opts[] = { TABLE, END };
static const struct tt_opt avail_opts[] = { TABLE, CHANNEL, END };
static const struct tt_opt install_opts[] = { JSON, CHANNEL,
	{ 0, "latest", TT_OPT_FLAG, &platform_args.latest, NULL,
	    "the newest that the channel has" },
	{ 0, "os", TT_OPT_FLAG, &platform_args.os, NULL,
	    "accepted for older scripts: the system is always linux" },
	{ 'f', "force", TT_OPT_FLAG, &platform_args.force, NULL,
	    "make one that is there anew" },
	ROOT, END };
static const struct tt_opt assign_opts[] = { JSON, ALL, ROOT, END };
static const struct tt_opt remove_opts[] = { JSON,
	{ 0, "all", TT_OPT_FLAG, &platform_args.all, NULL,
	    "every platform that is not in use" },
	{ 'f', "force", TT_OPT_FLAG, &platform_args.force, NULL,
	    "the rollback entry too" },
	{ 0, "cleanup-cache", TT_OPT_FLAG, &platform_args.cleanup, NULL,
	    "also what interrupted installs left behind" },
	ROOT, END };
static const struct tt_opt default_opts[] = { JSON, ROOT, END };

const struct tt_cmd sdcadm_platform[] = {
	{ .name = "list",
	    .help = "Platforms that are installed here.",
	    .opts = list_opts,
	    .run = platform_run_list },
	{ .name = "avail",
	    .help = "Platforms that a channel offers.",
	    .opts = avail_opts,
	    .run = platform_run_avail },
	{ .name = "install",
	    .args = "FILE|URL|FOLDER|STAMP",
	    .help = "Install a platform; it does not boot before it is assigned.",
	    .opts = install_opts,
	    .run = platform_run_install,
	    .max_args = 1 },
	{ .name = "assign",
	    .args = "STAMP [SERVER...]",
	    .help = "Try a platform at the next boot.",
	    .opts = assign_opts,
	    .run = platform_run_assign,
	    .min_args = 1,
	    .max_args = -1 },
	{ .name = "usage",
	    .args = "[STAMP]",
	    .help = "Which server runs and boots which platform.",
	    .opts = usage_opts,
	    .run = platform_run_usage,
	    .max_args = 1 },
	{ .name = "remove",
	    .args = "[STAMP...]",
	    .help = "Remove platforms that are not in use.",
	    .opts = remove_opts,
	    .run = platform_run_remove,
	    .max_args = -1 },
	{ .name = "set-default",
	    .args = "STAMP",
	    .help = "The platform of servers that are set up from now on.",
	    .opts = default_opts,
	    .run = platform_run_default,
	    .min_args = 1,
	    .max_args = 1 },
	{ .name = NULL },
};
