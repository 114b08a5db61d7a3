// SPDX-License-Identifier: MPL-2.0
/* See tmpl.h. */
#include "platform/lib/base/tmpl_int.h"

#include <errno.h>
#include <string.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/str.h"

#define NAME_MAX_LEN 256
#define CONTEXT_MAX  ((TT_TMPL_DEPTH_MAX + 1) * (TT_TMPL_PARTIALS_MAX + 1))

struct renderer {
	const char *name;
	const struct tt_tmpl_opts *opts;
	struct tt_buf *out;
	const json_t *stack[CONTEXT_MAX];
	size_t depth;
	unsigned partials;
	unsigned long steps;
};

static int render_range(struct renderer *r, const struct tmpl *t, size_t from, size_t to,
    struct tt_err **err);

/* ---- looking names up ---- */

/* One part of a dotted name in an object; NULL when it is not there. */
static const json_t *
member(const json_t *obj, const char *s, size_t len)
{
	char name[NAME_MAX_LEN];

	if (!json_is_object(obj) || len >= sizeof(name))
		return NULL;
	memcpy(name, s, len);
	name[len] = '\0';
	return json_object_get(obj, name);
}

static size_t
part_len(const char *s, size_t len)
{
	const char *dot = memchr(s, '.', len);

	return dot != NULL ? (size_t)(dot - s) : len;
}

/* The first part is searched from the innermost context out, the rest only inside it. */
static const json_t *
lookup(const struct renderer *r, const char *s, size_t len)
{
	const json_t *v = NULL;
	size_t n;

	if (len == 1 && s[0] == '.')
		return r->stack[r->depth - 1];
	n = part_len(s, len);
	for (size_t i = r->depth; i > 0 && v == NULL; i--)
		v = member(r->stack[i - 1], s, n);
	while (v != NULL && n < len) {
		s += n + 1;
		len -= n + 1;
		n = part_len(s, len);
		v = member(v, s, n);
	}
	return v;
}

static bool
truthy(const json_t *v)
{
	switch (v != NULL ? json_typeof(v) : JSON_NULL) {
	case JSON_NULL:
	case JSON_FALSE:
		return false;
	case JSON_ARRAY:
		return json_array_size(v) > 0;
	case JSON_STRING:
		return json_string_length(v) > 0;
	case JSON_INTEGER:
		return json_integer_value(v) != 0;
	case JSON_REAL:
		return json_real_value(v) < 0 || json_real_value(v) > 0;
	default:
		return true;
	}
}

/* ---- writing ---- */

static int
add_escaped(struct tt_buf *out, const char *s, size_t len)
{
	int r = 0;

	for (size_t i = 0; i < len && r == 0; i++) {
		switch (s[i]) {
		case '&':
			r = tt_buf_adds(out, "&amp;");
			break;
		case '<':
			r = tt_buf_adds(out, "&lt;");
			break;
		case '>':
			r = tt_buf_adds(out, "&gt;");
			break;
		case '"':
			r = tt_buf_adds(out, "&quot;");
			break;
		case '\'':
			r = tt_buf_adds(out, "&#39;");
			break;
		default:
			r = tt_buf_addc(out, s[i]);
		}
	}
	return r;
}

/* Numbers and booleans as JSON writes them, so do objects and lists. */
static int
add_value(struct renderer *r, const json_t *v, bool escape)
{
	tt_auto(free) char *text = NULL;
	const char *s = json_string_value(v);
	size_t len = json_string_length(v);

	if (v == NULL || json_is_null(v))
		return 0;
	if (s == NULL) {
		text = json_dumps(
		    v, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(15));
		s = text != NULL ? text : "";
		len = strlen(s);
	}
	return escape ? add_escaped(r->out, s, len) : tt_buf_add(r->out, s, len);
}

/* ---- sections and partials ---- */

static int
count_step(struct renderer *r, struct tt_err **err)
{
	if (++r->steps <= TT_TMPL_STEPS_MAX)
		return 0;
	return tt_err_set(err, -E2BIG, "TemplateTooLarge",
	    "%s: more than %d steps to render it", r->name, TT_TMPL_STEPS_MAX);
}

/* The section's inside with one more context. */
static int
render_with(struct renderer *r, const struct tmpl *t, size_t i, const json_t *context,
    struct tt_err **err)
{
	int ret;

	if (r->depth == CONTEXT_MAX)
		return tt_err_set(err, -E2BIG, "TemplateTooLarge",
		    "%s: sections and partials too deep inside one another", r->name);
	r->stack[r->depth++] = context;
	ret = count_step(r, err);
	if (ret == 0)
		ret = render_range(r, t, i + 1, t->token[i].end, err);
	r->depth--;
	return ret;
}

static int
render_section(struct renderer *r, const struct tmpl *t, size_t i, struct tt_err **err)
{
	const json_t *v = lookup(r, t->token[i].s, t->token[i].len);
	int ret = 0;

	if (!truthy(v))
		return 0;
	if (!json_is_array(v))
		return render_with(r, t, i, v, err);
	for (size_t k = 0; k < json_array_size(v) && ret == 0; k++)
		ret = render_with(r, t, i, json_array_get(v, k), err);
	return ret;
}

/* The blanks before a partial that is alone on its line go before each of its lines. */
static int
indent_text(const char *text, const struct tmpl_token *tag, struct tt_buf *out)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < len; i++) {
		if (i == 0 || text[i - 1] == '\n')
			tt_buf_add(out, tag->indent, tag->indent_len);
		tt_buf_addc(out, text[i]);
	}
	return out->overflow ? -E2BIG : 0;
}

static int
render_text(struct renderer *r, const char *name, const char *text, size_t len,
    struct tt_err **err)
{
	tt_auto(tmpl) struct tmpl t = { 0 };
	int ret = tmpl_parse(name, text, len, &t, err);

	return ret < 0 ? ret : render_range(r, &t, 0, t.n, err);
}

static int
render_partial(struct renderer *r, const struct tmpl_token *tag, struct tt_err **err)
{
	tt_auto(buf) struct tt_buf text = TT_BUF_INIT(TT_TMPL_MAX);
	char name[NAME_MAX_LEN];
	const char *found;
	int ret;

	if (r->opts->partial == NULL || tag->len >= sizeof(name))
		return 0;
	memcpy(name, tag->s, tag->len);
	name[tag->len] = '\0';
	found = r->opts->partial(name, r->opts->ctx);
	if (found == NULL)
		return 0;
	if (r->partials == TT_TMPL_PARTIALS_MAX)
		return tt_err_set(err, -E2BIG, "TemplateTooLarge",
		    "%s: more than %d partials inside one another at '%s'", r->name,
		    TT_TMPL_PARTIALS_MAX, name);
	if (indent_text(found, tag, &text) < 0)
		return tt_err_set(
		    err, -E2BIG, "TemplateTooLarge", "partial '%s' is too large", name);
	r->partials++;
	ret = render_text(r, name, tt_buf_str(&text), text.len, err);
	r->partials--;
	return ret;
}

static int
render_token(struct renderer *r, const struct tmpl *t, size_t i, struct tt_err **err)
{
	const struct tmpl_token *k = &t->token[i];

	switch (k->kind) {
	case TMPL_TEXT:
		return tt_buf_add(r->out, k->s, k->len);
	case TMPL_VALUE:
		return add_value(r, lookup(r, k->s, k->len), !r->opts->raw);
	case TMPL_RAW:
		return add_value(r, lookup(r, k->s, k->len), false);
	case TMPL_SECTION:
		return render_section(r, t, i, err);
	case TMPL_INVERTED:
		return truthy(lookup(r, k->s, k->len))
			   ? 0
			   : render_range(r, t, i + 1, k->end, err);
	case TMPL_PARTIAL:
		return render_partial(r, k, err);
	case TMPL_END:
		break;
	}
	return 0;
}

static int
render_range(
    struct renderer *r, const struct tmpl *t, size_t from, size_t to, struct tt_err **err)
{
	for (size_t i = from; i < to; i++) {
		const struct tmpl_token *k = &t->token[i];
		int ret;

		ret = count_step(r, err);
		if (ret == 0)
			ret = render_token(r, t, i, err);
		if (ret == -EMSGSIZE)
			return tt_err_set(err, ret, "TemplateTooLarge",
			    "%s: the result is larger than %zu bytes", r->name,
			    r->out->max);
		if (ret < 0)
			return ret;
		if (k->kind == TMPL_SECTION || k->kind == TMPL_INVERTED)
			i = k->end;
	}
	return 0;
}

int
tt_tmpl_render(const char *name, const char *text, size_t len, const json_t *data,
    const struct tt_tmpl_opts *opts, struct tt_buf *out, struct tt_err **err)
{
	static const struct tt_tmpl_opts none;
	struct renderer r = { .name = name,
		.opts = opts != NULL ? opts : &none,
		.out = out,
		.stack = { data },
		.depth = 1 };

	return render_text(&r, name, text, len, err);
}
