// SPDX-License-Identifier: MPL-2.0
/*
 * /run/triton/boot.json: one record for each step, replaced atomically under a lock, since
 * some steps run at the same time. Its shape is in the README of this folder.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/file.h>

#include "platform/boot/boot.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/time.h"

#define JOURNAL_MAX (256 * TT_KIB)

void
boot_did(struct boot *b, const char *fmt, ...)
{
	tt_auto(buf) struct tt_buf line = TT_BUF_INIT(4096);
	va_list ap;

	va_start(ap, fmt);
	(void)tt_buf_vaddf(&line, fmt, ap);
	va_end(ap);
	tt_strv_add(&b->did, tt_buf_str(&line));
	(void)printf("%s: %s\n", b->step, tt_buf_str(&line));
	(void)fflush(stdout);
}

static json_t *
record(const struct boot *b, int64_t start_us, int64_t mono_us, bool ended, int result,
    const struct tt_err *e)
{
	json_t *o = json_object(), *did = json_array();
	char iso[TT_ISO_LEN];

	for (char **p = b->did; p && *p; p++)
		json_array_append_new(did, json_string(*p));
	json_object_set_new(o, "name", json_string(b->step));
	json_object_set_new(o, "start", json_string(tt_time_iso(start_us, iso)));
	json_object_set_new(
	    o, "end", ended ? json_string(tt_time_iso(tt_now_us(), iso)) : json_null());
	json_object_set_new(o, "start_s", json_real((double)mono_us / 1e6));
	json_object_set_new(
	    o, "end_s", ended ? json_real((double)tt_mono_us() / 1e6) : json_null());
	json_object_set_new(o, "result",
	    json_string(!ended       ? "running"
			: result < 0 ? "failed"
			: b->skipped ? "skipped"
				     : "ok"));
	json_object_set_new(o, "error",
	    ended && result < 0 ? json_string(tt_err_message(e)) : json_null());
	json_object_set_new(o, "did", did);
	return o;
}

static json_t *
fresh(const struct boot *b)
{
	json_t *o = json_object(), *init = NULL;

	if (tt_json_load(BOOT_RUN "/init.json", JOURNAL_MAX, &init, NULL) < 0)
		init = json_null();
	json_object_set_new(o, "v", json_integer(1));
	json_object_set_new(o, "params", boot_params_json(&b->params));
	json_object_set_new(o, "init", init);
	json_object_set_new(o, "steps", json_array());
	return o;
}

static void
put(json_t *steps, json_t *rec)
{
	const char *name = tt_json_str(rec, "name", "");
	json_t *old;
	size_t i;

	json_array_foreach(steps, i, old)
	{
		if (tt_streq(tt_json_str(old, "name", NULL), name)) {
			json_array_set_new(steps, i, rec);
			return;
		}
	}
	json_array_append_new(steps, rec);
}

void
boot_journal(const struct boot *b, int64_t start_us, int64_t mono_us, bool ended,
    int result, const struct tt_err *e)
{
	tt_auto(close) int lock =
	    open(BOOT_RUN "/boot.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	tt_auto(json) json_t *o = NULL;
	tt_auto(err) struct tt_err *err = NULL;

	if (lock >= 0)
		(void)flock(lock, LOCK_EX);
	if (tt_json_load(BOOT_JOURNAL, JOURNAL_MAX, &o, NULL) < 0 ||
	    !json_is_array(json_object_get(o, "steps"))) {
		json_decref(o);
		o = fresh(b);
	}
	put(json_object_get(o, "steps"), record(b, start_us, mono_us, ended, result, e));
	/* no place for it is no reason to stop a boot */
	if (tt_json_save(BOOT_JOURNAL, o, 0644, &err) < 0)
		(void)fprintf(stderr, "%s: %s\n", b->step, tt_err_message(err));
}
