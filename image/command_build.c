// SPDX-License-Identifier: MPL-2.0
/*
 * The commands around builds: any product, spec, cache gc.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "image/commands.h"
#include "image/product.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/num.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/random.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/time.h"
#include "platform/lib/cli/cli.h"

#define NAME "triton-image"

/* Everything here is the same under any umask, time zone and locale of the caller. */
static void
settle(const struct commands *c)
{
	(void)umask(022);
	if (c->seed != NULL)
		tt_random_seed(c->seed);
}

int
command_product(const struct product *p, const struct commands *c)
{
	tt_auto(err) struct tt_err *err = NULL;

	settle(c);
	return product_run(p, &c->build, &err) < 0 ? tt_cli_fail(NAME, err) : 0;
}

int
command_spec(int argc TT_UNUSED, char **argv TT_UNUSED, void *ctx TT_UNUSED)
{
	spec_print_keys();
	return 0;
}

int
command_gc(int argc TT_UNUSED, char **argv TT_UNUSED, void *ctx)
{
	const struct commands *c = ctx;
	tt_auto(err) struct tt_err *err = NULL;
	tt_auto(free) char *cache = NULL;
	struct phase_gc g;
	uint32_t days;
	uint64_t max;

	if (tt_parse_u32(c->days, 0, 36500, &days) < 0 ||
	    tt_parse_size(c->max_size, &max) < 0) {
		(void)tt_err_set(&err, -EINVAL, "InvalidArgument",
		    "--days must be a number and --max-size a size such as 20g");
		(void)tt_cli_fail(NAME, err);
		return 2;
	}
	cache = c->build.cache != NULL ? tt_xstrdup(c->build.cache)
				       : tt_path_join(c->build.out, "cache");
	if (phase_cache_gc(cache, (uint64_t)days * 86400, max, c->dry_run, &g, &err) < 0)
		return tt_cli_fail(NAME, err);
	printf("%s: %llu entries, %.1f MB; %s %llu, %.1f MB\n", cache,
	    (unsigned long long)g.entries, (double)g.bytes / 1e6,
	    c->dry_run ? "would remove" : "removed", (unsigned long long)g.removed,
	    (double)g.removed_bytes / 1e6);
	return 0;
}
