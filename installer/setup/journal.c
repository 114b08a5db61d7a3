// SPDX-License-Identifier: MPL-2.0
/*
 * A session as JSON: the journal that a taken-over console goes on from, an answers file
 * for another key, and answers without their passwords. No clear text in any of them.
 */

#include "installer/setup/tsetup_int.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/str.h"

json_t *
tsetup_save(const struct tsetup *ts)
{
	json_t *values = json_object();

	for (size_t i = 0; i < TT_KEY_MAX; i++) {
		const struct tt_key *k = &tt_keys[i];
		const struct ts_value *v = &ts->v[i];
		json_t *j;

		if (v->source == TS_UNSET || (k->flags & TT_KEY_SECRET))
			continue;
		j = json_object();
		if (v->source != TS_DEFAULT)
			json_object_set_new(j, "v", json_string(v->text));
		json_object_set_new(j, "s", json_integer(v->source));
		json_object_set_new(values, k->name, j);
	}
	return json_pack(
	    "{s:o, s:s}", "values", values, "external_mac", ts->external_mac);
}

static void
restore_one(struct tsetup *ts, const struct tt_key *k, const json_t *j)
{
	tt_auto(findings) struct tt_findings found = { 0 };
	tt_auto(judgement) struct tt_judgement judged = { 0 };
	const char *text = tt_json_str(j, "v", NULL);
	long long source = tt_json_int(j, "s", TS_UNSET);

	if (k->flags & TT_KEY_SECRET)
		return;
	if (source == TS_DEFAULT)
		ts_store(ts, k->id, NULL, TS_DEFAULT);
	else if ((source == TS_TYPED || source == TS_ANSWERS) && text &&
		 ts_judge_single(ts, k, text, &judged, &found) == 0)
		ts_store(ts, k->id, judged.value ? judged.value : text,
		    (enum ts_source)source);
}

void
tsetup_restore(struct tsetup *ts, const json_t *saved)
{
	const json_t *values = json_object_get(saved, "values");
	const char *mac = tt_json_str(saved, "external_mac", "");
	char normal[TT_MAC_LEN];

	for (size_t i = 0; i < TT_KEY_MAX; i++) {
		const json_t *j = json_object_get(values, tt_keys[i].name);

		if (json_is_object(j))
			restore_one(ts, &tt_keys[i], j);
	}
	if (tt_mac_parse(mac, normal) == 0)
		(void)tt_strcpy(ts->external_mac, sizeof(ts->external_mac), normal);
}

/* Public keys as the array that an answers file holds. */
static json_t *
key_lines(const char *text)
{
	tt_auto(strv) char **lines = tt_split(text, '\n');
	json_t *list = json_array();

	for (size_t i = 0; lines && lines[i]; i++)
		if (*lines[i])
			json_array_append_new(list, json_string(lines[i]));
	return list;
}

json_t *
tsetup_answers_json(const struct tsetup *ts)
{
	json_t *j = json_object();

	for (size_t i = 0; i < TT_KEY_MAX; i++) {
		const struct tt_key *k = &tt_keys[i];
		const char *text = ts_stored(ts, k->id);

		if (k->flags & TT_KEY_SECRET)
			continue;
		if (ts->v[i].source == TS_DEFAULT)
			json_object_set_new(j, k->name, json_string("<default>"));
		else if (text && k->type == TT_TYPE_BOOL)
			json_object_set_new(
			    j, k->name, json_boolean(tt_streq(text, "true")));
		else if (text && k->type == TT_TYPE_SSH_KEYS)
			json_object_set_new(j, k->name, key_lines(text));
		else if (text)
			json_object_set_new(j, k->name, json_string(text));
	}
	if (ts->extra)
		json_object_set(j, "config_extra", ts->extra);
	return j;
}

char *
tsetup_answers_redact(struct tsetup *ts, const char *text, size_t len)
{
	tt_auto(json) json_t *j = json_loadb(text, len, 0, NULL);
	const struct ts_generated *made;
	char *out, *copy;

	if (!json_is_object(j))
		return NULL;
	made = ts_generate(ts, NULL);
	if (json_object_get(j, "root_password") && made) {
		json_object_set_new(
		    j, "root_password_hash", json_string(made->root_shadow));
		json_object_del(j, "root_password");
	}
	json_object_del(j, "admin_password");
	json_object_del(j, "api_password");
	out = json_dumps(j, JSON_INDENT(2));
	if (!out)
		return NULL;
	copy = tt_xprintf("%s\n", out);
	free(out);
	return copy;
}
