// SPDX-License-Identifier: MPL-2.0
/*
 * The answers file: a JSON object of flat values. Everything in it is judged, every
 * finding carries its line and column, and nothing of it is believed before that.
 */
#include <errno.h>
#include <string.h>

#include "installer/setup/jsonpos.h"
#include "installer/setup/tsetup_int.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "platform/lib/conf/confkeys.h"
#include "platform/lib/conf/encode.h"

#define DEFAULT_WORD "<default>"
#define EXTRA_MAX    256

struct answers {
	struct tsetup *ts;
	const char *text;
	size_t len;
	json_t *root;
	struct ts_members members;
	struct tt_findings *found;
	char *masks[2]; /* from admin_ip, external_ip with /len */
	const struct ts_member *from[2];
};

static struct tt_finding *
at_value(struct tt_finding *f, const struct ts_member *m)
{
	f->line = m->line;
	f->col = m->col;
	return f;
}

static struct tt_finding *
at_key(struct tt_finding *f, const struct ts_member *m)
{
	f->line = m->key_line;
	f->col = m->key_col;
	return f;
}

/* Place of findings that a judgement added. */
static void
place_from(struct answers *a, size_t from, const struct ts_member *m)
{
	for (size_t i = from; i < a->found->n; i++)
		(void)at_value(&a->found->v[i], m);
}

/* --- one value --- */

static void
wrong_type(struct answers *a, const struct tt_key *k, const struct ts_member *m)
{
	const char *wanted = k->type == TT_TYPE_SSH_KEYS ? "an array of texts"
			     : k->type == TT_TYPE_EXTRA  ? "an object of texts"
			     : k->type == TT_TYPE_BOOL   ? "true or false"
							 : "a text or a whole number";

	(void)at_value(tt_findings_add(a->found, "E_TYPE", m->key, NULL,
			   "wrong type; %s is accepted", wanted),
	    m);
	a->ts->v[k->id].bad = true;
}

/* Public keys, one a line; NULL when an item is no text. */
static char *
join_keys(const json_t *list)
{
	tt_auto(strv) char **lines = NULL;
	const json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
	{
		const char *line = json_string_value(item);

		if (!line || strchr(line, '\n'))
			return NULL;
		tt_strv_add(&lines, line);
	}
	return lines ? tt_strv_join(lines, "\n") : tt_xstrdup("");
}

/* A scalar as text, or NULL for the wrong type. Caller wipes and frees. */
static char *
value_text(const struct tt_key *k, const json_t *value)
{
	if (k->type == TT_TYPE_SSH_KEYS)
		return json_is_array(value) ? join_keys(value) : NULL;
	if (json_is_string(value))
		return tt_xstrdup(json_string_value(value));
	if (json_is_integer(value))
		return tt_xprintf("%" JSON_INTEGER_FORMAT, json_integer_value(value));
	if (json_is_boolean(value) && k->type == TT_TYPE_BOOL)
		return tt_xstrdup(json_is_true(value) ? "true" : "false");
	return NULL;
}

/* A mask that came with an address waits until the mask's own key has been read. */
static void
keep_mask(struct answers *a, const struct tt_key *k, const struct ts_member *m,
    struct tt_judgement *j)
{
	int which = k->id == TT_KEY_ADMIN_IP ? 0 : 1;

	if (!j->mask)
		return;
	free(a->masks[which]);
	a->masks[which] = tt_take(j->mask);
	a->from[which] = m;
}

static void
take_text(struct answers *a, const struct tt_key *k, const struct ts_member *m,
    const char *text)
{
	tt_auto(judgement) struct tt_judgement j = { 0 };
	struct ts_value *v = &a->ts->v[k->id];
	size_t before = a->found->n;
	int r;

	if (tt_streq(text, DEFAULT_WORD)) {
		bool nic =
		    k->type == TT_TYPE_NIC && a->ts->has_nics && !ts_only_nic(a->ts);

		if (k->def && !nic) {
			ts_store(a->ts, k->id, NULL, TS_DEFAULT);
			return;
		}
		(void)tt_findings_add(a->found, "E_NO_DEFAULT", m->key, DEFAULT_WORD,
		    "%s: there is no default for it (%s)", k->label, k->rule_text);
		v->bad = true;
		place_from(a, before, m);
		return;
	}
	r = ts_judge_single(a->ts, k, text, &j, a->found);
	place_from(a, before, m);
	if (r < 0) {
		v->bad = true;
		return;
	}
	ts_store(a->ts, k->id, j.value ? j.value : text, TS_ANSWERS);
	keep_mask(a, k, m, &j);
}

static void
take_value(struct answers *a, const struct tt_key *k, const struct ts_member *m,
    const json_t *value)
{
	tt_auto(free) char *trimmed = NULL;
	char *text = value_text(k, value);

	if (!text) {
		wrong_type(a, k, m);
		return;
	}
	trimmed = ts_trimmed(k, text);
	if (!*trimmed && (k->flags & TT_KEY_EMPTY_OK))
		take_text(a, k, m, "none");
	else if (*trimmed)
		take_text(a, k, m, trimmed);
	/* Else it is asked, as if it were absent. */
	explicit_bzero(text, strlen(text));
	explicit_bzero(trimmed, strlen(trimmed));
	free(text);
}

/* --- config_extra --- */

static const char *
extra_fault(const char *key, const json_t *value)
{
	if (!tt_conf_key_valid(key) || strpbrk(key, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
		return "E_NAME";
	if (tt_conf_key_find(key) || tt_streq(key, "config_inc_dir"))
		return "E_DUP";
	if (!json_is_string(value))
		return "E_TYPE";
	return tt_control_find(
		   json_string_value(value), strlen(json_string_value(value))) >= 0
		   ? "E_CONTROL"
		   : NULL;
}

static const char *
extra_sentence(const char *code)
{
	if (tt_streq(code, "E_NAME"))
		return "no key of a config; a-z, 0-9 and '_', a letter first, are "
		       "accepted";
	if (tt_streq(code, "E_DUP"))
		return "would redefine a key that is generated, or stands here twice";
	if (tt_streq(code, "E_TYPE"))
		return "wrong type; a text is accepted";
	return "a control character; printable text is accepted";
}

static void
take_extra(struct answers *a, const struct ts_member *m, const json_t *value)
{
	tt_auto(members) struct ts_members inner = { 0 };
	size_t errors = 0;

	if (!json_is_object(value) || json_object_size(value) > EXTRA_MAX ||
	    ts_members_scan(a->text, a->len, m->at, &inner) < 0) {
		wrong_type(a, &tt_keys[TT_KEY_CONFIG_EXTRA], m);
		return;
	}
	for (size_t i = 0; i < inner.n; i++) {
		const char *key = inner.v[i].key;
		const char *code = extra_fault(key, json_object_get(value, key));

		for (size_t before = 0; !code && before < i; before++)
			if (tt_streq(inner.v[before].key, key))
				code = "E_DUP";
		if (!code)
			continue;
		errors++;
		(void)at_key(tt_findings_add(a->found, code, key, NULL,
				 "config_extra: %s", extra_sentence(code)),
		    &inner.v[i]);
	}
	if (errors)
		return;
	json_decref(a->ts->extra);
	a->ts->extra = json_incref((json_t *)(uintptr_t)value);
}

/* --- the members --- */

static void
unknown_key(struct answers *a, const struct ts_member *m)
{
	const char *near = tt_key_nearest(m->key);
	struct tt_finding *f;

	f = at_key(tt_findings_add(a->found, "W_UNKNOWN", m->key, NULL, "unknown key%s%s",
		       near ? "; did you mean " : "", near ? near : ""),
	    m);
	f->suggest = tt_xstrdup_null(near);
}

/* The first member with this key before index i, or NULL. */
static const struct ts_member *
earlier(const struct answers *a, size_t i, const char *key)
{
	for (size_t n = 0; n < i; n++)
		if (tt_streq(a->members.v[n].key, key))
			return &a->members.v[n];
	return NULL;
}

/* An old name counts only when the present one is absent. */
static bool
alias_loses(struct answers *a, const struct tt_key *k, const struct ts_member *m)
{
	if (!json_object_get(a->root, k->name))
		return false;
	(void)at_key(tt_findings_add(a->found, "W_DEPRECATED", m->key, NULL,
			 "old name of %s, which is given too and wins", k->name),
	    m);
	return true;
}

static void
take_member(struct answers *a, size_t i)
{
	const struct ts_member *m = &a->members.v[i];
	const struct ts_member *first;
	const struct tt_key *k;
	tt_auto(json) json_t *value = NULL;
	bool alias = false;

	if (tt_after_prefix(m->key, "x_"))
		return;
	first = earlier(a, i, m->key);
	if (first) {
		(void)at_key(tt_findings_add(a->found, "E_DUP", m->key, NULL,
				 "stands here a second time; line %u has it already",
				 first->key_line),
		    m);
		return;
	}
	k = tt_key_find(m->key, &alias);
	if (!k) {
		unknown_key(a, m);
		return;
	}
	if (k->type == TT_TYPE_IGNORED || (alias && alias_loses(a, k, m)))
		return;
	a->ts->v[k->id].line = m->line;
	a->ts->v[k->id].col = m->col;
	/* From its own place: of two equal keys the object holds only the last. */
	value = json_loadb(a->text + m->at, m->len, JSON_DECODE_ANY, NULL);
	if (k->type == TT_TYPE_EXTRA)
		take_extra(a, m, value);
	else
		take_value(a, k, m, value);
}

/* /len behind an address: the mask, unless the mask's own key says something else. */
static void
take_mask(struct answers *a, int which)
{
	enum tt_key_id id = which ? TT_KEY_EXTERNAL_NETMASK : TT_KEY_ADMIN_NETMASK;
	const char *have = ts_stored(a->ts, id);
	tt_auto(judgement) struct tt_judgement j = { 0 };
	size_t before = a->found->n;

	if (!a->masks[which] || a->ts->v[id].bad)
		return;
	if (have && !tt_streq(have, a->masks[which])) {
		struct tt_finding *f = tt_findings_add(a->found, "E_MASK",
		    tt_keys[id].name, have,
		    "differs from the %s that comes with the address; one of the two is "
		    "accepted",
		    a->masks[which]);

		ts_finding_place(a->ts, f, id);
		return;
	}
	if (ts_judge_single(a->ts, &tt_keys[id], a->masks[which], &j, a->found) < 0) {
		place_from(a, before, a->from[which]);
		a->ts->v[id].bad = true;
		return;
	}
	ts_store(a->ts, id, a->masks[which], TS_ANSWERS);
	if (!a->ts->v[id].line) {
		a->ts->v[id].line = a->from[which]->line;
		a->ts->v[id].col = a->from[which]->col;
	}
}

/* --- the file --- */

static int
no_json(struct tt_findings *found, const json_error_t *e)
{
	bool utf8 = json_error_code(e) == json_error_invalid_utf8;
	struct tt_finding *f;

	f = tt_findings_add(found, utf8 ? "E_UTF8" : "E_JSON", NULL, NULL, "%s",
	    utf8 ? "not UTF-8" : e->text);
	f->line = e->line > 0 ? (unsigned)e->line : 1;
	f->col = e->column > 0 ? (unsigned)e->column : 1;
	return -EINVAL;
}

/* A JSON object of acceptable size, or the finding that says what it is. */
static int
parse_root(const char *text, size_t len, json_t **ret, struct tt_findings *found)
{
	tt_auto(json) json_t *j = NULL;
	struct tt_finding *f;
	json_error_t e;

	if (len > TS_ANSWERS_MAX) {
		(void)tt_findings_add(found, "E_JSON", NULL, NULL,
		    "%zu bytes; an answers file of at most %d is accepted", len,
		    TS_ANSWERS_MAX);
		return -EINVAL;
	}
	j = json_loadb(text, len, JSON_DECODE_ANY, &e);
	if (!j)
		return no_json(found, &e);
	if (!json_is_object(j)) {
		f = tt_findings_add(found, "E_TYPE", NULL, NULL,
		    "not an object; an answers file is { \"key\": value, ... }");
		f->line = f->col = 1;
		return -EINVAL;
	}
	*ret = tt_take(j);
	return 0;
}

int
tsetup_answers_parse(struct tsetup *ts, const char *name, const char *text, size_t len,
    struct tt_findings *found)
{
	struct answers a = { .ts = ts, .text = text, .len = len, .found = found };
	tt_auto(json) json_t *root = NULL;

	if (parse_root(text, len, &root, found) < 0)
		return -EINVAL;
	if (ts_members_scan(text, len, 0, &a.members) < 0) {
		(void)tt_findings_add(found, "E_JSON", NULL, NULL,
		    "more than %d members; an answers file has fewer", TS_JSONPOS_MAX);
		ts_members_release(&a.members);
		return -EINVAL;
	}
	a.root = root;
	free(ts->answers_name);
	ts->answers_name = tt_xstrdup(name);
	for (size_t i = 0; i < a.members.n; i++)
		take_member(&a, i);
	for (int which = 0; which < 2; which++) {
		take_mask(&a, which);
		free(a.masks[which]);
	}
	ts_members_release(&a.members);
	return 0;
}

int
tsetup_answers_load(
    struct tsetup *ts, const char *path, struct tt_findings *found, struct tt_err **err)
{
	tt_auto(secret) struct tt_secret text = { 0 };
	int r;

	tt_secret_init(&text, TS_ANSWERS_MAX + 1);
	r = tt_secret_read_file(&text, path, err);
	if (r == -EFBIG) {
		tt_err_clear(err);
		(void)tt_findings_add(found, "E_JSON", NULL, NULL,
		    "an answers file of at most %d bytes is accepted", TS_ANSWERS_MAX);
		return -EINVAL;
	}
	if (r < 0)
		return r;
	return tsetup_answers_parse(ts, tt_path_base(path), text.data, text.len, found);
}

void
tsetup_answers_relax(struct tsetup *ts)
{
	for (size_t i = 0; i < TT_KEY_MAX; i++)
		if (ts->v[i].source == TS_ANSWERS)
			ts->v[i].source = TS_TYPED;
	ts_changed(ts);
}
