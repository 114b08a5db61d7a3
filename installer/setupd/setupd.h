// SPDX-License-Identifier: MPL-2.0
/*
 * The daemon: one main thread that owns the graph, the journal and the consoles; worker
 * threads that run stages; the HTTP server's threads, which read a snapshot and leave wishes.
 */
#pragma once

#include <pthread.h>

#include "installer/setupd/console.h"
#include "installer/setupd/graph.h"
#include "platform/lib/conf/setupjson.h"
#include "services/lib/http/http.h"

#define SETUPD_VERSION "1.0.0"
#define SETUPD_PORT    8010
#define SETUPD_SOCKET  "/run/triton/setupd.sock"
#define SETUPD_LOGS    "/var/log/triton/setup"

struct result;

struct setupd {
	struct setup_env env;
	struct graph graph;
	struct consoles consoles;
	char **console_paths; /* NULL = those of the machine */
	struct tt_setup *journal;
	char *journal_path;
	bool timers;

	bool
	    silent; /* setup was complete when we came: nothing is printed or journaled */
	bool finished; /* this life's end line (or failure) has been said */
	uint64_t
	    ended;  /* stages that ended since the last write of the journal, as bits */
	bool dirty; /* the snapshot is older than the graph */
	bool ready; /* systemd knows */
	bool once;  /* leave when finished (tests) */

	struct tt_http *http_admin, *http_local;
	struct tt_events *events;
	int event_fd, signal_fd;

	pthread_mutex_t lock; /* all below */
	struct result *results;
	unsigned workers;
	char *snapshot;
	bool open; /* resume makes sense: not complete, or a stage is named */
	bool resume;
	char *resume_from;
};

/* ---- runner.c ---- */

/* Load the journal, take the table, prepare. */
int setupd_init(
    struct setupd *sd, const struct stage *table, unsigned limit, struct tt_err **err);
/* Until SIGTERM, or with `once` until the end. Exit status: 0, or 1 when setup failed. */
int setupd_loop(struct setupd *sd);
void setupd_release(struct setupd *sd);
/* Any thread: wake the main thread. */
void setupd_poke(struct setupd *sd);

/* ---- journal.c ---- */

/* A journal that cannot be read is set aside (path.bad) and begun anew. */
int journal_open(const char *path, struct tt_setup **ret, struct tt_err **err);
/* Seconds from start_time to now; never negative. */
long long journal_age_s(const struct tt_setup *s);

/* ---- report.c ---- */

/* What GET /setup answers; caller frees. */
char *report_text(const struct setupd *sd);
/* The lines that a failed setup prints; caller frees. */
char *report_failure(const struct setupd *sd);

/* ---- api.c ---- */

/* Serve the admin address (config) and the local socket; what fails is logged. */
void api_start(
    struct setupd *sd, const char *admin_ip, uint16_t port, const char *socket_path);
void api_stop(struct setupd *sd);

/* ---- notify.c ---- */

/* Tell the service manager (sd_notify(3)): text like "READY=1\nSTATUS=...". */
void notify_manager(const char *text);
