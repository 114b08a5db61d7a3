// SPDX-License-Identifier: MPL-2.0
/*
 * Template text into tokens: finds the tags between the delimiters in force, takes lines
 * that hold nothing but a tag out of the text, and matches sections with their ends.
 */
#include "platform/lib/base/tmpl_int.h"

#include <errno.h>
#include <string.h>

#include "platform/lib/base/alloc.h"

#define DELIM_MAX 16

struct parser {
	const char *name, *text;
	size_t len, pos;
	char open[DELIM_MAX], close[DELIM_MAX];
	size_t open_len, close_len;
	size_t stack[TT_TMPL_DEPTH_MAX]; /* open sections, by token */
	size_t depth;
	struct tmpl *out;
};

/* A tag as it was found: [start, end) with its delimiters. */
struct tag {
	size_t start, end;
	char sigil; /* '\0' for a plain name */
	const char *s;
	size_t len;
};

void
tmpl_release(struct tmpl *t)
{
	free(t->token);
	*t = (struct tmpl){ 0 };
}

static int
bad(const struct parser *p, size_t at, struct tt_err **err, const char *what)
{
	size_t line = 1;

	for (size_t i = 0; i < at && i < p->len; i++)
		line += p->text[i] == '\n';
	return tt_err_set(err, -EINVAL, "BadTemplate", "%s:%zu: %s", p->name, line, what);
}

static int
add_token(struct parser *p, struct tmpl_token token, struct tt_err **err)
{
	struct tmpl *t = p->out;

	if (t->n == TT_TMPL_TOKENS_MAX)
		return tt_err_set(err, -E2BIG, "TemplateTooLarge",
		    "%s: more than %d tags", p->name, TT_TMPL_TOKENS_MAX);
	if (t->n == t->space) {
		t->space = t->space > 0 ? t->space * 2 : 32;
		t->token = tt_xrealloc(t->token, t->space * sizeof(*t->token));
	}
	t->token[t->n++] = token;
	return 0;
}

static int
add_text(struct parser *p, size_t from, size_t to, struct tt_err **err)
{
	struct tmpl_token token = {
		.kind = TMPL_TEXT, .s = p->text + from, .len = to - from
	};

	return to > from ? add_token(p, token, err) : 0;
}

static bool
blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void
trim(const char **s, size_t *len)
{
	while (*len > 0 && blank((*s)[0])) {
		(*s)++;
		(*len)--;
	}
	while (*len > 0 && blank((*s)[*len - 1]))
		(*len)--;
}

/* Where needle begins at or behind from; len when nowhere. */
static size_t
find(const struct parser *p, size_t from, const char *needle, size_t n)
{
	const char *hit =
	    from < p->len ? memmem(p->text + from, p->len - from, needle, n) : NULL;

	return hit != NULL ? (size_t)(hit - p->text) : p->len;
}

/* The tag that opens at start. 0 or -EINVAL. */
static int
read_tag(const struct parser *p, size_t start, struct tag *ret, struct tt_err **err)
{
	char closing[DELIM_MAX + 1] = "";
	size_t inside = start + p->open_len, skip = inside, end, n = 0;

	while (skip < p->len && blank(p->text[skip]))
		skip++;
	ret->sigil = skip < p->len && strchr("#^/>!&={", p->text[skip]) != NULL &&
			     p->text[skip] != '\0'
			 ? p->text[skip]
			 : '\0';
	if (ret->sigil != '\0')
		inside = skip + 1;
	if (ret->sigil == '{')
		closing[n++] = '}';
	if (ret->sigil == '=')
		closing[n++] = '=';
	memcpy(closing + n, p->close, p->close_len);
	n += p->close_len;
	end = find(p, inside, closing, n);
	if (end == p->len)
		return bad(p, start, err, "a tag is not closed");
	*ret = (struct tag){ .start = start,
		.end = end + n,
		.sigil = ret->sigil,
		.s = p->text + inside,
		.len = end - inside };
	trim(&ret->s, &ret->len);
	return 0;
}

/*
 * Is the tag alone on its line(s)? Then *ret_from is the start of its line and *ret_to the
 * start of the next.
 */
static bool
standalone(
    const struct parser *p, const struct tag *tag, size_t *ret_from, size_t *ret_to)
{
	size_t from = tag->start, to = tag->end;

	while (from > 0 && (p->text[from - 1] == ' ' || p->text[from - 1] == '\t'))
		from--;
	if (from > 0 && p->text[from - 1] != '\n')
		return false;
	while (to < p->len && (p->text[to] == ' ' || p->text[to] == '\t'))
		to++;
	if (to < p->len && p->text[to] == '\r' && to + 1 < p->len &&
	    p->text[to + 1] == '\n')
		to++;
	if (to < p->len && p->text[to] != '\n')
		return false;
	*ret_from = from;
	*ret_to = to < p->len ? to + 1 : to;
	return true;
}

/* {{=<% %>=}} */
static int
set_delimiters(struct parser *p, const struct tag *tag, struct tt_err **err)
{
	const char *s = tag->s, *end = tag->s + tag->len, *close;
	size_t n = 0, m;

	while (s + n < end && !blank(s[n]))
		n++;
	close = s + n;
	while (close < end && blank(*close))
		close++;
	m = (size_t)(end - close);
	for (size_t i = 0; i < m; i++) {
		if (blank(close[i]))
			return bad(p, tag->start, err, "more than two delimiters");
	}
	if (n == 0 || m == 0 || n >= DELIM_MAX || m >= DELIM_MAX ||
	    memchr(s, '=', tag->len) != NULL)
		return bad(
		    p, tag->start, err, "delimiters are two short words without '='");
	memcpy(p->open, s, n);
	memcpy(p->close, close, m);
	p->open_len = n;
	p->close_len = m;
	return 0;
}

static int
open_section(
    struct parser *p, const struct tag *tag, enum tmpl_kind kind, struct tt_err **err)
{
	if (p->depth == TT_TMPL_DEPTH_MAX)
		return tt_err_set(err, -E2BIG, "TemplateTooLarge",
		    "%s: more than %d sections inside one another", p->name,
		    TT_TMPL_DEPTH_MAX);
	p->stack[p->depth++] = p->out->n;
	return add_token(
	    p, (struct tmpl_token){ .kind = kind, .s = tag->s, .len = tag->len }, err);
}

static int
close_section(struct parser *p, const struct tag *tag, struct tt_err **err)
{
	struct tmpl_token *start;

	if (p->depth == 0)
		return bad(p, tag->start, err, "the end of a section that was not begun");
	start = &p->out->token[p->stack[--p->depth]];
	if (start->len != tag->len || memcmp(start->s, tag->s, tag->len) != 0)
		return bad(p, tag->start, err,
		    "the end of another section than the one begun last");
	start->end = p->out->n;
	return add_token(p, (struct tmpl_token){ .kind = TMPL_END }, err);
}

static int
take_tag(struct parser *p, const struct tag *tag, size_t line_from, bool alone,
    struct tt_err **err)
{
	struct tmpl_token token = { .s = tag->s, .len = tag->len };

	if (tag->sigil == '!')
		return 0;
	if (tag->len == 0)
		return bad(p, tag->start, err, "a tag without a name");
	switch (tag->sigil) {
	case '=':
		return set_delimiters(p, tag, err);
	case '#':
		return open_section(p, tag, TMPL_SECTION, err);
	case '^':
		return open_section(p, tag, TMPL_INVERTED, err);
	case '/':
		return close_section(p, tag, err);
	case '>':
		token.kind = TMPL_PARTIAL;
		token.indent = p->text + line_from;
		token.indent_len = alone ? tag->start - line_from : 0;
		break;
	default:
		token.kind = tag->sigil == '\0' ? TMPL_VALUE : TMPL_RAW;
	}
	return add_token(p, token, err);
}

/* Text up to the next tag, and that tag. */
static int
next_piece(struct parser *p, struct tt_err **err)
{
	size_t start = find(p, p->pos, p->open, p->open_len), from = start, to;
	struct tag tag = { 0 };
	bool alone;
	int r;

	if (start == p->len) {
		r = add_text(p, p->pos, p->len, err);
		p->pos = p->len;
		return r;
	}
	r = read_tag(p, start, &tag, err);
	if (r < 0)
		return r;
	to = tag.end;
	alone = tag.sigil != '\0' && tag.sigil != '&' && tag.sigil != '{' &&
		standalone(p, &tag, &from, &to);
	r = add_text(p, p->pos, from, err);
	if (r == 0)
		r = take_tag(p, &tag, from, alone, err);
	p->pos = to;
	return r;
}

int
tmpl_parse(
    const char *name, const char *text, size_t len, struct tmpl *ret, struct tt_err **err)
{
	struct parser p = { .name = name,
		.text = text,
		.len = len,
		.open = "{{",
		.close = "}}",
		.open_len = 2,
		.close_len = 2,
		.out = ret };
	int r = 0;

	*ret = (struct tmpl){ 0 };
	if (len > TT_TMPL_MAX)
		return tt_err_set(err, -E2BIG, "TemplateTooLarge",
		    "%s: more than %d bytes", name, TT_TMPL_MAX);
	while (p.pos < p.len && r == 0)
		r = next_piece(&p, err);
	if (r == 0 && p.depth > 0) {
		const char *open = ret->token[p.stack[p.depth - 1]].s;

		return bad(&p, (size_t)(open - text), err, "a section is not closed");
	}
	return r;
}
