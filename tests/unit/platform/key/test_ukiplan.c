// SPDX-License-Identifier: MPL-2.0
/*
 * Names of signed entries: what they say, and every change of them with the power lost at
 * every moment of it. Firmware's part is played by a model of systemd-boot's own.
 */
#include "platform/key/ukiplan.h"

#include <errno.h>
#include <stdlib.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/str.h"
#include "tests/lib/tap.h"

#define A         "20260101T000000Z"
#define B         "20260202T000000Z"
#define C         "20260303T000000Z"
#define NAMES_MAX 16

/* Files in EFI/Linux; NULL = gone. */
struct shelf {
	char *name[NAMES_MAX];
	size_t n;
};

static void
put(struct shelf *s, const char *name)
{
	s->name[s->n++] = tt_xstrdup(name);
}

static void
clear(struct shelf *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->name[i]);
	s->n = 0;
}

static void
copy(const struct shelf *from, struct shelf *to)
{
	to->n = 0;
	for (size_t i = 0; i < from->n; i++)
		if (from->name[i])
			put(to, from->name[i]);
}

static void
read_shelf(const struct shelf *s, struct uki_entries *ret)
{
	*ret = (struct uki_entries){ 0 };
	for (size_t i = 0; i < s->n; i++)
		if (s->name[i])
			uki_entries_add(ret, s->name[i], 1);
	uki_entries_sort(ret);
}

static char **
slot(struct shelf *s, const char *name)
{
	for (size_t i = 0; i < s->n; i++)
		if (tt_streq(s->name[i], name))
			return &s->name[i];
	return NULL;
}

/* systemd-boot: a spent entry goes behind all, the greatest name first, one boot counted. */
static const char *
boot(struct shelf *s)
{
	char **best = NULL;

	for (size_t i = 0; i < s->n; i++) {
		char **x = &s->name[i];
		bool spent, best_spent;

		if (!*x)
			continue;
		spent = strstr(*x, "+0") != NULL;
		best_spent = best && strstr(*best, "+0");
		if (!best || (best_spent && !spent) ||
		    (spent == best_spent && strcmp(*x, *best) > 0))
			best = x;
	}
	if (best && strstr(*best, "+1")) {
		char *next = tt_xprintf("%.*s+0-1.efi", (int)strcspn(*best, "+"), *best);

		free(*best);
		*best = next;
	}
	return best ? *best : NULL;
}

static bool
booted(const char *file, const char *stamps)
{
	char stamp[UKI_STAMP_LEN] = "";

	if (file)
		(void)tt_strf(stamp, sizeof(stamp), "%s", file + strlen("triton-9-"));
	return file && !strstr(file, UKI_RESCUE) && strstr(stamps, stamp);
}

struct change {
	const char *what;
	const char *const *before; /* names */
	struct uki_state want;
	const char *good; /* stamps that may boot without being counted */
	const char *const *after;
};

/* What boots is good; or it is counted, and what boots after it is good. */
static bool
boots_well(const struct shelf *s, const char *good)
{
	struct shelf t = { .n = 0 };
	bool ok = false;

	copy(s, &t);
	for (int boots = 0; !ok && boots < 2; boots++)
		ok = booted(boot(&t), good);
	clear(&t);
	return ok;
}

static void
apply(struct shelf *s, const struct uki_entries *e, const struct uki_step *step)
{
	char **from = slot(s, e->v[step->entry].file);

	if (!from || slot(s, step->to))
		return;
	free(*from);
	*from = tt_xstrdup(step->to);
}

/* As after a power cut: the state that the names say is made clean, then the change again. */
static int
once_more(struct shelf *s, const struct uki_state *want)
{
	int r = 0;

	for (int pass = 0; r == 0 && pass < 2; pass++) {
		tt_auto(uki_entries) struct uki_entries e = { 0 };
		tt_auto(uki_plan) struct uki_plan p = { 0 };
		struct uki_state now;

		read_shelf(s, &e);
		if (!uki_state_of(&e, &now))
			return -EINVAL;
		r = uki_plan_make(&e, pass == 0 ? &now : want, &p, NULL);
		for (size_t i = 0; r == 0 && i < p.n; i++)
			apply(s, &e, &p.v[i]);
		/* what repair does with twins */
		for (size_t i = 0; i < s->n; i++)
			if (s->name[i] && tt_after_prefix(s->name[i], "triton-1-")) {
				free(s->name[i]);
				s->name[i] = NULL;
			}
	}
	return r;
}

static bool
is(const struct shelf *s, const char *const *names)
{
	size_t n = 0, have = 0;

	for (size_t i = 0; i < s->n; i++)
		have += s->name[i] != NULL;
	for (; names[n]; n++)
		if (!slot((struct shelf *)(uintptr_t)s, names[n]))
			return false;
	return n == have;
}

enum damage { CUT_BEFORE, LOST, TWICE, DAMAGES };

/* The power fails at step k of the plan, with this much of it on the medium. */
static void
cut(const struct change *c, const struct uki_entries *e, const struct uki_plan *p,
    size_t k, enum damage how)
{
	static const char *const words[] = { "not begun", "its file lost",
		"under both names" };
	struct shelf s = { .n = 0 };
	int r;

	for (size_t i = 0; c->before[i]; i++)
		put(&s, c->before[i]);
	for (size_t i = 0; i < k; i++)
		apply(&s, e, &p->v[i]);
	if (k < p->n) {
		char **from = slot(&s, e->v[p->v[k].entry].file);

		if (how == TWICE)
			put(&s, p->v[k].to);
		if (how == LOST && from) {
			free(*from);
			*from = NULL;
		}
	}
	TAP_OK(boots_well(&s, c->good), "%s, step %zu %s: boots", c->what, k, words[how]);
	r = once_more(&s, &c->want);
	if (how == LOST)
		TAP_OK((r == 0 || r == -ENOENT) && boots_well(&s, c->good),
		    "%s, step %zu %s: repaired, boots", c->what, k, words[how]);
	else
		TAP_OK(r == 0 && is(&s, c->after),
		    "%s, step %zu %s: done again, it is so", c->what, k, words[how]);
	clear(&s);
}

static void
test_change(const struct change *c)
{
	tt_auto(uki_entries) struct uki_entries e = { 0 };
	tt_auto(uki_plan) struct uki_plan p = { 0 };
	struct shelf s = { .n = 0 };

	for (size_t i = 0; c->before[i]; i++)
		put(&s, c->before[i]);
	read_shelf(&s, &e);
	TAP_EQ_INT(uki_plan_make(&e, &c->want, &p, NULL), 0, "%s: planned", c->what);
	for (size_t i = 0; i < p.n; i++)
		apply(&s, &e, &p.v[i]);
	TAP_OK(is(&s, c->after), "%s: done", c->what);
	clear(&s);
	for (size_t k = 0; k < p.n; k++)
		for (int how = 0; how < DAMAGES; how++)
			cut(c, &e, &p, k, (enum damage)how);
}

#define E(rank, stamp, rest) "triton-" rank "-" stamp "-" rest ".efi"
#define OTHERS(rank, stamp)  E(rank, stamp, "vga"), E("3", stamp, "rescue")

static const char *const one[] = { E("9", A, "ttyb"), OTHERS("5", A), E("4", B, "ttyb"),
	OTHERS("4", B), NULL };
static const char *const begun[] = { E("9", B, "ttyb+1"), OTHERS("4", B),
	E("8", A, "ttyb"), OTHERS("5", A), NULL };
static const char *const tried[] = { E("9", B, "ttyb+0-1"), OTHERS("4", B),
	E("8", A, "ttyb"), OTHERS("5", A), NULL };
static const char *const kept[] = { E("9", B, "ttyb"), OTHERS("5", B), E("8", A, "ttyb"),
	OTHERS("4", A), NULL };
static const char *const lost[] = { E("9", A, "ttyb"), OTHERS("5", A), E("2", B, "ttyb"),
	OTHERS("4", B), NULL };
static const char *const alone[] = { E("9", B, "ttyb"), OTHERS("5", B), E("4", A, "ttyb"),
	OTHERS("4", A), NULL };
static const char *const back[] = { E("9", A, "ttyb+1"), OTHERS("4", A),
	E("8", B, "ttyb"), OTHERS("5", B), NULL };
static const char *const back_kept[] = { E("9", A, "ttyb"), OTHERS("5", A),
	E("8", B, "ttyb"), OTHERS("4", B), NULL };
static const char *const screen[] = { E("9", B, "vga"), E("5", B, "ttyb"),
	E("3", B, "rescue"), E("8", A, "vga"), E("4", A, "ttyb"), E("3", A, "rescue"),
	NULL };
static const char *const three[] = { E("9", B, "ttyb"), OTHERS("5", B), E("8", A, "ttyb"),
	OTHERS("4", A), E("4", C, "ttyb"), OTHERS("4", C), NULL };
static const char *const third[] = { E("9", C, "ttyb+1"), OTHERS("4", C),
	E("8", B, "ttyb"), OTHERS("5", B), E("4", A, "ttyb"), OTHERS("4", A), NULL };
static const char *const changed[] = { E("9", A, "ttyb+1"), OTHERS("4", A),
	E("8", B, "ttyb"), OTHERS("5", B), E("4", C, "ttyb"), OTHERS("4", C), NULL };

#define STATE(w, p, f, c, s)                                                             \
	{                                                                                \
		.platform = w, .prev = p, .failed = f, .console = c, .state = s          \
	}

static const struct change changes[] = {
	{ "assign", one, STATE(B, A, "", "ttyb", KEY_BOOT_NEW), A, begun },
	{ "assign the older", kept, STATE(A, B, "", "ttyb", KEY_BOOT_NEW), A B, back },
	{ "assign the third", three, STATE(C, B, "", "ttyb", KEY_BOOT_NEW), A B, third },
	{ "assign another", third, STATE(A, B, "", "ttyb", KEY_BOOT_NEW), B, changed },
	{ "confirm", tried, STATE(B, A, "", "ttyb", KEY_BOOT_SETTLED), A B, kept },
	{ "confirm the older", back, STATE(A, B, "", "ttyb", KEY_BOOT_SETTLED), A B,
	    back_kept },
	{ "give up", tried, STATE(A, "", B, "ttyb", KEY_BOOT_SETTLED), A, lost },
	{ "take back", begun, STATE(A, "", "", "ttyb", KEY_BOOT_SETTLED), A, one },
	{ "forget what was lost", lost, STATE(A, "", "", "ttyb", KEY_BOOT_SETTLED), A,
	    one },
	{ "forget the fallback", kept, STATE(B, "", "", "ttyb", KEY_BOOT_SETTLED), A B,
	    alone },
	{ "no trial", one, STATE(B, "", "", "ttyb", KEY_BOOT_SETTLED), A B, alone },
	{ "another console", kept, STATE(B, A, "", "vga", KEY_BOOT_SETTLED), A B,
	    screen },
};

static void
expect(const char *const *names, const char *platform, const char *prev,
    const char *failed, const char *console, enum key_boot_state state, const char *what)
{
	tt_auto(uki_entries) struct uki_entries e = { 0 };
	struct uki_state s = { 0 };

	for (size_t i = 0; names[i]; i++)
		uki_entries_add(&e, names[i], 1);
	uki_entries_sort(&e);
	TAP_OK(uki_state_of(&e, &s), "%s: there is a state", what);
	TAP_EQ_STR(s.platform, platform, "%s: platform", what);
	TAP_EQ_STR(s.prev, prev, "%s: fallback", what);
	TAP_EQ_STR(s.failed, failed, "%s: given up", what);
	TAP_EQ_STR(s.console, console, "%s: console", what);
	TAP_EQ_INT(s.state, state, "%s: state", what);
}

static void
test_states(void)
{
	static const char *const giving_up[] = { E("2", B, "ttyb"), E("8", A, "ttyb"),
		OTHERS("5", A), NULL };
	static const char *const vanished[] = { OTHERS("4", B), E("8", A, "ttyb"),
		OTHERS("5", A), NULL };
	static const char *const half[] = { E("9", A, "ttyb"), E("9", B, "ttyb+1"),
		NULL };
	static const char *const last[] = { OTHERS("5", A), NULL };

	expect(one, A, "", "", "ttyb", KEY_BOOT_SETTLED, "one platform");
	expect(begun, B, A, "", "ttyb", KEY_BOOT_NEW, "assigned");
	expect(tried, B, A, "", "ttyb", KEY_BOOT_TRYING, "tried");
	expect(kept, B, A, "", "ttyb", KEY_BOOT_SETTLED, "kept");
	expect(lost, A, "", B, "ttyb", KEY_BOOT_SETTLED, "given up");
	expect(giving_up, A, "", B, "ttyb", KEY_BOOT_FAILED, "being given up");
	expect(vanished, A, "", "", "ttyb", KEY_BOOT_SETTLED, "the wanted one vanished");
	expect(half, B, A, "", "ttyb", KEY_BOOT_NEW, "an assign cut short");
	expect(last, A, "", "", "vga", KEY_BOOT_SETTLED, "another console is left");
}

static void
test_refused(void)
{
	const struct uki_state want = STATE(B, "", "", "ttyd", KEY_BOOT_SETTLED);
	const struct uki_state gone = STATE(C, "", "", "ttyb", KEY_BOOT_SETTLED);
	tt_auto(uki_entries) struct uki_entries e = { 0 };
	tt_auto(uki_plan) struct uki_plan p = { 0 };
	tt_auto(err) struct tt_err *err = NULL, *other = NULL;
	struct uki_state s;

	TAP_OK(!uki_state_of(&e, &s), "an empty folder boots nothing");
	for (size_t i = 0; kept[i]; i++)
		uki_entries_add(&e, kept[i], 1);
	uki_entries_add(&e, "linux.efi", 1);
	uki_entries_add(&e, E("9", "20260101T00000Z", "ttyb"), 1);
	uki_entries_add(&e, E("9", A, "ttyb") ".part", 1);
	TAP_EQ_INT(e.n, 6, "foreign names are left alone");
	uki_entries_sort(&e);
	TAP_EQ_INT(uki_plan_make(&e, &want, &p, &err), -ENOENT, "no such console");
	TAP_OK(strstr(tt_err_message(err), "ttyb, vga"), "those that there are: %s",
	    tt_err_message(err));
	TAP_EQ_INT(uki_plan_make(&e, &gone, &p, &other), -ENOENT, "no such platform");
	TAP_OK(strstr(tt_err_message(other), "assign"), "with the next step");
}

int
main(void)
{
	test_states();
	test_refused();
	for (size_t i = 0; i < TT_ARRAY_LEN(changes); i++)
		test_change(&changes[i]);
	return tap_done();
}
