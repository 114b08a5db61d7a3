// SPDX-License-Identifier: MPL-2.0
/*
 * The subcommands of triton-setup that ask nothing. Each handler returns the exit code.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "installer/setup/tsetup.h"

/* Options of all subcommands; a command line sets those of its own. */
struct cmd_opts {
	bool strict;
	bool json;
	bool coal_image;
	const char *nics;
	const char *seed;
	const char *product;
	const char *method;
	const char *root;    /* put before the paths of the machine (tests) */
	const char *answers; /* of the wizard */
	const char *console;
	bool ran; /* a handler was reached: its exit code counts */
};

int cmd_validate(int argc, char **argv, void *ctx);
int cmd_validate_config(int argc, char **argv, void *ctx);
int cmd_render(int argc, char **argv, void *ctx);
int cmd_hash_password(int argc, char **argv, void *ctx);
int cmd_nics(int argc, char **argv, void *ctx);

/* --nics FILE into the session: 0 or -errno. */
int cmd_load_nics(const struct cmd_opts *o, struct tsetup *ts, struct tt_err **err);
/* All findings, one a line, sorted. With strict, warnings count and print as errors. */
void cmd_print(
    struct tt_findings *found, const char *name, bool json, bool strict, FILE *to);
