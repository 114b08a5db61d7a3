// SPDX-License-Identifier: MPL-2.0
/* See graph.h. */
#include "installer/setupd/graph.h"

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/str.h"

#include <errno.h>
#include <string.h>

#define BACKOFF_US 1000000 /* after the first failure, doubled for each later one */

static const char *const state_names[GRAPH_STATE_MAX] = {
	[GRAPH_WAITING] = "waiting",
	[GRAPH_RUNNING] = "running",
	[GRAPH_BACKOFF] = "retrying",
	[GRAPH_DONE] = "done",
	[GRAPH_FAILED] = "failed",
};

const char *
graph_state_name(enum graph_state s)
{
	return state_names[s];
}

long
graph_find(const struct graph *g, const char *name)
{
	for (size_t i = 0; i < g->n; i++) {
		if (tt_streq(g->stage[i].def->name, name))
			return (long)i;
	}
	return -1;
}

static int
resolve_needs(struct graph *g, size_t i, struct tt_err **err)
{
	const struct stage *s = g->stage[i].def;

	for (size_t k = 0; k < STAGE_NEEDS_MAX && s->needs[k] != NULL; k++) {
		long j = graph_find(g, s->needs[k]);

		/* only rows above: so there can be no circle, and the table reads in order */
		if (j < 0 || (size_t)j >= i)
			return tt_err_set(err, -EINVAL, "BadTable",
			    "stage %s needs '%s', which is no stage above it", s->name,
			    s->needs[k]);
		g->stage[i].needs |= UINT64_C(1) << j;
	}
	return 0;
}

int
graph_init(struct graph *g, const struct stage *table, unsigned limit, unsigned timeout_s,
    struct tt_err **err)
{
	int r = 0;

	memset(g, 0, sizeof(*g));
	g->limit = limit > 0 ? limit : 1;
	g->timeout_s = timeout_s > 0 ? timeout_s : STAGE_TIMEOUT_S;
	for (const struct stage *s = table; s->name != NULL && r == 0; s++) {
		if (g->n == STAGE_MAX)
			return tt_err_set(
			    err, -EINVAL, "BadTable", "more than %d stages", STAGE_MAX);
		if (graph_find(g, s->name) >= 0)
			return tt_err_set(
			    err, -EINVAL, "BadTable", "stage %s twice", s->name);
		if (s->check == NULL)
			return tt_err_set(
			    err, -EINVAL, "BadTable", "stage %s has no check", s->name);
		g->stage[g->n].def = s;
		r = resolve_needs(g, g->n, err);
		g->n++;
	}
	return r;
}

static void
forget_failure(struct graph_stage *st)
{
	free(st->error);
	st->error = NULL;
	tt_strv_free(st->tail);
	st->tail = NULL;
	st->rc = 0;
}

void
graph_release(struct graph *g)
{
	for (size_t i = 0; i < g->n; i++)
		forget_failure(&g->stage[i]);
	g->n = 0;
}

void
graph_restore(struct graph *g, size_t i)
{
	g->stage[i].state = GRAPH_DONE;
	g->stage[i].skipped = true;
}

/* What others may build on. */
static bool
settled(const struct graph_stage *st)
{
	return st->state == GRAPH_DONE ||
	       (st->state == GRAPH_FAILED && st->def->optional);
}

static bool
needs_met(const struct graph *g, size_t i)
{
	for (size_t j = 0; j < i; j++) {
		if ((g->stage[i].needs >> j & 1) != 0 && !settled(&g->stage[j]))
			return false;
	}
	return true;
}

static unsigned
tries_of(const struct stage *s)
{
	return s->tries > 0 ? s->tries : STAGE_TRIES;
}

static void
start_stage(struct graph *g, size_t i, int64_t now_us)
{
	struct graph_stage *st = &g->stage[i];
	unsigned limit_s = st->def->timeout_s > 0 ? st->def->timeout_s : g->timeout_s;

	if (st->state == GRAPH_WAITING)
		st->started_us = now_us;
	st->state = GRAPH_RUNNING;
	st->attempt++;
	st->deadline_us = now_us + (int64_t)limit_s * 1000000;
	g->running++;
	g->changed(g, i, g->ctx);
	g->start(g, i, g->ctx);
}

static void
set_state(struct graph *g, size_t i, enum graph_state state, int64_t now_us)
{
	g->stage[i].state = state;
	if (state == GRAPH_DONE || state == GRAPH_FAILED)
		g->stage[i].ended_us = now_us;
	g->changed(g, i, g->ctx);
}

static void
note_failure(struct graph_stage *st, int rc, const char *message, char *const *tail)
{
	forget_failure(st);
	st->rc = rc;
	st->error = tt_xstrdup(message);
	for (; tail != NULL && *tail != NULL; tail++)
		tt_strv_add(&st->tail, *tail);
}

/* A failed attempt: once more after a pause, or the end. */
static void
fail_stage(struct graph *g, size_t i, bool final, int64_t now_us)
{
	struct graph_stage *st = &g->stage[i];
	unsigned tries = tries_of(st->def);

	g->running--;
	if (final || st->attempt % tries == 0) {
		set_state(g, i, GRAPH_FAILED, now_us);
		return;
	}
	st->retry_us = now_us + ((int64_t)BACKOFF_US << (st->attempt % tries - 1));
	set_state(g, i, GRAPH_BACKOFF, now_us);
}

void
graph_finished(struct graph *g, size_t i, unsigned attempt, int rc, bool skipped,
    const char *message, char *const *tail, int64_t now_us)
{
	struct graph_stage *st = &g->stage[i];

	if (st->state != GRAPH_RUNNING || st->attempt != attempt)
		return;
	if (rc < 0) {
		note_failure(st, rc, message, tail);
		fail_stage(g, i, false, now_us);
		return;
	}
	forget_failure(st);
	st->skipped = skipped;
	st->forced = false;
	g->running--;
	set_state(g, i, GRAPH_DONE, now_us);
}

/* A worker that does not come back: its stage has failed, and is not tried again beside it. */
static void
give_up(struct graph *g, size_t i, int64_t now_us)
{
	static const char message[] = "it did not end at its limit; see its log";

	note_failure(&g->stage[i], -ETIME, message, NULL);
	fail_stage(g, i, true, now_us);
}

static void
warn_when_slow(struct graph *g, size_t i, int64_t now_us)
{
	struct graph_stage *st = &g->stage[i];

	if (st->def->expect_s == 0 || st->warned ||
	    now_us - st->started_us < (int64_t)st->def->expect_s * 1500000)
		return;
	st->warned = true;
	g->slow(g, i, g->ctx);
}

static void
earlier(int64_t *next, int64_t at)
{
	if (*next < 0 || at < *next)
		*next = at;
}

/* When time alone will change something about a stage that runs or waits to be retried. */
static void
next_moment(const struct graph_stage *st, int64_t *next)
{
	if (st->state == GRAPH_BACKOFF)
		earlier(next, st->retry_us);
	if (st->state != GRAPH_RUNNING)
		return;
	earlier(next, st->deadline_us + GRAPH_GRACE_US);
	if (st->def->expect_s > 0 && !st->warned)
		earlier(next, st->started_us + (int64_t)st->def->expect_s * 1500000);
}

int64_t
graph_step(struct graph *g, int64_t now_us)
{
	int64_t next = -1;

	for (size_t i = 0; i < g->n; i++) {
		struct graph_stage *st = &g->stage[i];

		if (st->state == GRAPH_RUNNING &&
		    now_us >= st->deadline_us + GRAPH_GRACE_US)
			give_up(g, i, now_us);
		if (st->state == GRAPH_RUNNING)
			warn_when_slow(g, i, now_us);
	}
	for (size_t i = 0; i < g->n && g->running < g->limit; i++) {
		struct graph_stage *st = &g->stage[i];

		if ((st->state == GRAPH_WAITING && needs_met(g, i)) ||
		    (st->state == GRAPH_BACKOFF && now_us >= st->retry_us))
			start_stage(g, i, now_us);
	}
	for (size_t i = 0; i < g->n; i++)
		next_moment(&g->stage[i], &next);
	return next;
}

static void
reset_stage(struct graph *g, size_t i, bool forced)
{
	struct graph_stage *st = &g->stage[i];

	if (st->state == GRAPH_RUNNING)
		return;
	forget_failure(st);
	st->state = GRAPH_WAITING;
	st->forced = forced;
	st->warned = false;
	st->attempt +=
	    tries_of(st->def) - 1; /* a full set of tries, numbers never reused */
	st->attempt -= st->attempt % tries_of(st->def);
	g->changed(g, i, g->ctx);
}

void
graph_resume(struct graph *g, long from)
{
	uint64_t again = from >= 0 ? UINT64_C(1) << from : 0;

	for (size_t i = 0; i < g->n; i++) {
		if ((g->stage[i].needs & again) != 0)
			again |= UINT64_C(1) << i;
		if ((again >> i & 1) != 0)
			reset_stage(g, i, (long)i == from);
		else if (g->stage[i].state == GRAPH_FAILED ||
			 g->stage[i].state == GRAPH_BACKOFF)
			reset_stage(g, i, false);
	}
}

bool
graph_complete(const struct graph *g)
{
	for (size_t i = 0; i < g->n; i++) {
		if (!settled(&g->stage[i]))
			return false;
	}
	return true;
}

bool
graph_stuck(const struct graph *g)
{
	bool failed = false;

	for (size_t i = 0; i < g->n; i++) {
		const struct graph_stage *st = &g->stage[i];

		if (st->state == GRAPH_RUNNING || st->state == GRAPH_BACKOFF ||
		    (st->state == GRAPH_WAITING && needs_met(g, i)))
			return false;
		failed = failed || (st->state == GRAPH_FAILED && !st->def->optional);
	}
	return failed;
}
