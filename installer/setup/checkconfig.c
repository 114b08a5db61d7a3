// SPDX-License-Identifier: MPL-2.0
/*
 * `validate-config`: is a generated or edited config fit to boot from? Lines are judged by
 * the loader, values by the rules of the key table, their sum by the same cross checks as
 * typed values. What only a file can get wrong (copies of one fact that differ) is in
 * checkconfig_same.c.
 */
#include "installer/setup/checkconfig.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "installer/setup/cross.h"
#include "installer/setup/tsetup.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/net.h"
#include "platform/lib/base/num.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/uuid.h"

struct tt_finding *
ts_config_add(
    struct ts_config_check *c, const char *code, const char *key, const char *fmt, ...)
{
	const struct tt_config_entry *e = tt_config_find(c->config, key);
	struct tt_finding *f;
	char text[768];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	f = tt_findings_add(c->found, code, key,
	    !e                        ? NULL
	    : tt_conf_key_secret(key) ? "***"
				      : e->value,
	    "%s", text);
	f->line = e ? e->line : 0;
	f->col = e ? e->col : 0;
	return f;
}

/* --- which keys must be there --- */

static bool
has_prefix(const struct ts_config_check *c, enum tt_conf_when when)
{
	for (size_t i = 0; i < tt_conf_keys_len; i++)
		if (tt_conf_keys[i].when == when &&
		    tt_config_get(c->config, tt_conf_keys[i].name))
			return true;
	return false;
}

static void
check_present(struct ts_config_check *c)
{
	bool tagged = has_prefix(c, TT_IF_TAGGED);

	c->external = has_prefix(c, TT_IF_EXTERNAL) || tagged;
	for (size_t i = 0; i < tt_conf_keys_len; i++) {
		const struct tt_conf_key *k = &tt_conf_keys[i];
		bool wanted = k->when == TT_IF_ALWAYS ||
			      (k->when == TT_IF_EXTERNAL && c->external) ||
			      (k->when == TT_IF_TAGGED && tagged);

		if (wanted && !tt_config_get(c->config, k->name))
			(void)ts_config_add(c, "E_REQUIRED", k->name, "missing%s",
			    k->when == TT_IF_EXTERNAL
				? ", though an external network is configured"
			    : k->when == TT_IF_TAGGED
				? ", though the external network has a VLAN"
				: "; every headnode config has it");
	}
}

/* --- values by themselves --- */

static void
judge_by_rule(struct ts_config_check *c, const char *name, const struct tt_key *k,
    const char *value)
{
	tt_auto(judgement) struct tt_judgement j = { 0 };
	const char *code = k->type == TT_TYPE_MASK   ? "E_MASK"
			   : k->type == TT_TYPE_BOOL ? "E_BOOL"
			   : k->type == TT_TYPE_VLAN ? "E_VLAN"
						     : "E_IP";

	k->rule(k, value, &j);
	if (j.code) {
		(void)ts_config_add(c, j.code, name, "%s", j.why);
		return;
	}
	/* Readers of the file know one spelling; only MACs and lists are normalised there. */
	if (k->type == TT_TYPE_VLAN && tt_streq(value, "none"))
		(void)ts_config_add(
		    c, "E_VLAN", name, "2-4094; untagged is no key at all");
	else if (k->type == TT_TYPE_NIC && !strchr(value, ':') && !strchr(value, '-'))
		(void)ts_config_add(c, "E_MAC", name, "a MAC address is accepted here");
	else if (j.value && !tt_streq(j.value, value) && k->type != TT_TYPE_NIC &&
		 k->type != TT_TYPE_HOSTS)
		(void)ts_config_add(c, code, name, "write it as %s", j.value);
}

static void
judge_addresses(
    struct ts_config_check *c, const char *name, const char *value, size_t count)
{
	tt_auto(strv) char **list = tt_split(value, ',');
	const char *why;
	uint32_t ip;

	if (!*value || (count && tt_strv_len(list) != count))
		(void)ts_config_add(c, "E_IP", name, "%s",
		    count > 1 ? "five addresses joined by commas are accepted"
			      : "an IPv4 address is accepted");
	else
		for (size_t i = 0; list[i]; i++)
			if (tt_ip4_parse(list[i], &ip, &why) < 0)
				(void)ts_config_add(
				    c, "E_IP", name, "'%s': %s", list[i], why);
}

static void
judge_dns(struct ts_config_check *c, const char *name, const char *value)
{
	tt_auto(strv) char **list = tt_split(value, ',');

	if (!*value)
		(void)ts_config_add(c, "E_IP", name, "at least one address is accepted");
	for (size_t i = 0; *value && list[i]; i++) {
		tt_auto(judgement) struct tt_judgement j = { 0 };

		tt_keys[TT_KEY_DNS1].rule(&tt_keys[TT_KEY_DNS1], list[i], &j);
		if (j.code)
			(void)ts_config_add(
			    c, j.code, name, "entry %zu: %s", i + 1, j.why);
	}
}

static void
judge_mac(struct ts_config_check *c, const char *name, const char *value)
{
	char mac[TT_MAC_LEN];

	if (tt_mac_parse(value, mac) < 0 || (mac[1] & 1))
		(void)ts_config_add(
		    c, "E_MAC", name, "a unicast MAC address is accepted");
}

/* Constants may be changed, within their kind. */
static void
judge_constant(struct ts_config_check *c, const struct tt_conf_key *k, const char *value)
{
	bool number = *k->arg && strspn(k->arg, "0123456789") == strlen(k->arg);
	uint32_t n;
	bool b;

	if (tt_parse_bool(k->arg, &b) == 0 && tt_parse_bool(value, &b) < 0)
		(void)ts_config_add(c, "E_BOOL", k->name, "true or false is accepted");
	else if (tt_uuid_valid(k->arg) && !tt_uuid_valid(value))
		(void)ts_config_add(c, "E_TYPE", k->name, "a UUID is accepted");
	else if (number && tt_parse_u32(value, 0, UINT32_MAX, &n) < 0)
		(void)ts_config_add(c, "E_TYPE", k->name, "a number is accepted");
	else if (tt_streq(k->name, "napi_mac_prefix") &&
		 (strlen(value) != 6 || strspn(value, "0123456789abcdefABCDEF") != 6))
		(void)ts_config_add(c, "E_MAC", k->name, "six hex digits are accepted");
	else if (!*value)
		(void)ts_config_add(c, "E_REQUIRED", k->name, "empty; a value is needed");
}

static void
judge_answer(struct ts_config_check *c, const struct tt_conf_key *k, const char *value)
{
	const struct tt_key *row = &tt_keys[k->id];

	/* Once the account exists its password is taken out of the file. */
	if (row->id == TT_KEY_ADMIN_PASSWORD && !*value)
		return;
	/* Generated from the headnode's address, and meant to be edited. */
	if (tt_streq(k->name, "compute_node_ntp_hosts"))
		row = &tt_keys[TT_KEY_NTP];
	judge_by_rule(c, k->name, row, value);
}

static void
judge_row(struct ts_config_check *c, const struct tt_conf_key *k, const char *value)
{
	switch (k->src) {
	case TT_SRC_CONST:
		judge_constant(c, k, value);
		break;
	case TT_SRC_ANSWER:
		judge_answer(c, k, value);
		break;
	case TT_SRC_SLOT:
		judge_addresses(c, k->name, value, tt_ends_with(k->name, "_ips") ? 0 : 1);
		break;
	case TT_SRC_RESOLVERS:
		judge_addresses(c, k->name, value, TT_SLOT_RESOLVERS);
		break;
	case TT_SRC_NETWORK:
	case TT_SRC_DHCP_START:
		judge_addresses(c, k->name, value, 1);
		break;
	case TT_SRC_DNS:
		judge_dns(c, k->name, value);
		break;
	case TT_SRC_ROOT_SHADOW:
		judge_by_rule(c, k->name, &tt_keys[TT_KEY_ROOT_HASH], value);
		break;
	case TT_SRC_EXTERNAL_MAC:
		judge_mac(c, k->name, value);
		break;
	default:
		if (!*value)
			(void)ts_config_add(
			    c, "E_REQUIRED", k->name, "empty; a value is needed");
	}
}

/* --- keys of the operator --- */

static void
note_unknown(struct ts_config_check *c, const struct tt_config_entry *e)
{
	const char *near = NULL;
	unsigned best = 3, d;

	if (strlen(e->key) <= 64)
		for (size_t i = 0; i < tt_conf_keys_len; i++) {
			d = tt_edit_distance(e->key, tt_conf_keys[i].name);
			if (d < best && !tt_config_get(c->config, tt_conf_keys[i].name)) {
				best = d;
				near = tt_conf_keys[i].name;
			}
		}
	(void)ts_config_add(c, "N_UNKNOWN", e->key, "not a generated key; it is kept%s%s",
	    near ? "; did you mean " : "", near ? near : "");
}

static void
judge_values(struct ts_config_check *c)
{
	for (size_t i = 0; i < tt_config_count(c->config); i++) {
		const struct tt_config_entry *e = tt_config_at(c->config, i);
		const struct tt_conf_key *k = tt_conf_key_find(e->key);

		if (k)
			judge_row(c, k, e->value);
		else
			note_unknown(c, e);
	}
}

static void
check_end(struct ts_config_check *c)
{
	long n = tt_config_end_mark(c->config);
	size_t own = tt_config_own_count(c->config);

	if (n < 0)
		(void)tt_findings_add(c->found, "E_CFG_SYNTAX", NULL, NULL,
		    "the last line `# end of config, N keys` is missing: the file is "
		    "torn, or "
		    "the line was removed; `# end of config, %zu keys` is accepted",
		    own);
	else if ((size_t)n != own)
		(void)tt_findings_add(c->found, "W_CFG_COUNT", NULL, NULL,
		    "the last line says %ld keys, the file has %zu; the line is written "
		    "anew "
		    "when an edit is applied",
		    n, own);
}

/* --- the sum of the values --- */

/* The config's key for what an answer would be called. */
static const char *
config_name(int id)
{
	switch (id) {
	case TT_KEY_DNS1:
	case TT_KEY_DNS2:
		return "dns_resolvers";
	case TT_KEY_DNS_SEARCH:
		return "dns_domain";
	case TT_KEY_ADMIN_START:
		return "dhcp_range_start";
	case TT_KEY_ROOT_HASH:
		return "root_shadow";
	case TT_KEY_ADMIN_PASSWORD:
		return "ufds_admin_pw";
	default:
		return tt_keys[id].name;
	}
}

static const char *
value_get(const void *ctx, enum tt_key_id id)
{
	const struct ts_config_check *c = ctx;

	switch (id) {
	case TT_KEY_EXTERNAL:
		return c->external ? "true" : "false";
	case TT_KEY_DNS1:
	case TT_KEY_DNS2:
	case TT_KEY_DNS_DOMAIN:
	case TT_KEY_ROOT_PASSWORD:
	case TT_KEY_ROOT_HASH:
		return NULL;
	case TT_KEY_ADMIN_START:
		return c->start;
	case TT_KEY_EXTERNAL_VLAN:
		return tt_config_str(c->config, "external_vlan_id", "none");
	case TT_KEY_DEFAULT_GATEWAY:
		return tt_config_str(c->config, "headnode_default_gateway", "none");
	default:
		return tt_config_get(c->config, config_name((int)id));
	}
}

/* S, when every service still has the address of its slot; else the slots are not judged. */
static void
find_start(struct ts_config_check *c)
{
	const char *first = tt_config_get(c->config, "assets_admin_ips");
	const char *dhcp = tt_config_get(c->config, "dhcp_range_start");
	uint32_t start, ip;

	if (!first || !dhcp || tt_ip4_parse(first, &start, NULL) < 0 ||
	    tt_ip4_parse(dhcp, &ip, NULL) < 0 || ip - start != TT_SLOT_DHCP_START)
		return;
	for (size_t i = 0; i < tt_conf_keys_len; i++) {
		const struct tt_conf_key *k = &tt_conf_keys[i];
		const char *value = tt_config_get(c->config, k->name);

		if (k->src == TT_SRC_SLOT &&
		    (!value || tt_ip4_parse(value, &ip, NULL) < 0 ||
			ip - start != (uint32_t)tt_slot_of(k->arg)))
			return;
	}
	(void)tt_ip4_fmt(start, c->start_text);
	c->start = c->start_text;
}

static void
check_sum(struct ts_config_check *c)
{
	const struct tt_values v = { .get = value_get, .ctx = c };
	tt_auto(findings) struct tt_findings sum = { 0 };

	find_start(c);
	ts_cross_check(&v, NULL, &sum);
	for (size_t i = 0; i < sum.n; i++) {
		struct tt_finding *f = ts_config_add(
		    c, sum.v[i].code, config_name(sum.v[i].id), "%s", sum.v[i].text);

		f->suggest = tt_take(sum.v[i].suggest);
	}
}

int
tsetup_check_config(const char *text, size_t len, struct tt_findings *found)
{
	struct ts_config_check c = { .found = found };
	tt_auto(config) struct tt_config *config = NULL;

	tt_config_parse(text, len, true, &config, found);
	c.config = config;
	check_present(&c);
	judge_values(&c);
	check_end(&c);
	check_sum(&c);
	ts_config_same(&c);
	tt_findings_sort(found);
	return tt_findings_count(found, TT_ERROR) ? -EINVAL : 0;
}
