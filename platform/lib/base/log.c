// SPDX-License-Identifier: MPL-2.0
/* See log.h. Record shape: node-bunyan's core fields, v 0. */
#include "platform/lib/base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/time.h"

#define RECORD_MAX (48 * TT_KIB)

struct tt_log {
	char *name;
	char *component;
	char host[65];
	int fd;
	enum tt_level min;
};

struct tt_log *
tt_log_new(const char *name, const char *component, int fd, enum tt_level min)
{
	struct tt_log *log = tt_xalloc(sizeof(*log));

	log->name = tt_xstrdup(name);
	log->component = tt_xstrdup_null(component);
	log->fd = fd;
	log->min = min;
	gethostname(log->host, sizeof(log->host) - 1);
	return log;
}

void
tt_log_free(struct tt_log *log)
{
	if (log == NULL)
		return;
	free(log->name);
	free(log->component);
	free(log);
}

static json_t *
error_object(const struct tt_err *e)
{
	return json_pack("{s:s, s:s, s:s}", "name", tt_err_code(e), "message",
	    tt_err_message(e), "code", tt_err_code(e));
}

static void
add_pairs(json_t *rec, va_list ap)
{
	for (const char *key; (key = va_arg(ap, const char *)) != NULL;) {
		const enum tt_log_kind kind = va_arg(ap, enum tt_log_kind);
		const char *s;
		json_t *v = NULL;

		switch (kind) {
		case TT_LOG_STR:
			s = va_arg(ap, const char *);
			v = s != NULL ? json_string(s) : json_null();
			break;
		case TT_LOG_INT:
			v = json_integer(va_arg(ap, long long));
			break;
		case TT_LOG_BOOL:
			v = json_boolean(va_arg(ap, int));
			break;
		case TT_LOG_ERR:
			v = error_object(va_arg(ap, const struct tt_err *));
			break;
		case TT_LOG_SECRET:
			(void)va_arg(ap, const char *);
			v = json_string("***");
			break;
		case TT_LOG_JSON:
			v = json_deep_copy(va_arg(ap, const json_t *));
			break;
		}
		json_object_set_new(rec, key, v != NULL ? v : json_string("(not UTF-8)"));
	}
}

void
tt_log(struct tt_log *log, enum tt_level level, const char *msg, ...)
{
	tt_auto(json) json_t *rec = NULL;
	tt_auto(free) char *text = NULL;
	char when[TT_ISO_LEN];
	va_list ap;
	size_t len;

	if (log == NULL || level < log->min)
		return;
	rec = json_pack("{s:i, s:s, s:s*, s:s, s:i, s:i, s:s, s:s}", "v", 0, "name",
	    log->name, "component", log->component, "hostname", log->host, "pid",
	    (int)getpid(), "level", (int)level, "time", tt_time_iso(tt_now_us(), when),
	    "msg", msg);
	if (rec == NULL)
		return;
	va_start(ap, msg);
	add_pairs(rec, ap);
	va_end(ap);
	text = tt_json_line(rec);
	len = strlen(text);
	if (len >= RECORD_MAX)
		return;
	text[len] = '\n'; /* one write, so that records of several threads do not mix */
	(void)tt_write_all(log->fd, text, len + 1);
}
