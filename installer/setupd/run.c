// SPDX-License-Identifier: MPL-2.0
/*
 * One attempt of one stage: check, run, check again until it holds; and the helpers that
 * stage functions stand on. Runs on a worker thread and shares nothing.
 */
#include "installer/setupd/stage.h"

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/proc.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/time.h"
#include "platform/lib/conf/loader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define POLL_FIRST_MS 50
#define POLL_MAX_MS   1000
#define NOTE_MAX      (2 * TT_KIB)

struct stage_run {
	const struct setup_env *env;
	const struct stage *stage;
	int64_t deadline_us;
	bool forced;
	int log_fd;
	char **tail;
	char **warnings;
	struct tt_config *config;
};

struct stage_run *
run_new(const struct setup_env *env, const struct stage *stage, const char *log_path,
    int64_t deadline_us, bool forced)
{
	struct stage_run *run = tt_xalloc(sizeof(*run));
	tt_auto(free) char *path = NULL, *dir = NULL;

	run->env = env;
	run->stage = stage;
	run->deadline_us = deadline_us;
	run->forced = forced;
	run->log_fd = -1;
	if (log_path != NULL) {
		path = run_path(run, log_path);
		dir = tt_path_dir(path);
		if (tt_mkdir_p(dir, 0755, NULL) == 0)
			run->log_fd =
			    open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	}
	return run;
}

void
run_free(struct stage_run *run)
{
	if (run == NULL)
		return;
	if (run->log_fd >= 0)
		close(run->log_fd);
	tt_strv_free(run->tail);
	tt_strv_free(run->warnings);
	tt_config_free(run->config);
	free(run);
}

char *
run_path(const struct stage_run *run, const char *path)
{
	return tt_xprintf("%s%s", run->env->root, path);
}

const struct setup_env *
run_env(const struct stage_run *run)
{
	return run->env;
}

unsigned
run_left_ms(const struct stage_run *run)
{
	int64_t left = run->deadline_us - tt_mono_us();

	return left > 0 ? (unsigned)(left / 1000) : 0;
}

char **
run_tail(const struct stage_run *run)
{
	return run->tail;
}

char **
run_warnings(const struct stage_run *run)
{
	return run->warnings;
}

/* Keep the newest STAGE_TAIL lines. */
static void
add_tail(struct stage_run *run, const char *line)
{
	size_t n = tt_strv_len(run->tail);

	if (n == STAGE_TAIL) {
		free(run->tail[0]);
		memmove(run->tail, run->tail + 1, n * sizeof(*run->tail));
	}
	tt_strv_add(&run->tail, line);
}

static void
write_note(struct stage_run *run, const char *text)
{
	tt_auto(buf) struct tt_buf line = TT_BUF_INIT(2 * NOTE_MAX);
	char when[TT_ISO_LEN];

	add_tail(run, text);
	tt_buf_addf(&line, "%s %s\n", tt_time_iso(tt_now_us(), when), text);
	if (run->log_fd >= 0)
		(void)tt_write_all(run->log_fd, line.data, line.len);
}

void
run_note(struct stage_run *run, const char *fmt, ...)
{
	tt_auto(buf) struct tt_buf text = TT_BUF_INIT(NOTE_MAX);
	va_list ap;

	va_start(ap, fmt);
	if (tt_buf_vaddf(&text, fmt, ap) < 0)
		tt_buf_adds(&text, "(a line that was too long)");
	va_end(ap);
	write_note(run, tt_buf_str(&text));
}

void
run_warn(struct stage_run *run, const char *fmt, ...)
{
	tt_auto(buf) struct tt_buf text = TT_BUF_INIT(NOTE_MAX);
	va_list ap;

	va_start(ap, fmt);
	(void)tt_buf_vaddf(&text, fmt, ap);
	va_end(ap);
	if (text.overflow || tt_strv_has(run->warnings, tt_buf_str(&text)))
		return;
	tt_strv_add(&run->warnings, tt_buf_str(&text));
	write_note(run, tt_buf_str(&text));
}

int
run_config(struct stage_run *run, const struct tt_config **ret, struct tt_err **err)
{
	struct tt_config_opts opts = { .root = run->env->root };
	int r;

	if (run->config == NULL) {
		r = tt_config_load(&opts, &run->config, err);
		if (r < 0)
			return r;
	}
	*ret = run->config;
	return 0;
}

int
run_key(struct stage_run *run, const char *key, const char **ret, struct tt_err **err)
{
	const struct tt_config *c;
	const char *value;
	int r;

	r = run_config(run, &c, err);
	if (r < 0)
		return r;
	value = tt_config_get(c, key);
	if (value == NULL || value[0] == '\0')
		return tt_err_set(err, -ENOENT, "MissingKey",
		    "'%s' has no key '%s', which stage %s needs; add it and resume",
		    tt_config_path(c), key, run->stage->name);
	*ret = value;
	return 0;
}

/* The program's words on standard error become lines of the stage's log. */
static void
note_line(const char *line, void *ctx)
{
	run_note(ctx, "%s", line);
}

int
run_program(struct stage_run *run, const char *const *argv, struct tt_buf *out,
    struct tt_err **err)
{
	const char *root = run->env->root;
	tt_auto(free) char *path = tt_xprintf("PATH=%s/usr/sbin:%s/usr/bin", root, root);
	const char *env[] = { path, "LC_ALL=C", "TZ=UTC", NULL };
	unsigned left = run_left_ms(run);
	struct tt_proc_opts opts = { .timeout_ms = left > 0 ? left : 1,
		.env = env,
		.out = out,
		.on_err_line = note_line,
		.ctx = run };

	return tt_proc_run(argv, &opts, NULL, err);
}

/* Same bytes and mode already there? A file that is right is not written again. */
static bool
file_is(const char *path, const void *data, size_t len, unsigned mode)
{
	tt_auto(buf) struct tt_buf b = TT_BUF_INIT(len);
	struct stat st;

	if (lstat(path, &st) < 0 || !S_ISREG(st.st_mode) ||
	    (st.st_mode & 07777) != mode || (size_t)st.st_size != len ||
	    tt_file_read(path, &b, NULL) < 0)
		return false;
	return b.len == len && memcmp(tt_buf_str(&b), data, len) == 0;
}

int
run_put_file(struct stage_run *run, const char *path, const void *data, size_t len,
    unsigned mode, struct tt_err **err)
{
	tt_auto(free) char *full = run_path(run, path), *dir = tt_path_dir(full);
	int r;

	if (file_is(full, data, len, mode))
		return 0;
	r = tt_mkdir_p(dir, 0755, err);
	if (r < 0)
		return r;
	run_note(run, "writing %s", path);
	return tt_file_replace(full, data, len, (mode_t)mode, err);
}

bool
run_link_is(const struct stage_run *run, const char *path, const char *target)
{
	tt_auto(free) char *full = run_path(run, path);
	char now[4096];
	ssize_t n = readlink(full, now, sizeof(now) - 1);

	if (n < 0)
		return false;
	now[n] = '\0';
	return tt_streq(now, target);
}

int
run_put_link(
    struct stage_run *run, const char *path, const char *target, struct tt_err **err)
{
	tt_auto(free) char *full = run_path(run, path), *dir = tt_path_dir(full);
	tt_auto(free) char *fresh = tt_xprintf("%s.new", full);
	int r;

	if (run_link_is(run, path, target))
		return 0;
	r = tt_mkdir_p(dir, 0755, err);
	if (r < 0)
		return r;
	run_note(run, "linking %s to %s", path, target);
	(void)unlink(fresh);
	if (symlink(target, fresh) < 0 || rename(fresh, full) < 0) {
		r = -errno;
		(void)unlink(fresh);
		return tt_err_errno(err, r, "linking '%s' to '%s'", path, target);
	}
	r = tt_fsync_dir(dir);
	return r < 0 ? tt_err_errno(err, r, "syncing folder '%s'", dir) : 0;
}

/* What the last look at the check said, in front of "in time". */
static int
too_late(const struct stage_run *run, struct tt_err **err)
{
	const char *last =
	    tt_err_status(*err) != 0 ? tt_err_message(*err) : "it has not happened";
	tt_auto(free) char *why = tt_xstrdup(last);

	tt_err_clear(err);
	return tt_err_set(err, -ETIME, "Timeout",
	    "%s (waited until the limit of the stage, %s)", why, run->stage->name);
}

static unsigned
longer(unsigned pause_ms)
{
	return pause_ms * 2 < POLL_MAX_MS ? pause_ms * 2 : POLL_MAX_MS;
}

static int
wait_for_check(struct stage_run *run, struct tt_err **err)
{
	tt_auto(err) struct tt_err *why = NULL;

	for (unsigned pause = POLL_FIRST_MS;; pause = longer(pause)) {
		unsigned left;
		int r;

		tt_err_clear(&why);
		r = run->stage->check(run, &why);
		if (r > 0)
			return 0;
		left = run_left_ms(run);
		if (left == 0) {
			r = too_late(run, &why);
			if (err != NULL)
				*err = tt_take(why);
			return r;
		}
		tt_sleep_ms(pause < left ? pause : left);
	}
}

int
run_attempt(struct stage_run *run, bool *ret_skipped, struct tt_err **err)
{
	const struct stage *s = run->stage;
	int r;

	*ret_skipped = false;
	if (s->run == NULL)
		return wait_for_check(run, err);
	if (!run->forced && s->check(run, NULL) > 0) {
		*ret_skipped = true;
		return 0;
	}
	r = s->run(run, err);
	return r < 0 ? r : wait_for_check(run, err);
}
