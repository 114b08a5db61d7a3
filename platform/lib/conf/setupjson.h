// SPDX-License-Identifier: MPL-2.0
/*
 * setup.json: how far the setup of this node has come. One file, /var/lib/setup.json (mode
 * 0400), written first by the pool step of triton-boot and then by triton-setupd after each
 * stage; sysinfo and the operator's commands read it.
 *
 *   { "node_type": "headnode", "start_time": "2026-01-02T03:04:05Z", "current_state": "",
 *     "seen_states": [], "complete": false, "last_updated": "...", "attempt": 1,
 *     "error": null, "stages": [ { "name", "started", "ended", "rc", "log" } ] }
 *
 * The first five members and last_updated are those of the reference (joysetup.sh); the
 * rest is ours. Members that this code does not know are kept as they are (`extra`).
 *
 * Knows nothing of what the stages mean.
 */
#pragma once

#include <stdbool.h>

#include "platform/lib/base/err.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/time.h"

#define TT_SETUP_PATH       "/var/lib/setup.json"
#define TT_SETUP_MAX        (1024 * TT_KIB) /* bytes of the file */
#define TT_SETUP_STAGES_MAX 256
#define TT_SETUP_STATES_MAX 256

struct tt_setup_stage {
	char *name;
	char *started; /* ISO time, NULL = never */
	char *ended;   /* ISO time, NULL = not ended */
	int rc;        /* of the last end; 0 = done */
	char *log;     /* path of its log, may be NULL */
};

struct tt_setup {
	char *node_type;     /* "headnode" or "computenode" */
	char *start_time;    /* ISO time without fractions */
	char *current_state; /* "" at first */
	char **seen_states;  /* tt_strv */
	bool complete;
	char *last_updated; /* NULL before the first transition */
	unsigned attempt;
	char *error; /* NULL when nothing failed */
	struct tt_setup_stage *stages;
	size_t n_stages;
	json_t *extra; /* object: members of others, written back unchanged */
};

/* A fresh one, started now. Caller frees. */
struct tt_setup *tt_setup_new(const char *node_type);
void tt_setup_free(struct tt_setup *s);
TT_AUTO_DEFINE(setup, struct tt_setup *, tt_setup_free)

/*
 * Parse len bytes; name is for messages. -EINVAL (InvalidSetup or InvalidJSON) says which
 * member breaks which rule. Caller frees *ret.
 */
int tt_setup_parse(const char *name, const char *text, size_t len, struct tt_setup **ret,
    struct tt_err **err);
/* -ENOENT when there is none. path NULL means TT_SETUP_PATH. */
int tt_setup_load(const char *path, struct tt_setup **ret, struct tt_err **err);
/* Sets last_updated and replaces the file durably, mode 0400. path as above. */
int tt_setup_save(const char *path, struct tt_setup *s, struct tt_err **err);
/* New reference. */
json_t *tt_setup_json(const struct tt_setup *s);

bool tt_setup_seen(const struct tt_setup *s, const char *state);
/* current_state becomes state, and seen_states holds it once. */
void tt_setup_see(struct tt_setup *s, const char *state);
/* The stage's record, or NULL. Borrowed until the next tt_setup_begin. */
struct tt_setup_stage *tt_setup_stage(const struct tt_setup *s, const char *name);
/* Note that a stage starts now (an earlier end is forgotten); log may be NULL. */
void tt_setup_begin(struct tt_setup *s, const char *name, const char *log);
/* Note its end now. A stage that never began is begun first. */
void tt_setup_end(struct tt_setup *s, const char *name, int rc);
