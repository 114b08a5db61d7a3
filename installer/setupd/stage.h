// SPDX-License-Identifier: MPL-2.0
/*
 * What a stage is, and what its functions may use. A stage function runs on a worker thread
 * of its own, sees only its struct stage_run, honours its deadline, and can be killed by a
 * power cut at any instruction: what it does must be right when it is done again.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "platform/lib/base/buf.h"
#include "platform/lib/base/err.h"

#define STAGE_NEEDS_MAX 8
#define STAGE_MAX       64
#define STAGE_TAIL      5   /* log lines shown with a failure */
#define STAGE_TIMEOUT_S 180 /* of a row without one; ZONE_SETUP_TIMEOUT changes it */
#define STAGE_TRIES     3

struct stage_run;
struct tt_config;
struct tt_log;

/* One row of the table. */
struct stage {
	const char *name;  /* NULL closes the table; also the name for --from */
	const char *title; /* of its console line, up to 58 columns; NULL = no line */
	const char *state; /* added to seen_states when done, NULL = none */
	const char *needs[STAGE_NEEDS_MAX]; /* names of stages that must be done before */
	/* 1 it is done, 0 not (yet), negative: cannot tell (the same as not yet). */
	int (*check)(struct stage_run *run, struct tt_err **err);
	/* 0 or a negative errno; NULL = nothing to do but wait for the check. */
	int (*run)(struct stage_run *run, struct tt_err **err);
	unsigned timeout_s; /* of one attempt, 0 = STAGE_TIMEOUT_S */
	unsigned expect_s;  /* a warning is logged at 150 %, 0 = none */
	unsigned tries;     /* 0 = STAGE_TRIES */
	bool always;        /* again at each boot, silently when setup is complete */
	bool optional;      /* a failure is a warning, what needs it goes on */
};

/* The table, closed by a row without a name (stages.c). */
extern const struct stage setup_stages[];

/* Where the machine is. Constant while stages run. */
struct setup_env {
	const char *root; /* put before every path and into PATH: "" or a test's folder */
	struct tt_log *log;
	unsigned timeout_s; /* for rows without one */
	uint16_t ssh_port;  /* 22, another one in tests */
	uint16_t dns_port;  /* 53 */
};

/* ---- for stage functions ---- */

/* root + path; caller frees. */
char *run_path(const struct stage_run *run, const char *path);
const struct setup_env *run_env(const struct stage_run *run);
/* Until the deadline; 0 when it has passed. */
unsigned run_left_ms(const struct stage_run *run);
/* A line for the stage's log and for the tail that a failure shows. */
void run_note(struct stage_run *run, const char *fmt, ...) TT_PRINTF(2, 3);
/* The same, and the operator sees it on the consoles; the stage goes on. */
void run_warn(struct stage_run *run, const char *fmt, ...) TT_PRINTF(2, 3);
/* The config as it is now (loaded once an attempt); borrowed. */
int run_config(struct stage_run *run, const struct tt_config **ret, struct tt_err **err);
/* A key of the config; -ENOENT (MissingKey) names it and its file. Borrowed. */
int run_key(
    struct stage_run *run, const char *key, const char **ret, struct tt_err **err);
/* Start a program (argv[0] is looked up below root first) within the deadline. */
int run_program(struct stage_run *run, const char *const *argv, struct tt_buf *out,
    struct tt_err **err);
/* Replace path (below root) when its contents or mode differ; folders are made. */
int run_put_file(struct stage_run *run, const char *path, const void *data, size_t len,
    unsigned mode, struct tt_err **err);
/* Make path (below root) a symbolic link to target, whatever link was there. */
int run_put_link(
    struct stage_run *run, const char *path, const char *target, struct tt_err **err);
/* Is path (below root) a symbolic link to target? */
bool run_link_is(const struct stage_run *run, const char *path, const char *target);

/* ---- for the runner ---- */

/* log_path (below root) may be NULL. Never NULL. */
struct stage_run *run_new(const struct setup_env *env, const struct stage *stage,
    const char *log_path, int64_t deadline_us, bool forced);
void run_free(struct stage_run *run);
TT_AUTO_DEFINE(run, struct stage_run *, run_free)
/*
 * One attempt: the check (unless forced), run, then the check until it holds or the deadline
 * passes. 0; *ret_skipped is true when the first check held. -ETIME at the deadline.
 */
int run_attempt(struct stage_run *run, bool *ret_skipped, struct tt_err **err);
/* The last lines of the log, newest last; a tt_strv, borrowed. */
char **run_tail(const struct stage_run *run);
/* What run_warn() was given; a tt_strv, borrowed. */
char **run_warnings(const struct stage_run *run);
