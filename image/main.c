// SPDX-License-Identifier: MPL-2.0
/*
 * triton-image: from a build specification to a platform, a key and the media of it. The
 * table of commands; the products' part of it follows from product.h.
 */
#include <string.h>

#include "image/commands.h"
#include "image/product.h"
#include "platform/lib/base/str.h"
#include "platform/lib/cli/cli.h"

static struct commands c = {
	.build = { .source = ".", .out = "build" },
	.days = "30",
	.max_size = "0",
};

#define COMMON                                                                           \
	{ 's', "source", TT_OPT_TEXT, &c.build.source, "DIR",                            \
		"the repository (default .)" },                                          \
	    { 'o', "build", TT_OPT_TEXT, &c.build.out, "DIR",                            \
		    "build folder (default build)" },                                    \
	{                                                                                \
		0, "cache", TT_OPT_TEXT, &c.build.cache, "DIR",                          \
		    "cache (default BUILD/cache)"                                        \
	}

static const struct tt_opt build_options[] = {
	COMMON,
	{ 0, "set", TT_OPT_LIST, &c.build.set, "KEY=VALUE",
	    "override a key of build.spec" },
	{ 0, "programs", TT_OPT_TEXT, &c.build.programs, "FILE",
	    "list of programs for the root image" },
	{ 0, "init", TT_OPT_TEXT, &c.build.init, "FILE",
	    "init of the initramfs (default BUILD/bin/init)" },
	{ 0, "platform", TT_OPT_TEXT, &c.build.platform, "DIR",
	    "take this platform instead of building one" },
	{ 0, "boot-dir", TT_OPT_TEXT, &c.build.boot_dir, "DIR",
	    "with --platform: root of GRUB and iPXE (default /)" },
	{ 0, "branch", TT_OPT_TEXT, &c.build.branch, "NAME", "branch name in stamps" },
	{ 0, "revision", TT_OPT_TEXT, &c.build.revision, "HASH",
	    "commit in stamps (default: ask git)" },
	{ 0, "seed", TT_OPT_TEXT, &c.seed, "TEXT",
	    "make a generated root password reproducible (tests)" },
	{ 0, "packed", TT_OPT_FLAG, &c.build.packed, NULL,
	    "also make the compressed forms" },
	{ 0, "offline", TT_OPT_FLAG, &c.build.offline, NULL,
	    "fail instead of fetching anything" },
	{ 0, "lock-strict", TT_OPT_FLAG, &c.build.lock_strict, NULL,
	    "fail when a locked package version is gone" },
	{ 0, "relock", TT_OPT_FLAG, &c.build.relock, NULL, "resolve all packages anew" },
	{ 'j', "json", TT_OPT_FLAG, &c.build.json, NULL,
	    "events as JSON lines on stdout" },
	{ 0 },
};

static const struct tt_opt verify_options[] = {
	{ 'r', "report", TT_OPT_TEXT, &c.report, "FILE",
	    "build report (default build-STAMP.json beside the image)" },
	{ 'j', "json", TT_OPT_FLAG, &c.json, NULL, "print one JSON object" },
	{ 0 },
};

static const struct tt_opt inspect_options[] = {
	{ 'j', "json", TT_OPT_FLAG, &c.json, NULL, "print one JSON object" },
	{ 0 },
};

static const struct tt_opt gc_options[] = {
	COMMON,
	{ 0, "days", TT_OPT_TEXT, &c.days, "N",
	    "drop entries unused for so long (default 30)" },
	{ 0, "max-size", TT_OPT_TEXT, &c.max_size, "SIZE",
	    "then the oldest until the rest fits (default 0: no limit)" },
	{ 'n', "dry-run", TT_OPT_FLAG, &c.dry_run, NULL, "only say what would go" },
	{ 0 },
};

static const struct tt_cmd cache_commands[] = {
	{ .name = "gc",
	    .help = "Drop old entries of the build cache.",
	    .opts = gc_options,
	    .run = command_gc },
	{ .name = NULL },
};

/* A handler is not told its command: each product has one of its own. */
#define PRODUCT_HANDLER(word)                                                            \
	static int run_##word(int argc TT_UNUSED, char **argv TT_UNUSED, void *ctx)      \
	{                                                                                \
		return command_product(&product_##word, ctx);                            \
	}
PRODUCTS(PRODUCT_HANDLER)

static const struct {
	const struct product *product;
	int (*run)(int argc, char **argv, void *ctx);
} handlers[] = {
#define PRODUCT_ROW(word) { &product_##word, run_##word },
	PRODUCTS(PRODUCT_ROW)
};

static const struct tt_cmd others[] = {
	{ .name = "verify",
	    .args = "IMAGE",
	    .help = "Check every part of an image.",
	    .opts = verify_options,
	    .run = command_verify,
	    .min_args = 1,
	    .max_args = 1 },
	{ .name = "inspect",
	    .args = "IMAGE",
	    .help = "Say what is in an image.",
	    .opts = inspect_options,
	    .run = command_inspect,
	    .min_args = 1,
	    .max_args = 1 },
	{ .name = "cache", .help = "The build cache.", .subs = cache_commands },
	{ .name = "spec", .help = "List the keys of build.spec.", .run = command_spec },
};

int
main(int argc, char **argv)
{
	struct tt_cmd commands[TT_ARRAY_LEN(handlers) + TT_ARRAY_LEN(others) + 1] = { 0 };
	const struct tt_cmd top = { .name = "triton-image",
		.help = "Build, check and describe images of Triton.",
		.subs = commands };
	size_t n = 0;
	int status;

	for (; n < TT_ARRAY_LEN(handlers); n++)
		commands[n] = (struct tt_cmd){ .name = handlers[n].product->name,
			.help = handlers[n].product->help,
			.opts = build_options,
			.run = handlers[n].run };
	for (size_t i = 0; i < TT_ARRAY_LEN(others); i++)
		commands[n++] = others[i];
	status = tt_cli_main(&top, argc, argv, &c);
	tt_strv_free(c.build.set);
	return status;
}
