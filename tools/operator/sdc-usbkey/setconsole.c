// SPDX-License-Identifier: MPL-2.0
/*
 * sdc-setconsole: which console is /dev/console from the next boot on.
 */
#include <stdio.h>

#include "platform/lib/cli/cli.h"
#include "tools/operator/sdc-usbkey/variable.h"

static const char *root;
static bool json;

static int
run(int argc, char **argv, void *ctx)
{
	tt_auto(oper) struct oper o = { 0 };
	tt_auto(err) struct tt_err *err = NULL;

	(void)argc;
	(void)ctx;
	oper_init(&o, root);
	if (variable_set(&o, "os_console", argv[0], &err) < 0)
		return tt_cli_fail("sdc-setconsole", err);
	if (json)
		printf("{\"os_console\":\"%s\"}\n", argv[0]);
	else
		printf("%s is the console from the next boot on\n", argv[0]);
	return 0;
}

int
main(int argc, char **argv)
{
	static const struct tt_opt opts[] = {
		{ 'j', "json", TT_OPT_FLAG, &json, NULL, "as JSON" },
		{ 0, "root", TT_OPT_TEXT, &root, "DIR",
		    "put this before every path (tests)" },
		{ 0, NULL, TT_OPT_FLAG, NULL, NULL, NULL },
	};
	static const struct tt_cmd cmd = { .name = "sdc-setconsole",
		.args = "CONSOLE",
		.help =
		    "Choose /dev/console of the next boots: vga, text, ttya, ttyb, ttyc, "
		    "ttyd.",
		.opts = opts,
		.run = run,
		.min_args = 1,
		.max_args = 1 };

	return tt_cli_main(&cmd, argc, argv, NULL);
}
