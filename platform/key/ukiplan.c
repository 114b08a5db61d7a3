// SPDX-License-Identifier: MPL-2.0
/*
 * States from names, and names for states.
 */
#include "platform/key/ukiplan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/str.h"

void
uki_entries_release(struct uki_entries *e)
{
	for (size_t i = 0; i < e->n; i++)
		free(e->v[i].file);
	free(e->v);
	*e = (struct uki_entries){ 0 };
}

void
uki_entries_add(struct uki_entries *e, const char *file, uint64_t size)
{
	struct uki_name is;

	if (uki_name_parse(file, strlen(file), &is) < 0)
		return;
	e->v = tt_xrealloc(e->v, (e->n + 1) * sizeof(*e->v));
	e->v[e->n++] = (struct uki_entry){ tt_xstrdup(file), size, is, false };
}

/* As systemd-boot: spent ones last, then by name, the greatest first. */
static int
boot_order(const void *a, const void *b)
{
	const struct uki_entry *x = a, *y = b;
	const int spent = (x->is.left == 0) - (y->is.left == 0);

	return spent ? spent : -strcmp(x->file, y->file);
}

static bool
same(const struct uki_name *a, const struct uki_name *b)
{
	return tt_streq(a->stamp, b->stamp) && tt_streq(a->kind, b->kind);
}

void
uki_entries_sort(struct uki_entries *e)
{
	if (e->n > 1)
		qsort(e->v, e->n, sizeof(*e->v), boot_order);
	for (size_t i = 0; i < e->n; i++) {
		e->v[i].twin = false;
		for (size_t k = 0; k < i; k++)
			if (!e->v[k].twin && same(&e->v[k].is, &e->v[i].is))
				e->v[i].twin = true;
	}
}

static bool
is_console(const struct uki_entry *e)
{
	return !e->twin && !tt_streq(e->is.kind, UKI_RESCUE);
}

/* The first console of a rank that is not of the platform `but`. */
static const struct uki_entry *
first(const struct uki_entries *e, char rank, const char *but)
{
	for (size_t i = 0; i < e->n; i++)
		if (is_console(&e->v[i]) && (!rank || e->v[i].is.rank == rank) &&
		    !tt_streq(e->v[i].is.stamp, but))
			return &e->v[i];
	return NULL;
}

/* What is wanted: an assign that was cut short leaves two, the one with a counter is it. */
static const struct uki_entry *
wanted(const struct uki_entries *e)
{
	for (size_t i = 0; i < e->n; i++)
		if (is_console(&e->v[i]) && e->v[i].is.rank == UKI_WANTED &&
		    e->v[i].is.left != UKI_UNCOUNTED)
			return &e->v[i];
	return first(e, UKI_WANTED, NULL);
}

bool
uki_state_of(const struct uki_entries *e, struct uki_state *ret)
{
	const struct uki_entry *w = wanted(e), *back = NULL;
	const struct uki_entry *lost = first(e, UKI_GIVEN_UP, NULL);
	const bool none = w == NULL;
	struct uki_state s = { .state = KEY_BOOT_SETTLED };

	/* a trial that was being given up: what it goes back to boots already */
	if (!w)
		w = first(e, UKI_FALLBACK, NULL);
	if (!w)
		w = first(e, 0, NULL);
	if (!w)
		return false;
	if (!none) {
		back = first(e, UKI_FALLBACK, w->is.stamp);
		if (!back && w->is.left != UKI_UNCOUNTED)
			back = first(e, UKI_WANTED, w->is.stamp);
	}
	if (w->is.left == 0)
		s.state = KEY_BOOT_TRYING;
	else if (w->is.left > 0)
		s.state = KEY_BOOT_NEW;
	else if (none && lost && !tt_streq(lost->is.stamp, w->is.stamp))
		s.state = KEY_BOOT_FAILED;
	(void)tt_strcpy(s.platform, sizeof(s.platform), w->is.stamp);
	(void)tt_strcpy(s.console, sizeof(s.console), w->is.kind);
	if (back)
		(void)tt_strcpy(s.prev, sizeof(s.prev), back->is.stamp);
	if (lost && !tt_streq(lost->is.stamp, w->is.stamp))
		(void)tt_strcpy(s.failed, sizeof(s.failed), lost->is.stamp);
	*ret = s;
	return true;
}

/* The counter of what boots. */
static void
count(const struct uki_state *want, struct uki_name *n)
{
	const bool counted = n->left != UKI_UNCOUNTED;

	if (want->state == KEY_BOOT_NEW && want->prev[0]) {
		n->left = 1;
		n->done = 0;
	} else if (want->state == KEY_BOOT_TRYING) {
		n->left = 0;
		n->done = counted && n->done > 0 ? n->done : 1;
	} else {
		n->left = UKI_UNCOUNTED;
	}
}

/* What an entry is to be called in the wanted state. */
static struct uki_name
target(const struct uki_entry *e, const struct uki_state *want)
{
	const bool trial = want->prev[0] && (want->state == KEY_BOOT_NEW ||
						want->state == KEY_BOOT_TRYING);
	const char *good = trial ? want->prev : want->platform;
	const bool console = tt_streq(e->is.kind, want->console);
	struct uki_name n = e->is;

	if (!e->twin && console && tt_streq(n.stamp, want->platform)) {
		n.rank = UKI_WANTED;
		count(want, &n);
		return n;
	}
	n.left = UKI_UNCOUNTED;
	if (e->twin)
		n.rank = UKI_SPARE;
	else if (tt_streq(n.kind, UKI_RESCUE))
		n.rank = UKI_RESCUES;
	else if (console && tt_streq(n.stamp, want->prev))
		n.rank = UKI_FALLBACK;
	else if (console && tt_streq(n.stamp, want->failed))
		n.rank = UKI_GIVEN_UP;
	else
		n.rank = tt_streq(n.stamp, good) ? UKI_CONSOLE : UKI_OTHER;
	return n;
}

/*
 * Earlier steps first. What is spent or no fallback any more goes out of the way while
 * something better stands above it; what is to boot comes up before anything that boots now
 * goes down; the two that trade places do so when both are at hand.
 */
static int
order_of(const struct uki_name *from, const struct uki_name *to)
{
	const bool up = to->rank > from->rank;

	if (from->left != UKI_UNCOUNTED && to->rank != UKI_WANTED)
		return 0;
	if (from->rank == UKI_FALLBACK && to->rank < UKI_FALLBACK)
		return 1;
	if (to->rank == UKI_WANTED && from->rank != UKI_FALLBACK)
		return 2;
	if (to->rank == UKI_FALLBACK && from->rank != UKI_WANTED)
		return 3;
	if (to->rank >= UKI_FALLBACK)
		return up ? 4 : 5;
	return from->rank == UKI_WANTED ? 6 : 7;
}

static int
by_order(const void *a, const void *b)
{
	const struct uki_step *x = a, *y = b;

	if (x->order != y->order)
		return x->order - y->order;
	return x->entry < y->entry ? -1 : x->entry > y->entry;
}

void
uki_plan_release(struct uki_plan *p)
{
	for (size_t i = 0; i < p->n; i++)
		free(p->v[i].to);
	free(p->v);
	*p = (struct uki_plan){ 0 };
}

/* A platform without an entry for the console would not boot at all. */
static int
check(const struct uki_entries *e, const struct uki_state *want, struct tt_err **err)
{
	tt_auto(strv) char **has = NULL;
	tt_auto(free) char *text = NULL;

	for (size_t i = 0; i < e->n; i++) {
		if (!is_console(&e->v[i]) || !tt_streq(e->v[i].is.stamp, want->platform))
			continue;
		if (tt_streq(e->v[i].is.kind, want->console))
			return 0;
		tt_strv_add(&has, e->v[i].is.kind);
	}
	if (!has)
		return tt_err_set(err, -ENOENT, "NoEntry",
		    "the boot medium has no signed entry of platform %s: `sdcadm "
		    "platform "
		    "assign` brings them there",
		    want->platform);
	text = tt_strv_join(has, ", ");
	return tt_err_set(err, -ENOENT, "NoEntry",
	    "platform %s has no signed entry for the console %s, it has: %s; "
	    "sdc-setconsole chooses one of them",
	    want->platform, want->console, text);
}

int
uki_plan_make(const struct uki_entries *e, const struct uki_state *want,
    struct uki_plan *ret, struct tt_err **err)
{
	int r = check(e, want, err);

	if (r < 0)
		return r;
	*ret = (struct uki_plan){ 0 };
	for (size_t i = 0; i < e->n; i++) {
		struct uki_name to = target(&e->v[i], want);
		tt_auto(free) char *name = uki_name_format(&to);

		if (tt_streq(name, e->v[i].file))
			continue;
		ret->v = tt_xrealloc(ret->v, (ret->n + 1) * sizeof(*ret->v));
		ret->v[ret->n++] =
		    (struct uki_step){ i, tt_take(name), order_of(&e->v[i].is, &to) };
	}
	if (ret->n > 1)
		qsort(ret->v, ret->n, sizeof(*ret->v), by_order);
	return 0;
}
