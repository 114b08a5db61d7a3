// SPDX-License-Identifier: MPL-2.0
/* See fwlex.h. */
#include "platform/lib/model/fwlex.h"

#include <errno.h>
#include <string.h>

static const struct {
	const char *name;
	bool keyword;
	const char *shown; /* in a list of what was expected, when it is not the name */
} words[TT_FWT_MAX] = {
	[TT_FWT_FROM] = { "FROM", true, NULL },
	[TT_FWT_TO] = { "TO", true, NULL },
	[TT_FWT_EOF] = { "EOF", false, NULL },
	[TT_FWT_PRIORITY] = { "PRIORITY", true, NULL },
	[TT_FWT_OPEN] = { "(", false, NULL },
	[TT_FWT_CLOSE] = { ")", false, NULL },
	[TT_FWT_OR] = { "OR", true, NULL },
	[TT_FWT_ALL] = { "ALL", true, "all" },
	[TT_FWT_VMS] = { "VMS", true, NULL },
	[TT_FWT_ANY] = { "ANY", true, "any" },
	[TT_FWT_IP] = { "IP", true, "ip" },
	[TT_FWT_IP4] = { "IPV4ADDR", false, NULL },
	[TT_FWT_SUBNET] = { "SUBNET", true, "subnet" },
	[TT_FWT_CIDR] = { "CIDRSUFFIX", false, NULL },
	[TT_FWT_IP6] = { "IPV6ADDR", false, NULL },
	[TT_FWT_VM] = { "VM", true, "vm" },
	[TT_FWT_WORD] = { "WORD", false, NULL },
	[TT_FWT_TAG] = { "TAG", true, "tag" },
	[TT_FWT_EQUALS] = { "=", false, NULL },
	[TT_FWT_STRING] = { "STRING", false, NULL },
	[TT_FWT_BLOCK] = { "BLOCK", true, NULL },
	[TT_FWT_ALLOW] = { "ALLOW", true, NULL },
	[TT_FWT_TCP] = { "TCP", true, NULL },
	[TT_FWT_UDP] = { "UDP", true, NULL },
	[TT_FWT_ICMP] = { "ICMP", true, NULL },
	[TT_FWT_ICMP6] = { "ICMP6", true, NULL },
	[TT_FWT_AH] = { "AH", true, NULL },
	[TT_FWT_ESP] = { "ESP", true, NULL },
	[TT_FWT_AND] = { "AND", true, NULL },
	[TT_FWT_PORT] = { "PORT", true, NULL },
	[TT_FWT_PORTS] = { "PORTS", true, NULL },
	[TT_FWT_DASH] = { "-", false, NULL },
	[TT_FWT_COMMA] = { ",", false, NULL },
	[TT_FWT_TYPE] = { "TYPE", true, NULL },
	[TT_FWT_CODE] = { "CODE", true, NULL },
};

const char *
tt_fw_token_expected(enum tt_fw_token_kind kind)
{
	return words[kind].shown != NULL ? words[kind].shown : words[kind].name;
}

const char *
tt_fw_token_found(enum tt_fw_token_kind kind)
{
	return kind == TT_FWT_WORD ? "word" : words[kind].name;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_hex(char c, bool any_case)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') ||
	       (any_case && c >= 'A' && c <= 'F');
}

static bool
is_word(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c == '-' || c == '_';
}

static bool
is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/*
 * Keywords count in capitals or in small letters, not mixed; of eight letters at most, so
 * that one compare of eight bytes does.
 */
static enum tt_fw_token_kind
keyword(const char *s, size_t len, bool any_case)
{
	char upper[8] = { 0 };
	bool capital = false, small = false;

	if (len < 2 || len > sizeof(upper))
		return TT_FWT_WORD;
	for (size_t i = 0; i < len; i++) {
		const bool is_small = s[i] >= 'a' && s[i] <= 'z';

		small |= is_small;
		capital |= s[i] >= 'A' && s[i] <= 'Z';
		upper[i] = (char)(is_small ? s[i] - 32 : s[i]);
	}
	if (small && capital && !any_case)
		return TT_FWT_WORD;
	for (enum tt_fw_token_kind k = 0; k < TT_FWT_MAX; k++)
		if (words[k].keyword && words[k].name[0] == upper[0] &&
		    !strncmp(words[k].name, upper, sizeof(upper)))
			return k;
	return TT_FWT_WORD;
}

static size_t
digits(const char *s, size_t len, size_t max)
{
	size_t n = 0;

	while (n < len && n < max && is_digit(s[n]))
		n++;
	return n;
}

/* Length of four numbers of at most three digits with dots between, or 0. */
static size_t
ip4_len(const char *s, size_t len)
{
	size_t at = 0;

	for (int i = 0; i < 4; i++) {
		size_t n;

		if (i > 0 && (at >= len || s[at++] != '.'))
			return 0;
		n = digits(s + at, len - at, 3);
		if (n == 0)
			return 0;
		at += n;
	}
	return at;
}

/* Length of hex digits and colons with two colons or more, or 0. */
static size_t
ip6_len(const char *s, size_t len, bool any_case)
{
	size_t at = 0, colons = 0;

	while (at < len && (s[at] == ':' || is_hex(s[at], any_case)))
		colons += s[at++] == ':';
	return colons >= 2 ? at : 0;
}

/* Length of the string with its quotes, 0 when it does not end or has a bad escape. */
static size_t
string_len(const char *s, size_t len)
{
	for (size_t at = 1; at < len;) {
		if (s[at] == '"')
			return at + 1;
		if (s[at] == '\0')
			return 0;
		if (s[at] != '\\') {
			at++;
			continue;
		}
		if (at + 1 >= len || s[at + 1] == '\0')
			return 0;
		if (s[at + 1] != 'u') {
			if (strchr("\"bfnrt/()\\", s[at + 1]) == NULL)
				return 0;
			at += 2;
			continue;
		}
		if (len - at < 6)
			return 0;
		for (int i = 2; i < 6; i++)
			if (!is_hex(s[at + i], true))
				return 0;
		at += 6;
	}
	return 0;
}

static enum tt_fw_token_kind
punctuation(char c)
{
	switch (c) {
	case '(':
		return TT_FWT_OPEN;
	case ')':
		return TT_FWT_CLOSE;
	case '=':
		return TT_FWT_EQUALS;
	case ',':
		return TT_FWT_COMMA;
	case '-':
		return TT_FWT_DASH; /* also before a word: "20 -30" is a range */
	default:
		return TT_FWT_NONE;
	}
}

/* Kind and length of the word at s, which has len > 0 bytes and starts with no blank. */
static enum tt_fw_token_kind
word_at(const char *s, size_t len, bool any_case, size_t *ret_len)
{
	enum tt_fw_token_kind kind = punctuation(s[0]);
	size_t n = 1;

	if (kind == TT_FWT_NONE && (n = ip4_len(s, len)) > 0)
		kind = TT_FWT_IP4;
	if (kind == TT_FWT_NONE && (n = ip6_len(s, len, any_case)) > 0)
		kind = TT_FWT_IP6;
	if (kind == TT_FWT_NONE && s[0] == '"' && (n = string_len(s, len)) > 0)
		kind = TT_FWT_STRING;
	if (kind == TT_FWT_NONE && s[0] == '/' && (n = digits(s + 1, len - 1, 3)) > 0) {
		kind = TT_FWT_CIDR;
		n++;
	}
	if (kind == TT_FWT_NONE) {
		for (n = 0; n < len && is_word(s[n]);)
			n++;
		if (n > 0)
			kind = keyword(s, n, any_case);
	}
	*ret_len = n;
	return kind;
}

struct tt_fw_token
tt_fw_lex(struct tt_fw_lexer *lx)
{
	struct tt_fw_token t = { .kind = TT_FWT_EOF };

	while (lx->at < lx->len && is_blank(lx->text[lx->at]))
		lx->at++;
	t.text = lx->text + lx->at;
	if (lx->at < lx->len)
		t.kind = word_at(t.text, lx->len - lx->at, lx->any_case, &t.len);
	if (t.kind != TT_FWT_NONE)
		lx->at += t.len;
	return t;
}

static unsigned
hex4(const char *s)
{
	unsigned v = 0;

	for (int i = 0; i < 4; i++) {
		const char c = s[i];

		v = v << 4 | (unsigned)(is_digit(c) ? c - '0' : (c | 32) - 'a' + 10);
	}
	return v;
}

static size_t
put_utf8(unsigned c, char *out)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 63));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 63));
		out[2] = (char)(0x80 | (c & 63));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 63));
	out[2] = (char)(0x80 | (c >> 6 & 63));
	out[3] = (char)(0x80 | (c & 63));
	return 4;
}

/* The \uXXXX at s, with its second half when it is the first of a pair; 0 when it is bad. */
static size_t
unicode_escape(const char *s, size_t len, unsigned *ret)
{
	unsigned c = hex4(s + 2), low;

	*ret = c;
	if (c == 0 || (c >= 0xdc00 && c < 0xe000))
		return 0;
	if (c < 0xd800 || c >= 0xdc00)
		return 6;
	if (len < 12 || s[6] != '\\' || s[7] != 'u')
		return 0;
	low = hex4(s + 8);
	if (low < 0xdc00 || low >= 0xe000)
		return 0;
	*ret = 0x10000 + ((c - 0xd800) << 10 | (low - 0xdc00));
	return 12;
}

long
tt_fw_unescape(const char *text, size_t len, char *out)
{
	static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
	size_t n = 0;

	for (size_t at = 0; at < len;) {
		const char *plain = memchr(text + at, '\\', len - at), *e;
		size_t run = plain != NULL ? (size_t)(plain - text) - at : len - at;
		unsigned c;

		memcpy(out + n, text + at, run);
		n += run;
		at += run;
		if (at >= len)
			break;
		if (text[at + 1] == 'u') {
			run = unicode_escape(text + at, len - at, &c);
			if (run == 0)
				return -EINVAL;
			n += put_utf8(c, out + n);
			at += run;
			continue;
		}
		e = strchr(from, text[at + 1]);
		out[n++] = e != NULL ? to[e - from] : text[at + 1];
		at += 2;
	}
	return (long)n;
}
