// SPDX-License-Identifier: MPL-2.0
/*
 * Assigning, removing, the default: each leaves media, copy and variables true to another.
 */
#include "tools/operator/platform/assign.h"

#include <errno.h>
#include <string.h>

#include "platform/key/copymark.h"
#include "platform/key/trial.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "platform/lib/conf/setupjson.h"

#define DEFAULT_FILE "/var/lib/triton/platform-default"

static bool
installed(const struct oper *o, const char *stamp)
{
	tt_auto(free) char *path = tt_xprintf("%s/os/%s/vmlinuz", o->copy, stamp);

	return key_stamp_valid(stamp) && tt_path_exists(path);
}

static int
must_be_installed(const struct oper *o, const char *stamp, struct tt_err **err)
{
	if (installed(o, stamp))
		return 0;
	return tt_err_set(err, -ENOENT, "NotFound",
	    "platform '%s' is not installed: `sdcadm platform list` shows those that "
	    "are, "
	    "`sdcadm platform install` adds one",
	    stamp);
}

static int
must_be_complete(const struct oper *o, struct tt_err **err)
{
	tt_auto(free) char *path = oper_path(o, TT_SETUP_PATH);
	tt_auto(setup) struct tt_setup *s = NULL;

	if (tt_setup_load(path, &s, NULL) == 0 && s->complete)
		return 0;
	return tt_err_set(err, -EINVAL, "SetupIncomplete",
	    "setup of this headnode is not complete, so no new platform could be judged "
	    "by "
	    "it: see `sdcadm setup status`");
}

int
platform_assign(const struct oper *o, const char *stamp, struct tt_err **err)
{
	struct oper_progress show = { .what = "copying to the boot medium" };
	struct key_progress p = { .fn = oper_progress, .ctx = &show };
	tt_auto(key_set) struct key_set *s = NULL;
	int r = must_be_installed(o, stamp, err);

	if (r == 0)
		r = must_be_complete(o, err);
	if (r == 0)
		r = oper_key(o, true, &s, err);
	if (r < 0)
		return r;
	/* the one to fall back to must be there as well; it is, unless somebody tidied up */
	if (o->running && installed(o, o->running) && !tt_streq(o->running, stamp))
		r = key_platform_add(s, o->running, NULL, err);
	if (r == 0)
		r = key_platform_add(s, stamp, &p, err);
	oper_progress_end(&show);
	if (r == 0)
		r = key_boot_assign(s, stamp, o->running, err);
	return r < 0 ? tt_err_wrap(err, r, "assigning platform %s", stamp) : 0;
}

/* What holds a platform in place, or NULL. */
static const char *
use_of(const struct oper *o, const struct key_boot *b, const char *stamp, bool force)
{
	if (tt_streq(stamp, o->running))
		return "it is running";
	if (tt_streq(stamp, b->platform))
		return "it is what boots next";
	if (tt_streq(stamp, b->prev) && (!force || b->state != KEY_BOOT_SETTLED))
		return "it is the rollback entry";
	return NULL;
}

/* The rollback entry goes with its platform. */
static int
forget(
    struct key_set *s, const struct key_boot *b, const char *stamp, struct tt_err **err)
{
	tt_auto(grubenv) struct tt_grubenv env = TT_GRUBENV_INIT;
	int r;

	if (!tt_streq(stamp, b->prev) && !tt_streq(stamp, b->failed))
		return 0;
	r = key_env_load(s, &env, err);
	if (r < 0)
		return r;
	if (tt_streq(stamp, b->prev))
		(void)tt_grubenv_unset(&env, "prev_version");
	if (tt_streq(stamp, b->failed))
		(void)tt_grubenv_unset(&env, "failed_version");
	return key_env_save(s, &env, err);
}

int
platform_remove(const struct oper *o, const char *stamp, bool force, struct tt_err **err)
{
	tt_auto(free) char *dir = tt_xprintf("%s/os/%s", o->copy, stamp);
	tt_auto(key_set) struct key_set *s = NULL;
	tt_auto(key_boot) struct key_boot b = { 0 };
	const char *use;
	int r;

	if (!key_stamp_valid(stamp) || !tt_path_is_dir(dir))
		return must_be_installed(o, stamp, err);
	r = oper_key(o, true, &s, err);
	if (r == 0)
		r = key_boot_load(s, &b, err);
	if (r < 0)
		return r;
	use = use_of(o, &b, stamp, force);
	if (use)
		return tt_err_set(err, -EBUSY, "PlatformInUse",
		    "platform %s stays: %s; assign another one%s first", stamp, use,
		    tt_streq(stamp, b.prev) ? " (or --force)" : " and boot it");
	r = forget(s, &b, stamp, err);
	if (r == 0)
		r = key_platform_remove(s, stamp, err);
	return r < 0 ? r : tt_remove_tree(dir, err);
}

char *
platform_default(const struct oper *o)
{
	tt_auto(free) char *path = oper_path(o, DEFAULT_FILE);

	return tt_file_line(path);
}

int
platform_set_default(const struct oper *o, const char *stamp, struct tt_err **err)
{
	tt_auto(free) char *path = oper_path(o, DEFAULT_FILE);
	tt_auto(free) char *line = tt_xprintf("%s\n", stamp);
	tt_auto(free) char *dir = tt_path_dir(path);
	int r = must_be_installed(o, stamp, err);

	if (r == 0)
		r = tt_mkdir_p(dir, 0755, err);
	return r < 0 ? r : tt_file_replace(path, line, strlen(line), 0644, err);
}

char *
platform_failure(const struct oper *o, const char *stamp)
{
	tt_auto(free) char *path = oper_path(o, KEY_TRIAL);

	return key_trial_reason(path, stamp);
}
