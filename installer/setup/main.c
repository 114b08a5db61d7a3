// SPDX-License-Identifier: MPL-2.0
/*
 * triton-setup: the wizard, and the commands around it. Nothing but the command line here.
 */
#include <stdio.h>
#include <sys/stat.h>

#include "installer/setup/cmd.h"
#include "installer/setup/wizard.h"
#include "platform/lib/base/str.h"
#include "platform/lib/cli/cli.h"

#define USAGE_OF_CLI 2

static struct cmd_opts opts;

static const struct tt_opt wizard_opts_table[] = {
	{ 'f', NULL, TT_OPT_TEXT, &opts.answers, "ANSWERS",
	    "take the answers from this file" },
	{ 'c', NULL, TT_OPT_TEXT, &opts.console, "CONSOLE",
	    "console to ask on, e.g. ttyS0" },
	{ 0, "root", TT_OPT_TEXT, &opts.root, "DIR",
	    "find the machine's files below DIR" },
	{ 0 },
};

#define NICS_OPT                                                                         \
	{                                                                                \
		0, "nics", TT_OPT_TEXT, &opts.nics, "FILE",                              \
		    "NICs of the machine, as nics --json"                                \
	}
#define COAL_OPT                                                                         \
	{                                                                                \
		0, "coal-image", TT_OPT_FLAG, &opts.coal_image, NULL,                    \
		    "judge as on a CoaL image"                                           \
	}
#define ROOT_OPT                                                                         \
	{                                                                                \
		0, "root", TT_OPT_TEXT, &opts.root, "DIR",                               \
		    "find the machine's files below DIR"                                 \
	}

static const struct tt_opt validate_opts[] = {
	{ 0, "strict", TT_OPT_FLAG, &opts.strict, NULL, "warnings are errors" },
	{ 0, "json", TT_OPT_FLAG, &opts.json, NULL, "one JSON object a finding" },
	NICS_OPT,
	COAL_OPT,
	{ 0 },
};

static const struct tt_opt config_opts[] = {
	{ 0, "json", TT_OPT_FLAG, &opts.json, NULL, "one JSON object a finding" },
	{ 0 },
};

static const struct tt_opt render_opts[] = {
	NICS_OPT,
	{ 0, "seed", TT_OPT_TEXT, &opts.seed, "HEX",
	    "reproducible secrets (tests only)" },
	{ 0, "vm-product", TT_OPT_TEXT, &opts.product, "NAME",
	    "DMI product of the machine" },
	COAL_OPT,
	ROOT_OPT,
	{ 0 },
};

static const struct tt_opt hash_opts[] = {
	{ 0, "method", TT_OPT_TEXT, &opts.method, "NAME",
	    "yescrypt (default) or sha512" },
	COAL_OPT,
	{ 0 },
};

static const struct tt_opt nics_opts[] = {
	{ 0, "json", TT_OPT_FLAG, &opts.json, NULL, "the form that --nics takes" },
	ROOT_OPT,
	{ 0 },
};

static const struct tt_cmd subcommands[] = {
	{ .name = "validate",
	    .args = "ANSWERS|-",
	    .help = "Check an answers file.",
	    .opts = validate_opts,
	    .run = cmd_validate,
	    .min_args = 1,
	    .max_args = 1 },
	{ .name = "validate-config",
	    .args = "FILE|-",
	    .help = "Check a generated or edited config.",
	    .opts = config_opts,
	    .run = cmd_validate_config,
	    .min_args = 1,
	    .max_args = 1 },
	{ .name = "render",
	    .args = "ANSWERS",
	    .help = "Print the config that an answers file makes.",
	    .opts = render_opts,
	    .run = cmd_render,
	    .min_args = 1,
	    .max_args = 1 },
	{ .name = "hash-password",
	    .help = "Ask for a password twice and print its crypt string.",
	    .opts = hash_opts,
	    .run = cmd_hash_password },
	{ .name = "nics",
	    .help = "List the network interfaces of this machine.",
	    .opts = nics_opts,
	    .run = cmd_nics },
	{ 0 },
};

static int
run_wizard(int argc, char **argv, void *ctx)
{
	struct cmd_opts *o = ctx;
	const struct wizard_opts w = { .media = argv[0],
		.answers = o->answers,
		.console = o->console,
		.root = o->root ? o->root : "" };

	(void)argc;
	o->ran = true;
	return wizard_main(&w);
}

static const struct tt_cmd triton_setup = {
	.name = "triton-setup",
	.args = "MEDIA_DIR",
	.help = "Ask what a headnode needs to know and write its config, or check such "
		"files.",
	.opts = wizard_opts_table,
	.subs = subcommands,
	.run = run_wizard,
	.min_args = 1,
	.max_args = 1,
};

static bool
is_subcommand(const char *word)
{
	for (const struct tt_cmd *s = subcommands; word && s->name; s++)
		if (tt_streq(s->name, word))
			return true;
	return false;
}

int
main(int argc, char **argv)
{
	int r;

	tt_secret_process();
	(void)umask(077);
	r = tt_cli_main(&triton_setup, argc, argv, &opts);
	/* 2 is the wizard's word for invalid input; its usage errors are 1. */
	if (r == USAGE_OF_CLI && !opts.ran && !is_subcommand(argc > 1 ? argv[1] : NULL))
		return WIZARD_FAILED;
	return r;
}
