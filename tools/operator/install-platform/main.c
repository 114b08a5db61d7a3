// SPDX-License-Identifier: MPL-2.0
/*
 * install-platform: the older name of `sdcadm platform install`, with its options.
 */
#include <errno.h>
#include <stdio.h>

#include "platform/lib/cli/cli.h"
#include "tools/operator/platform/install.h"

static const char *root, *replace_uri, *simple_uri;
static bool check, replace;

static int
run(int argc, char **argv, void *ctx)
{
	struct install_opts opts = { .check = check, .replace = replace || replace_uri };
	const char *source = argc > 0 ? argv[0] : replace_uri ? replace_uri : simple_uri;
	tt_auto(oper) struct oper o = { 0 };
	tt_auto(err) struct tt_err *err = NULL;
	tt_auto(installed) struct installed got = { 0 };
	int r = 0;

	(void)ctx;
	oper_init(&o, root);
	if (!source)
		r = tt_err_set(&err, -EINVAL, "InvalidArgument",
		    "name the platform: a file, a URL or a folder");
	if (r == 0)
		r = platform_install(&o, source, &opts, &got, &err);
	if (r < 0)
		return tt_cli_fail("install-platform", err);
	printf("platform %s %s\n%s\n", got.stamp,
	    got.done == INSTALL_NEW   ? "is installed"
	    : got.done == INSTALL_HAD ? "was installed already"
				      : "is whole; nothing was installed",
	    installed_trust(&got));
	return 0;
}

int
main(int argc, char **argv)
{
	static const struct tt_opt opts[] = {
		{ 'c', "check", TT_OPT_FLAG, &check, NULL, "judge it only" },
		{ 'r', "replace", TT_OPT_FLAG, &replace, NULL,
		    "make one that is there anew" },
		{ 'R', NULL, TT_OPT_TEXT, &replace_uri, "URI",
		    "take it from there, replacing" },
		{ 's', NULL, TT_OPT_TEXT, &simple_uri, "URI", "take it from there" },
		{ 0, "root", TT_OPT_TEXT, &root, "DIR",
		    "put this before every path (tests)" },
		{ 0, NULL, TT_OPT_FLAG, NULL, NULL, NULL },
	};
	static const struct tt_cmd cmd = { .name = "install-platform",
		.args = "[FILE|URL|FOLDER]",
		.help = "Install a platform beside the running one.",
		.opts = opts,
		.run = run,
		.max_args = 1 };

	return tt_cli_main(&cmd, argc, argv, NULL);
}
