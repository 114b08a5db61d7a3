// SPDX-License-Identifier: MPL-2.0
/*
 * Lexer for config values: bare words, '...', "...", $'...', backslash, comments.
 * Reference: bash(1), QUOTING, and ansicstr() for $'...'. It differs from bash only by
 * refusing: everything it accepts means the same to `.` in bash.
 */
#include "platform/lib/conf/lex.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "platform/lib/base/str.h"

#define SYNTAX    "E_CFG_SYNTAX"
#define EXPANSION "E_CFG_EXPANSION"

struct lex {
	const char *s;
	size_t len;
	size_t in; /* next byte to read */
	char *to;
	size_t out; /* next byte to write; never past in */
	struct tt_lex_error *error;
};

static int
fail(struct lex *x, const char *code, size_t at, const char *why)
{
	*x->error = (struct tt_lex_error){ .code = code, .at = at, .why = why };
	return -EINVAL;
}

static bool
more(const struct lex *x)
{
	return x->in < x->len;
}

static void
put(struct lex *x, char c)
{
	x->to[x->out++] = c;
}

/* Raw bytes that no line of a config may hold. A tab inside quotes is harmless. */
static int
check_raw(struct lex *x)
{
	unsigned char c = (unsigned char)x->s[x->in];

	if (c == '\r')
		return fail(x, "E_CONTROL", x->in,
		    "carriage return: save the file with plain line ends");
	if (c == '\0')
		return fail(x, SYNTAX, x->in, "NUL byte: the file is damaged");
	if ((c < ' ' && c != '\t') || c == 0x7f)
		return fail(x, "E_CONTROL", x->in, "control character");
	return 0;
}

static int
lex_single(struct lex *x)
{
	size_t open = x->in++;
	int r;

	for (; more(x) && x->s[x->in] != '\''; x->in++) {
		r = check_raw(x);
		if (r < 0)
			return r;
		put(x, x->s[x->in]);
	}
	if (!more(x))
		return fail(
		    x, SYNTAX, open, "the single quote is not closed on this line");
	x->in++;
	return 0;
}

static int
lex_double(struct lex *x)
{
	size_t open = x->in++;
	int r;

	for (; more(x) && x->s[x->in] != '"'; x->in++) {
		char c = x->s[x->in];

		r = check_raw(x);
		if (r < 0)
			return r;
		if (c == '$' || c == '`')
			return fail(x, EXPANSION, x->in,
			    "would be expanded by a shell; use single quotes");
		if (c == '\\' && x->in + 1 < x->len && strchr("\\\"$`", x->s[x->in + 1]))
			c = x->s[++x->in];
		put(x, c);
	}
	if (!more(x))
		return fail(
		    x, SYNTAX, open, "the double quote is not closed on this line");
	x->in++;
	return 0;
}

static int
digit_of(char c, unsigned base)
{
	int v;

	if (c >= '0' && c <= '9')
		v = c - '0';
	else if (c >= 'a' && c <= 'f')
		v = c - 'a' + 10;
	else if (c >= 'A' && c <= 'F')
		v = c - 'A' + 10;
	else
		return -1;
	return v < (int)base ? v : -1;
}

/* Up to max digits at x->in; false when there is none. */
static bool
take_number(struct lex *x, unsigned base, unsigned max, uint32_t *ret)
{
	uint32_t v = 0;
	unsigned n = 0;

	for (; n < max && more(x); n++, x->in++) {
		int d = digit_of(x->s[x->in], base);

		if (d < 0)
			break;
		v = v * base + (uint32_t)d;
	}
	*ret = v;
	return n > 0;
}

static void
put_utf8(struct lex *x, uint32_t c)
{
	if (c < 0x80) {
		put(x, (char)c);
	} else if (c < 0x800) {
		put(x, (char)(0xc0 | c >> 6));
		put(x, (char)(0x80 | (c & 0x3f)));
	} else if (c < 0x10000) {
		put(x, (char)(0xe0 | c >> 12));
		put(x, (char)(0x80 | (c >> 6 & 0x3f)));
		put(x, (char)(0x80 | (c & 0x3f)));
	} else {
		put(x, (char)(0xf0 | c >> 18));
		put(x, (char)(0x80 | (c >> 12 & 0x3f)));
		put(x, (char)(0x80 | (c >> 6 & 0x3f)));
		put(x, (char)(0x80 | (c & 0x3f)));
	}
}

/* \nnn, \xHH, \uHHHH, \UHHHHHHHH; x->in is on the letter or first digit. */
static int
lex_ansi_number(struct lex *x)
{
	size_t at = x->in;
	char c = x->s[x->in];
	bool unicode = c == 'u' || c == 'U';
	unsigned max = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 3;
	uint32_t v;

	if (c == 'x' || unicode)
		x->in++;
	if (!take_number(x, max == 3 ? 8 : 16, max, &v))
		return fail(x, SYNTAX, at, "no digits in this escape");
	if (!unicode)
		v &= 0xff;
	if (v == 0)
		return fail(x, SYNTAX, at, "a value cannot hold a NUL byte");
	if (v > 0x10ffff || (v >= 0xd800 && v <= 0xdfff))
		return fail(x, SYNTAX, at, "no such Unicode character");
	if (unicode)
		put_utf8(x, v);
	else
		put(x, (char)v);
	return 0;
}

static int
lex_ansi_escape(struct lex *x)
{
	static const char from[] = "abeEfnrtv\\'\"?";
	static const char to[] = "\a\b\033\033\f\n\r\t\v\\'\"?";
	size_t at = x->in++; /* the backslash */
	const char *simple;
	char c;

	if (!more(x))
		return fail(x, SYNTAX, at, "backslash at the end of the line");
	c = x->s[x->in];
	if (c == '\0')
		return check_raw(x);
	simple = strchr(from, c);
	if (simple) {
		put(x, to[simple - from]);
		x->in++;
		return 0;
	}
	if ((c >= '0' && c <= '7') || c == 'x' || c == 'u' || c == 'U')
		return lex_ansi_number(x);
	if (c == 'c')
		return fail(x, SYNTAX, at, "\\c escapes are not supported");
	put(x, '\\'); /* as bash does with letters it does not know */
	return 0;
}

static int
lex_ansi(struct lex *x)
{
	size_t open = x->in;
	int r;

	x->in += 2; /* $' */
	while (more(x) && x->s[x->in] != '\'') {
		r = check_raw(x);
		if (r < 0)
			return r;
		if (x->s[x->in] == '\\') {
			r = lex_ansi_escape(x);
			if (r < 0)
				return r;
			continue;
		}
		put(x, x->s[x->in++]);
	}
	if (!more(x))
		return fail(x, SYNTAX, open, "the quote $' is not closed on this line");
	x->in++;
	return 0;
}

/* One byte or piece outside quotes. */
static int
lex_bare(struct lex *x)
{
	char c = x->s[x->in];
	int r = check_raw(x);

	if (r < 0)
		return r;
	if (c == '$' && x->in + 1 < x->len && x->s[x->in + 1] == '\'')
		return lex_ansi(x);
	if (strchr("$`;&|<>()", c))
		return fail(x, EXPANSION, x->in,
		    "would be run or expanded by a shell; put the value in single "
		    "quotes");
	if (c == '~' && (x->in == 0 || strchr(":=", x->s[x->in - 1])))
		return fail(x, EXPANSION, x->in,
		    "a shell would put a home directory here; use single quotes");
	if (c == '\\') {
		if (++x->in == x->len)
			return fail(x, SYNTAX, x->in - 1,
			    "backslash at the end of the line: a value ends on its line");
		r = check_raw(x);
		if (r < 0)
			return r;
	}
	put(x, x->s[x->in++]);
	return 0;
}

/* Behind the word only blanks and a comment may stand. */
static int
lex_tail(struct lex *x)
{
	while (more(x) && (x->s[x->in] == ' ' || x->s[x->in] == '\t'))
		x->in++;
	if (!more(x) || x->s[x->in] == '#')
		return 0;
	if (x->s[x->in] == '\r')
		return check_raw(x);
	return fail(
	    x, SYNTAX, x->in, "text behind the value; quote values that hold blanks");
}

int
tt_lex_value(const char *line, size_t len, char *out, size_t *ret_len,
    struct tt_lex_error *ret_error)
{
	struct lex x = { .s = line, .len = len, .to = out, .error = ret_error };
	long bad;
	int r = 0;

	while (r == 0 && more(&x)) {
		char c = line[x.in];

		if (c == ' ' || c == '\t')
			break;
		if (c == '\'')
			r = lex_single(&x);
		else if (c == '"')
			r = lex_double(&x);
		else
			r = lex_bare(&x);
	}
	if (r == 0)
		r = lex_tail(&x);
	if (r < 0)
		return r;
	bad = tt_utf8_check(out, x.out);
	if (bad >= 0)
		return fail(&x, "E_UTF8", 0, "the value is not UTF-8");
	*ret_len = x.out;
	return 0;
}
