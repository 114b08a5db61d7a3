// SPDX-License-Identifier: MPL-2.0
/*
 * The main thread: starts workers for the graph, takes their results, journals each stage
 * before the next may build on it, and tells consoles, clients and the service manager.
 */
#include "installer/setupd/setupd.h"

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/proc.h"
#include "platform/lib/base/str.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#define OPEN_LINE_US 1500000 /* work that takes longer shows its line before its result */
#define SYSINFO_MS   20000
#define EVENTS_KEPT  64

/* What a worker hands back. */
struct result {
	struct result *next;
	size_t stage;
	unsigned attempt;
	int rc;
	bool skipped;
	char *message;
	char **tail, **warnings;
};

struct job {
	struct setupd *sd;
	struct stage_run *run;
	size_t stage;
	unsigned attempt;
};

static void
result_free(struct result *r)
{
	if (r == NULL)
		return;
	free(r->message);
	tt_strv_free(r->tail);
	tt_strv_free(r->warnings);
	free(r);
}
TT_AUTO_DEFINE(result, struct result *, result_free)

void
setupd_poke(struct setupd *sd)
{
	(void)eventfd_write(sd->event_fd, 1);
}

/* ---- worker ---- */

static void
copy_list(char ***to, char *const *from)
{
	for (size_t i = 0; i < tt_strv_len(from); i++)
		tt_strv_add(to, from[i]);
}

static void *
work(void *arg)
{
	struct job *job = arg;
	struct setupd *sd = job->sd;
	struct result *res = tt_xalloc(sizeof(*res));
	tt_auto(err) struct tt_err *err = NULL;

	res->stage = job->stage;
	res->attempt = job->attempt;
	res->rc = run_attempt(job->run, &res->skipped, &err);
	res->message = tt_xstrdup(err != NULL ? tt_err_message(err) : strerror(-res->rc));
	copy_list(&res->tail, run_tail(job->run));
	copy_list(&res->warnings, run_warnings(job->run));
	run_free(job->run);
	free(job);

	pthread_mutex_lock(&sd->lock);
	res->next = sd->results;
	sd->results = res;
	sd->workers--;
	setupd_poke(sd); /* under the lock: the daemon may be gone right after it */
	pthread_mutex_unlock(&sd->lock);
	return NULL;
}

/* A worker that could not be started is an attempt that failed. */
static void
no_worker(struct setupd *sd, struct job *job, int why)
{
	struct result *res = tt_xalloc(sizeof(*res));

	res->stage = job->stage;
	res->attempt = job->attempt;
	res->rc = -why;
	res->message = tt_xprintf("no thread for it: %s", strerror(why));
	run_free(job->run);
	free(job);
	pthread_mutex_lock(&sd->lock);
	res->next = sd->results;
	sd->results = res;
	sd->workers--;
	pthread_mutex_unlock(&sd->lock);
	setupd_poke(sd);
}

static void
on_start(struct graph *g, size_t i, void *ctx)
{
	struct setupd *sd = ctx;
	const struct graph_stage *st = &g->stage[i];
	tt_auto(free) char *log = tt_xprintf("%s/%s.log", SETUPD_LOGS, st->def->name);
	struct job *job = tt_xalloc(sizeof(*job));
	pthread_attr_t attr;
	pthread_t thread;
	int r;

	job->sd = sd;
	job->stage = i;
	job->attempt = st->attempt;
	job->run = run_new(
	    &sd->env, st->def, sd->silent ? NULL : log, st->deadline_us, st->forced);
	pthread_mutex_lock(&sd->lock);
	sd->workers++;
	pthread_mutex_unlock(&sd->lock);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	r = pthread_create(&thread, &attr, work, job);
	pthread_attr_destroy(&attr);
	if (r != 0)
		no_worker(sd, job, r);
}

/* ---- journal and consoles ---- */

/* Nothing may build on what is not on the disk: without a journal setup cannot go on. */
static void
save_journal(struct setupd *sd)
{
	tt_auto(err) struct tt_err *err = NULL;
	tt_auto(free) char *line = NULL;

	if (tt_setup_save(sd->journal_path, sd->journal, &err) == 0)
		return;
	tt_log(sd->env.log, TT_FATAL, "the journal cannot be written", "err", TT_ERR(err),
	    NULL);
	line = tt_xprintf(
	    "headnode configuration: fatal error: %s; it is tried again in some seconds",
	    tt_err_message(err));
	consoles_line(&sd->consoles, line);
	consoles_close(&sd->consoles);
	exit(1);
}

static void
set_error(struct tt_setup *s, const char *stage, const char *text)
{
	free(s->error);
	s->error = text != NULL ? tt_xprintf("%s: %s", stage, text) : NULL;
}

static const char *
result_word(const struct graph_stage *st)
{
	if (st->state == GRAPH_DONE)
		return "done";
	return st->rc == -ETIME ? "timeout" : "failed";
}

static void
say_end(struct setupd *sd, const struct graph_stage *st)
{
	tt_auto(free) char *warning = NULL;

	if (st->def->title != NULL && !(st->state == GRAPH_DONE && st->skipped))
		consoles_end(
		    &sd->consoles, st, st->def->title, result_word(st), tt_mono_us());
	if (st->state == GRAPH_FAILED && st->def->optional) {
		warning = tt_xprintf("warning: %s", st->error);
		consoles_line(&sd->consoles, warning);
	}
}

static void
journal_end(struct setupd *sd, const struct graph_stage *st)
{
	tt_setup_end(sd->journal, st->def->name, st->rc);
	if (st->state == GRAPH_DONE && st->def->state != NULL)
		tt_setup_see(sd->journal, st->def->state);
	if (st->state == GRAPH_FAILED && !st->def->optional)
		set_error(sd->journal, st->def->name, st->error);
}

/* Stages that have just ended: to the disk first, in one write, then to the consoles. */
static void
settle(struct setupd *sd)
{
	if (sd->ended == 0)
		return;
	for (size_t i = 0; i < sd->graph.n; i++) {
		if ((sd->ended >> i & 1) != 0)
			journal_end(sd, &sd->graph.stage[i]);
	}
	save_journal(sd);
	for (size_t i = 0; i < sd->graph.n; i++) {
		if ((sd->ended >> i & 1) != 0)
			say_end(sd, &sd->graph.stage[i]);
	}
	sd->ended = 0;
}

static void
on_changed(struct graph *g, size_t i, void *ctx)
{
	struct setupd *sd = ctx;
	const struct graph_stage *st = &g->stage[i];
	bool over = st->state == GRAPH_DONE || st->state == GRAPH_FAILED;
	tt_auto(free) char *log = NULL;

	sd->dirty = true;
	tt_log(sd->env.log,
	    st->rc < 0   ? TT_WARN
	    : sd->silent ? TT_DEBUG
			 : TT_INFO,
	    "stage", "stage", TT_STR(st->def->name), "state",
	    TT_STR(graph_state_name(st->state)), "attempt", TT_INT(st->attempt), "error",
	    TT_STR(st->error), NULL);
	if (sd->silent)
		return;
	if (st->state == GRAPH_RUNNING && st->rc == 0) {
		log = tt_xprintf("%s/%s.log", SETUPD_LOGS, st->def->name);
		tt_setup_begin(sd->journal, st->def->name, log);
	}
	if (over)
		sd->ended |= UINT64_C(1) << i;
}

static void
on_slow(struct graph *g, size_t i, void *ctx)
{
	struct setupd *sd = ctx;

	tt_log(sd->env.log, TT_WARN, "stage takes longer than expected", "stage",
	    TT_STR(g->stage[i].def->name), "expected_s",
	    TT_INT(g->stage[i].def->expect_s), NULL);
}

/* The line of the longest-running stage, so that nobody looks at an idle screen. */
static int64_t
show_work(struct setupd *sd, int64_t now)
{
	const struct graph_stage *oldest = NULL;

	for (size_t i = 0; i < sd->graph.n; i++) {
		const struct graph_stage *st = &sd->graph.stage[i];

		if ((st->state == GRAPH_RUNNING || st->state == GRAPH_BACKOFF) &&
		    st->def->title != NULL &&
		    (oldest == NULL || st->started_us < oldest->started_us))
			oldest = st;
	}
	if (oldest == NULL || sd->silent || sd->consoles.open_for != NULL)
		return -1;
	if (now - oldest->started_us < OPEN_LINE_US)
		return oldest->started_us + OPEN_LINE_US;
	consoles_begin(&sd->consoles, oldest, oldest->def->title);
	return -1;
}

/* ---- ends ---- */

static void
tell_ready(struct setupd *sd, const char *status)
{
	tt_auto(free) char *text =
	    tt_xprintf("%sSTATUS=%s", sd->ready ? "" : "READY=1\n", status);

	notify_manager(text);
	sd->ready = true;
}

/* sysinfo's cache holds "Setup": it must be made anew once setup.json says so. */
static void
refresh_sysinfo(struct setupd *sd)
{
	const char *root = sd->env.root;
	static const char *const argv[] = { "sysinfo", "-u", NULL };
	tt_auto(free) char *path = tt_xprintf("PATH=%s/usr/sbin:%s/usr/bin", root, root);
	const char *env[] = { path, "LC_ALL=C", "TZ=UTC", NULL };
	struct tt_proc_opts opts = { .timeout_ms = SYSINFO_MS, .env = env };
	tt_auto(err) struct tt_err *err = NULL;

	if (tt_proc_run(argv, &opts, NULL, &err) < 0)
		tt_log(
		    sd->env.log, TT_WARN, "sysinfo -u failed", "err", TT_ERR(err), NULL);
}

static void
publish(struct setupd *sd)
{
	char *text = report_text(sd), *old;

	pthread_mutex_lock(&sd->lock);
	old = sd->snapshot;
	sd->snapshot = text;
	sd->open = !sd->journal->complete;
	pthread_mutex_unlock(&sd->lock);
	free(old);
	tt_events_send(sd->events, "setup", text);
	sd->dirty = false;
}

static void
complete(struct setupd *sd)
{
	tt_auto(free) char *line = NULL;

	sd->finished = true;
	if (!sd->silent) {
		tt_setup_see(sd->journal, "setup_complete");
		sd->journal->complete = true;
		set_error(sd->journal, NULL, NULL);
		save_journal(sd);
		refresh_sysinfo(sd);
		line = tt_xprintf("==> Setup complete (in %lld seconds). Press [enter] "
				  "to get login prompt.",
		    journal_age_s(sd->journal));
		consoles_line(&sd->consoles, line);
		consoles_close(&sd->consoles);
		tt_log(sd->env.log, TT_INFO, "setup complete", NULL);
	}
	sd->silent = true;
	publish(sd);
	tell_ready(sd, "Setup complete");
}

static void
failed(struct setupd *sd)
{
	tt_auto(free) char *text = report_failure(sd);

	sd->finished = true;
	if (sd->silent) {
		tt_log(sd->env.log, TT_ERROR, text, NULL);
	} else {
		consoles_line(&sd->consoles, text);
		consoles_close(&sd->consoles);
	}
	publish(sd);
	tell_ready(sd, "Setup failed; see sdcadm setup status");
}

/* ---- wishes and results ---- */

static void
take_resume(struct setupd *sd)
{
	tt_auto(free) char *from = NULL;
	bool wanted;

	pthread_mutex_lock(&sd->lock);
	wanted = sd->resume;
	from = tt_take(sd->resume_from);
	sd->resume = false;
	pthread_mutex_unlock(&sd->lock);
	if (!wanted)
		return;
	tt_log(sd->env.log, TT_INFO, "setup resumed", "from", TT_STR(from), NULL);
	if (sd->finished) {
		consoles_open(&sd->consoles, sd->console_paths, "/run/triton/tty");
		sd->consoles.timers = sd->timers;
		sd->consoles.syslog = sd->env.root[0] == '\0';
		sd->journal->attempt++;
	}
	sd->journal->complete = false;
	set_error(sd->journal, NULL, NULL);
	sd->silent = false;
	sd->finished = false;
	graph_resume(&sd->graph, from != NULL ? graph_find(&sd->graph, from) : -1);
	save_journal(sd);
}

static void
take_results(struct setupd *sd)
{
	struct result *list, *in_order = NULL;

	pthread_mutex_lock(&sd->lock);
	list = sd->results;
	sd->results = NULL;
	pthread_mutex_unlock(&sd->lock);
	while (list != NULL) { /* newest first: turn it round */
		struct result *next = list->next;

		list->next = in_order;
		in_order = list;
		list = next;
	}
	while (in_order != NULL) {
		tt_auto(result) struct result *res = in_order;

		in_order = res->next;
		for (size_t i = 0; i < tt_strv_len(res->warnings) && !sd->silent; i++) {
			tt_auto(free) char *line =
			    tt_xprintf("warning: %s", res->warnings[i]);

			consoles_line(&sd->consoles, line);
		}
		graph_finished(&sd->graph, res->stage, res->attempt, res->rc,
		    res->skipped, res->message, res->tail, tt_mono_us());
	}
}

/* ---- the loop ---- */

static int
timeout_ms(int64_t a, int64_t b, int64_t now)
{
	int64_t at = a < 0 || (b >= 0 && b < a) ? b : a;

	if (at < 0)
		return -1;
	if (at <= now)
		return 0;
	return at - now > 3600000000LL ? 3600000 : (int)((at - now + 999) / 1000);
}

/* False when it is time to leave. */
static bool
wait_for_news(struct setupd *sd, int ms)
{
	struct pollfd p[2] = { { .fd = sd->event_fd, .events = POLLIN },
		{ .fd = sd->signal_fd, .events = POLLIN } };
	eventfd_t n;

	if (poll(p, 2, ms) < 0 && errno != EINTR)
		return false;
	if ((p[0].revents & POLLIN) != 0)
		(void)eventfd_read(sd->event_fd, &n);
	return (p[1].revents & POLLIN) == 0;
}

int
setupd_loop(struct setupd *sd)
{
	for (;;) {
		int64_t now, next, line;

		take_results(sd);
		settle(sd); /* before anything may build on it */
		take_resume(sd);
		now = tt_mono_us();
		next = graph_step(&sd->graph, now);
		settle(sd);
		line = show_work(sd, now);
		if (sd->dirty)
			publish(sd);
		if (!sd->finished && graph_complete(&sd->graph))
			complete(sd);
		if (!sd->finished && graph_stuck(&sd->graph))
			failed(sd);
		if (sd->finished && sd->once)
			return sd->journal->complete ? 0 : 1;
		if (!wait_for_news(sd, timeout_ms(next, line, now)))
			return 0;
	}
}

/* On a finished headnode only the rows for every boot have work to do. */
static void
skip_finished(struct setupd *sd)
{
	for (size_t i = 0; i < sd->graph.n; i++) {
		if (!sd->graph.stage[i].def->always)
			graph_restore(&sd->graph, i);
	}
}

static void
show_banner(struct setupd *sd)
{
	tt_auto(free) char *path = tt_xprintf("%s/usbkey/banner", sd->env.root);
	tt_auto(free) char *line = tt_file_line(path);

	consoles_line(&sd->consoles, line != NULL ? line : "--> Welcome to Triton! <--");
}

int
setupd_init(
    struct setupd *sd, const struct stage *table, unsigned limit, struct tt_err **err)
{
	int r;

	pthread_mutex_init(&sd->lock, NULL);
	sd->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	sd->events = tt_events_new(EVENTS_KEPT);
	r = graph_init(&sd->graph, table, limit, sd->env.timeout_s, err);
	if (r < 0)
		return r;
	sd->graph.start = on_start;
	sd->graph.changed = on_changed;
	sd->graph.slow = on_slow;
	sd->graph.ctx = sd;
	sd->journal_path = tt_xprintf("%s%s", sd->env.root, TT_SETUP_PATH);
	r = journal_open(sd->journal_path, &sd->journal, err);
	if (r < 0)
		return r;
	sd->silent = sd->journal->complete;
	if (sd->silent) {
		skip_finished(sd);
	} else {
		consoles_open(&sd->consoles, sd->console_paths, "/run/triton/tty");
		sd->consoles.timers = sd->timers;
		sd->consoles.syslog = sd->env.root[0] == '\0';
		show_banner(sd);
	}
	publish(sd);
	if (sd->silent)
		tell_ready(sd, "Setup complete");
	return 0;
}

/* Workers have deadlines; one that does not keep its own is left behind with the process. */
static bool
workers_gone(struct setupd *sd)
{
	bool gone = false;

	for (int i = 0; i < 200 && !gone; i++) {
		pthread_mutex_lock(&sd->lock);
		gone = sd->workers == 0;
		pthread_mutex_unlock(&sd->lock);
		if (!gone)
			tt_sleep_ms(10);
	}
	return gone;
}

void
setupd_release(struct setupd *sd)
{
	consoles_close(&sd->consoles);
	if (!workers_gone(sd))
		return;
	while (sd->results != NULL) {
		struct result *res = sd->results;

		sd->results = res->next;
		result_free(res);
	}
	graph_release(&sd->graph);
	tt_setup_free(sd->journal);
	tt_events_free(sd->events);
	free(sd->journal_path);
	free(sd->snapshot);
	free(sd->resume_from);
	close(sd->event_fd);
	pthread_mutex_destroy(&sd->lock);
}
