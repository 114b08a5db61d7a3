// SPDX-License-Identifier: MPL-2.0
/*
 * Phases: keys, look-up, the reason of a miss, commit. What people see is phase_ui.c, what
 * lies on disk entry.c.
 */
#include "image/phase_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "image/digest.h"
#include "image/entry.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/time.h"

static int64_t
cpu_us(void)
{
	struct rusage self, children;

	getrusage(RUSAGE_SELF, &self);
	getrusage(RUSAGE_CHILDREN, &children);
	return (self.ru_utime.tv_sec + self.ru_stime.tv_sec + children.ru_utime.tv_sec +
		   children.ru_stime.tv_sec) *
		   1000000LL +
	       self.ru_utime.tv_usec + self.ru_stime.tv_usec + children.ru_utime.tv_usec +
	       children.ru_stime.tv_usec;
}

int
phase_run_new(const struct phase_opts *opts, struct phase_run **ret, struct tt_err **err)
{
	tt_auto(phase_run) struct phase_run *run = tt_xalloc(sizeof(*run));
	tt_auto(free) char *digests = tt_path_join(opts->cache, "digests");
	tt_auto(free) char *tmp = tt_path_join(opts->cache, ENTRY_TMP_DIR);
	int r;

	run->log_fd = -1;
	run->cache = tt_xstrdup(opts->cache);
	run->total = opts->total;
	run->json = opts->json;
	run->offline = opts->offline;
	run->quiet = opts->quiet;
	run->terminal = isatty(STDERR_FILENO) == 1;
	r = tt_mkdir_p(tmp, 0755, err);
	if (r >= 0 && opts->log_dir != NULL)
		r = phase_ui_open_log(run, opts->log_dir, opts->stamp, err);
	if (r < 0)
		return r;
	run->digests = digests_load(digests);
	*ret = tt_take(run);
	return 0;
}

static void
phase_free(struct phase *p)
{
	if (p->temporary && p->dir != NULL)
		(void)tt_remove_tree(p->dir, NULL);
	if (p->lock_fd >= 0)
		close(p->lock_fd);
	json_decref(p->inputs);
	json_decref(p->facts);
	tt_strv_free(p->outputs);
	free(p->name);
	free(p->note);
	free(p->key);
	free(p->dir);
	free(p->reason);
	free(p->result);
	free(p);
}

void
phase_run_free(struct phase_run *run)
{
	if (run == NULL)
		return;
	for (size_t i = 0; i < run->count; i++) {
		if (!run->phases[i]->ended)
			phase_ui_failed(run->phases[i]);
		phase_free(run->phases[i]);
	}
	free(run->phases);
	digests_free(run->digests);
	if (run->log_fd >= 0)
		close(run->log_fd);
	free(run->cache);
	free(run);
}

bool
phase_run_offline(const struct phase_run *run)
{
	return run->offline;
}

bool
phase_run_json(const struct phase_run *run)
{
	return run->json;
}

const char *
phase_run_cache(const struct phase_run *run)
{
	return run->cache;
}

struct digests *
phase_run_digests(struct phase_run *run)
{
	return run->digests;
}

json_t *
phase_run_report(const struct phase_run *run)
{
	json_t *all = json_array();

	for (size_t i = 0; i < run->count; i++) {
		const struct phase *p = run->phases[i];

		if (p->ended)
			json_array_append_new(
			    all, json_pack("{s:s,s:s,s:s*,s:b,s:s*,s:s*,s:f,s:f}", "name",
				     p->name, "note", p->note, "key", p->key, "cached",
				     p->hit, "reason", p->reason, "result", p->result,
				     "seconds", (double)p->wall_us / 1e6, "cpu_seconds",
				     (double)p->cpu_us / 1e6));
	}
	return all;
}

struct phase *
phase_begin(struct phase_run *run, const char *name, const char *note, ...)
{
	struct phase *p = tt_xalloc(sizeof(*p));
	char text[256] = "";
	va_list ap;

	if (note != NULL) {
		va_start(ap, note);
		(void)vsnprintf(text, sizeof(text), note, ap);
		va_end(ap);
	}
	p->run = run;
	p->name = tt_xstrdup(name);
	p->note = tt_xstrdup(text);
	p->inputs = json_array();
	p->facts = json_object();
	p->lock_fd = -1;
	p->start_us = tt_mono_us();
	p->start_cpu_us = cpu_us();
	run->phases = tt_xrealloc(run->phases, (run->count + 1) * sizeof(struct phase *));
	run->phases[run->count++] = p;
	p->number = (unsigned)run->count;
	return p;
}

void
phase_input(struct phase *p, const char *name, const char *value)
{
	json_array_append_new(p->inputs, json_pack("[s,s]", name, value));
}

void
phase_inputf(struct phase *p, const char *name, const char *fmt, ...)
{
	tt_auto(free) char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	text = tt_xvprintf(fmt, ap);
	va_end(ap);
	phase_input(p, name, text);
}

int
phase_input_file(struct phase *p, const char *name, const char *path, struct tt_err **err)
{
	char hex[TT_SHA256_HEX_LEN];
	int r = digests_file(p->run->digests, path, hex, NULL, err);

	if (r < 0)
		return tt_err_wrap(err, r, "phase %s, input %s", p->name, name);
	phase_input(p, name, hex);
	return 0;
}

int
phase_input_tree(struct phase *p, const char *name, const char *path, struct tt_err **err)
{
	char hex[TT_SHA256_HEX_LEN];
	int r = digests_tree(p->run->digests, path, hex, err);

	if (r < 0)
		return tt_err_wrap(err, r, "phase %s, input %s", p->name, name);
	phase_input(p, name, hex);
	return 0;
}

void
phase_input_phase(struct phase *p, const struct phase *other)
{
	phase_input(p, other->name, other->key == NULL ? "" : other->key);
}

void
phase_output(struct phase *p, const char *path)
{
	tt_auto(free) char *cwd = getcwd(NULL, 0);

	/* builds in different folders may share a cache */
	phase_inputf(p, "output", "%s %s", cwd == NULL ? "" : cwd, path);
	tt_strv_add(&p->outputs, path);
}

/* What phase_end() saw of an output: caller frees; NULL when it is not there. */
static char *
output_state(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return NULL;
	return tt_xprintf("%lld %lld.%09ld %llu", (long long)st.st_size,
	    (long long)st.st_mtim.tv_sec, (long)st.st_mtim.tv_nsec,
	    (unsigned long long)st.st_ino);
}

static void
record_outputs(struct phase *p)
{
	for (size_t i = 0; i < tt_strv_len(p->outputs); i++) {
		tt_auto(free) char *name = tt_xprintf("output:%s", p->outputs[i]);
		tt_auto(free) char *state = output_state(p->outputs[i]);

		phase_fact(p, name, state == NULL ? "" : state);
	}
}

/* The first output that is not what the entry's facts say; caller frees. */
static char *
changed_output(const struct phase *p, const json_t *facts)
{
	for (size_t i = 0; i < tt_strv_len(p->outputs); i++) {
		tt_auto(free) char *name = tt_xprintf("output:%s", p->outputs[i]);
		tt_auto(free) char *state = output_state(p->outputs[i]);

		if (!tt_streq(state, tt_json_str(facts, name, "")))
			return tt_xprintf("output '%s' is %s",
			    tt_path_base(p->outputs[i]),
			    state == NULL ? "missing" : "changed");
	}
	return NULL;
}

/* Length-framed, so that no two lists of inputs give the same bytes. */
static void
make_key(struct phase *p)
{
	uint8_t digest[TT_SHA256_SIZE];
	char hex[TT_SHA256_HEX_LEN];
	struct tt_sha256 h;
	json_t *row;
	size_t i;

	tt_sha256_init(&h);
	json_array_foreach(p->inputs, i, row)
	{
		for (size_t k = 0; k < 2; k++) {
			const char *s = json_string_value(json_array_get(row, k));

			tt_sha256_add(&h, s, strlen(s) + 1);
		}
	}
	tt_sha256_end(&h, digest);
	tt_hex(digest, sizeof(digest), hex);
	hex[32] = '\0';
	free(p->key);
	p->key = tt_xstrdup(hex);
}

/* The first input that differs from those of the newest entry. */
static char *
reason_of(const struct phase *p, const char *phase_dir, const char *damaged)
{
	tt_auto(json) json_t *last = entry_last_inputs(phase_dir);
	json_t *row;
	size_t i;

	if (damaged != NULL)
		return tt_xstrdup(damaged);
	if (last == NULL)
		return tt_xstrdup("first build");
	json_array_foreach(p->inputs, i, row)
	{
		if (!json_equal(row, json_array_get(last, i)))
			return tt_xstrdup(json_string_value(json_array_get(row, 0)));
	}
	if (json_array_size(last) > i)
		return tt_xprintf("%s is no longer an input",
		    json_string_value(json_array_get(json_array_get(last, i), 0)));
	return tt_xstrdup("entry was removed");
}

static int
open_entry(struct phase *p, const char *dir, char **ret_damaged, struct tt_err **err)
{
	tt_auto(json) json_t *meta = NULL;
	tt_auto(free) char *file = NULL;
	int r = entry_open(dir, &meta, &file, err);

	if (r <= 0) {
		if (file != NULL)
			*ret_damaged = tt_xprintf("entry damaged: %s", file);
		return r;
	}
	*ret_damaged = changed_output(p, json_object_get(meta, "facts"));
	if (*ret_damaged != NULL)
		return tt_remove_tree(dir, err);
	json_decref(p->facts);
	p->facts = json_incref(json_object_get(meta, "facts"));
	p->hit = true;
	p->dir = tt_xstrdup(dir);
	return 1;
}

/* One build of a phase at a time; says what it waits for. 1 when it waited. */
static int
lock_phase(struct phase *p, const char *phase_dir, struct tt_err **err)
{
	tt_auto(free) char *path = tt_path_join(phase_dir, "lock");

	p->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (p->lock_fd < 0)
		return tt_err_errno(err, -errno, "opening '%s'", path);
	if (flock(p->lock_fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	phase_say(p->run, "%s: waiting for another build that holds '%s'", p->name, path);
	while (flock(p->lock_fd, LOCK_EX) < 0)
		if (errno != EINTR)
			return tt_err_errno(err, -errno, "locking '%s'", path);
	return 1;
}

static int
make_tmp(struct phase *p, struct tt_err **err)
{
	tt_auto(free) char *dir = tt_xprintf(
	    "%s/%s/%s.%d", p->run->cache, ENTRY_TMP_DIR, p->name, (int)getpid());
	int r;

	r = tt_remove_tree(dir, err);
	if (r >= 0)
		r = tt_mkdir_p(dir, 0755, err);
	if (r < 0)
		return r;
	p->dir = tt_take(dir);
	p->temporary = true;
	phase_ui_start(p);
	return 0;
}

int
phase_lookup(struct phase *p, struct tt_err **err)
{
	tt_auto(free) char *phase_dir = tt_path_join(p->run->cache, p->name);
	tt_auto(free) char *damaged = NULL;
	tt_auto(free) char *dir = NULL;
	int r;

	if (json_array_size(p->inputs) == 0)
		return make_tmp(p, err);
	make_key(p);
	dir = tt_path_join(phase_dir, p->key);
	r = open_entry(p, dir, &damaged, err);
	if (r != 0)
		return r;
	r = tt_mkdir_p(phase_dir, 0755, err);
	if (r >= 0)
		r = lock_phase(p, phase_dir, err);
	if (r > 0 && damaged == NULL) {
		r = open_entry(p, dir, &damaged, err);
		if (r > 0) {
			close(tt_take_fd(p->lock_fd));
			return r;
		}
	}
	if (r < 0)
		return r;
	p->reason = reason_of(p, phase_dir, damaged);
	return make_tmp(p, err);
}

int
phase_alone(struct phase *p, struct tt_err **err)
{
	tt_auto(free) char *phase_dir = tt_path_join(p->run->cache, p->name);
	int r = tt_mkdir_p(phase_dir, 0755, err);

	return r < 0 ? r : lock_phase(p, phase_dir, err);
}

const char *
phase_dir(const struct phase *p)
{
	return p->dir;
}

char *
phase_path(const struct phase *p, const char *name)
{
	return tt_path_join(p->dir, name);
}

const char *
phase_key(const struct phase *p)
{
	return p->key == NULL ? "" : p->key;
}

void
phase_fact(struct phase *p, const char *name, const char *value)
{
	json_object_set_new(p->facts, name, json_string(value));
}

void
phase_factf(struct phase *p, const char *name, const char *fmt, ...)
{
	tt_auto(free) char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	text = tt_xvprintf(fmt, ap);
	va_end(ap);
	phase_fact(p, name, text);
}

const char *
phase_fact_get(const struct phase *p, const char *name)
{
	return json_string_value(json_object_get(p->facts, name));
}

static int
commit(struct phase *p, struct tt_err **err)
{
	tt_auto(free) char *dir = NULL;
	int r;

	if (p->key == NULL || !p->temporary)
		return 0;
	record_outputs(p);
	dir = tt_xprintf("%s/%s/%s", p->run->cache, p->name, p->key);
	r = entry_commit(p->dir, dir, p->inputs, p->facts, err);
	if (r < 0)
		return tt_err_wrap(err, r, "phase %s", p->name);
	p->temporary = false;
	free(p->dir);
	p->dir = tt_take(dir);
	return 0;
}

int
phase_end(struct phase *p, struct tt_err **err, const char *result, ...)
{
	char text[256] = "";
	va_list ap;
	int r;

	r = commit(p, err);
	if (r < 0)
		return r;
	if (result != NULL) {
		va_start(ap, result);
		(void)vsnprintf(text, sizeof(text), result, ap);
		va_end(ap);
	}
	if (p->lock_fd >= 0)
		close(tt_take_fd(p->lock_fd));
	p->result = tt_xstrdup(text);
	p->wall_us = tt_mono_us() - p->start_us;
	p->cpu_us = cpu_us() - p->start_cpu_us;
	p->ended = true;
	phase_ui_end(p);
	return 0;
}
