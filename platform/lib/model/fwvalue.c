// SPDX-License-Identifier: MPL-2.0
/*
 * Values of firewall rules: what an address, a number, a tag may be, where it is put, and
 * what holds for a rule as a whole. Part of the parser, see fwparse.h.
 */
#include "platform/lib/model/fwparse.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "platform/lib/base/uuid.h"

#define INVALID(p, ...) tt_err_set((p)->err, -EINVAL, "InvalidParameter", __VA_ARGS__)

int
tt_fw_need_version(struct tt_fw_parser *p, unsigned version, const char *feature)
{
	if (p->version >= version)
		return 0;
	return INVALID(
	    p, "The rule uses a feature (%s) newer than this API allows", feature);
}

/* A copy in the rule's own memory, small letters when asked; the NUL is there already. */
static char *
keep(struct tt_fw_parser *p, const char *text, size_t len, bool lower)
{
	char *out = p->rule->texts + p->texts_used;

	memcpy(out, text, len);
	for (size_t i = 0; lower && i < len; i++)
		if (out[i] >= 'A' && out[i] <= 'Z')
			out[i] = (char)(out[i] + 32);
	p->texts_used += len + 1;
	return out;
}

static int
compare_text(const char *a, size_t a_len, const char *b, size_t b_len)
{
	const size_t n = a_len < b_len ? a_len : b_len;
	int c = memcmp(a, b, n);

	return c != 0 ? c : (a_len > b_len) - (a_len < b_len);
}

/* Order of the canonical text. */
static int
compare_targets(const struct tt_fw_target *a, const struct tt_fw_target *b)
{
	int c;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	c = compare_text(a->text, a->text_len, b->text, b->text_len);
	if (c != 0 || a->kind != TT_FW_TAG)
		return c;
	if (a->value == NULL || b->value == NULL)
		return (a->value != NULL) - (b->value != NULL);
	return compare_text(a->value, a->value_len, b->value, b->value_len);
}

static bool
same_tag(const struct tt_fw_target *a, const struct tt_fw_target *b)
{
	return a->kind == TT_FW_TAG && b->kind == TT_FW_TAG &&
	       a->text_len == b->text_len && !memcmp(a->text, b->text, a->text_len);
}

/* What t says is said by have: the same address in any spelling, the tag with any value. */
static bool
covers(const struct tt_fw_target *have, const struct tt_fw_target *t)
{
	if (have->kind != t->kind)
		return false;
	if (have->kind <= TT_FW_SUBNET)
		return have->family == t->family && have->prefix == t->prefix &&
		       !memcmp(have->addr, t->addr, sizeof(t->addr));
	if (same_tag(have, t) && have->value == NULL)
		return true;
	return compare_targets(have, t) == 0;
}

static void
add_target(struct tt_fw_parser *p, enum tt_fw_end end, const struct tt_fw_target *t)
{
	struct tt_fw_side *side = &p->rule->sides[end];
	unsigned at, kept = 0;

	for (unsigned i = 0; i < side->n; i++)
		if (covers(&side->targets[i], t))
			return;
	if (t->kind == TT_FW_TAG && t->value == NULL) {
		for (unsigned i = 0; i < side->n; i++)
			if (!same_tag(&side->targets[i], t))
				side->targets[kept++] = side->targets[i];
		side->n = kept;
	}
	if (side->n == TT_FW_TARGETS_MAX) {
		p->many_targets = true;
		return;
	}
	for (at = side->n; at > 0 && compare_targets(&side->targets[at - 1], t) > 0; at--)
		side->targets[at] = side->targets[at - 1];
	side->targets[at] = *t;
	side->n++;
}

/* Into t->addr; the text of the token is short, or it is no address. */
static int
parse_address(struct tt_fw_token token, struct tt_fw_target *t)
{
	char text[INET6_ADDRSTRLEN] = "";

	t->family = token.kind == TT_FWT_IP6 ? 6 : 4;
	t->prefix = t->family == 6 ? 128 : 32;
	if (token.len >= sizeof(text))
		return -EINVAL;
	memcpy(text, token.text, token.len);
	return inet_pton(t->family == 6 ? AF_INET6 : AF_INET, text, t->addr) == 1
		   ? 0
		   : -EINVAL;
}

int
tt_fw_add_address(struct tt_fw_parser *p, enum tt_fw_end end, struct tt_fw_token address)
{
	struct tt_fw_target t = { .kind = TT_FW_IP };
	const uint32_t none = 0, all = 0xffffffff;
	int r = 0;

	if (address.kind == TT_FWT_IP6)
		r = tt_fw_need_version(p, TT_FW_V3, "IPv6");
	if (r < 0)
		return r;
	r = parse_address(address, &t);
	if (r < 0 ||
	    (t.family == 4 && (!memcmp(t.addr, &none, 4) || !memcmp(t.addr, &all, 4))))
		return INVALID(p, "IPv%u address \"%.*s\" is invalid", t.family,
		    (int)address.len, address.text);
	t.text = keep(p, address.text, address.len, true);
	t.text_len = (uint32_t)address.len;
	add_target(p, end, &t);
	return 0;
}

/* Decimal digits, all of the text, at most max; -EINVAL otherwise. */
static int
number(const char *text, size_t len, unsigned max, unsigned *ret)
{
	unsigned v = 0;

	if (len == 0)
		return -EINVAL;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -EINVAL;
		v = v * 10 + (unsigned)(text[i] - '0');
		if (v > max)
			return -EINVAL;
	}
	*ret = v;
	return 0;
}

/* Bits of the address behind its first prefix bits. */
static bool
host_bits(const struct tt_fw_target *t)
{
	const unsigned len = t->family == 6 ? 16 : 4;

	for (unsigned i = 0; i < len; i++) {
		const unsigned covered = t->prefix > 8 * i ? t->prefix - 8 * i : 0;

		if (covered < 8 && (t->addr[i] & 0xff >> covered))
			return true;
	}
	return false;
}

/* "addr/24": a suffix that begins with zeros gets shorter, never longer. */
static void
keep_subnet(struct tt_fw_parser *p, struct tt_fw_token address, struct tt_fw_target *t)
{
	char *text = p->rule->texts + p->texts_used;
	size_t n = address.len;

	t->text = text;
	(void)keep(p, address.text, address.len, true);
	text[n++] = '/';
	if (t->prefix >= 100)
		text[n++] = (char)('0' + t->prefix / 100);
	if (t->prefix >= 10)
		text[n++] = (char)('0' + t->prefix / 10 % 10);
	text[n++] = (char)('0' + t->prefix % 10);
	t->text_len = (uint32_t)n;
	p->texts_used += n - address.len;
}

int
tt_fw_add_subnet(struct tt_fw_parser *p, enum tt_fw_end end, struct tt_fw_token address,
    struct tt_fw_token suffix)
{
	struct tt_fw_target t = { .kind = TT_FW_SUBNET };
	const char *why = NULL;
	unsigned prefix = 0;
	int r = 0;

	if (address.kind == TT_FWT_IP6)
		r = tt_fw_need_version(p, TT_FW_V3, "IPv6");
	if (r < 0)
		return r;
	if (parse_address(address, &t) < 0)
		why = "bad address component";
	else if (number(suffix.text + 1, suffix.len - 1, t.prefix, &prefix) < 0)
		why = "bad prefix length";
	t.prefix = (uint8_t)prefix;
	if (why == NULL && p->strict_mask && host_bits(&t))
		why = "bits set to right of mask";
	if (why != NULL)
		return INVALID(p, "Subnet \"%.*s%.*s\" is invalid (%s)", (int)address.len,
		    address.text, (int)suffix.len, suffix.text, why);
	keep_subnet(p, address, &t);
	add_target(p, end, &t);
	return 0;
}

/* A tag's name or value: a bare word or a string. */
static int
keep_tag_text(struct tt_fw_parser *p, struct tt_fw_token token, const char **ret_text,
    uint32_t *ret_len)
{
	char *out = p->rule->texts + p->texts_used;
	long n;

	if (token.kind == TT_FWT_WORD) {
		*ret_text = keep(p, token.text, token.len, false);
		*ret_len = (uint32_t)token.len;
		return 0;
	}
	n = tt_fw_unescape(token.text + 1, token.len - 2, out);
	if (n < 0)
		return INVALID(p,
		    "%.*s is not a valid tag text (an escape in it is no character)",
		    (int)token.len, token.text);
	out[n] = '\0';
	p->texts_used += (size_t)n + 1;
	*ret_text = out;
	*ret_len = (uint32_t)n;
	return 0;
}

int
tt_fw_add_tag(struct tt_fw_parser *p, enum tt_fw_end end, struct tt_fw_token name,
    struct tt_fw_token value)
{
	struct tt_fw_target t = { .kind = TT_FW_TAG, .text = "" };
	int r = keep_tag_text(p, name, &t.text, &t.text_len);

	if (r == 0 && value.kind != TT_FWT_NONE) {
		t.value = "";
		r = keep_tag_text(p, value, &t.value, &t.value_len);
	}
	if (r == 0)
		add_target(p, end, &t);
	return r;
}

int
tt_fw_add_vm(struct tt_fw_parser *p, enum tt_fw_end end, struct tt_fw_token uuid)
{
	struct tt_fw_target t = { .kind = TT_FW_VM, .text_len = (uint32_t)uuid.len };

	t.text = keep(p, uuid.text, uuid.len, p->lexer.any_case);
	if (!tt_uuid_valid(t.text))
		return INVALID(p, "UUID \"%.*s\" is invalid", (int)uuid.len, uuid.text);
	add_target(p, end, &t);
	return 0;
}

static bool
port_before(struct tt_fw_port a, struct tt_fw_port b)
{
	if (a.first != b.first)
		return a.first < b.first;
	if (a.last != b.last)
		return a.last < b.last;
	return a.code != b.code ? a.code < b.code : a.range < b.range;
}

static void
put_port(struct tt_fw_parser *p, struct tt_fw_port port)
{
	struct tt_fw_rule *rule = p->rule;
	unsigned at;

	if (rule->n_ports == TT_FW_PORTS_MAX) {
		p->many_ports = true;
		return;
	}
	for (at = rule->n_ports; at > 0 && port_before(port, rule->ports[at - 1]); at--)
		rule->ports[at] = rule->ports[at - 1];
	rule->ports[at] = port;
	rule->n_ports++;
}

static int
port_number(struct tt_fw_parser *p, const char *text, size_t len, unsigned *ret)
{
	if (number(text, len, 65535, ret) < 0 || *ret == 0)
		return INVALID(p, "Port number \"%.*s\" is invalid", (int)len, text);
	return 0;
}

int
tt_fw_add_port(struct tt_fw_parser *p, struct tt_fw_token token)
{
	unsigned port = 0;
	int r = port_number(p, token.text, token.len, &port);

	if (r == 0)
		put_port(
		    p, (struct tt_fw_port){ (uint16_t)port, (uint16_t)port, -1, false });
	return r;
}

int
tt_fw_add_range(struct tt_fw_parser *p, struct tt_fw_token first, struct tt_fw_token last)
{
	unsigned from = 0, to = 0;
	int r = port_number(p, first.text, first.len, &from);

	if (r == 0)
		r = port_number(p, last.text, last.len, &to);
	if (r < 0)
		return r;
	if (to < from)
		return INVALID(p,
		    "The end of the range (%u) cannot be less than the start (%u)", to,
		    from);
	p->rule->ranges = true;
	put_port(p, (struct tt_fw_port){ (uint16_t)from, (uint16_t)to, -1, true });
	return 0;
}

int
tt_fw_add_ports(struct tt_fw_parser *p, struct tt_fw_token word)
{
	const char *dash = memchr(word.text, '-', word.len);
	struct tt_fw_token first = word, last = word;

	if (dash == NULL)
		return tt_fw_add_port(p, word);
	first.len = (size_t)(dash - word.text);
	last.text = dash + 1;
	last.len = word.len - first.len - 1;
	if (memchr(last.text, '-', last.len) != NULL)
		return INVALID(p, "\"%.*s\" is not a valid port number or range",
		    (int)word.len, word.text);
	return tt_fw_add_range(p, first, last);
}

int
tt_fw_add_type(struct tt_fw_parser *p, struct tt_fw_token type, struct tt_fw_token code)
{
	unsigned t = 0, c = 0;

	if (number(type.text, type.len, 255, &t) < 0)
		return INVALID(
		    p, "ICMP type \"%.*s\" is invalid", (int)type.len, type.text);
	if (code.kind != TT_FWT_NONE && number(code.text, code.len, 255, &c) < 0)
		return INVALID(
		    p, "ICMP code \"%.*s\" is invalid", (int)code.len, code.text);
	put_port(p, (struct tt_fw_port){ (uint16_t)t, (uint16_t)t,
			(int16_t)(code.kind != TT_FWT_NONE ? (int)c : -1), false });
	return 0;
}

int
tt_fw_set_priority(struct tt_fw_parser *p, struct tt_fw_token level)
{
	if (number(level.text, level.len, TT_FW_PRIORITY_MAX, &p->rule->priority) < 0)
		return INVALID(
		    p, "Priority level \"%.*s\" is invalid", (int)level.len, level.text);
	return 0;
}

/* icmp with IPv6 addresses, or icmp6 with IPv4 ones. */
static int
check_family(struct tt_fw_parser *p)
{
	const unsigned want = p->rule->proto == TT_FW_ICMP ? 4 : 6;

	if (p->rule->proto != TT_FW_ICMP && p->rule->proto != TT_FW_ICMP6)
		return 0;
	for (enum tt_fw_end e = 0; e < TT_FW_END_MAX; e++)
		for (unsigned i = 0; i < p->rule->sides[e].n; i++) {
			const struct tt_fw_target *t = &p->rule->sides[e].targets[i];

			if (t->kind <= TT_FW_SUBNET && t->family != want)
				return INVALID(p,
				    "rule affects ICMPv%u but contains a non-IPv%u %s",
				    want, want,
				    t->kind == TT_FW_IP ? "address" : "subnet");
		}
	return 0;
}

static bool
names_vms(const struct tt_fw_side *side)
{
	/* sorted: tags and VMs come last */
	return side->wildcard == TT_FW_ALL_VMS ||
	       (side->n > 0 && side->targets[side->n - 1].kind >= TT_FW_TAG);
}

int
tt_fw_check(struct tt_fw_parser *p)
{
	const unsigned max = p->version >= TT_FW_V4 ? TT_FW_PORTS_MAX : 8;
	const bool types = p->rule->proto == TT_FW_ICMP || p->rule->proto == TT_FW_ICMP6;

	if (p->many_targets)
		return INVALID(
		    p, "maximum of %d targets allowed per side", TT_FW_TARGETS_MAX);
	if (p->many_ports || p->rule->n_ports > max)
		return INVALID(
		    p, "maximum of %u %s allowed", max, types ? "types" : "ports");
	if (check_family(p) < 0)
		return -EINVAL;
	if (!names_vms(&p->rule->sides[TT_FW_FROM]) &&
	    !names_vms(&p->rule->sides[TT_FW_TO]))
		return INVALID(p, "rule does not affect VMs");
	return 0;
}
