// SPDX-License-Identifier: MPL-2.0
/*
 * disklayout: the layout that a pool over this machine's disks (or a list of disks in a file)
 * would get, as JSON. Changes nothing.
 */
#include <errno.h>
#include <stdio.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/num.h"
#include "platform/lib/base/str.h"
#include "platform/lib/cli/cli.h"
#include "platform/machine/layout.h"

#define LIST_MAX (4 * TT_MIB)

struct options {
	bool no_cache;
	const char *spares, *width, *exclude, *file;
};

static struct options opt;

static int
number(const char *what, const char *text, long *ret, struct tt_err **err)
{
	uint32_t n;

	*ret = -1;
	if (!text)
		return 0;
	if (tt_parse_u32(text, 0, 4096, &n) < 0)
		return tt_err_set(err, -EINVAL, "InvalidArgument",
		    "%s '%s' must be a number of 0 to 4096", what, text);
	*ret = (long)n;
	return 0;
}

static int
read_disks(struct mach_disks *ret, struct tt_err **err)
{
	tt_auto(buf) struct tt_buf b = TT_BUF_INIT(LIST_MAX);
	int r;

	if (!opt.file)
		return mach_disks_scan("/sys", ret, err);
	r = tt_file_read(opt.file, &b, err);
	return r < 0 ? r : mach_disks_parse(opt.file, tt_buf_str(&b), b.len, ret, err);
}

static int
run(int argc, char **argv, void *ctx)
{
	struct mach_layout_opts o = { .no_cache = opt.no_cache,
		.layout = argc > 0 ? argv[0] : NULL };
	tt_auto(disks) struct mach_disks disks = { 0 };
	tt_auto(strv) char **exclude = opt.exclude ? tt_split(opt.exclude, ',') : NULL;
	tt_auto(strv) char **media = NULL;
	tt_auto(err) struct tt_err *err = NULL;
	tt_auto(json) json_t *out = NULL;
	int r;

	(void)ctx;
	r = number("the number of spares", opt.spares, &o.spares, &err);
	if (r == 0)
		r = number("the width", opt.width, &o.width, &err);
	if (r < 0) {
		(void)tt_cli_fail("disklayout", err);
		return 2;
	}
	r = read_disks(&disks, &err);
	if (r == 0 && !opt.file)
		r = mach_media_disks("/sys", "/run/triton/bootdev", &media, &err);
	if (r < 0)
		return tt_cli_fail("disklayout", err);
	for (char **m = media; m && *m; m++)
		tt_strv_add(&exclude, *m);
	o.exclude = exclude;
	out = mach_layout(&disks, &o);
	if (json_dumpf(out, stdout, JSON_INDENT(2)) < 0 || putchar('\n') == EOF)
		return 1;
	return json_object_get(out, "error") ? 1 : 0;
}

static const struct tt_opt options[] = {
	{ 'c', "no-cache", TT_OPT_FLAG, &opt.no_cache, NULL, "no cache devices" },
	{ 's', "spares", TT_OPT_TEXT, &opt.spares, "N", "exactly N spares" },
	{ 'w', "width", TT_OPT_TEXT, &opt.width, "N", "N disks in each vdev" },
	{ 'e', "exclude", TT_OPT_TEXT, &opt.exclude, "DISK,...",
	    "leave these disks out" },
	{ 'f', "file", TT_OPT_TEXT, &opt.file, "FILE",
	    "disks of this JSON list, not this machine's" },
	{ 0 },
};

static const struct tt_cmd root = {
	.name = "disklayout",
	.args = "[single|mirror|raidz1|raidz2|raidz3]",
	.help = "Print the layout of a pool over this machine's disks as JSON.",
	.opts = options,
	.run = run,
	.max_args = 1,
};

int
main(int argc, char **argv)
{
	return tt_cli_main(&root, argc, argv, NULL);
}
