// SPDX-License-Identifier: MPL-2.0
/* See fwmatch.h. */
#include "platform/lib/model/fwmatch.h"

#include <string.h>

#include "platform/lib/base/str.h"

/* A tag's value in rules is text: true is "true", 42 is "42". */
static bool
value_is(const json_t *v, const char *text)
{
	char number[32];

	if (json_is_string(v))
		return !strcmp(json_string_value(v), text);
	if (json_is_boolean(v))
		return !strcmp(json_is_true(v) ? "true" : "false", text);
	if (json_is_integer(v))
		return tt_strf(number, sizeof(number), "%lld",
			   (long long)json_integer_value(v)) == 0 &&
		       !strcmp(number, text);
	/* the shortest text that reads as the same number, as JavaScript prints it */
	for (int digits = 1; json_is_real(v) && digits <= 17; digits++) {
		tt_strf(number, sizeof(number), "%.*g", digits, json_real_value(v));
		if (strtod(number, NULL) >= json_real_value(v) &&
		    strtod(number, NULL) <= json_real_value(v))
			return !strcmp(number, text);
	}
	return false;
}

bool
tt_fw_side_names(
    const struct tt_fw_side *side, const char *owner, const struct tt_fw_vm *vm)
{
	if (owner != NULL && !tt_streq(owner, vm->owner))
		return false;
	if (side->wildcard != TT_FW_NO_WILDCARD)
		return side->wildcard == TT_FW_ALL_VMS;
	for (unsigned i = 0; i < side->n; i++) {
		const struct tt_fw_target *t = &side->targets[i];
		const json_t *v;

		if (t->kind == TT_FW_VM && !strcmp(t->text, vm->uuid))
			return true;
		if (t->kind != TT_FW_TAG)
			continue;
		v = json_object_get(vm->tags, t->text);
		if (v != NULL && (t->value == NULL || value_is(v, t->value)))
			return true;
	}
	return false;
}

unsigned
tt_fw_touches(const struct tt_fw_rule *rule, const char *owner, const struct tt_fw_vm *vm)
{
	unsigned dirs = 0;

	if (!vm->firewall)
		return 0;
	if (tt_fw_side_names(&rule->sides[TT_FW_FROM], owner, vm))
		dirs |= TT_FW_OUT;
	if (tt_fw_side_names(&rule->sides[TT_FW_TO], owner, vm))
		dirs |= TT_FW_IN;
	return dirs;
}

bool
tt_fw_restates(const struct tt_fw_rule *rule, enum tt_fw_dir dir)
{
	return rule->priority == 0 &&
	       rule->action == (dir == TT_FW_OUT ? TT_FW_ALLOW : TT_FW_BLOCK);
}

static int
compare_numbers(int a, int b)
{
	return (a > b) - (a < b);
}

/* PORT ALL last: it matches what the others match too. */
static int
compare_ports(const struct tt_fw_rule *a, const struct tt_fw_rule *b)
{
	int c = compare_numbers(a->all_ports, b->all_ports);

	for (unsigned i = 0; c == 0 && i < a->n_ports && i < b->n_ports; i++) {
		const struct tt_fw_port *x = &a->ports[i], *y = &b->ports[i];

		c = compare_numbers(x->first, y->first);
		if (c == 0)
			c = compare_numbers(x->last, y->last);
		if (c == 0)
			c = compare_numbers(x->code, y->code);
	}
	return c != 0 ? c : compare_numbers((int)a->n_ports, (int)b->n_ports);
}

static int
compare_sides(const struct tt_fw_side *a, const struct tt_fw_side *b)
{
	int c = compare_numbers(a->wildcard, b->wildcard);

	for (unsigned i = 0; c == 0 && i < a->n && i < b->n; i++) {
		const struct tt_fw_target *x = &a->targets[i], *y = &b->targets[i];

		c = compare_numbers(x->kind, y->kind);
		if (c == 0)
			c = strcmp(x->text, y->text);
		if (c == 0)
			c = strcmp(x->value != NULL ? x->value : "",
			    y->value != NULL ? y->value : "");
	}
	return c != 0 ? c : compare_numbers((int)a->n, (int)b->n);
}

int
tt_fw_compare(const struct tt_fw_rule *a, const struct tt_fw_rule *b, enum tt_fw_dir dir)
{
	int c = compare_numbers(a->proto, b->proto);

	if (c == 0)
		c = compare_numbers((int)b->priority, (int)a->priority);
	if (c == 0)
		c = dir == TT_FW_OUT ? compare_numbers(a->action, b->action)
				     : compare_numbers(b->action, a->action);
	if (c == 0)
		c = compare_ports(a, b);
	if (c == 0)
		c = compare_sides(&a->sides[dir == TT_FW_OUT ? TT_FW_TO : TT_FW_FROM],
		    &b->sides[dir == TT_FW_OUT ? TT_FW_TO : TT_FW_FROM]);
	return c;
}
