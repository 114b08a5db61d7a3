// SPDX-License-Identifier: MPL-2.0
/*
 * A scanner for the members of one JSON object (RFC 8259). It walks tokens without
 * recursion and decodes nothing but keys, for which it asks the JSON library.
 */
#include "installer/setup/jsonpos.h"

#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <string.h>

#include "platform/lib/base/alloc.h"

struct scan {
	const char *s;
	size_t len, at;
	unsigned line, col; /* of s[at] */
};

static bool
more(const struct scan *x)
{
	return x->at < x->len;
}

static char
peek(const struct scan *x)
{
	return more(x) ? x->s[x->at] : '\0';
}

static void
step(struct scan *x)
{
	if (x->s[x->at] == '\n') {
		x->line++;
		x->col = 1;
	} else if (x->at + 1 >= x->len ||
		   ((unsigned char)x->s[x->at + 1] & 0xc0) != 0x80) {
		x->col++; /* the last byte of a character */
	}
	x->at++;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void
skip_blanks(struct scan *x)
{
	while (more(x) && is_blank(x->s[x->at]))
		step(x);
}

static int
skip_string(struct scan *x)
{
	if (peek(x) != '"')
		return -EINVAL;
	step(x);
	while (more(x) && x->s[x->at] != '"') {
		if (x->s[x->at] == '\\')
			step(x);
		if (more(x))
			step(x);
	}
	if (!more(x))
		return -EINVAL;
	step(x);
	return 0;
}

/* Any value, nested ones by counting brackets. */
static int
skip_value(struct scan *x)
{
	size_t depth = 0, start = x->at;

	while (more(x)) {
		char c = x->s[x->at];

		if (c == '"') {
			if (skip_string(x) < 0)
				return -EINVAL;
		} else if (c == '{' || c == '[') {
			depth++;
			step(x);
		} else if (c == '}' || c == ']') {
			if (depth == 0)
				break;
			depth--;
			step(x);
		} else if (depth == 0 && (c == ',' || is_blank(c))) {
			break;
		} else {
			step(x);
			continue; /* inside a number or literal */
		}
		if (depth == 0)
			break;
	}
	return depth == 0 && x->at > start ? 0 : -EINVAL;
}

static char *
decode_key(const char *token, size_t len)
{
	json_t *j = json_loadb(token, len, JSON_DECODE_ANY, NULL);
	char *key = NULL;

	if (json_is_string(j))
		key = tt_xstrdup(json_string_value(j));
	json_decref(j);
	return key;
}

static int
scan_member(struct scan *x, struct ts_members *ret)
{
	struct ts_member m = { .key_line = x->line, .key_col = x->col };
	size_t key = x->at;
	int r;

	if (ret->n == TS_JSONPOS_MAX || skip_string(x) < 0)
		return -EINVAL;
	m.key = decode_key(x->s + key, x->at - key);
	if (!m.key)
		return -EINVAL;
	skip_blanks(x);
	if (peek(x) != ':') {
		free(m.key);
		return -EINVAL;
	}
	step(x);
	skip_blanks(x);
	m.line = x->line;
	m.col = x->col;
	m.at = x->at;
	r = skip_value(x);
	m.len = x->at - m.at;
	if ((ret->n & (ret->n - 1)) == 0)
		ret->v = tt_xrealloc(ret->v, (ret->n ? 2 * ret->n : 1) * sizeof(*ret->v));
	ret->v[ret->n++] = m;
	return r;
}

int
ts_members_scan(const char *text, size_t len, size_t at, struct ts_members *ret)
{
	struct scan x = { .s = text, .len = len, .line = 1, .col = 1 };

	*ret = (struct ts_members){ 0 };
	while (x.at < at && more(&x))
		step(&x);
	skip_blanks(&x);
	if (peek(&x) != '{')
		return -EINVAL;
	step(&x);
	skip_blanks(&x);
	if (peek(&x) == '}')
		return 0;
	for (;;) {
		if (scan_member(&x, ret) < 0)
			return -EINVAL;
		skip_blanks(&x);
		if (peek(&x) == '}')
			return 0;
		if (peek(&x) != ',')
			return -EINVAL;
		step(&x);
		skip_blanks(&x);
	}
}

void
ts_members_release(struct ts_members *m)
{
	for (size_t i = 0; i < m->n; i++)
		free(m->v[i].key);
	free(m->v);
	*m = (struct ts_members){ 0 };
}
