// SPDX-License-Identifier: MPL-2.0
/*
 * Grammar of firewall rules, by recursive descent with one word of lookahead. Each state
 * has its set of words that may follow; the message for another word lists that set. The
 * sets are those of the reference's generated parser, which looks at what may follow a
 * phrase anywhere before it looks at what may follow it here: so after a target it first
 * expects what follows any target, then what follows this one.
 */
#include "platform/lib/model/fwparse.h"

#include <errno.h>
#include <string.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/str.h"

#define BIT(kind)      (1ULL << TT_FWT_##kind)
#define TARGETS        (BIT(IP) | BIT(SUBNET) | BIT(VM) | BIT(TAG))
#define AFTER_SIDE     (BIT(TO) | BIT(BLOCK) | BIT(ALLOW))
#define AFTER_TARGET   (AFTER_SIDE | BIT(CLOSE) | BIT(OR))
#define ADDRESS        (BIT(IP4) | BIT(IP6))
#define TEXT           (BIT(WORD) | BIT(STRING))
#define PROTOCOLS      (BIT(TCP) | BIT(UDP) | BIT(ICMP) | BIT(ICMP6) | BIT(AH) | BIT(ESP))
#define AFTER_PROTOCOL (BIT(EOF) | BIT(PRIORITY))
#define AFTER_ALL      (AFTER_PROTOCOL | BIT(CLOSE))
#define AFTER_NUMBER   (AFTER_ALL | BIT(AND))

static const struct tt_fw_token no_token = { .kind = TT_FWT_NONE };

/* Characters (not bytes) in front of an offset. */
static size_t
characters(const char *text, size_t offset)
{
	size_t n = 0;

	for (size_t i = 0; i < offset; i++)
		n += ((unsigned char)text[i] & 0xc0) != 0x80;
	return n;
}

/* Text that is no word: its next twenty characters, without line ends. */
static int
unexpected(struct tt_fw_parser *p)
{
	const size_t at = (size_t)(p->token.text - p->lexer.text);
	tt_auto(buf) struct tt_buf shown = TT_BUF_INIT(128);
	size_t n = 0;

	for (size_t i = at; i < p->lexer.len; i++) {
		const char c = p->lexer.text[i];

		n += ((unsigned char)c & 0xc0) != 0x80;
		if (n > 20)
			break;
		if (c != '\n' && c != '\0')
			tt_buf_addc(&shown, c);
	}
	return tt_err_set(p->err, -EINVAL, "InvalidParameter",
	    "Error at character %zu: '%s', found: unexpected text",
	    characters(p->lexer.text, at), tt_buf_str(&shown));
}

static int
syntax_error(struct tt_fw_parser *p, uint64_t expected)
{
	tt_auto(buf) struct tt_buf list = TT_BUF_INIT(TT_KIB);

	if (p->token.kind == TT_FWT_NONE)
		return unexpected(p);
	for (enum tt_fw_token_kind k = 0; k < TT_FWT_MAX; k++)
		if (expected >> k & 1)
			tt_buf_addf(&list, "%s'%s'", list.len > 0 ? ", " : "",
			    tt_fw_token_expected(k));
	return tt_err_set(p->err, -EINVAL, "InvalidParameter",
	    "Error at character %zu: '%.*s', expected: %s, found: %s",
	    characters(p->lexer.text, p->end), (int)p->token.len, p->token.text,
	    tt_buf_str(&list),
	    p->token.kind == TT_FWT_EOF && p->end == 0
		? "empty string"
		: tt_fw_token_found(p->token.kind));
}

static int
expect(struct tt_fw_parser *p, uint64_t expected)
{
	if (p->token.kind < TT_FWT_MAX && (expected >> p->token.kind & 1))
		return 0;
	return syntax_error(p, expected);
}

static struct tt_fw_token
advance(struct tt_fw_parser *p)
{
	const struct tt_fw_token taken = p->token;

	p->end = p->lexer.at;
	p->token = tt_fw_lex(&p->lexer);
	return taken;
}

/* expect, then advance. */
static int
take(struct tt_fw_parser *p, uint64_t expected, struct tt_fw_token *ret)
{
	int r = expect(p, expected);

	if (r == 0)
		*ret = advance(p);
	return r;
}

static int
parse_tag(struct tt_fw_parser *p, enum tt_fw_end end)
{
	struct tt_fw_token name = no_token, value = no_token;
	int r = take(p, TEXT, &name);

	if (r == 0)
		r = expect(p, AFTER_TARGET | BIT(EQUALS));
	if (r == 0 && p->token.kind == TT_FWT_EQUALS) {
		(void)advance(p);
		r = take(p, TEXT, &value);
		if (r == 0)
			r = expect(p, AFTER_TARGET | BIT(EQUALS));
		if (r == 0)
			r = expect(p, AFTER_TARGET);
	}
	return r < 0 ? r : tt_fw_add_tag(p, end, name, value);
}

static int
parse_target(struct tt_fw_parser *p, enum tt_fw_end end)
{
	const enum tt_fw_token_kind kind = advance(p).kind;
	struct tt_fw_token first = no_token, suffix = no_token;
	int r;

	if (kind == TT_FWT_TAG)
		return parse_tag(p, end);
	r = take(p, kind == TT_FWT_VM ? BIT(WORD) : ADDRESS, &first);
	if (r == 0 && kind == TT_FWT_SUBNET)
		r = take(p, BIT(CIDR), &suffix);
	if (r == 0)
		r = expect(p, AFTER_TARGET);
	if (r < 0)
		return r;
	if (kind == TT_FWT_VM)
		return tt_fw_add_vm(p, end, first);
	if (kind == TT_FWT_SUBNET)
		return tt_fw_add_subnet(p, end, first, suffix);
	return tt_fw_add_address(p, end, first);
}

/* ANY or ALL VMS. */
static int
parse_wildcard(struct tt_fw_parser *p, struct tt_fw_side *side)
{
	struct tt_fw_token vms;

	side->wildcard = p->token.kind == TT_FWT_ANY ? TT_FW_ANY : TT_FW_ALL_VMS;
	(void)advance(p);
	return side->wildcard == TT_FW_ANY ? 0 : take(p, BIT(VMS), &vms);
}

static int
parse_list(struct tt_fw_parser *p, enum tt_fw_end end)
{
	struct tt_fw_side *side = &p->rule->sides[end];
	struct tt_fw_token bracket;
	int r;

	(void)advance(p);
	r = expect(p, TARGETS | BIT(ALL) | BIT(ANY));
	if (r < 0)
		return r;
	if (!(TARGETS >> p->token.kind & 1)) {
		r = parse_wildcard(p, side);
		return r < 0 ? r : take(p, BIT(CLOSE), &bracket);
	}
	for (;;) {
		r = parse_target(p, end);
		if (r == 0)
			r = expect(p, BIT(CLOSE) | BIT(OR));
		if (r < 0)
			return r;
		if (advance(p).kind == TT_FWT_CLOSE)
			return 0;
		r = expect(p, TARGETS);
		if (r < 0)
			return r;
	}
}

static int
parse_side(struct tt_fw_parser *p, enum tt_fw_end end)
{
	int r = expect(p, TARGETS | BIT(OPEN) | BIT(ALL) | BIT(ANY));

	if (r < 0)
		return r;
	if (p->token.kind == TT_FWT_OPEN)
		r = parse_list(p, end);
	else if (TARGETS >> p->token.kind & 1)
		r = parse_target(p, end);
	else
		r = parse_wildcard(p, &p->rule->sides[end]);
	return r < 0 ? r : expect(p, AFTER_SIDE);
}

/* A number behind PORT or TYPE; it is *not* ALL. The word before it has been taken. */
static int
parse_one(struct tt_fw_parser *p, bool types)
{
	struct tt_fw_token number = no_token, code = no_token;
	int r = take(p, BIT(WORD), &number);

	if (r == 0)
		r = expect(p, AFTER_NUMBER | (types ? BIT(CODE) : 0));
	if (r == 0 && p->token.kind == TT_FWT_CODE) {
		(void)advance(p);
		r = take(p, BIT(WORD), &code);
		if (r == 0)
			r = expect(p, AFTER_NUMBER);
	}
	if (r < 0)
		return r;
	return types ? tt_fw_add_type(p, number, code) : tt_fw_add_port(p, number);
}

/* PORT ALL or TYPE ALL, or the first number; the word before it has been taken. */
static int
parse_first(struct tt_fw_parser *p, bool types)
{
	int r = expect(p, BIT(ALL) | BIT(WORD));

	if (r < 0 || p->token.kind != TT_FWT_ALL)
		return r < 0 ? r : parse_one(p, types);
	(void)advance(p);
	r = expect(p, AFTER_ALL);
	if (r == 0 && types)
		r = tt_fw_need_version(p, TT_FW_V3, "all ICMP types");
	p->rule->all_ports = true;
	return r;
}

/* (PORT n AND PORT n), (PORT ALL), PORT n, PORT ALL; the same with TYPE. */
static int
parse_numbers(struct tt_fw_parser *p, bool types)
{
	const uint64_t word = types ? BIT(TYPE) : BIT(PORT);
	const bool open = p->token.kind == TT_FWT_OPEN;
	struct tt_fw_token taken;
	int r;

	if (open)
		(void)advance(p);
	r = take(p, word, &taken);
	if (r == 0)
		r = parse_first(p, types);
	if (r == 0 && !open)
		return expect(p, AFTER_PROTOCOL);
	while (r == 0 && p->token.kind == TT_FWT_AND) {
		(void)advance(p);
		r = take(p, word, &taken);
		if (r == 0)
			r = parse_one(p, types);
	}
	if (r == 0)
		r = take(
		    p, p->rule->all_ports ? BIT(CLOSE) : BIT(CLOSE) | BIT(AND), &taken);
	return r < 0 ? r : expect(p, AFTER_PROTOCOL);
}

/* PORTS n, a - b, ... */
static int
parse_ranges(struct tt_fw_parser *p)
{
	const uint64_t after = AFTER_PROTOCOL | BIT(COMMA);
	struct tt_fw_token first = no_token, last = no_token;
	int r;

	do {
		(void)advance(p); /* PORTS, then commas */
		r = take(p, BIT(WORD), &first);
		if (r == 0)
			r = expect(p, after | BIT(DASH));
		if (r == 0 && p->token.kind == TT_FWT_DASH) {
			(void)advance(p);
			r = take(p, BIT(WORD), &last);
			if (r == 0)
				r = expect(p, after);
			if (r == 0)
				r = tt_fw_add_range(p, first, last);
		} else if (r == 0) {
			r = tt_fw_add_ports(p, first);
		}
	} while (r == 0 && p->token.kind == TT_FWT_COMMA);
	return r < 0 ? r : tt_fw_need_version(p, TT_FW_V2, "port ranges");
}

static int
parse_protocol(struct tt_fw_parser *p)
{
	struct tt_fw_token word = no_token;
	bool types;
	int r = take(p, PROTOCOLS, &word);

	if (r < 0)
		return r;
	p->rule->proto = TT_FW_TCP + (enum tt_fw_proto)(word.kind - TT_FWT_TCP);
	if (p->rule->proto >= TT_FW_AH) {
		p->rule->all_ports = true;
		r = expect(p, AFTER_PROTOCOL);
		return r < 0
			   ? r
			   : tt_fw_need_version(p, TT_FW_V4, "the AH and ESP protocols");
	}
	types = p->rule->proto >= TT_FW_ICMP;
	r = expect(p, BIT(OPEN) | (types ? BIT(TYPE) : BIT(PORT) | BIT(PORTS)));
	if (r < 0)
		return r;
	r = p->token.kind == TT_FWT_PORTS ? parse_ranges(p) : parse_numbers(p, types);
	if (r == 0 && p->rule->proto == TT_FW_ICMP6)
		r = tt_fw_need_version(p, TT_FW_V3, "IPv6");
	return r;
}

static int
parse_priority(struct tt_fw_parser *p)
{
	struct tt_fw_token level = no_token;
	int r;

	if (p->token.kind == TT_FWT_PRIORITY) {
		(void)advance(p);
		r = take(p, BIT(WORD), &level);
		if (r == 0)
			r = tt_fw_need_version(p, TT_FW_V4, "priority levels");
		if (r == 0)
			r = tt_fw_set_priority(p, level);
		if (r < 0)
			return r;
		return expect(p, BIT(EOF));
	}
	return expect(p, AFTER_PROTOCOL);
}

static int
parse_rule(struct tt_fw_parser *p)
{
	struct tt_fw_token word = no_token;
	int r = take(p, BIT(FROM), &word);

	if (r == 0)
		r = parse_side(p, TT_FW_FROM);
	if (r == 0)
		r = take(p, BIT(TO), &word);
	if (r == 0)
		r = parse_side(p, TT_FW_TO);
	if (r == 0)
		r = take(p, BIT(BLOCK) | BIT(ALLOW), &word);
	if (r < 0)
		return r;
	p->rule->action = word.kind == TT_FWT_ALLOW ? TT_FW_ALLOW : TT_FW_BLOCK;
	r = parse_protocol(p);
	if (r == 0)
		r = parse_priority(p);
	return r < 0 ? r : tt_fw_check(p);
}

int
tt_fw_rule_parse(const char *text, size_t len, const struct tt_fw_opts *opts,
    struct tt_fw_rule **ret, struct tt_err **err)
{
	tt_auto(fw_rule) struct tt_fw_rule *rule = NULL;
	struct tt_fw_parser p = {
		.lexer = { .text = text, .len = len },
		.version =
		    opts != NULL && opts->version > 0 ? opts->version : TT_FW_VERSION,
		.strict_mask = opts != NULL && opts->strict_mask,
		.err = err,
	};
	int r;

	if (len > TT_FW_TEXT_MAX)
		return tt_err_set(err, -EINVAL, "InvalidParameter",
		    "rule text has %zu bytes, at most %llu are allowed", len,
		    TT_FW_TEXT_MAX);
	if (tt_utf8_check(text, len) >= 0)
		return tt_err_set(err, -EINVAL, "InvalidParameter",
		    "rule text is not valid UTF-8 at byte %ld", tt_utf8_check(text, len));
	/* every target's word is longer than the NULs and dots of its texts */
	rule = tt_xalloc(sizeof(*rule) + len + 1);
	p.rule = rule;
	p.lexer.any_case = p.version >= TT_FW_V5;
	p.token = tt_fw_lex(&p.lexer);
	r = parse_rule(&p);
	if (r < 0)
		return r;
	*ret = tt_take(rule);
	return 0;
}

void
tt_fw_rule_free(struct tt_fw_rule *rule)
{
	free(rule);
}
