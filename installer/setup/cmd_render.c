// SPDX-License-Identifier: MPL-2.0
/*
 * triton-setup render: the config that an answers file makes, on standard output.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "installer/setup/cmd.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/random.h"
#include "platform/lib/base/str.h"
#include "platform/lib/cli/cli.h"

#define PROGRAM "triton-setup render"

enum { RENDERED = 0, CANNOT_OPEN = 1, INVALID = 2 };

/* A headnode that runs from our image: its secrets must not be reproducible. */
static bool
booted_headnode(const char *root)
{
	tt_auto(buf) struct tt_buf cmdline = TT_BUF_INIT(64 * TT_KIB);
	tt_auto(free) char *path = tt_xprintf("%s/proc/cmdline", root);
	tt_auto(free) char *init = tt_xprintf("%s/run/triton/init.json", root);
	tt_auto(config) struct tt_config *args = NULL;

	if (tt_path_exists(init))
		return true;
	if (tt_file_read(path, &cmdline, NULL) < 0)
		return false;
	tt_config_bootargs(tt_buf_str(&cmdline), cmdline.len, &args);
	return tt_config_bool(args, "headnode", false);
}

static int
use_seed(const struct cmd_opts *o)
{
	const char *seed = o->seed;

	if (!seed)
		return 0;
	if (!*seed || strlen(seed) > 128 ||
	    strspn(seed, "0123456789abcdefABCDEF") != strlen(seed)) {
		fprintf(stderr, "%s: --seed takes 1 to 128 hex digits\n", PROGRAM);
		return -EINVAL;
	}
	if (booted_headnode(o->root ? o->root : "")) {
		fprintf(stderr,
		    "%s: --seed is refused on a booted headnode, its secrets would be "
		    "known; "
		    "leave it out\n",
		    PROGRAM);
		return -EPERM;
	}
	tt_random_seed(seed);
	return 0;
}

/* 0, or the exit code. */
static int
load(const struct cmd_opts *o, const char *path, struct tsetup *ts,
    struct tt_findings *found)
{
	tt_auto(err) struct tt_err *err = NULL;
	int r;

	tsetup_set_coal_image(ts, o->coal_image);
	tsetup_set_product(ts, o->product, o->root);
	r = cmd_load_nics(o, ts, &err);
	if (r == 0)
		r = tsetup_answers_load(ts, path, found, &err);
	if (r < 0 && err) {
		(void)tt_cli_fail(PROGRAM, err);
		return CANNOT_OPEN;
	}
	return r < 0 ? INVALID : 0;
}

int
cmd_render(int argc, char **argv, void *ctx)
{
	struct cmd_opts *o = ctx;
	tt_auto(findings) struct tt_findings found = { 0 };
	tt_auto(tsetup) struct tsetup *ts = tsetup_new();
	tt_auto(err) struct tt_err *err = NULL;
	tt_auto(secret) struct tt_secret text = { 0 };
	int r;

	(void)argc;
	o->ran = true;
	if (use_seed(o) < 0)
		return INVALID;
	r = load(o, argv[0], ts, &found);
	if (r == 0) {
		tsetup_fill(ts, &found);
		tt_secret_init(&text, TS_CONFIG_MAX);
		r = tsetup_render(ts, &text, &found, &err);
		if (r == 0)
			r = tsetup_verify(ts, &text, &err);
	}
	cmd_print(&found, argv[0], false, false, stderr);
	if (r == CANNOT_OPEN)
		return r;
	if (r != 0) {
		if (err)
			(void)tt_cli_fail(PROGRAM, err);
		return INVALID;
	}
	r = tt_write_all(STDOUT_FILENO, text.data, text.len);
	return r < 0 ? CANNOT_OPEN : RENDERED;
}
