// SPDX-License-Identifier: MPL-2.0
/*
 * Signed entries of one medium: their list, the variables in their names, renames.
 */
#include "platform/key/uki.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"

#define PLATFORM "platform_version"
#define PREV     "prev_version"
#define FAILED   "failed_version"
#define STATE    "boot_state"
#define CONSOLE  "os_console"

bool
uki_medium(const char *top)
{
	tt_auto(free) char *path = tt_path_join(top, UKI_FOLDER);

	return tt_path_is_dir(path);
}

int
uki_list(const char *top, struct uki_entries *ret, struct tt_err **err)
{
	tt_auto(free) char *dir = tt_path_join(top, UKI_FOLDER);
	tt_auto(strv) char **names = NULL;
	int r = tt_dir_list(dir, &names, err);

	*ret = (struct uki_entries){ 0 };
	for (char **n = names; r == 0 && n && *n; n++) {
		tt_auto(free) char *path = tt_path_join(dir, *n);
		struct stat st;

		/* one without a byte is what fsck.fat leaves of a rename that was cut */
		if (stat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0)
			uki_entries_add(ret, *n, (uint64_t)st.st_size);
	}
	uki_entries_sort(ret);
	return r;
}

static int
state(const char *top, struct uki_entries *e, struct uki_state *ret, struct tt_err **err)
{
	int r = uki_list(top, e, err);

	if (r < 0 || uki_state_of(e, ret))
		return r;
	return tt_err_set(err, -EINVAL, "NoEntry",
	    "'%s/" UKI_FOLDER
	    "' has no signed entry that boots: write the image to the key "
	    "again",
	    top);
}

int
uki_env_load(const char *top, struct tt_grubenv *ret, struct tt_err **err)
{
	tt_auto(uki_entries) struct uki_entries e = { 0 };
	struct uki_state s;
	int r = state(top, &e, &s, err);

	if (r < 0)
		return r;
	{
		const char *const pairs[][2] = { { PLATFORM, s.platform },
			{ PREV, s.prev }, { FAILED, s.failed },
			{ STATE, key_boot_state_name(s.state) }, { CONSOLE, s.console } };

		tt_grubenv_release(ret);
		for (size_t i = 0; r == 0 && i < TT_ARRAY_LEN(pairs); i++)
			if (*pairs[i][1])
				r = tt_grubenv_set(ret, pairs[i][0], pairs[i][1], err);
	}
	return r;
}

static int
refuse(const char *name, struct tt_err **err)
{
	return tt_err_set(err, -EOPNOTSUPP, "NotSupported",
	    "this key is of mode uki: its command lines are signed, '%s' cannot be set; "
	    "build a platform with that setting in build.spec, sign it with your "
	    "site-key, and `sdcadm platform install` and `assign` it",
	    name);
}

/* The names that GRUB's menu takes for the screen. */
static const char *
console_of(const char *name)
{
	return tt_streq(name, "text") || tt_streq(name, "graphics") ? "vga" : name;
}

/* The state that variables stand for. What one leaves out is as it was. */
static int
state_from(const struct tt_grubenv *env, struct uki_state *s, struct tt_err **err)
{
	const struct {
		const char *name;
		char *to;
		size_t size;
	} texts[] = {
		{ PLATFORM, s->platform, sizeof(s->platform) },
		{ PREV, s->prev, sizeof(s->prev) },
		{ FAILED, s->failed, sizeof(s->failed) },
		{ CONSOLE, s->console, sizeof(s->console) },
	};

	s->prev[0] = s->failed[0] = '\0';
	s->state = KEY_BOOT_SETTLED;
	for (size_t i = 0; i < env->count; i++) {
		const char *value = env->values[i];
		size_t k = 0;

		if (tt_streq(env->names[i], STATE)) {
			s->state = key_boot_state_parse(value);
			continue;
		}
		if (tt_streq(env->names[i], CONSOLE))
			value = console_of(value);
		while (k < TT_ARRAY_LEN(texts) && !tt_streq(texts[k].name, env->names[i]))
			k++;
		if (k == TT_ARRAY_LEN(texts))
			return refuse(env->names[i], err);
		if (tt_strcpy(texts[k].to, texts[k].size, value) < 0)
			return tt_err_set(err, -EINVAL, "InvalidArgument",
			    "%s: '%.40s' is no value of it", env->names[i], value);
	}
	return 0;
}

/*
 * Each rename on the medium before the next one begins. A name that is taken is left alone:
 * the two may be one file to FAT, and replacing one would free the blocks of both.
 */
static int
carry_out(const char *top, const struct uki_entries *e, const struct uki_plan *p,
    struct tt_err **err)
{
	tt_auto(free) char *dir = tt_path_join(top, UKI_FOLDER);

	for (size_t i = 0; i < p->n; i++) {
		tt_auto(free) char *from = tt_path_join(dir, e->v[p->v[i].entry].file);
		tt_auto(free) char *to = tt_path_join(dir, p->v[i].to);
		int r = tt_path_exists(to) ? 0 : tt_file_move(from, to);

		if (r < 0)
			return tt_err_errno(
			    err, r, "renaming '%s' to '%s'", from, p->v[i].to);
	}
	return 0;
}

int
uki_env_save(const char *top, const struct tt_grubenv *env, struct tt_err **err)
{
	tt_auto(uki_entries) struct uki_entries e = { 0 };
	tt_auto(uki_plan) struct uki_plan p = { 0 };
	struct uki_state now, want;
	int r = state(top, &e, &now, err);

	want = now;
	if (r == 0)
		r = state_from(env, &want, err);
	if (r == 0 && now.state != KEY_BOOT_SETTLED && want.state == now.state &&
	    !tt_streq(now.console, want.console))
		return tt_err_set(err, -EBUSY, "PlatformInUse",
		    "platform %s is on trial with the console %s: wait until `sdcadm "
		    "platform "
		    "list` says that it stays, or assign another one first",
		    now.platform, now.console);
	if (r == 0)
		r = uki_plan_make(&e, &want, &p, err);
	return r < 0 ? r : carry_out(top, &e, &p, err);
}
