// SPDX-License-Identifier: MPL-2.0
/*
 * The stage graph with a clock of the test's own and stages that do nothing: order, limits,
 * tries, back-off, deadlines, optional stages, resume, and that the real table is sound.
 */
#include "installer/setupd/graph.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/str.h"
#include "tests/lib/tap.h"

#include <errno.h>

#define S 1000000LL

static char started[512]; /* names in the order they were started */
static unsigned slow_calls;

static int
fake_check(struct stage_run *run, struct tt_err **err)
{
	(void)run;
	(void)err;
	return 1;
}

static void
on_start(struct graph *g, size_t i, void *ctx)
{
	size_t n = strlen(started);

	(void)ctx;
	(void)tt_strf(started + n, sizeof(started) - n, "%s%s", n > 0 ? " " : "",
	    g->stage[i].def->name);
}

static void
on_changed(struct graph *g, size_t i, void *ctx)
{
	(void)g;
	(void)i;
	(void)ctx;
}

static void
on_slow(struct graph *g, size_t i, void *ctx)
{
	(void)g;
	(void)i;
	(void)ctx;
	slow_calls++;
}

static const struct stage diamond[] = {
	{ .name = "a", .check = fake_check },
	{ .name = "b",
	    .check = fake_check,
	    .needs = { "a" },
	    .timeout_s = 10,
	    .expect_s = 2 },
	{ .name = "c",
	    .check = fake_check,
	    .needs = { "a" },
	    .tries = 1,
	    .optional = true },
	{ .name = "d", .check = fake_check, .needs = { "b", "c" } },
	{ .name = "e", .check = fake_check },
	{ .name = NULL },
};

static void
make(struct graph *g, unsigned limit)
{
	TAP_EQ_INT(graph_init(g, diamond, limit, 0, NULL), 0,
	    "table of five with %u workers", limit);
	g->start = on_start;
	g->changed = on_changed;
	g->slow = on_slow;
	started[0] = '\0';
}

/* The present attempt of a stage ends with rc. */
static void
finish(struct graph *g, const char *name, int rc, int64_t now)
{
	size_t i = (size_t)graph_find(g, name);

	graph_finished(g, i, g->stage[i].attempt, rc, false, "why", NULL, now);
}

static void
expect_started(struct graph *g, int64_t now, const char *want, const char *what)
{
	started[0] = '\0';
	graph_step(g, now);
	TAP_EQ_STR(started, want, "%s", what);
}

static void
test_order(void)
{
	struct graph g;

	make(&g, 8);
	expect_started(&g, 0, "a e", "what needs nothing starts at once");
	expect_started(&g, 0, "", "and only once");
	finish(&g, "a", 0, 1 * S);
	expect_started(&g, 1 * S, "b c", "what needed it starts");
	finish(&g, "b", 0, 2 * S);
	expect_started(&g, 2 * S, "", "one of two needs is not enough");
	finish(&g, "c", 0, 2 * S);
	expect_started(&g, 2 * S, "d", "both are");
	finish(&g, "d", 0, 3 * S);
	TAP_OK(!graph_complete(&g), "one is still running");
	finish(&g, "e", 0, 3 * S);
	TAP_OK(graph_complete(&g) && !graph_stuck(&g), "complete");
	TAP_EQ_INT(graph_step(&g, 4 * S), -1, "nothing to wait for");
	graph_release(&g);

	make(&g, 1);
	expect_started(&g, 0, "a", "one worker runs one stage");
	finish(&g, "a", 0, 1 * S);
	expect_started(&g, 1 * S, "b", "then the next");
	graph_release(&g);
}

static void
test_tries(void)
{
	struct graph g;
	int64_t next;

	make(&g, 8);
	graph_step(&g, 0);
	finish(&g, "a", -EIO, 1 * S);
	TAP_OK(g.stage[0].state == GRAPH_BACKOFF, "a first failure is not the end");
	next = graph_step(&g, 1 * S);
	TAP_EQ_INT(next, 2 * S, "one second of back-off");
	expect_started(&g, 2 * S - 1, "", "not before it is over");
	expect_started(&g, 2 * S, "a", "second try");
	finish(&g, "a", -EIO, 3 * S);
	expect_started(&g, 4 * S, "", "two seconds now");
	expect_started(&g, 5 * S, "a", "third try");
	TAP_OK(!graph_stuck(&g), "not stuck while something runs");
	finish(&g, "a", -EIO, 6 * S);
	TAP_OK(g.stage[0].state == GRAPH_FAILED, "the third failure is the end");
	TAP_OK(!graph_stuck(&g), "another stage still runs");
	finish(&g, "e", 0, 6 * S);
	graph_step(&g, 6 * S);
	TAP_OK(graph_stuck(&g) && !graph_complete(&g), "stuck");
	TAP_EQ_STR(g.stage[0].error, "why", "the cause is kept");

	graph_resume(&g, -1);
	expect_started(&g, 7 * S, "a", "resume tries again");
	TAP_EQ_INT(g.stage[0].attempt, 4, "attempts go on counting");
	finish(&g, "a", -EIO, 8 * S);
	TAP_OK(g.stage[0].state == GRAPH_BACKOFF, "with a full set of tries");
	graph_release(&g);
}

static void
test_optional(void)
{
	struct graph g;

	make(&g, 8);
	graph_step(&g, 0);
	finish(&g, "a", 0, 0);
	finish(&g, "e", 0, 0);
	graph_step(&g, 0);
	finish(&g, "b", 0, 0);
	finish(&g, "c", -EIO, 0);
	TAP_OK(g.stage[2].state == GRAPH_FAILED, "one try was one");
	expect_started(&g, 0, "d", "what needs an optional stage goes on without it");
	finish(&g, "d", 0, 0);
	TAP_OK(graph_complete(&g) && !graph_stuck(&g), "and setup completes");
	graph_release(&g);
}

static void
test_deadline(void)
{
	struct graph g;
	unsigned attempt;

	make(&g, 8);
	graph_step(&g, 0);
	finish(&g, "a", 0, 0);
	graph_step(&g, 0);
	attempt = g.stage[1].attempt;
	TAP_EQ_INT(
	    graph_step(&g, 1 * S), 3 * S, "the next moment is that of the warning");
	slow_calls = 0;
	graph_step(&g, 3 * S);
	graph_step(&g, 4 * S);
	TAP_EQ_INT(slow_calls, 1, "slow is said once");
	graph_step(&g, 20 * S - 1);
	TAP_OK(g.stage[1].state == GRAPH_RUNNING, "a worker may be late for a while");
	graph_step(&g, 20 * S);
	TAP_OK(g.stage[1].state == GRAPH_FAILED && g.stage[1].rc == -ETIME,
	    "one that does not come back is given up");
	graph_finished(&g, 1, attempt, 0, false, "", NULL, 21 * S);
	TAP_OK(g.stage[1].state == GRAPH_FAILED, "its late result is ignored");
	graph_release(&g);
}

static void
test_from(void)
{
	struct graph g;

	make(&g, 8);
	for (size_t i = 0; i < g.n; i++)
		graph_restore(&g, i);
	expect_started(&g, 0, "", "all is done already");
	TAP_OK(graph_complete(&g), "complete from the start");
	graph_resume(&g, -1);
	expect_started(&g, 0, "", "resume has nothing to do");
	graph_resume(&g, graph_find(&g, "b"));
	expect_started(&g, 0, "b", "--from b runs b");
	TAP_OK(g.stage[1].forced, "whatever its check says");
	finish(&g, "b", 0, 0);
	expect_started(&g, 0, "d", "and what needs b");
	TAP_OK(!g.stage[3].forced, "that one after its check");
	TAP_EQ_INT(graph_find(&g, "nope"), -1, "an unknown name");
	graph_release(&g);
}

static void
refused(const struct stage *table, const char *what)
{
	tt_auto(err) struct tt_err *err = NULL;
	struct graph g;

	TAP_EQ_INT(graph_init(&g, table, 1, 0, &err), -EINVAL, "%s: %s", what,
	    tt_err_message(err));
}

static void
test_tables(void)
{
	static const struct stage twice[] = { { .name = "a", .check = fake_check },
		{ .name = "a", .check = fake_check }, { .name = NULL } };
	static const struct stage unknown[] = {
		{ .name = "a", .check = fake_check, .needs = { "z" } }, { .name = NULL }
	};
	static const struct stage circle[] = {
		{ .name = "a", .check = fake_check, .needs = { "b" } },
		{ .name = "b", .check = fake_check, .needs = { "a" } }, { .name = NULL }
	};
	static const struct stage unchecked[] = { { .name = "a" }, { .name = NULL } };

	refused(twice, "a name twice");
	refused(unknown, "an unknown need");
	refused(circle, "a circle");
	refused(unchecked, "no check");
}

static void
test_real_table(void)
{
	tt_auto(err) struct tt_err *err = NULL;
	struct graph g;

	TAP_EQ_INT(graph_init(&g, setup_stages, 2, 0, &err), 0,
	    "the real table is sound: %s", tt_err_message(err));
	for (size_t i = 0; i < g.n; i++) {
		const struct stage *s = g.stage[i].def;

		TAP_OK(s->title == NULL ||
			   (strlen(s->title) <= 58 && tt_ends_with(s->title, "... ")),
		    "%s: its title fits the line", s->name);
	}
	graph_release(&g);
}

int
main(void)
{
	test_order();
	test_tries();
	test_optional();
	test_deadline();
	test_from();
	test_tables();
	test_real_table();
	return tap_done();
}
