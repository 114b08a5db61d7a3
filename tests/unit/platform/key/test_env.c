// SPDX-License-Identifier: MPL-2.0
/*
 * Boot variables over several media, and the states of a platform's trial, with the power
 * lost between two media.
 */
#include "platform/key/env.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "tests/lib/tap.h"

#define OLD "20260101T000000Z"
#define NEW "20260202T000000Z"

static char top[] = "/tmp/test-key-env-XXXXXX";

/* Two media that are folders. */
static void
fill(struct key_set *s)
{
	static struct key_medium media[2];
	tt_auto(free) char *a = tt_path_join(top, "a");
	tt_auto(free) char *b = tt_path_join(top, "b");

	media[0] = (struct key_medium){ .device = a, .where = a };
	media[1] = (struct key_medium){ .device = b, .where = b };
	for (int i = 0; i < 2; i++)
		media[i].device = media[i].where = tt_xstrdup(media[i].where);
	*s = (struct key_set){ .v = media, .n = 2, .write = true, .lock = -1 };
}

static void
drop(struct key_set *s)
{
	for (size_t i = 0; i < 2; i++)
		free(s->v[i].where);
}

/* What a menu or a power cut leaves on one medium alone. */
static void
put(struct key_set *s, size_t i, const char *platform, const char *prev,
    const char *state)
{
	struct key_set one = { .v = &s->v[i], .n = 1, .lock = -1 };
	tt_auto(grubenv) struct tt_grubenv env = TT_GRUBENV_INIT;

	(void)tt_grubenv_set(&env, "platform_version", platform, NULL);
	(void)tt_grubenv_set(&env, "prev_version", prev, NULL);
	(void)tt_grubenv_set(&env, "boot_state", state, NULL);
	TAP_EQ_INT(key_env_save(&one, &env, NULL), 0, "medium %zu says '%s'", i, state);
}

static void
expect(struct key_set *s, size_t i, const char *platform, const char *prev,
    enum key_boot_state state, const char *failed, const char *what)
{
	struct key_set one = { .v = &s->v[i], .n = 1, .lock = -1 };
	tt_auto(key_boot) struct key_boot b = { 0 };

	TAP_EQ_INT(key_boot_load(&one, &b, NULL), 0, "%s: medium %zu is read", what, i);
	TAP_EQ_STR(b.platform, platform, "%s: platform", what);
	TAP_EQ_STR(b.prev, prev, "%s: rollback entry", what);
	TAP_EQ_STR(b.failed, failed, "%s: given up", what);
	TAP_EQ_INT(b.state, state, "%s: state", what);
}

static void
test_trial(struct key_set *s)
{
	put(s, 0, OLD, "", "");
	put(s, 1, OLD, "", "");
	TAP_EQ_INT(key_boot_assign(s, NEW, OLD, NULL), 0, "a platform is assigned");
	for (size_t i = 0; i < 2; i++)
		expect(s, i, NEW, OLD, KEY_BOOT_NEW, NULL, "assigned");
	put(s, 1, NEW, OLD, "trying");
	TAP_EQ_INT(key_boot_confirm(s, NULL), 0, "its trial ends well");
	for (size_t i = 0; i < 2; i++)
		expect(s, i, NEW, OLD, KEY_BOOT_SETTLED, NULL, "confirmed");
	TAP_EQ_INT(key_boot_assign(s, NEW, NEW, NULL), 0, "the running one is assigned");
	expect(s, 0, NEW, NULL, KEY_BOOT_SETTLED, NULL, "nothing to try");
}

static void
test_lost(struct key_set *s)
{
	(void)key_boot_assign(s, NEW, OLD, NULL);
	/* the menu of the second medium noted the failure, as grub.cfg does */
	put(s, 1, OLD, "", "failed");
	TAP_EQ_INT(key_boot_give_up(s, OLD, NULL), 0, "a trial is given up");
	for (size_t i = 0; i < 2; i++)
		expect(s, i, OLD, NULL, KEY_BOOT_SETTLED, NULL, "the menu's own swap");
	/* the fallback entry: the menu only came to "trying" */
	(void)key_boot_assign(s, NEW, OLD, NULL);
	put(s, 0, NEW, OLD, "trying");
	TAP_EQ_INT(key_boot_give_up(s, OLD, NULL), 0, "a kernel that would not load");
	for (size_t i = 0; i < 2; i++)
		expect(s, i, OLD, NULL, KEY_BOOT_SETTLED, NEW, "given up");
	(void)key_boot_assign(s, NEW, OLD, NULL);
	expect(s, 0, NEW, OLD, KEY_BOOT_NEW, NULL, "a second attempt");
}

/* Confirmed on the medium whose menu said "trying" before any other. */
static void
test_order(struct key_set *s)
{
	struct key_set half = *s;
	tt_auto(key_boot) struct key_boot b = { 0 };

	put(s, 0, NEW, OLD, "new");
	put(s, 1, NEW, OLD, "trying");
	TAP_EQ_INT(key_boot_load(s, &b, NULL), 0, "both are read");
	TAP_EQ_INT(b.state, KEY_BOOT_TRYING, "the menu that went on knows more");
	/* power lost behind the first write: the one that failed would roll back */
	half.v[0].where = tt_xstrdup("/dev/null/none");
	TAP_OK(key_boot_confirm(&half, NULL) < 0, "the other write fails");
	free(half.v[0].where);
	half.v[0].where = half.v[0].device;
	expect(s, 1, NEW, OLD, KEY_BOOT_SETTLED, NULL, "confirmed where it was tried");
}

static void
test_damage(struct key_set *s)
{
	tt_auto(grubenv) struct tt_grubenv env = TT_GRUBENV_INIT;
	tt_auto(free) char *path = tt_path_join(s->v[0].where, KEY_GRUBENV);
	tt_auto(err) struct tt_err *err = NULL;

	put(s, 0, OLD, "", "");
	put(s, 1, OLD, "", "");
	TAP_EQ_INT(truncate(path, 100), 0, "the first block is cut off");
	TAP_EQ_INT(key_env_load(s, &env, NULL), 0, "the other one is taken");
	TAP_EQ_INT(key_env_save(s, &env, NULL), 0, "and repairs it");
	expect(s, 0, OLD, NULL, KEY_BOOT_SETTLED, NULL, "repaired");
	for (size_t i = 0; i < 2; i++) {
		tt_auto(free) char *p = tt_path_join(s->v[i].where, KEY_GRUBENV);

		(void)unlink(p);
	}
	TAP_EQ_INT(key_env_load(s, &env, &err), -EINVAL, "none left is an error");
	TAP_OK(strstr(tt_err_message(err), "set-variable") != NULL, "with the next step");
}

int
main(void)
{
	struct key_set s;

	if (!mkdtemp(top))
		return 1;
	fill(&s);
	test_trial(&s);
	test_lost(&s);
	test_order(&s);
	test_damage(&s);
	drop(&s);
	(void)tt_remove_tree(top, NULL);
	return tap_done();
}
