// SPDX-License-Identifier: MPL-2.0
/* Canonical text of firewall rules. See fwrule.h. */
#include "platform/lib/model/fwrule.h"

#include <errno.h>
#include <string.h>

const char *
tt_fw_proto_name(enum tt_fw_proto proto)
{
	static const char *const names[TT_FW_PROTO_MAX] = { "tcp", "udp", "icmp", "icmp6",
		"ah", "esp" };

	return names[proto];
}

const char *
tt_fw_action_name(enum tt_fw_action action)
{
	return action == TT_FW_ALLOW ? "allow" : "block";
}

/* Without printf: this runs for every rule an API shows. */
static void
put_number(struct tt_buf *out, unsigned v)
{
	char digits[12];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + v % 10);
		v /= 10;
	} while (v > 0);
	tt_buf_add(out, digits + at, sizeof(digits) - at);
}

/* With quotes; brackets are escaped too, as the reference writes them. */
static void
put_quoted(struct tt_buf *out, const char *s, size_t len)
{
	static const char from[] = "\b\f\n\r\t\"\\()", to[] = "bfnrt\"\\()";
	size_t done = 0;

	tt_buf_addc(out, '"');
	for (size_t i = 0; i < len; i++) {
		const char *e;

		if ((unsigned char)s[i] > ' ' && strchr("\"\\()", s[i]) == NULL)
			continue;
		if (s[i] == ' ')
			continue;
		tt_buf_add(out, s + done, i - done);
		done = i + 1;
		e = strchr(from, s[i]);
		if (e != NULL && *e != '\0')
			tt_buf_add(out, (char[]){ '\\', to[e - from] }, 2);
		else
			tt_buf_addf(out, "\\u%04x", (unsigned)s[i]);
	}
	tt_buf_add(out, s + done, len - done);
	tt_buf_addc(out, '"');
}

static void
put_target(struct tt_buf *out, const struct tt_fw_target *t)
{
	static const char *const words[] = { "ip ", "subnet ", "tag ", "vm " };

	tt_buf_adds(out, words[t->kind]);
	if (t->kind != TT_FW_TAG) {
		tt_buf_add(out, t->text, t->text_len);
		return;
	}
	put_quoted(out, t->text, t->text_len);
	if (t->value != NULL) {
		tt_buf_add(out, " = ", 3);
		put_quoted(out, t->value, t->value_len);
	}
}

static void
put_side(struct tt_buf *out, const struct tt_fw_side *side)
{
	if (side->wildcard != TT_FW_NO_WILDCARD) {
		tt_buf_adds(out, side->wildcard == TT_FW_ANY ? "any" : "all vms");
		return;
	}
	if (side->n > 1)
		tt_buf_addc(out, '(');
	for (unsigned i = 0; i < side->n; i++) {
		if (i > 0)
			tt_buf_add(out, " OR ", 4);
		put_target(out, &side->targets[i]);
	}
	if (side->n > 1)
		tt_buf_addc(out, ')');
}

static void
put_ranges(struct tt_buf *out, const struct tt_fw_rule *rule)
{
	tt_buf_adds(out, " PORTS ");
	for (unsigned i = 0; i < rule->n_ports; i++) {
		const struct tt_fw_port *p = &rule->ports[i];

		if (i > 0)
			tt_buf_add(out, ", ", 2);
		put_number(out, p->first);
		if (p->range) {
			tt_buf_add(out, " - ", 3);
			put_number(out, p->last);
		}
	}
}

static void
put_ports(struct tt_buf *out, const struct tt_fw_rule *rule)
{
	const char *word = rule->proto <= TT_FW_UDP ? "PORT " : "TYPE ";

	if (rule->proto >= TT_FW_AH)
		return;
	tt_buf_addc(out, ' ');
	if (rule->all_ports) {
		tt_buf_adds(out, word);
		tt_buf_adds(out, "all");
		return;
	}
	if (rule->n_ports > 1)
		tt_buf_addc(out, '(');
	for (unsigned i = 0; i < rule->n_ports; i++) {
		if (i > 0)
			tt_buf_add(out, " AND ", 5);
		tt_buf_adds(out, word);
		put_number(out, rule->ports[i].first);
		if (rule->ports[i].code >= 0) {
			tt_buf_add(out, " CODE ", 6);
			put_number(out, (unsigned)rule->ports[i].code);
		}
	}
	if (rule->n_ports > 1)
		tt_buf_addc(out, ')');
}

int
tt_fw_rule_text(const struct tt_fw_rule *rule, struct tt_buf *out)
{
	tt_buf_add(out, "FROM ", 5);
	put_side(out, &rule->sides[TT_FW_FROM]);
	tt_buf_add(out, " TO ", 4);
	put_side(out, &rule->sides[TT_FW_TO]);
	tt_buf_adds(out, rule->action == TT_FW_ALLOW ? " ALLOW " : " BLOCK ");
	tt_buf_adds(out, tt_fw_proto_name(rule->proto));
	if (rule->ranges)
		put_ranges(out, rule);
	else
		put_ports(out, rule);
	if (rule->priority > 0) {
		tt_buf_add(out, " PRIORITY ", 10);
		put_number(out, rule->priority);
	}
	return out->overflow ? -EMSGSIZE : 0;
}
