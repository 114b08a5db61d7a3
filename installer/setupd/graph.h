// SPDX-License-Identifier: MPL-2.0
/*
 * Which stage may start, what a result means, when to try again and when to give up. A
 * state machine over a table of stages: it starts no thread, reads no clock and writes no
 * file, so a test can drive it with a clock of its own.
 *
 * Owner: one thread (the runner's).
 */
#pragma once

#include "installer/setupd/stage.h"

#define GRAPH_GRACE_US 10000000 /* a worker that is late by this much is given up */

enum graph_state {
	GRAPH_WAITING, /* for what it needs, or for a free worker */
	GRAPH_RUNNING,
	GRAPH_BACKOFF, /* failed, will be tried again */
	GRAPH_DONE,
	GRAPH_FAILED,
	GRAPH_STATE_MAX,
};

struct graph_stage {
	const struct stage *def;
	enum graph_state state;
	uint64_t needs; /* bits of stage numbers */
	unsigned attempt;
	bool forced;  /* run without asking the check first */
	bool skipped; /* its check held at once: nothing was done */
	bool warned;  /* of being slow */
	int64_t started_us, deadline_us, retry_us, ended_us;
	int rc;
	char *error;
	char **tail;
};

struct graph {
	struct graph_stage stage[STAGE_MAX];
	size_t n;
	unsigned limit;     /* workers at once */
	unsigned timeout_s; /* for rows without one */
	unsigned running;
	/* Start one attempt; ends in graph_finished(). */
	void (*start)(struct graph *g, size_t i, void *ctx);
	/* A stage has changed its state. */
	void (*changed)(struct graph *g, size_t i, void *ctx);
	/* A stage takes longer than expected. */
	void (*slow)(struct graph *g, size_t i, void *ctx);
	void *ctx;
};

/*
 * Take a table. -EINVAL (BadTable): a name twice, a need that does not exist, a circle, no
 * check, or too many rows; the message names the row.
 */
int graph_init(struct graph *g, const struct stage *table, unsigned limit,
    unsigned timeout_s, struct tt_err **err);
void graph_release(struct graph *g);

/* -1 when there is no such stage. */
long graph_find(const struct graph *g, const char *name);
/* Done in an earlier life (from the journal), before the first step. */
void graph_restore(struct graph *g, size_t i);
/*
 * Start what can be started, notice deadlines. Returns when to be called again at the
 * latest (microseconds of the same clock), or -1: only a result can change anything.
 */
int64_t graph_step(struct graph *g, int64_t now_us);
/*
 * An attempt has ended: rc 0 or a negative errno with its message and log tail (copied). A
 * result of an attempt that was given up is ignored.
 */
void graph_finished(struct graph *g, size_t i, unsigned attempt, int rc, bool skipped,
    const char *message, char *const *tail, int64_t now_us);
/*
 * Try again: every failed stage; with from >= 0 also that stage and all that need it, done
 * or not. Stages that run are left alone.
 */
void graph_resume(struct graph *g, long from);

/* Every stage is done (or failed and optional). */
bool graph_complete(const struct graph *g);
/* Something failed that is not optional, and nothing runs or can run. */
bool graph_stuck(const struct graph *g);
const char *graph_state_name(enum graph_state s);
