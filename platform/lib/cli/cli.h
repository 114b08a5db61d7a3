// SPDX-License-Identifier: MPL-2.0
/*
 * Commands and options from one table over getopt_long. The same table gives --help.
 * Exit codes: 0 done, 1 failed, 2 usage; a handler may return others where its manual
 * page says so. The handler returns the exit code itself.
 */
#pragma once

#include <stdbool.h>

#include "platform/lib/base/err.h"

enum tt_opt_kind {
	TT_OPT_FLAG,  /* bool *      */
	TT_OPT_TEXT,  /* const char **, borrowed from argv */
	TT_OPT_LIST,  /* char ***, a tt_strv of every use */
	TT_OPT_COUNT, /* unsigned *, one more each use */
};

struct tt_opt {
	char letter;      /* 0 = none */
	const char *name; /* long name, NULL = none */
	enum tt_opt_kind kind;
	void *value;
	const char *arg; /* name of the argument in the help, NULL for flags */
	const char *help;
};

struct tt_cmd {
	const char *name;
	const char *args;          /* synopsis of the operands, e.g. "IMAGE DEVICE" */
	const char *help;          /* one sentence */
	const struct tt_opt *opts; /* closed by an all-zero row; may be NULL */
	const struct tt_cmd *subs; /* closed by a zero name; then run may be NULL */
	/* argv are the operands behind the options, NULL-terminated; argv[0] is the first. */
	int (*run)(int argc, char **argv, void *ctx);
	int min_args, max_args; /* operands; max_args < 0 = any number */
};

/*
 * Parse argv for cmd and its subcommands, handle --help and --version, call the handler.
 * Returns its exit code, or 2 after a usage message that names the nearest known word.
 */
int tt_cli_main(const struct tt_cmd *cmd, int argc, char **argv, void *ctx);

/* "name: message" on stderr; returns 1, so that a handler can end with it. */
int tt_cli_fail(const char *name, const struct tt_err *err);
