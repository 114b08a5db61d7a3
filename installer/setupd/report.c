// SPDX-License-Identifier: MPL-2.0
/* The state of setup for people and programs. Main thread only: it reads graph and journal. */
#include "installer/setupd/setupd.h"

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/str.h"

#include <string.h>

#define FAILURE_MAX (64 * TT_KIB)

/* A title without the dots and blanks that lead to its result. */
static char *
plain_title(const struct stage *s)
{
	const char *title = s->title != NULL ? s->title : s->name;
	size_t n = strlen(title);

	while (n > 0 && (title[n - 1] == ' ' || title[n - 1] == '.'))
		n--;
	return tt_xstrndup(title, n);
}

static void
put_text(json_t *obj, const char *key, const char *value)
{
	json_t *v = value != NULL ? json_string(value) : NULL;

	json_object_set_new(obj, key, v != NULL ? v : json_null());
}

static json_t *
text_list(char *const *v)
{
	json_t *list = json_array();

	for (size_t i = 0; i < tt_strv_len(v); i++) {
		json_t *s = json_string(v[i]);

		json_array_append_new(list, s != NULL ? s : json_string("(not UTF-8)"));
	}
	return list;
}

static json_t *
needs_list(const struct stage *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < STAGE_NEEDS_MAX && s->needs[i] != NULL; i++)
		json_array_append_new(list, json_string(s->needs[i]));
	return list;
}

static unsigned
shown_attempt(const struct graph_stage *st)
{
	unsigned tries = st->def->tries > 0 ? st->def->tries : STAGE_TRIES;

	return st->attempt == 0 ? 0 : (st->attempt - 1) % tries + 1;
}

/* Seconds with three decimals. */
static double
rounded_s(int64_t us)
{
	int64_t ms = us / 1000;

	return (double)ms / 1000.0;
}

static json_t *
stage_object(const struct setupd *sd, const struct graph_stage *st)
{
	const struct tt_setup_stage *rec = tt_setup_stage(sd->journal, st->def->name);
	tt_auto(free) char *title = plain_title(st->def);
	json_t *o = json_object();
	bool over = st->state == GRAPH_DONE || st->state == GRAPH_FAILED;

	put_text(o, "name", st->def->name);
	put_text(o, "title", title);
	put_text(o, "state", graph_state_name(st->state));
	json_object_set_new(o, "needs", needs_list(st->def));
	json_object_set_new(o, "optional", json_boolean(st->def->optional));
	json_object_set_new(o, "attempt", json_integer(shown_attempt(st)));
	put_text(o, "started", rec != NULL ? rec->started : NULL);
	put_text(o, "ended", rec != NULL ? rec->ended : NULL);
	if (over && st->ended_us > 0)
		json_object_set_new(
		    o, "seconds", json_real(rounded_s(st->ended_us - st->started_us)));
	json_object_set_new(o, "rc", json_integer(st->rc));
	put_text(o, "log", rec != NULL ? rec->log : NULL);
	put_text(o, "error", st->error);
	json_object_set_new(o, "last_lines", text_list(st->tail));
	return o;
}

static const char *
status_word(const struct setupd *sd)
{
	if (sd->journal->complete)
		return "complete";
	return graph_stuck(&sd->graph) ? "failed" : "running";
}

static json_t *
progress_object(const struct graph *g)
{
	json_t *o = json_object(), *now = json_array();
	size_t done = 0;

	for (size_t i = 0; i < g->n; i++) {
		const struct graph_stage *st = &g->stage[i];

		if (st->state == GRAPH_DONE ||
		    (st->state == GRAPH_FAILED && st->def->optional))
			done++;
		if (st->state == GRAPH_RUNNING || st->state == GRAPH_BACKOFF)
			json_array_append_new(now, json_string(st->def->name));
	}
	json_object_set_new(o, "done", json_integer((json_int_t)done));
	json_object_set_new(o, "total", json_integer((json_int_t)g->n));
	json_object_set_new(
	    o, "percent", json_integer(g->n > 0 ? (json_int_t)(done * 100 / g->n) : 100));
	json_object_set_new(o, "running", now);
	return o;
}

/* The first stage that stands in the way, NULL when there is none. */
static const struct graph_stage *
first_failure(const struct graph *g)
{
	for (size_t i = 0; i < g->n; i++) {
		if (g->stage[i].state == GRAPH_FAILED && !g->stage[i].def->optional)
			return &g->stage[i];
	}
	return NULL;
}

char *
report_text(const struct setupd *sd)
{
	const struct tt_setup *s = sd->journal;
	const struct graph_stage *failed = first_failure(&sd->graph);
	tt_auto(json) json_t *o = json_object();
	json_t *stages = json_array();

	put_text(o, "status", status_word(sd));
	put_text(o, "node_type", s->node_type);
	put_text(o, "start_time", s->start_time);
	put_text(o, "last_updated", s->last_updated);
	put_text(o, "current_state", s->current_state);
	json_object_set_new(o, "seen_states", text_list(s->seen_states));
	json_object_set_new(o, "complete", json_boolean(s->complete));
	json_object_set_new(o, "attempt", json_integer(s->attempt));
	put_text(o, "error", s->error);
	json_object_set_new(o, "progress", progress_object(&sd->graph));
	for (size_t i = 0; i < sd->graph.n; i++)
		json_array_append_new(stages, stage_object(sd, &sd->graph.stage[i]));
	json_object_set_new(o, "stages", stages);
	if (failed != NULL) {
		tt_auto(free) char *next =
		    tt_xprintf("sdcadm setup resume --from %s", failed->def->name);

		put_text(o, "next_step", next);
	}
	return tt_json_line(o);
}

static void
add_failure(struct tt_buf *b, const struct graph_stage *st)
{
	tt_auto(free) char *title = plain_title(st->def);

	tt_buf_addf(b, "headnode configuration: fatal error: %s: %s\n", title, st->error);
	for (size_t i = 0; i < tt_strv_len(st->tail); i++)
		tt_buf_addf(b, "    %s\n", st->tail[i]);
	tt_buf_addf(b, "  Log: %s/%s.log\n", SETUPD_LOGS, st->def->name);
}

char *
report_failure(const struct setupd *sd)
{
	tt_auto(buf) struct tt_buf b = TT_BUF_INIT(FAILURE_MAX);
	const struct graph_stage *first = first_failure(&sd->graph);

	for (size_t i = 0; i < sd->graph.n; i++) {
		const struct graph_stage *st = &sd->graph.stage[i];

		if (st->state == GRAPH_FAILED && !st->def->optional)
			add_failure(&b, st);
	}
	tt_buf_addf(&b,
	    "To go on once the cause is gone: sdcadm setup resume [--from %s]",
	    first != NULL ? first->def->name : "STAGE");
	return tt_buf_detach(&b);
}
