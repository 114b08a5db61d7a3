// SPDX-License-Identifier: MPL-2.0
/* cli: options, subcommands and the exit codes of wrong words. */
#include "platform/lib/cli/cli.h"

#include <fcntl.h>
#include <stdint.h>

#include "platform/lib/base/str.h"
#include "tests/lib/tap.h"

static bool json;
static const char *from;
static char **sets;
static unsigned loud;
static char seen[64];
static char **words; /* of the last call: TT_OPT_TEXT borrows from them */

static int
run(int argc, char **argv, void *ctx)
{
	(void)tt_strf(seen, sizeof(seen), "%s:%d:%s", (const char *)ctx, argc,
	    argc > 0 ? argv[0] : "-");
	return 7;
}

static const struct tt_opt sub_opts[] = {
	{ 'j', "json", TT_OPT_FLAG, &json, NULL, "JSON" },
	{ 0, "from", TT_OPT_TEXT, &from, "STAGE", "where to begin" },
	{ 's', "set", TT_OPT_LIST, &sets, "K=V", "set a key" },
	{ 'v', NULL, TT_OPT_COUNT, &loud, NULL, "say more" },
	{ 0 },
};
static const struct tt_cmd subs[] = {
	{ "status", "[WHAT]", "show it", sub_opts, NULL, run, 0, 1 },
	{ "exact", "A B", "two operands", NULL, NULL, run, 2, 2 },
	{ 0 },
};
static const struct tt_cmd top = { "prog", NULL, "a program", NULL, subs, NULL, 0, 0 };

static int
call(const char *line)
{
	tt_strv_free(words);
	words = tt_split(line, ' ');
	seen[0] = '\0';
	return tt_cli_main(
	    &top, (int)tt_strv_len(words), words, (char *)(uintptr_t) "ctx");
}

int
main(void)
{
	tt_auto(close) int quiet = open("/dev/null", O_WRONLY | O_CLOEXEC);
	tt_auto(close) int err = dup(2);

	dup2(quiet, 2);
	TAP_EQ_INT(call("prog status -jvv --from=x -s a=1 --set b=2 what"), 7,
	    "the handler's code");
	TAP_EQ_STR(seen, "ctx:1:what", "gets context and operand");
	TAP_OK(json && tt_streq(from, "x") && loud == 2, "flag, text and count are set");
	TAP_OK(
	    tt_strv_len(sets) == 2 && tt_streq(sets[1], "b=2"), "a list keeps each use");
	TAP_EQ_INT(call("prog statsu"), 2, "an unknown command is a usage error");
	TAP_EQ_INT(call("prog"), 2, "no command is a usage error");
	TAP_EQ_INT(call("prog status --form x"), 2, "an unknown option is a usage error");
	TAP_EQ_INT(call("prog status --from"), 2, "so is a missing argument");
	TAP_EQ_INT(call("prog status a b"), 2, "so is one operand too many");
	TAP_EQ_INT(call("prog exact a"), 2, "and one too few");
	TAP_EQ_STR(seen, "", "no handler ran for those");
	dup2(err, 2);
	tt_strv_free(sets);
	tt_strv_free(words);
	return tap_done();
}
