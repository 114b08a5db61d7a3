// SPDX-License-Identifier: MPL-2.0
/* What the files behind `sdcadm platform` share. */
#pragma once

#include "platform/lib/base/json.h"
#include "platform/lib/cli/cli.h"
#include "tools/operator/platform/oper.h"

/* Handlers: a file each, options in the table of platform.c. */
int platform_run_list(int argc, char **argv, void *ctx);    /* platform_list.c */
int platform_run_usage(int argc, char **argv, void *ctx);   /* platform_list.c */
int platform_run_avail(int argc, char **argv, void *ctx);   /* platform_get.c */
int platform_run_install(int argc, char **argv, void *ctx); /* platform_get.c */
int platform_run_assign(int argc, char **argv, void *ctx);  /* platform_use.c */
int platform_run_remove(int argc, char **argv, void *ctx);
int platform_run_default(int argc, char **argv, void *ctx);

/* The options of all of them. */
struct platform_args {
	const char *root, *columns, *sort, *channel;
	bool json, stream, no_header, active, inactive, usage;
	bool all, force, latest, cleanup, os;
};
extern struct platform_args platform_args;

/*
 * A table as text, or as JSON: an array of objects, with stream one object a line. rows is an
 * array of objects whose members are in the columns' order; columns NULL = all of names.
 * 0, or -EINVAL for a column that is not there.
 */
int platform_table(json_t *rows, const char *const *names, struct tt_err **err);
