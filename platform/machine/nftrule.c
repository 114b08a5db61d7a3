// SPDX-License-Identifier: MPL-2.0
/*
 * Firewall rules as nftables rules: for each instance a chain outward, whose allow is a
 * return (the frame must still pass the receiver's chain), and one inward, which ends in a
 * drop. The other end's addresses are sets of the rule, shared by all chains, so that a VM
 * that comes or goes elsewhere changes sets and no chain.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/uuid.h"
#include "platform/machine/nft_int.h"

/* Uuid and version; a version is of digits and a dot, anything else is left out. */
static char *
comment_of(const char *uuid, const char *version)
{
	const size_t len = strlen(version);

	if (len == 0 || len > 40 || strspn(version, "0123456789.") != len)
		return tt_xstrdup(uuid);
	return tt_xprintf("%s %s", uuid, version);
}

static int
load_rule(const json_t *object, struct nft_rule *r, struct tt_err **err)
{
	const json_t *text = json_object_get(object, "rule");
	const struct tt_fw_opts opts = { .version = TT_FW_V4 };

	*r = (struct nft_rule){ 0 };
	r->entry.uuid = tt_json_str(object, "uuid", "");
	r->entry.owner = tt_json_str(object, "owner_uuid", NULL);
	r->log = tt_json_bool(object, "log", false);
	if (!tt_uuid_valid(r->entry.uuid))
		return tt_err_set(err, -EINVAL, "InvalidParameter",
		    "rule '%s': uuid is not a UUID", r->entry.uuid);
	if (r->entry.owner == NULL && !tt_json_bool(object, "global", false))
		return tt_err_set(err, -EINVAL, "InvalidParameter",
		    "rule '%s': neither owner_uuid nor global is set", r->entry.uuid);
	if (tt_fw_rule_parse(json_is_string(text) ? json_string_value(text) : "",
		json_string_length(text), &opts, &r->rule, err) < 0)
		return tt_err_wrap(err, -EINVAL, "rule '%s'", r->entry.uuid);
	r->entry.rule = r->rule;
	r->comment = comment_of(r->entry.uuid, tt_json_str(object, "version", ""));
	return 0;
}

void
nft_rules_load(struct nft_builder *b, json_t *skipped)
{
	const json_t *object;
	size_t i;

	b->rules = tt_xcalloc(json_array_size(b->world->rules) + 1, sizeof(*b->rules));
	json_array_foreach(b->world->rules, i, object)
	{
		struct nft_rule *r = &b->rules[b->n_rules];
		tt_auto(err) struct tt_err *err = NULL;

		if (!tt_json_bool(object, "enabled", false))
			continue;
		if (load_rule(object, r, &err) == 0)
			b->n_rules++;
		else if (skipped != NULL)
			json_array_append_new(
			    skipped, json_pack("{s:s, s:s}", "uuid", r->entry.uuid,
					 "message", tt_err_message(err)));
	}
}

void
nft_rules_release(struct nft_builder *b)
{
	for (size_t i = 0; i < b->n_rules; i++) {
		tt_fw_rule_free(b->rules[i].rule);
		free(b->rules[i].comment);
	}
	free(b->rules);
}

/* Addresses can only be told apart where there are some. */
static bool
has_family(const struct tt_fw_side *side, unsigned family)
{
	if (side->wildcard == TT_FW_ALL_VMS)
		return true;
	for (unsigned i = 0; i < side->n; i++)
		if (side->targets[i].kind >= TT_FW_TAG ||
		    side->targets[i].family == family)
			return true;
	return false;
}

/* Addresses and subnets of a side, and those of all VMs that it names. */
static void
gather(const struct nft_builder *b, const struct nft_rule *r,
    const struct tt_fw_side *side, struct nft_ranges *ret)
{
	for (unsigned i = 0; i < side->n && side->targets[i].kind <= TT_FW_SUBNET; i++)
		nft_ranges_add(ret, side->targets[i].family, side->targets[i].addr,
		    side->targets[i].prefix);
	for (size_t i = 0; i < b->n_vms; i++)
		if (tt_fw_side_names(side, r->entry.owner, &b->vms[i].fw))
			nft_ranges_append(ret, &b->vms[i].ips);
	nft_ranges_merge(ret);
}

static void
make_sets(struct nft_builder *b, struct nft_rule *r, enum tt_fw_end end)
{
	const struct tt_fw_side *side = &r->rule->sides[end];
	struct nft_ranges ranges = { 0 };

	if (r->set_made[end] || side->wildcard == TT_FW_ANY)
		return;
	r->set_made[end] = true;
	gather(b, r, side, &ranges);
	for (unsigned family = 4; family <= 6; family += 2) {
		struct nft_object *set;

		if (!has_family(side, family))
			continue;
		set = nft_add(b->nft, NFT_SET,
		    tt_xprintf(
			"r%s_%c%u", r->entry.uuid, end == TT_FW_FROM ? 's' : 'd', family),
		    family == 6 ? "type ipv6_addr; flags interval;"
				: "type ipv4_addr; flags interval;");
		nft_ranges_list(&ranges, family, &set->items);
		nft_list_sort(&set->items);
	}
	nft_ranges_release(&ranges);
}

/* "tcp dport { 80, 8000-8099 }" with what overlaps joined, as an anonymous set wants it. */
static void
put_ports(struct tt_buf *out, const struct tt_fw_rule *rule)
{
	unsigned first = 0, last = 0, n = 0;

	tt_buf_addf(out, "%s dport { ", tt_fw_proto_name(rule->proto));
	for (unsigned i = 0; i <= rule->n_ports; i++) {
		const struct tt_fw_port *p = &rule->ports[i];

		if (i < rule->n_ports && i > 0 && p->first <= last) {
			last = p->last > last ? p->last : last;
			continue;
		}
		if (i > 0 && first == last)
			tt_buf_addf(out, "%s%u", n++ > 0 ? ", " : "", first);
		else if (i > 0)
			tt_buf_addf(out, "%s%u-%u", n++ > 0 ? ", " : "", first, last);
		if (i < rule->n_ports) {
			first = p->first;
			last = p->last;
		}
	}
	tt_buf_adds(out, " }");
}

/* Rules with the address part where, one or more: each ICMP code is one of its own. */
struct lines {
	struct nft_list *list;
	const char *where; /* "" or with a blank at its end */
	const char *then;  /* counter, log, verdict, comment */
};

static void
put_types(const struct lines *l, const struct tt_fw_rule *rule)
{
	const char *word = rule->proto == TT_FW_ICMP ? "icmp" : "icmpv6";
	tt_auto(buf) struct tt_buf types = TT_BUF_INIT(4 * TT_KIB);
	int before = -1;

	for (unsigned i = 0; i < rule->n_ports; i++) {
		const struct tt_fw_port *p = &rule->ports[i];

		if (p->code >= 0) {
			nft_list_addf(l->list, "%s%s type %u %s code %d %s", l->where,
			    word, p->first, word, p->code, l->then);
			continue;
		}
		if (p->first != before)
			tt_buf_addf(&types, "%s%u", types.len > 0 ? ", " : "", p->first);
		before = p->first;
	}
	if (types.len > 0)
		nft_list_addf(
		    l->list, "%s%s type { %s } %s", l->where, word, types.data, l->then);
}

static void
put_rule(const struct lines *l, const struct tt_fw_rule *rule)
{
	static const char *const names[TT_FW_PROTO_MAX] = { "tcp", "udp", "icmp",
		"ipv6-icmp", "ah", "esp" };
	tt_auto(buf) struct tt_buf ports = TT_BUF_INIT(4 * TT_KIB);

	if (rule->all_ports) {
		nft_list_addf(l->list, "%smeta l4proto %s %s", l->where,
		    names[rule->proto], l->then);
	} else if (rule->proto >= TT_FW_ICMP) {
		put_types(l, rule);
	} else {
		put_ports(&ports, rule);
		nft_list_addf(l->list, "%s%s %s", l->where, ports.data, l->then);
	}
}

/* All lines of a rule in one direction: once, or once for each family with addresses. */
static void
put_direction(struct nft_list *list, const struct nft_rule *r, enum tt_fw_dir dir)
{
	const enum tt_fw_end other = dir == TT_FW_OUT ? TT_FW_TO : TT_FW_FROM;
	const struct tt_fw_side *side = &r->rule->sides[other];
	const bool any = side->wildcard == TT_FW_ANY;
	const char *allow = dir == TT_FW_OUT ? "return" : "accept";
	tt_auto(free) char *log = r->log ? tt_xprintf("log prefix \"%s \" group %d ",
					       r->entry.uuid, MACH_NFT_LOG_GROUP)
					 : tt_xstrdup("");
	tt_auto(free) char *then = tt_xprintf("counter %s%s comment \"%s\"", log,
	    r->rule->action == TT_FW_ALLOW ? allow : "drop", r->comment);

	for (unsigned family = 4; family <= 6; family += 2) {
		tt_auto(free) char *where = NULL;

		if ((r->rule->proto == TT_FW_ICMP && family == 6) ||
		    (r->rule->proto == TT_FW_ICMP6 && family == 4) ||
		    (!any && !has_family(side, family)))
			continue;
		if (!any)
			where = tt_xprintf("%s %s @r%s_%c%u ", family == 6 ? "ip6" : "ip",
			    dir == TT_FW_OUT ? "daddr" : "saddr", r->entry.uuid,
			    other == TT_FW_FROM ? 's' : 'd', family);
		else if (r->rule->proto == TT_FW_ICMP || r->rule->proto == TT_FW_ICMP6)
			where =
			    tt_xprintf("meta protocol %s ", family == 6 ? "ip6" : "ip");
		else
			where = tt_xstrdup("");
		put_rule(&(struct lines){ list, where, then }, r->rule);
		if (any && where[0] == '\0')
			break;
	}
}

static int
compare_rules(const struct nft_rule *a, const struct nft_rule *b, enum tt_fw_dir dir)
{
	int c = tt_fw_compare(a->rule, b->rule, dir);

	return c != 0 ? c : strcmp(a->entry.uuid, b->entry.uuid);
}

static int
compare_out(const void *a, const void *b)
{
	return compare_rules(
	    *(struct nft_rule *const *)a, *(struct nft_rule *const *)b, TT_FW_OUT);
}

static int
compare_in(const void *a, const void *b)
{
	return compare_rules(
	    *(struct nft_rule *const *)a, *(struct nft_rule *const *)b, TT_FW_IN);
}

static void
put_chain(struct nft_builder *b, const struct nft_vm *vm, enum tt_fw_dir dir)
{
	tt_auto(free) struct nft_rule **rules =
	    tt_xcalloc(b->n_rules + 1, sizeof(*rules));
	struct nft_list list = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < b->n_rules; i++) {
		struct nft_rule *r = &b->rules[i];

		if ((tt_fw_touches(r->rule, r->entry.owner, &vm->fw) & dir) &&
		    !tt_fw_restates(r->rule, dir))
			rules[n++] = r;
	}
	if (n > 0)
		qsort(rules, n, sizeof(*rules),
		    dir == TT_FW_OUT ? compare_out : compare_in);
	for (size_t i = 0; i < n; i++) {
		make_sets(b, rules[i], dir == TT_FW_OUT ? TT_FW_TO : TT_FW_FROM);
		put_direction(&list, rules[i], dir);
	}
	nft_list_addf(&list, "%s", dir == TT_FW_OUT ? "return" : "counter drop");
	nft_add(b->nft, NFT_CHAIN,
	    tt_xprintf("%c_%s", dir == TT_FW_OUT ? 'o' : 'i', vm->fw.uuid), "")
	    ->items = list;
}

void
nft_rules_chains(struct nft_builder *b, const struct nft_vm *vm)
{
	put_chain(b, vm, TT_FW_OUT);
	put_chain(b, vm, TT_FW_IN);
}
