// SPDX-License-Identifier: MPL-2.0
/*
 * What people see of a build: the lines on standard error, percent on a terminal, JSON
 * events on standard output, and the log file.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "image/phase_private.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/time.h"

#define LINE_MAX_LEN 2048
#define PERCENT_US   100000

int
phase_ui_open_log(
    struct phase_run *run, const char *dir, const char *stamp, struct tt_err **err)
{
	tt_auto(free) char *name = tt_xprintf("build-%s.log", stamp);
	tt_auto(free) char *path = tt_path_join(dir, name);
	int r;

	r = tt_mkdir_p(dir, 0755, err);
	if (r < 0)
		return r;
	run->log_fd =
	    open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);
	if (run->log_fd < 0)
		return tt_err_errno(err, -errno, "opening the build log '%s'", path);
	return 0;
}

static void
log_line(struct phase_run *run, const char *line)
{
	char iso[TT_ISO_LEN];
	char text[LINE_MAX_LEN + TT_ISO_LEN + 2];
	int n;

	if (run->log_fd < 0)
		return;
	n = snprintf(text, sizeof(text), "%s %s\n", tt_time_iso(tt_now_us(), iso), line);
	if (n > 0)
		(void)tt_write_all(run->log_fd, text, strlen(text));
}

/* Takes the reference. */
static void
event(struct phase_run *run, json_t *j)
{
	tt_auto(free) char *line = NULL;

	if (run->json) {
		line = tt_json_line(j);
		(void)fprintf(stdout, "%s\n", line);
		(void)fflush(stdout);
	}
	json_decref(j);
}

/* A whole line on standard error; a phase line that is open on the terminal gives way. */
static void
show(struct phase_run *run, const char *line)
{
	if (run->quiet || run->json)
		return;
	(void)fprintf(stderr, "%s%s\n", run->open_line ? "\r\033[K" : "", line);
	run->open_line = false;
}

static void
head(const struct phase *p, char *out, size_t size)
{
	const unsigned total = p->run->total > p->number ? p->run->total : p->number;

	(void)snprintf(out, size, "[%2u/%2u] %s%s%s ...", p->number, total, p->name,
	    *p->note == '\0' ? "" : " ", p->note);
}

void
phase_ui_start(struct phase *p)
{
	char line[LINE_MAX_LEN];

	head(p, line, sizeof(line));
	log_line(p->run, line);
	event(p->run,
	    json_pack("{s:s,s:s,s:i,s:s*,s:s*}", "event", "phase-start", "phase", p->name,
		"number", (int)p->number, "key", p->key, "reason", p->reason));
	if (p->run->terminal && !p->run->quiet && !p->run->json) {
		(void)fprintf(stderr, "%s%s", p->run->open_line ? "\r\033[K" : "", line);
		p->run->open_line = true;
	} else {
		show(p->run, line);
	}
}

void
phase_ui_end(struct phase *p)
{
	char line[LINE_MAX_LEN];
	char start[512];
	char cache[512] = "";

	head(p, start, sizeof(start));
	if (p->hit)
		(void)snprintf(cache, sizeof(cache), " (cache hit %.12s)", p->key);
	else if (p->key != NULL)
		(void)snprintf(cache, sizeof(cache), " (cache miss: %s; key %.12s)",
		    p->reason, p->key);
	(void)snprintf(line, sizeof(line), "%s %s%s%.1f s%s", start, p->result,
	    *p->result == '\0' ? "" : " ", (double)p->wall_us / 1e6, cache);
	show(p->run, line);
	(void)snprintf(start, sizeof(start), ", %.2f CPU s", (double)p->cpu_us / 1e6);
	(void)strncat(line, start, sizeof(line) - strlen(line) - 1);
	log_line(p->run, line);
	event(p->run,
	    json_pack("{s:s,s:s,s:i,s:s*,s:b,s:s*,s:s,s:f,s:f}", "event", "phase-end",
		"phase", p->name, "number", (int)p->number, "key", p->key, "cached",
		p->hit, "reason", p->reason, "result", p->result, "seconds",
		(double)p->wall_us / 1e6, "cpu_seconds", (double)p->cpu_us / 1e6));
}

void
phase_ui_failed(struct phase *p)
{
	char line[LINE_MAX_LEN];

	head(p, line, sizeof(line) - 16);
	(void)strncat(line, " failed", sizeof(line) - strlen(line) - 1);
	show(p->run, line);
	log_line(p->run, line);
	event(p->run, json_pack("{s:s,s:s,s:i}", "event", "phase-failed", "phase",
			  p->name, "number", (int)p->number));
}

void
phase_progress(struct phase *p, uint64_t done, uint64_t total)
{
	const int64_t now = tt_mono_us();
	const unsigned percent = total == 0 ? 0 : (unsigned)(done * 100 / total);
	char line[LINE_MAX_LEN];

	if (now - p->shown_us < PERCENT_US)
		return;
	p->shown_us = now;
	event(p->run, json_pack("{s:s,s:s,s:i,s:i}", "event", "progress", "phase",
			  p->name, "number", (int)p->number, "percent", (int)percent));
	if (!p->run->terminal || p->run->quiet || p->run->json)
		return;
	head(p, line, sizeof(line));
	(void)fprintf(stderr, "\r\033[K%s %u%%", line, percent);
	p->run->open_line = true;
}

static void
log_child_line(const char *line, void *ctx)
{
	log_line(ctx, line);
}

int
phase_exec(struct phase *p, const char *const *argv, const struct tt_proc_opts *opts,
    struct tt_err **err)
{
	static const struct tt_proc_opts none = { 0 };
	struct tt_proc_opts o = opts == NULL ? none : *opts;
	tt_auto(buf) struct tt_buf line = TT_BUF_INIT(LINE_MAX_LEN - 64);

	tt_buf_addf(&line, "%s: run", p->name);
	for (size_t i = 0; argv[i] != NULL; i++)
		tt_buf_addf(&line, " %s", argv[i]);
	log_line(p->run, tt_buf_str(&line));
	if (o.on_err_line == NULL && o.err_out == NULL) {
		o.on_err_line = log_child_line;
		o.ctx = p->run;
	}
	return tt_proc_run(argv, &o, NULL, err);
}

void
phase_log(struct phase_run *run, const char *fmt, ...)
{
	char line[LINE_MAX_LEN];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	log_line(run, line);
}

void
phase_say(struct phase_run *run, const char *fmt, ...)
{
	char line[LINE_MAX_LEN];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	show(run, line);
	log_line(run, line);
	event(run, json_pack("{s:s,s:s}", "event", "message", "text", line));
}

void
phase_warn(struct phase_run *run, const char *fmt, ...)
{
	char line[LINE_MAX_LEN] = "warning: ";
	const size_t n = strlen(line);
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(line + n, sizeof(line) - n, fmt, ap);
	va_end(ap);
	show(run, line);
	log_line(run, line);
	event(run, json_pack("{s:s,s:s}", "event", "warning", "text", line + n));
}
