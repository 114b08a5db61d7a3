// SPDX-License-Identifier: MPL-2.0
/*
 * sdc-factoryreset: empty the pool at the next boot. Only the mark is set here; what obeys it
 * is the pool step of the boot, when nothing of the pool is in use.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "platform/boot/reset.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/time.h"
#include "platform/lib/cli/cli.h"
#include "tools/operator/backup/ask.h"

#define ME      "sdc-factoryreset"
#define WAIT_MS 5000
#define MARKER  "/zones/.system_pool"

static const char *root;
static bool off, yes;

static const char warning[] = "This removes every instance, image and log of this "
			      "server, and its state in /var and "
			      "/opt.\nThe configuration stays; the server is set up anew "
			      "from it at the next boot.\n";

static int
check_pool(const struct oper *o, struct tt_err **err)
{
	tt_auto(free) char *marker = oper_path(o, MARKER);

	if (tt_path_exists(marker))
		return 0;
	return tt_err_set(err, -ENOENT, "NotFound",
	    "'%s' is not there: this server has no pool to reset", marker);
}

static int
set_mark(const struct oper *o, struct tt_err **err)
{
	static const char text[] = "The next boot empties this pool.\n";
	tt_auto(free) char *mark = oper_path(o, POOL_RESET_MARK);

	return tt_file_replace(mark, text, strlen(text), 0600, err);
}

static bool
confirmed(void)
{
	(void)fputs(warning, stdout);
	return yes ||
	       (ask_yes("Reset this server to its state before setup?") &&
		   ask_yes("Are you sure? What is removed cannot be brought back."));
}

static int
run(int argc, char **argv, void *ctx)
{
	tt_auto(oper) struct oper o = { 0 };
	tt_auto(err) struct tt_err *err = NULL;
	int r;

	(void)argc;
	(void)argv;
	(void)ctx;
	oper_init(&o, root);
	r = ask_root(&o, &err);
	if (r == 0)
		r = check_pool(&o, &err);
	if (r < 0)
		return tt_cli_fail(ME, err);
	if (!confirmed()) {
		(void)fprintf(stderr, "%s: nothing was changed\n", ME);
		return 1;
	}
	printf("%s in %d seconds; Ctrl-C stops it.\n",
	    off ? "Switching off" : "Restarting", WAIT_MS / 1000);
	(void)fflush(stdout);
	if (!*o.root)
		tt_sleep_ms(WAIT_MS);
	r = set_mark(&o, &err);
	if (r == 0)
		r = ask_restart(&o, off, &err);
	if (r < 0)
		return tt_cli_fail(ME, err);
	printf("The pool is emptied at the next boot.\n");
	return 0;
}

int
main(int argc, char **argv)
{
	static const struct tt_opt opts[] = {
		{ 's', "shutdown", TT_OPT_FLAG, &off, NULL,
		    "switch off instead of restarting" },
		{ 'y', "yes", TT_OPT_FLAG, &yes, NULL, "do not ask" },
		{ 0, "root", TT_OPT_TEXT, &root, "DIR",
		    "put this before every path (tests)" },
		{ 0, NULL, TT_OPT_FLAG, NULL, NULL, NULL },
	};
	static const struct tt_cmd cmd = { .name = ME,
		.help = "Empty this server's pool and set it up anew from its config.",
		.opts = opts,
		.run = run };

	return tt_cli_main(&cmd, argc, argv, NULL);
}
