// SPDX-License-Identifier: MPL-2.0
/*
 * The commands that build: usb, platform, spec, cache gc.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image/bootloader.h"
#include "image/commands.h"
#include "image/keytree.h"
#include "image/report.h"
#include "image/stage.h"
#include "image/usb.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/num.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/proc.h"
#include "platform/lib/base/random.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/time.h"
#include "platform/lib/cli/cli.h"

#define NAME          "triton-image"
#define MEDIUM_PHASES 2 /* boot loader, usb */

/* Everything here is the same under any umask, time zone and locale of the caller. */
static void
settle(const struct commands *c)
{
	(void)umask(022);
	if (c->seed != NULL)
		tt_random_seed(c->seed);
}

int
answers_validate(struct build *b, struct tt_err **err)
{
	const char *answers = spec_text(&b->spec, SPEC_ANSWER_FILE);
	char self[4096];
	const ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	tt_auto(free) char *dir = NULL;
	tt_auto(free) char *program = NULL;
	struct tt_proc_opts opts = { .inherit_io = true, .timeout_ms = 30000 };
	int r;

	if (*answers == '\0')
		return 0;
	if (n > 0) {
		self[n] = '\0';
		dir = tt_path_dir(self);
		program = tt_path_join(dir, "triton-setup");
	}
	if (program == NULL || !tt_path_exists(program)) {
		phase_warn(b->run,
		    "'%s' is not checked: there is no triton-setup beside this program",
		    answers);
		return 0;
	}
	r = tt_proc_run(
	    (const char *const[]){ program, "validate", "--strict", answers, NULL },
	    &opts, NULL, err);
	if (r >= 0)
		return 0;
	tt_err_clear(err);
	return tt_err_set(err, -EINVAL, "InvalidAnswers",
	    "answer-file '%s' is refused, see above: correct it or leave answer-file "
	    "unset",
	    answers);
}

static int
check_mode(const struct build *b, struct tt_err **err)
{
	const char *mode = spec_text(&b->spec, SPEC_MODE);
	const char *medium = spec_text(&b->spec, SPEC_MEDIUM);

	if (strcmp(mode, "plain") != 0)
		return tt_err_set(err, -EOPNOTSUPP, "NotSupported",
		    "mode=%s: this version builds USB images of mode plain only: set "
		    "mode=plain",
		    mode);
	if (strcmp(medium, "usb") != 0 && strcmp(medium, "coal") != 0)
		return tt_err_set(err, -EINVAL, "InvalidBuildSpec",
		    "medium=%s is not a USB image: set medium=usb or medium=coal",
		    medium);
	return 0;
}

static int
build_usb(struct build *b, struct tt_err **err)
{
	tt_auto(bootloader) struct bootloader l = { 0 };
	tt_auto(keytree) struct keytree t = { 0 };
	tt_auto(usb_result) struct usb_result u = { 0 };
	struct report_item item = { 0 };
	int r;

	r = check_mode(b, err);
	if (r >= 0)
		r = answers_validate(b, err);
	if (r >= 0)
		r = build_root_password(b, err);
	if (r >= 0)
		r = build_platform(b, err);
	if (r >= 0)
		r = bootloader_make(b, &l, err);
	if (r >= 0)
		r = stage_key(b, &l, &t, err);
	if (r >= 0)
		r = usb_make(b, &l, &t, &u, err);
	if (r < 0)
		return r;
	item = (struct report_item){ u.image, u.extents, NULL };
	if (u.made)
		r = report_write(b, &item, 1, err);
	if (r >= 0)
		report_print(b, &item, 1);
	return r;
}

int
command_usb(int argc TT_UNUSED, char **argv TT_UNUSED, void *ctx)
{
	const struct commands *c = ctx;
	tt_auto(err) struct tt_err *err = NULL;
	tt_auto(build) struct build b = { 0 };
	const unsigned phases =
	    (c->build.platform != NULL ? 1 : PLATFORM_PHASES) + MEDIUM_PHASES;
	int r;

	settle(c);
	r = build_start(&b, &c->build, phases, &err);
	if (r >= 0)
		r = build_usb(&b, &err);
	return r < 0 ? tt_cli_fail(NAME, err) : 0;
}

int
command_platform(int argc TT_UNUSED, char **argv TT_UNUSED, void *ctx)
{
	const struct commands *c = ctx;
	tt_auto(err) struct tt_err *err = NULL;
	tt_auto(build) struct build b = { 0 };
	int r;

	settle(c);
	r = build_start(&b, &c->build, PLATFORM_PHASES, &err);
	if (r >= 0)
		r = build_root_password(&b, &err);
	if (r >= 0)
		r = build_platform(&b, &err);
	if (r < 0)
		return tt_cli_fail(NAME, err);
	phase_say(b.run, "platform: %s", b.platform.dir);
	return 0;
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
