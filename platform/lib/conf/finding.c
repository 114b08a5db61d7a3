// SPDX-License-Identifier: MPL-2.0
/*
 * The list of findings and its two printed forms. Knows nothing of keys or files.
 */
#include "platform/lib/conf/finding.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/str.h"

#define TEXT_MAX 4096

static enum tt_severity
severity_of(const char *code)
{
	if (code[0] == 'E')
		return TT_ERROR;
	return code[0] == 'W' ? TT_WARNING : TT_NOTE;
}

static void
finding_release(struct tt_finding *f)
{
	free(f->key);
	free(f->value);
	free(f->text);
	free(f->suggest);
}

/* A place for one more; past the limit the last one is given up for it. */
static struct tt_finding *
next_slot(struct tt_findings *f)
{
	if (f->n == TT_FINDINGS_MAX) {
		f->dropped++;
		finding_release(&f->v[f->n - 1]);
		return &f->v[f->n - 1];
	}
	if (f->n == f->space) {
		f->space = f->space ? 2 * f->space : 8;
		f->v = tt_xrealloc(f->v, f->space * sizeof(*f->v));
	}
	return &f->v[f->n++];
}

struct tt_finding *
tt_findings_add(struct tt_findings *f, const char *code, const char *key,
    const char *value, const char *fmt, ...)
{
	tt_auto(buf) struct tt_buf text = TT_BUF_INIT(TEXT_MAX);
	struct tt_finding *one = next_slot(f);
	va_list ap;

	va_start(ap, fmt);
	(void)tt_buf_vaddf(&text, fmt, ap);
	va_end(ap);
	*one = (struct tt_finding){
		.severity = severity_of(code),
		.code = code,
		.key = tt_xstrdup(key ? key : ""),
		.value = tt_xstrdup(value ? value : ""),
		.text = tt_buf_detach(&text),
		.id = -1,
	};
	return one;
}

void
tt_findings_release(struct tt_findings *f)
{
	for (size_t i = 0; i < f->n; i++)
		finding_release(&f->v[i]);
	free(f->v);
	*f = (struct tt_findings){ 0 };
}

size_t
tt_findings_count(const struct tt_findings *f, enum tt_severity severity)
{
	size_t n = 0;

	for (size_t i = 0; i < f->n; i++)
		n += f->v[i].severity == severity;
	return n;
}

const struct tt_finding *
tt_findings_find(const struct tt_findings *f, const char *code, const char *key)
{
	for (size_t i = 0; i < f->n; i++) {
		if (code && !tt_streq(f->v[i].code, code))
			continue;
		if (!key || tt_streq(f->v[i].key, key))
			return &f->v[i];
	}
	return NULL;
}

static bool
goes_before(const struct tt_finding *a, const struct tt_finding *b)
{
	if (!a->line || !b->line)
		return a->line && !b->line;
	if (a->line != b->line)
		return a->line < b->line;
	return a->col < b->col;
}

void
tt_findings_sort(struct tt_findings *f)
{
	/* Insertion keeps the order of equals, and lists are short. */
	for (size_t i = 1; i < f->n; i++) {
		struct tt_finding one = f->v[i];
		size_t at = i;

		for (; at > 0 && goes_before(&one, &f->v[at - 1]); at--)
			f->v[at] = f->v[at - 1];
		f->v[at] = one;
	}
}

const char *
tt_severity_name(enum tt_severity severity)
{
	switch (severity) {
	case TT_NOTE:
		return "note";
	case TT_WARNING:
		return "warning";
	case TT_ERROR:
		return "error";
	}
	return "error";
}

/* Text from outside goes to a terminal: what could steer one is shown as '?'. */
static void
add_printable(struct tt_buf *out, const char *s)
{
	size_t len = strlen(s);

	while (len > 0) {
		long bad = tt_control_find(s, len);
		size_t good = bad < 0 ? len : (size_t)bad;

		(void)tt_buf_add(out, s, good);
		s += good;
		len -= good;
		if (len == 0)
			break;
		(void)tt_buf_addc(out, '?');
		/* C1 controls are two bytes. */
		good = (unsigned char)*s == 0xc2 && len > 1 ? 2 : 1;
		s += good;
		len -= good;
	}
}

void
tt_finding_text(const struct tt_finding *f, const char *name, struct tt_buf *out)
{
	add_printable(out, name);
	if (f->line)
		(void)tt_buf_addf(out, ":%u:%u", f->line, f->col);
	(void)tt_buf_addf(out, ": %s %s", tt_severity_name(f->severity), f->code);
	if (*f->key) {
		(void)tt_buf_addc(out, ' ');
		add_printable(out, f->key);
	}
	if (*f->value) {
		(void)tt_buf_addc(out, ' ');
		add_printable(out, f->value);
	}
	(void)tt_buf_adds(out, ": ");
	add_printable(out, f->text);
}

/* Text that may hold bytes no JSON string can. */
static json_t *
json_text(const char *s)
{
	tt_auto(buf) struct tt_buf b = TT_BUF_INIT(TEXT_MAX);

	if (tt_utf8_check(s, strlen(s)) < 0)
		return json_string(s);
	for (; *s; s++)
		(void)tt_buf_addc(&b, (unsigned char)*s < 0x80 ? *s : '?');
	return json_string(tt_buf_str(&b));
}

void
tt_finding_json(const struct tt_finding *f, const char *name, struct tt_buf *out)
{
	tt_auto(json) json_t *j = json_object();
	tt_auto(free) char *line = NULL;

	json_object_set_new(j, "file", json_text(name));
	json_object_set_new(j, "severity", json_string(tt_severity_name(f->severity)));
	json_object_set_new(j, "code", json_string(f->code));
	json_object_set_new(j, "key", json_text(f->key));
	if (f->line) {
		json_object_set_new(j, "line", json_integer(f->line));
		json_object_set_new(j, "column", json_integer(f->col));
	}
	json_object_set_new(j, "value", json_text(f->value));
	json_object_set_new(j, "message", json_text(f->text));
	if (f->suggest)
		json_object_set_new(j, "suggest", json_text(f->suggest));
	line = tt_json_line(j);
	(void)tt_buf_adds(out, line);
}
