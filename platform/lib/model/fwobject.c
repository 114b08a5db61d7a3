// SPDX-License-Identifier: MPL-2.0
/* See fwobject.h. */
#include "platform/lib/model/fwobject.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/uuid.h"

#define STRING_MAX 255 /* characters of description and created_by */

struct judge {
	const json_t *payload, *old;
	json_t *object; /* being made */
	json_t *errors;
	struct tt_buf messages;
	bool missing; /* the rule itself */
};

static void finding(struct judge *j, const char *field, const char *code, const char *fmt,
    ...) TT_PRINTF(4, 5);

static void
finding(struct judge *j, const char *field, const char *code, const char *fmt, ...)
{
	tt_auto(free) char *message = NULL;
	va_list ap;

	va_start(ap, fmt);
	message = tt_xvprintf(fmt, ap);
	va_end(ap);
	json_array_append_new(j->errors, json_pack("{s:s, s:s, s:s}", "field", field,
					     "code", code, "message", message));
	tt_buf_addf(&j->messages, "%s%s", j->messages.len > 0 ? "; " : "", message);
}

/* The payload's member, or the stored one in an update. */
static json_t *
member(const struct judge *j, const char *key)
{
	json_t *v = json_object_get(j->payload, key);

	return v != NULL ? v : json_object_get(j->old, key);
}

static void
judge_rule(struct judge *j, const struct tt_fw_opts *language, struct tt_fw_rule **ret)
{
	const json_t *text = member(j, "rule");
	tt_auto(buf) struct tt_buf canonical = TT_BUF_INIT(8 * TT_FW_TEXT_MAX);
	tt_auto(err) struct tt_err *err = NULL;

	if (text == NULL || json_string_length(text) == 0) {
		j->missing = text == NULL;
		finding(j, "rule", j->missing ? "MissingParameter" : "InvalidParameter",
		    text == NULL || json_is_string(text) ? "No rule specified"
							 : "rule must be a string");
		return;
	}
	if (tt_fw_rule_parse(json_string_value(text), json_string_length(text), language,
		ret, &err) < 0) {
		finding(j, "rule", "InvalidParameter", "%s", tt_err_message(err));
		return;
	}
	(void)tt_fw_rule_text(*ret, &canonical);
	json_object_set_new(
	    j->object, "rule", json_stringn(canonical.data, canonical.len));
}

static void
judge_uuid(struct judge *j, const char *key, const char *what, const char *fallback)
{
	const json_t *v = member(j, key);
	const char *s = v != NULL ? json_string_value(v) : fallback;

	if (v != NULL && (s == NULL || !tt_uuid_valid(s)))
		finding(j, key, "InvalidParameter", "Invalid %s UUID", what);
	else if (s != NULL)
		json_object_set_new(j->object, key, json_string(s));
}

/* true, false, or the same as text. */
static int
boolean(const json_t *v, bool *ret)
{
	const char *s = json_string_value(v);

	*ret = json_is_true(v) || tt_streq(s, "true");
	return *ret || json_is_false(v) || tt_streq(s, "false") ? 0 : -EINVAL;
}

static void
judge_boolean(struct judge *j, const char *key)
{
	const json_t *v = member(j, key);
	bool value = false;

	if (v != NULL && boolean(v, &value) < 0)
		finding(j, key, "InvalidParameter", "%s must be true or false", key);
	json_object_set_new(j->object, key, json_boolean(value));
}

static void
judge_string(struct judge *j, const char *key)
{
	json_t *v = member(j, key);
	const char *s = json_string_value(v);

	if (v == NULL)
		return;
	if (s == NULL)
		finding(j, key, "InvalidParameter", "%s must be a string", key);
	else if (tt_utf8_len(s) > STRING_MAX)
		finding(j, key, "InvalidParameter",
		    "%s must be shorter than 255 characters", key);
	else
		json_object_set(j->object, key, v);
}

/* A rule without an owner is global; where need_owner holds it must say so. */
static void
judge_owner(struct judge *j, bool need_owner)
{
	const json_t *global = member(j, "global");
	const json_t *owner = member(j, "owner_uuid");
	bool is_global = owner == NULL;

	if (need_owner && global != NULL && boolean(global, &is_global) < 0)
		finding(j, "global", "InvalidParameter", "global must be true or false");
	else if (need_owner && is_global && global != NULL && owner != NULL)
		finding(j, "global", "InvalidParameter",
		    "cannot specify both global and owner_uuid");
	else if (need_owner && owner == NULL && (global == NULL || !is_global))
		finding(j, "owner_uuid", "MissingParameter", "owner_uuid required");
	else if (owner == NULL)
		json_object_set_new(j->object, "global", json_true());
}

/* In an update that version is the new one, whatever payload says. */
static void
set_version(struct judge *j, const char *version)
{
	const char *given = tt_json_str(j->payload, "version", NULL);

	if (given != NULL && strlen(given) < TT_FW_VERSION_LEN && j->old == NULL)
		version = given;
	if (version != NULL)
		json_object_set_new(j->object, "version", json_string(version));
}

/* Findings come in the reference's order, members in that of its documents. */
static json_t *
in_order(json_t *object)
{
	static const char *const members[] = { "uuid", "rule", "enabled", "version",
		"owner_uuid", "global", "description", "created_by", "log" };
	json_t *ordered = json_object();

	for (size_t i = 0; i < TT_ARRAY_LEN(members); i++) {
		json_t *v = json_object_get(object, members[i]);

		if (v != NULL)
			json_object_set(ordered, members[i], v);
	}
	return ordered;
}

int
tt_fw_object(const json_t *payload, const json_t *old,
    const struct tt_fw_object_opts *opts, json_t **ret, struct tt_fw_rule **ret_rule,
    json_t *errors, struct tt_err **err)
{
	tt_auto(fw_rule) struct tt_fw_rule *rule = NULL;
	tt_auto(json) json_t *object = json_object();
	struct judge j = { .payload = payload,
		.old = old,
		.object = object,
		.errors = errors,
		.messages = TT_BUF_INIT(64 * TT_KIB) };
	int r = 0;

	if (!json_is_object(payload)) {
		finding(&j, "rule", "InvalidParameter", "a rule must be an object");
	} else {
		judge_rule(&j, &opts->language, &rule);
		judge_uuid(&j, "uuid", "rule", opts->uuid);
		judge_uuid(&j, "owner_uuid", "owner", NULL);
		judge_boolean(&j, "enabled");
		judge_boolean(&j, "log");
		judge_string(&j, "created_by");
		judge_string(&j, "description");
		judge_owner(&j, opts->need_owner);
		set_version(&j, opts->version);
	}
	if (j.messages.len > 0) {
		r = tt_err_set(err, -EINVAL,
		    j.missing ? "MissingParameter" : "InvalidParameter", "%s",
		    j.messages.data);
	} else {
		*ret = in_order(object);
		if (ret_rule != NULL)
			*ret_rule = tt_take(rule);
	}
	tt_buf_release(&j.messages);
	return r;
}

static json_t *
parsed_ports(const struct tt_fw_rule *rule)
{
	const bool types = rule->proto == TT_FW_ICMP || rule->proto == TT_FW_ICMP6;
	json_t *list = json_array();

	if (rule->all_ports)
		json_array_append_new(list, json_string("all"));
	for (unsigned i = 0; i < rule->n_ports; i++) {
		const struct tt_fw_port *p = &rule->ports[i];
		json_t *v;

		if (types && p->code >= 0)
			v = json_sprintf("%u:%d", p->first, p->code);
		else if (types)
			v = json_sprintf("%u", p->first);
		else if (p->range)
			v = json_pack("{s:i, s:i}", "start", p->first, "end", p->last);
		else
			v = json_integer(p->first);
		json_array_append_new(list, v);
	}
	return list;
}

static void
add_tags(json_t *list, const struct tt_fw_side *side)
{
	for (unsigned i = 0; i < side->n; i++) {
		const struct tt_fw_target *t = &side->targets[i];
		tt_auto(json) json_t *tag = NULL;
		bool known = false;
		json_t *v;
		size_t at;

		if (t->kind != TT_FW_TAG)
			continue;
		tag = t->value != NULL ? json_pack("[s, s]", t->text, t->value)
				       : json_string(t->text);
		json_array_foreach(list, at, v) known |= json_equal(v, tag);
		if (!known)
			json_array_append(list, tag);
	}
}

json_t *
tt_fw_parsed(const struct tt_fw_rule *rule)
{
	const bool types = rule->proto == TT_FW_ICMP || rule->proto == TT_FW_ICMP6;
	json_t *tags = json_array();

	add_tags(tags, &rule->sides[TT_FW_FROM]);
	add_tags(tags, &rule->sides[TT_FW_TO]);
	return json_pack("{s:s, s:s, s:o, s:o}", "action",
	    tt_fw_action_name(rule->action), "protocol", tt_fw_proto_name(rule->proto),
	    types ? "types" : "ports", parsed_ports(rule), "tags", tags);
}

char *
tt_fw_version(uint64_t time_ms, uint32_t pid, char out[static TT_FW_VERSION_LEN])
{
	(void)tt_strf(
	    out, TT_FW_VERSION_LEN, "%llu.%06u", (unsigned long long)time_ms, pid);
	return out;
}
