// SPDX-License-Identifier: MPL-2.0
/*
 * switch-platform: the older name of `sdcadm platform assign` for this headnode.
 */
#include <stdio.h>

#include "platform/lib/base/str.h"
#include "platform/lib/cli/cli.h"
#include "tools/operator/platform/assign.h"

static const char *root;
static bool dry_run, no_update, clean;

static int
check_only(const struct oper *o, const char *stamp)
{
	tt_auto(key_platforms) struct key_platforms have = { 0 };
	tt_auto(err) struct tt_err *err = NULL;

	if (key_platforms_list(o->copy, &have, &err) < 0)
		return tt_cli_fail("switch-platform", err);
	if (!key_platforms_has(&have, stamp)) {
		(void)fprintf(stderr,
		    "switch-platform: platform '%s' is not installed: use "
		    "install-platform first\n",
		    stamp);
		return 1;
	}
	printf("platform %s would boot next, %s is what it would go back to\n", stamp,
	    o->running ? o->running : "none");
	return 0;
}

static int
run(int argc, char **argv, void *ctx)
{
	tt_auto(oper) struct oper o = { 0 };
	tt_auto(err) struct tt_err *err = NULL;
	int r;

	(void)argc;
	(void)ctx;
	oper_init(&o, root);
	if (dry_run)
		return check_only(&o, argv[0]);
	r = oper_headnode(&o, &err);
	if (r == 0)
		r = platform_assign(&o, argv[0], &err);
	if (r < 0)
		return tt_cli_fail("switch-platform", err);
	printf("platform %s boots next\n", argv[0]);
	return 0;
}

int
main(int argc, char **argv)
{
	static const struct tt_opt opts[] = {
		{ 'n', "dry-run", TT_OPT_FLAG, &dry_run, NULL,
		    "only say what would be done" },
		{ 'U', "no-update", TT_OPT_FLAG, &no_update, NULL,
		    "accepted for older scripts: no service holds a copy to update yet" },
		{ 'c', "clean", TT_OPT_FLAG, &clean, NULL,
		    "accepted for older scripts: nothing is left behind" },
		{ 0, "root", TT_OPT_TEXT, &root, "DIR",
		    "put this before every path (tests)" },
		{ 0, NULL, TT_OPT_FLAG, NULL, NULL, NULL },
	};
	static const struct tt_cmd cmd = { .name = "switch-platform",
		.args = "STAMP",
		.help = "Boot an installed platform next, on trial.",
		.opts = opts,
		.run = run,
		.min_args = 1,
		.max_args = 1 };

	return tt_cli_main(&cmd, argc, argv, NULL);
}
