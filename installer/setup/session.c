// SPDX-License-Identifier: MPL-2.0
/*
 * The journal and the log of a session. Both are written at once, not at the end: the next
 * moment may belong to another console.
 */
#include "installer/setup/session.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/time.h"

#define JOURNAL_MAX     (256 * TT_KIB)
#define JOURNAL_VERSION 1

int
session_save(const char *path, const char *console, const struct tsetup *ts, bool relaxed,
    struct tt_err **err)
{
	tt_auto(json) json_t *j = json_pack("{s:i, s:s, s:b, s:o}", "v", JOURNAL_VERSION,
	    "console", console, "relaxed", relaxed, "session", tsetup_save(ts));
	tt_auto(free) char *text = NULL;

	if (j == NULL)
		return tt_err_set(
		    err, -EINVAL, NULL, "the session journal cannot be encoded");
	text = tt_json_line(j);
	return tt_file_replace(path, text, strlen(text), 0600, err);
}

int
session_restore(const char *path, struct tsetup *ts, bool *ret_relaxed,
    char **ret_console, struct tt_err **err)
{
	tt_auto(json) json_t *j = NULL;
	const json_t *saved;
	int r;

	if (!tt_path_exists(path))
		return -ENOENT;
	r = tt_json_load(path, JOURNAL_MAX, &j, err);
	if (r < 0)
		return -EINVAL;
	saved = json_object_get(j, "session");
	if (tt_json_int(j, "v", 0) != JOURNAL_VERSION || !json_is_object(saved))
		return tt_err_set(err, -EINVAL, "InvalidJournal",
		    "'%s' is not a session journal of this version", path);
	tsetup_restore(ts, saved);
	*ret_relaxed = tt_json_bool(j, "relaxed", false);
	*ret_console = tt_xstrdup(tt_json_str(j, "console", "?"));
	return 0;
}

void
session_log_open(struct session_log *log, const char *path, const char *console)
{
	tt_auto(free) char *dir = tt_path_dir(path);

	memset(log, 0, sizeof(*log));
	(void)tt_strcpy(log->console, sizeof(log->console), console);
	(void)tt_mkdir_p(dir, 0755, NULL);
	log->fd =
	    open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
}

void
session_log_close(struct session_log *log)
{
	if (log->fd >= 0)
		close(log->fd);
	log->fd = -1;
}

/* One write a line, so that lines of several consoles do not mix. */
static void
write_line(const struct session_log *log, const char *text)
{
	tt_auto(buf) struct tt_buf line = TT_BUF_INIT(8 * TT_KIB);
	char time[TT_ISO_LEN];

	if (log->fd < 0)
		return;
	tt_buf_addf(
	    &line, "%s %s %s\n", tt_time_iso(tt_now_us(), time), log->console, text);
	(void)tt_write_all(log->fd, tt_buf_str(&line), line.len);
}

void
session_log_note(const struct session_log *log, const char *fmt, ...)
{
	tt_auto(buf) struct tt_buf text = TT_BUF_INIT(4 * TT_KIB);
	va_list ap;

	va_start(ap, fmt);
	tt_buf_vaddf(&text, fmt, ap);
	va_end(ap);
	write_line(log, tt_buf_str(&text));
}

void
session_log_value(const struct session_log *log, enum tt_key_id id, const char *source,
    const char *value, const struct tt_findings *found)
{
	const char *shown = tt_keys[id].flags & TT_KEY_SECRET ? "***" : value;
	const char *result = "accepted";

	for (size_t i = found->n; i-- > 0;)
		if (found->v[i].severity == TT_ERROR)
			result = found->v[i].code;
	session_log_note(log, "%s %s '%s' %s", tt_keys[id].name, source, shown, result);
}
