// SPDX-License-Identifier: MPL-2.0
/*
 * Boot variables of the set, and the words of a platform's trial in them. Where a medium keeps
 * them is decided here, medium by medium: in the environment block, or in mode uki in the names
 * of its signed entries.
 */
#include "platform/key/env.h"

#include <errno.h>
#include <string.h>

#include "platform/key/uki.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/buf.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"

#define PLATFORM "platform_version"
#define PREV     "prev_version"
#define STATE    "boot_state"
#define FAILED   "failed_version"

static const char *const names[KEY_BOOT_STATE_MAX] = {
	[KEY_BOOT_SETTLED] = "",
	[KEY_BOOT_NEW] = "new",
	[KEY_BOOT_TRYING] = "trying",
	[KEY_BOOT_FAILED] = "failed",
};

const char *
key_boot_state_name(enum key_boot_state state)
{
	return names[state];
}

enum key_boot_state
key_boot_state_parse(const char *text)
{
	for (int i = KEY_BOOT_NEW; text && i < KEY_BOOT_STATE_MAX; i++)
		if (tt_streq(text, names[i]))
			return (enum key_boot_state)i;
	return KEY_BOOT_SETTLED;
}

static enum key_boot_state
state_of(const struct tt_grubenv *env)
{
	return key_boot_state_parse(tt_grubenv_get(env, STATE));
}

static int
load_one(const struct key_medium *m, struct tt_grubenv *ret, struct tt_err **err)
{
	tt_auto(free) char *path = tt_path_join(m->where, KEY_GRUBENV);

	return uki_medium(m->where) ? uki_env_load(m->where, ret, err)
				    : tt_grubenv_load(path, ret, err);
}

/*
 * The menu writes only the medium it was loaded from, and only "trying" and "failed": a
 * medium that says so knows more than the first.
 */
int
key_env_load(const struct key_set *s, struct tt_grubenv *ret, struct tt_err **err)
{
	tt_auto(grubenv) struct tt_grubenv best = TT_GRUBENV_INIT;
	tt_auto(err) struct tt_err *first = NULL;
	bool have = false;

	for (size_t i = 0; i < s->n; i++) {
		tt_auto(grubenv) struct tt_grubenv env = TT_GRUBENV_INIT;

		if (load_one(&s->v[i], &env, first ? NULL : &first) < 0)
			continue;
		if (have && (state_of(&env) < KEY_BOOT_TRYING ||
				state_of(&env) <= state_of(&best)))
			continue;
		tt_grubenv_release(&best);
		best = env;
		env = (struct tt_grubenv)TT_GRUBENV_INIT;
		have = true;
	}
	if (!have && uki_medium(s->v[0].where))
		return tt_err_set(err, -EINVAL, "NoEntry", "%s", tt_err_message(first));
	if (!have)
		return tt_err_set(err, -EINVAL, "InvalidGrubEnv",
		    "the boot variables cannot be read: %s; write them anew with "
		    "`grub-editenv %s/" KEY_GRUBENV
		    " create` and sdc-usbkey set-variable",
		    tt_err_message(first), s->v[0].where);
	tt_grubenv_release(ret);
	*ret = best;
	best = (struct tt_grubenv)TT_GRUBENV_INIT;
	return 0;
}

static int
save_one(const struct key_medium *m, const struct tt_grubenv *env, struct tt_err **err)
{
	tt_auto(free) char *path = tt_path_join(m->where, KEY_GRUBENV);
	tt_auto(free) char *dir = tt_path_dir(path);
	tt_auto(buf) struct tt_buf old = TT_BUF_INIT(TT_GRUBENV_SIZE + 1);
	char block[TT_GRUBENV_SIZE];
	int r;

	if (uki_medium(m->where))
		return uki_env_save(m->where, env, err);
	tt_grubenv_format(env, block);
	if (tt_file_read(path, &old, NULL) >= 0 && old.len == sizeof(block) &&
	    memcmp(old.data, block, sizeof(block)) == 0)
		return 0;
	r = tt_mkdir_p(dir, 0700, err);
	return r < 0 ? r : tt_grubenv_save(path, env, err);
}

static bool
on_trial(const struct key_medium *m)
{
	tt_auto(grubenv) struct tt_grubenv env = TT_GRUBENV_INIT;

	return load_one(m, &env, NULL) == 0 && state_of(&env) >= KEY_BOOT_TRYING;
}

/*
 * A trial that ends is ended first where the menu began it: with the power lost behind any
 * of these writes, no medium may take a confirmed platform for one that failed.
 */
int
key_env_save(struct key_set *s, const struct tt_grubenv *env, struct tt_err **err)
{
	tt_auto(free) bool *done = tt_xcalloc(s->n, sizeof(*done));
	int r = 0;

	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = 0; r == 0 && i < s->n; i++) {
			if (done[i] || (pass == 0 && !on_trial(&s->v[i])))
				continue;
			r = save_one(&s->v[i], env, err);
			done[i] = true;
		}
	}
	return r;
}

void
key_boot_release(struct key_boot *b)
{
	free(b->platform);
	free(b->prev);
	free(b->failed);
	*b = (struct key_boot){ 0 };
}

/* An empty value is none: the menu cannot unset what it saves. */
static char *
value(const struct tt_grubenv *env, const char *name)
{
	const char *v = tt_grubenv_get(env, name);

	return v && *v ? tt_xstrdup(v) : NULL;
}

int
key_boot_load(const struct key_set *s, struct key_boot *ret, struct tt_err **err)
{
	tt_auto(grubenv) struct tt_grubenv env = TT_GRUBENV_INIT;
	struct key_boot b = { 0 };
	int r = key_env_load(s, &env, err);

	if (r < 0)
		return r;
	b.platform = value(&env, PLATFORM);
	if (!b.platform)
		return tt_err_set(err, -EINVAL, "InvalidGrubEnv",
		    "the boot variables name no " PLATFORM
		    ": set it with sdc-usbkey set-variable");
	b.prev = value(&env, PREV);
	b.failed = value(&env, FAILED);
	b.state = state_of(&env);
	*ret = b;
	return 0;
}

static int
store(struct key_set *s, const struct key_boot *b, struct tt_err **err)
{
	tt_auto(grubenv) struct tt_grubenv env = TT_GRUBENV_INIT;
	const char *const pairs[][2] = { { PLATFORM, b->platform }, { PREV, b->prev },
		{ FAILED, b->failed }, { STATE, names[b->state] } };
	int r = key_env_load(s, &env, err);

	for (size_t i = 0; r == 0 && i < TT_ARRAY_LEN(pairs); i++) {
		if (pairs[i][1] && *pairs[i][1])
			r = tt_grubenv_set(&env, pairs[i][0], pairs[i][1], err);
		else
			(void)tt_grubenv_unset(&env, pairs[i][0]);
	}
	return r < 0 ? r : key_env_save(s, &env, err);
}

int
key_boot_assign(
    struct key_set *s, const char *stamp, const char *fallback, struct tt_err **err)
{
	tt_auto(key_boot) struct key_boot b = { 0 };

	b.platform = tt_xstrdup(stamp);
	if (fallback && !tt_streq(stamp, fallback)) {
		b.prev = tt_xstrdup(fallback);
		b.state = KEY_BOOT_NEW;
	}
	return store(s, &b, err);
}

int
key_boot_confirm(struct key_set *s, struct tt_err **err)
{
	tt_auto(key_boot) struct key_boot b = { 0 };
	int r = key_boot_load(s, &b, err);

	b.state = KEY_BOOT_SETTLED;
	return r < 0 ? r : store(s, &b, err);
}

int
key_boot_give_up(struct key_set *s, const char *running, struct tt_err **err)
{
	tt_auto(key_boot) struct key_boot b = { 0 };
	int r = key_boot_load(s, &b, err);

	if (r < 0)
		return r;
	if (!tt_streq(b.platform, running)) {
		free(b.failed);
		b.failed = b.platform;
		b.platform = tt_xstrdup(running);
	}
	free(b.prev);
	b.prev = NULL;
	b.state = KEY_BOOT_SETTLED;
	return store(s, &b, err);
}
