// SPDX-License-Identifier: MPL-2.0
/*
 * Reading and writing setup.json; see the header for its shape.
 */
#include "platform/lib/conf/setupjson.h"

#include <errno.h>
#include <string.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/str.h"

static const char *const known[] = {
	"node_type",
	"start_time",
	"current_state",
	"seen_states",
	"complete",
	"last_updated",
	"attempt",
	"error",
	"stages",
};

static char *
now_s(void)
{
	char iso[TT_ISO_LEN];

	return tt_xstrdup(tt_time_iso_s(tt_now_us(), iso));
}

struct tt_setup *
tt_setup_new(const char *node_type)
{
	struct tt_setup *s = tt_xalloc(sizeof(*s));

	s->node_type = tt_xstrdup(node_type);
	s->start_time = now_s();
	s->current_state = tt_xstrdup("");
	s->attempt = 1;
	return s;
}

void
tt_setup_free(struct tt_setup *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n_stages; i++) {
		free(s->stages[i].name);
		free(s->stages[i].started);
		free(s->stages[i].ended);
		free(s->stages[i].log);
	}
	free(s->stages);
	free(s->node_type);
	free(s->start_time);
	free(s->current_state);
	tt_strv_free(s->seen_states);
	free(s->last_updated);
	free(s->error);
	json_decref(s->extra);
	free(s);
}

/* Text member into *out; null and absent leave it alone when optional. */
static int
take_text(const char *name, const json_t *obj, const char *key, bool optional, char **out,
    struct tt_err **err)
{
	const json_t *v = json_object_get(obj, key);

	if (optional && (!v || json_is_null(v)))
		return 0;
	if (!json_is_string(v))
		return tt_err_set(
		    err, -EINVAL, "InvalidSetup", "%s: '%s' must be a text", name, key);
	free(*out);
	*out = tt_xstrdup(json_string_value(v));
	return 0;
}

static int
take_states(const char *name, const json_t *obj, struct tt_setup *s, struct tt_err **err)
{
	const json_t *v = json_object_get(obj, "seen_states"), *e;
	size_t i;

	if (!v)
		return 0;
	if (!json_is_array(v) || json_array_size(v) > TT_SETUP_STATES_MAX)
		return tt_err_set(err, -EINVAL, "InvalidSetup",
		    "%s: 'seen_states' must be a list of at most %d texts", name,
		    TT_SETUP_STATES_MAX);
	json_array_foreach(v, i, e)
	{
		if (!json_is_string(e))
			return tt_err_set(err, -EINVAL, "InvalidSetup",
			    "%s: seen_states[%zu] must be a text", name, i);
		tt_strv_add(&s->seen_states, json_string_value(e));
	}
	return 0;
}

static struct tt_setup_stage *
add_stage(struct tt_setup *s, const char *stage)
{
	struct tt_setup_stage *st;

	s->stages = tt_xrealloc(s->stages, (s->n_stages + 1) * sizeof(*s->stages));
	st = &s->stages[s->n_stages++];
	*st = (struct tt_setup_stage){ .name = tt_xstrdup(stage) };
	return st;
}

static int
take_stages(const char *name, const json_t *obj, struct tt_setup *s, struct tt_err **err)
{
	const json_t *v = json_object_get(obj, "stages"), *e;
	size_t i;
	int r = 0;

	if (!v)
		return 0;
	if (!json_is_array(v) || json_array_size(v) > TT_SETUP_STAGES_MAX)
		return tt_err_set(err, -EINVAL, "InvalidSetup",
		    "%s: 'stages' must be a list of at most %d objects", name,
		    TT_SETUP_STAGES_MAX);
	json_array_foreach(v, i, e)
	{
		const char *stage = tt_json_str(e, "name", NULL);
		struct tt_setup_stage *st;

		if (!stage || tt_setup_stage(s, stage))
			return tt_err_set(err, -EINVAL, "InvalidSetup",
			    "%s: stages[%zu] needs a name of its own", name, i);
		st = add_stage(s, stage);
		r = take_text(name, e, "started", true, &st->started, err);
		if (!r)
			r = take_text(name, e, "ended", true, &st->ended, err);
		if (!r)
			r = take_text(name, e, "log", true, &st->log, err);
		if (r < 0)
			return r;
		st->rc = (int)tt_json_int(e, "rc", 0);
	}
	return 0;
}

static int
take_known(const char *name, const json_t *obj, struct tt_setup *s, struct tt_err **err)
{
	const json_t *complete = json_object_get(obj, "complete");
	long long attempt = tt_json_int(obj, "attempt", 1);
	int r;

	if (complete && !json_is_boolean(complete))
		return tt_err_set(err, -EINVAL, "InvalidSetup",
		    "%s: 'complete' must be true or false", name);
	s->complete = json_is_true(complete);
	if (attempt < 0 || attempt > 1000000)
		return tt_err_set(err, -EINVAL, "InvalidSetup",
		    "%s: 'attempt' must be a number of 0 to 1000000", name);
	s->attempt = (unsigned)attempt;
	r = take_text(name, obj, "node_type", false, &s->node_type, err);
	if (!r)
		r = take_text(name, obj, "start_time", false, &s->start_time, err);
	if (!r)
		r = take_text(name, obj, "current_state", true, &s->current_state, err);
	if (!r)
		r = take_text(name, obj, "last_updated", true, &s->last_updated, err);
	if (!r)
		r = take_text(name, obj, "error", true, &s->error, err);
	if (!r)
		r = take_states(name, obj, s, err);
	if (!r)
		r = take_stages(name, obj, s, err);
	return r;
}

int
tt_setup_parse(const char *name, const char *text, size_t len, struct tt_setup **ret,
    struct tt_err **err)
{
	tt_auto(setup) struct tt_setup *s = tt_xalloc(sizeof(*s));
	tt_auto(json) json_t *obj = NULL;
	int r;

	r = tt_json_parse(name, text, len, &obj, err);
	if (r < 0)
		return r;
	if (!json_is_object(obj))
		return tt_err_set(
		    err, -EINVAL, "InvalidSetup", "%s: must be an object", name);
	s->current_state = tt_xstrdup("");
	r = take_known(name, obj, s, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < TT_ARRAY_LEN(known); i++)
		json_object_del(obj, known[i]);
	s->extra = tt_take(obj);
	*ret = tt_take(s);
	return 0;
}

int
tt_setup_load(const char *path, struct tt_setup **ret, struct tt_err **err)
{
	tt_auto(buf) struct tt_buf b = TT_BUF_INIT(TT_SETUP_MAX);
	int r;

	if (!path)
		path = TT_SETUP_PATH;
	r = tt_file_read(path, &b, err);
	if (r < 0)
		return r;
	return tt_setup_parse(path, tt_buf_str(&b), b.len, ret, err);
}

static json_t *
text_or_null(const char *s)
{
	return s ? json_string(s) : json_null();
}

json_t *
tt_setup_json(const struct tt_setup *s)
{
	json_t *o = json_object(), *states = json_array(), *stages = json_array();
	const char *key;
	json_t *v;

	for (char **p = s->seen_states; p && *p; p++)
		json_array_append_new(states, json_string(*p));
	for (size_t i = 0; i < s->n_stages; i++) {
		const struct tt_setup_stage *st = &s->stages[i];
		json_t *e = json_object();

		json_object_set_new(e, "name", json_string(st->name));
		json_object_set_new(e, "started", text_or_null(st->started));
		json_object_set_new(e, "ended", text_or_null(st->ended));
		json_object_set_new(
		    e, "rc", st->ended ? json_integer(st->rc) : json_null());
		json_object_set_new(e, "log", text_or_null(st->log));
		json_array_append_new(stages, e);
	}
	json_object_set_new(o, "node_type", json_string(s->node_type));
	json_object_set_new(o, "start_time", json_string(s->start_time));
	json_object_set_new(o, "current_state", json_string(s->current_state));
	json_object_set_new(o, "seen_states", states);
	json_object_set_new(o, "complete", json_boolean(s->complete));
	if (s->last_updated)
		json_object_set_new(o, "last_updated", json_string(s->last_updated));
	json_object_set_new(o, "attempt", json_integer(s->attempt));
	json_object_set_new(o, "error", text_or_null(s->error));
	json_object_set_new(o, "stages", stages);
	json_object_foreach(s->extra, key, v) json_object_set(o, key, v);
	return o;
}

int
tt_setup_save(const char *path, struct tt_setup *s, struct tt_err **err)
{
	tt_auto(json) json_t *o = NULL;

	free(s->last_updated);
	s->last_updated = now_s();
	o = tt_setup_json(s);
	return tt_json_save(path ? path : TT_SETUP_PATH, o, 0400, err);
}

bool
tt_setup_seen(const struct tt_setup *s, const char *state)
{
	return tt_strv_has(s->seen_states, state);
}

void
tt_setup_see(struct tt_setup *s, const char *state)
{
	char *copy = tt_xstrdup(state);

	free(s->current_state);
	s->current_state = copy;
	if (!tt_setup_seen(s, copy))
		tt_strv_add(&s->seen_states, copy);
}

struct tt_setup_stage *
tt_setup_stage(const struct tt_setup *s, const char *name)
{
	for (size_t i = 0; i < s->n_stages; i++)
		if (tt_streq(s->stages[i].name, name))
			return &s->stages[i];
	return NULL;
}

static struct tt_setup_stage *
begin(struct tt_setup *s, const char *name, const char *log)
{
	struct tt_setup_stage *st = tt_setup_stage(s, name);

	if (!st)
		st = add_stage(s, name);
	free(st->started);
	st->started = now_s();
	free(st->ended);
	st->ended = NULL;
	st->rc = 0;
	if (log) {
		free(st->log);
		st->log = tt_xstrdup(log);
	}
	return st;
}

void
tt_setup_begin(struct tt_setup *s, const char *name, const char *log)
{
	(void)begin(s, name, log);
}

void
tt_setup_end(struct tt_setup *s, const char *name, int rc)
{
	struct tt_setup_stage *st = tt_setup_stage(s, name);

	if (!st)
		st = begin(s, name, NULL);
	free(st->ended);
	st->ended = now_s();
	st->rc = rc;
}
