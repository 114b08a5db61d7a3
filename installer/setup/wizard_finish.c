// SPDX-License-Identifier: MPL-2.0
/*
 * See wizard_finish.h. From the write on ^C is not read: either the config is on the medium
 * or the old state is.
 */
#include "installer/setup/wizard_finish.h"

#include <errno.h>
#include <string.h>

#include "installer/setup/edit.h"
#include "installer/setup/write.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"

#define PARTIAL "private/answers.partial.json"

static int
render(struct wizard *w, struct tt_secret *config, struct tt_err **err)
{
	tt_auto(findings) struct tt_findings found = { 0 };
	int r = tsetup_render(w->ts, config, &found, err);

	if (r < 0)
		screen_findings(w, &found, TT_ERROR);
	if (r == 0)
		r = tsetup_verify(w->ts, config, err);
	if (r < 0)
		return tt_err_wrap(err, r, "the config could not be made");
	return 0;
}

/* Passwords leave the answers file: a hash stays, or nothing. */
static int
clean_answers(struct wizard *w, struct tt_err **err)
{
	tt_auto(secret) struct tt_secret text = { 0 };
	char *clean;
	int r;

	if (w->answers_on_medium == NULL || tsetup_bool(w->ts, TT_KEY_KEEP_ANSWERS) ||
	    !tt_path_exists(w->answers_on_medium))
		return 0;
	tt_secret_init(&text, TS_ANSWERS_MAX);
	r = tt_secret_read_file(&text, w->answers_on_medium, err);
	if (r < 0)
		return r;
	clean = tsetup_answers_redact(w->ts, text.data, text.len);
	if (clean == NULL)
		return 0;
	r = tt_file_replace(w->answers_on_medium, clean, strlen(clean), 0600, err);
	free(clean);
	return r == -EROFS ? 0 : r;
}

/* A file beside the config, in RAM when the medium is read-only. */
static int
write_beside(const struct write_where *where, const char *name, const char *text,
    struct tt_err **err)
{
	int r = write_private(where->media, name, text, strlen(text), err);

	if (r != -EROFS)
		return r;
	tt_err_clear(err);
	return write_private(where->fallback, name, text, strlen(text), err);
}

/* The marks that the next boot steps read, and root's keys beside the config. */
static int
leave_marks(struct wizard *w, const struct write_where *where, struct tt_err **err)
{
	tt_auto(free) char *destroy = wizard_path(w, "/run/triton/destroy_pools");
	tt_auto(free) char *alone = wizard_path(w, "/run/triton/unattended");
	tt_auto(free) char *lines = NULL;
	const char *keys = tsetup_ssh_keys(w->ts);
	int r = 0;

	/* nobody is there to be asked about disks that hold data */
	if (w->unattended)
		r = tt_file_write(alone, "true\n", 5, 0644, err);
	if (r == 0 && tsetup_bool(w->ts, TT_KEY_DESTROY_POOLS))
		r = tt_file_write(destroy, "true\n", 5, 0644, err);
	if (r < 0 || keys == NULL || *keys == '\0')
		return r;
	lines = tt_xprintf("%s%s", keys, tt_ends_with(keys, "\n") ? "" : "\n");
	return write_beside(where, "config.inc/root.authorized_keys", lines, err);
}

static void
remove_traces(struct wizard *w)
{
	tt_auto(free) char *fetched = wizard_path(w, "/run/triton/answers.json");
	tt_auto(free) char *partial = tt_path_join(w->opts.media, PARTIAL);

	(void)unlink(w->journal);
	(void)unlink(fetched);
	(void)unlink(partial);
}

/*
 * Everything that touches the medium. The config comes behind what belongs to it: once it is
 * there, a boot after a power cut asks nothing any more.
 */
static int
write_all(struct wizard *w, const struct tt_secret *config, struct tt_err **err)
{
	tt_auto(free) char *ram = wizard_path(w, "/run/triton");
	const struct write_where where = { .media = w->opts.media, .fallback = ram };
	tt_auto(err) struct tt_err *why = NULL;
	const char *dir = where.media;
	int r;

	r = leave_marks(w, &where, err);
	if (r == 0)
		r = write_config(&where, config->data, config->len, &dir, err);
	if (r < 0)
		return r;
	if (clean_answers(w, &why) < 0)
		screen_say(w, "warning: passwords stay in '%s': %s", w->answers_on_medium,
		    tt_err_message(why));
	screen_say(w, "Configuration written to %s/config%s.", dir,
	    dir == where.media ? "" : " (the medium is read-only; it goes to the pool)");
	return 0;
}

static enum ask_end
want_edit(struct wizard *w, bool *ret)
{
	enum ask_end end;

	*ret = false;
	if (w->unattended || !w->has_term || tsetup_bool(w->ts, TT_KEY_SKIP_EDIT))
		return ASK_LINE;
	end = screen_yes(w, "Edit the config file first? (y, n)", false, ret);
	return ask_is_end(end) ? end : ASK_LINE;
}

enum ask_end
wizard_finish(struct wizard *w, bool edit, int *ret)
{
	tt_auto(err) struct tt_err *err = NULL;
	tt_auto(secret) struct tt_secret config = { 0 };
	enum ask_end end = ASK_LINE;

	*ret = WIZARD_FAILED;
	tt_secret_init(&config, TS_CONFIG_MAX);
	if (render(w, &config, &err) < 0) {
		screen_say(w, "error: %s", tt_err_message(err));
		return ASK_LINE;
	}
	if (!edit)
		end = want_edit(w, &edit);
	if (end == ASK_LINE && edit)
		end = edit_config(w, &config);
	if (end != ASK_LINE)
		return end;
	console_lock_screen(&w->lock, "writing the config");
	if (write_all(w, &config, &err) < 0) {
		screen_say(w, "error: %s", tt_err_message(err));
		session_log_note(&w->log, "write: %s", tt_err_message(err));
		return ASK_LINE;
	}
	remove_traces(w);
	session_log_note(&w->log, "config written");
	screen_say(w, "Setup goes on: storage pool, network, services.");
	*ret = WIZARD_OK;
	return ASK_LINE;
}

void
wizard_quit(struct wizard *w)
{
	tt_auto(json) json_t *answers = tsetup_answers_json(w->ts);
	tt_auto(free) char *text = NULL;
	tt_auto(err) struct tt_err *err = NULL;
	bool keep = false;

	if (!w->has_term || json_object_size(answers) == 0)
		return;
	if (screen_yes(w, "Keep the answers (without passwords) on the medium? (y, n)",
		false, &keep) != ASK_LINE ||
	    !keep)
		return;
	text = json_dumps(answers, JSON_INDENT(2));
	if (write_private(w->opts.media, PARTIAL, text, strlen(text), &err) < 0)
		screen_say(w, "error: %s", tt_err_message(err));
	else
		screen_say(w, "Kept in %s/" PARTIAL ".", w->opts.media);
}
