// SPDX-License-Identifier: MPL-2.0
/*
 * Lines of a config into entries. The text is a locked copy of a file; this source knows
 * no paths.
 */
#include "platform/lib/conf/config_int.h"

#include <stdint.h>
#include <string.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/num.h"
#include "platform/lib/base/str.h"
#include "platform/lib/conf/encode.h"
#include "platform/lib/conf/lex.h"

#define END_BEFORE "# end of config, "
#define END_BEHIND " keys"

struct tt_config *
tt_config_new(void)
{
	struct tt_config *c = tt_xalloc(sizeof(*c));

	c->end_mark = -1;
	c->hash = tt_xcalloc(TT_CONFIG_HASH, sizeof(*c->hash));
	c->path = tt_xstrdup("");
	return c;
}

void
tt_config_free(struct tt_config *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < TT_CONFIG_TEXTS; i++) {
		tt_secret_release(&c->text[i]);
		tt_secret_release(&c->values[i]);
	}
	free(c->v);
	free(c->hash);
	free(c->path);
	free(c->warning);
	free(c);
}

/* Slot of the key: taken by it, or the free one where it belongs. */
static unsigned short *
hash_slot(const struct tt_config *c, const char *key)
{
	uint32_t h = 2166136261U;
	unsigned short *slot;

	for (const char *p = key; *p; p++)
		h = (h ^ (unsigned char)*p) * 16777619U;
	for (;; h++) {
		slot = &c->hash[h % TT_CONFIG_HASH];
		if (*slot == 0 || tt_streq(c->v[*slot - 1].key, key))
			return slot;
	}
}

long
tt_config_put(struct tt_config *c, const struct tt_config_entry *e)
{
	unsigned short *slot = hash_slot(c, e->key);

	if (*slot) {
		struct tt_config_entry *old = &c->v[*slot - 1];
		/* Only a second value from the same file is a duplicate. */
		long line = old->generic == e->generic ? (long)old->line : 0;

		c->own += old->generic && !e->generic;
		*old = *e;
		return line;
	}
	if (c->n == TT_CONFIG_MAX_KEYS)
		return -1;
	if (c->n == c->space) {
		c->space = c->space ? 2 * c->space : 128;
		c->v = tt_xrealloc(c->v, c->space * sizeof(*c->v));
	}
	c->v[c->n++] = *e;
	*slot = (unsigned short)c->n;
	c->own += !e->generic;
	return 0;
}

/* Characters before offset at of a line, counted from 1. */
static unsigned
column(const char *line, size_t at)
{
	unsigned col = 1;

	for (size_t i = 0; i < at; i++)
		col += ((unsigned char)line[i] & 0xc0) != 0x80;
	return col;
}

struct line {
	char *s;
	size_t len;
	unsigned number;
	bool ended; /* by a line feed */
};

static void
report(struct tt_findings *found, const struct line *l, size_t at, const char *code,
    const char *key, const char *why)
{
	struct tt_finding *f = tt_findings_add(found, code, key, NULL, "%s", why);

	f->line = l->number;
	f->col = column(l->s, at);
}

/* `# end of config, N keys` */
static long
end_mark(const struct line *l)
{
	size_t before = strlen(END_BEFORE), behind = strlen(END_BEHIND);
	char digits[8];
	uint32_t n;

	if (l->len <= before + behind || l->len >= before + behind + sizeof(digits) ||
	    memcmp(l->s, END_BEFORE, before) != 0 ||
	    memcmp(l->s + l->len - behind, END_BEHIND, behind) != 0)
		return -1;
	memcpy(digits, l->s + before, l->len - before - behind);
	digits[l->len - before - behind] = '\0';
	return tt_parse_u32(digits, 0, TT_CONFIG_MAX_KEYS, &n) < 0 ? -1 : (long)n;
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_key_char(char c)
{
	return is_letter(c) || (c >= '0' && c <= '9') || c == '_';
}

/* A line that holds no assignment. */
static void
parse_other(struct tt_config *c, const struct line *l, size_t at, bool strict,
    struct tt_findings *found)
{
	const char *nul = memchr(l->s, '\0', l->len);
	long n = end_mark(l);

	if (n >= 0) {
		c->end_mark = n;
		c->end_last = l->ended;
	}
	if (nul)
		report(found, l, (size_t)(nul - l->s), "E_CFG_SYNTAX", "",
		    "NUL byte: the file is damaged");
	else if (l->number == 1 && l->len >= 3 && memcmp(l->s, "\xef\xbb\xbf", 3) == 0)
		report(found, l, 0, "E_CFG_SYNTAX", "",
		    "byte order mark: save the file as plain UTF-8");
	else if (strict && at < l->len && l->s[at] != '#' && l->s[at] != '\r')
		report(found, l, at, "E_CFG_SYNTAX", "",
		    "neither KEY=VALUE nor a comment; this line is ignored");
	else if (strict && at < l->len && l->s[l->len - 1] == '\r')
		report(found, l, l->len - 1, "E_CONTROL", "",
		    "carriage return: save the file with plain line ends");
}

static void
parse_assignment(struct tt_config *c, const struct line *l, size_t at, unsigned which,
    bool strict, struct tt_findings *found)
{
	struct tt_config_entry e = { .line = l->number, .generic = which == 0 };
	struct tt_secret *values = &c->values[which];
	char *value = values->data + values->len;
	struct tt_lex_error error;
	size_t eq = at, len;
	long earlier;

	while (eq < l->len && is_key_char(l->s[eq]))
		eq++;
	if (eq == l->len || l->s[eq] != '=') {
		report(found, l, eq, "E_CFG_SYNTAX", "",
		    "expected KEY=VALUE, without blanks around the =");
		return;
	}
	l->s[eq] = '\0';
	e.key = l->s + at;
	e.value = value;
	e.col = column(l->s, eq + 1);
	if (tt_lex_value(l->s + eq + 1, l->len - eq - 1, value, &len, &error) < 0) {
		report(found, l, eq + 1 + error.at, error.code, e.key, error.why);
		return;
	}
	/* Shorter than its line, so all values together fit where the text does. */
	value[len] = '\0';
	values->len += len + 1;
	earlier = tt_config_put(c, &e);
	if (earlier < 0)
		report(
		    found, l, at, "E_CFG_SYNTAX", e.key, "too many keys in one config");
	else if (earlier > 0 && strict) {
		struct tt_finding *f = tt_findings_add(found, "E_CFG_DUP", e.key, NULL,
		    "set a second time; line %ld has it already", earlier);

		f->line = l->number;
		f->col = column(l->s, at);
	}
}

void
tt_config_parse_text(
    struct tt_config *c, unsigned which, bool strict, struct tt_findings *found)
{
	struct tt_secret *t = &c->text[which];
	char *next = t->data, *end = t->data + t->len;
	unsigned number = 1;

	tt_secret_init(&c->values[which], t->len);
	for (; next < end; number++) {
		char *lf = memchr(next, '\n', (size_t)(end - next));
		struct line l = { .s = next, .number = number, .ended = lf != NULL };
		size_t at = 0;

		l.len = (size_t)((lf ? lf : end) - next);
		next = lf ? lf + 1 : end;
		while (at < l.len && (l.s[at] == ' ' || l.s[at] == '\t'))
			at++;
		if (at == l.len)
			continue;
		if (l.s[at] != '#')
			c->end_last = false;
		if (is_letter(l.s[at]))
			parse_assignment(c, &l, at, which, strict, found);
		else
			parse_other(c, &l, at, strict, found);
	}
}

void
tt_config_parse(const char *text, size_t len, bool strict, struct tt_config **ret,
    struct tt_findings *found)
{
	struct tt_config *c = tt_config_new();

	if (len > TT_CONFIG_MAX_SIZE) {
		(void)tt_findings_add(found, "E_CFG_SYNTAX", NULL, NULL,
		    "larger than %d bytes: this is no config", TT_CONFIG_MAX_SIZE);
		len = 0;
	}
	tt_secret_init(&c->text[1], len);
	(void)tt_secret_add(&c->text[1], text, len);
	tt_config_parse_text(c, 1, strict, found);
	c->headnode = true;
	*ret = c;
}

const struct tt_config_entry *
tt_config_find(const struct tt_config *c, const char *key)
{
	unsigned short *slot = hash_slot(c, key);

	return *slot ? &c->v[*slot - 1] : NULL;
}

const char *
tt_config_get(const struct tt_config *c, const char *key)
{
	const struct tt_config_entry *e = tt_config_find(c, key);

	return e ? e->value : NULL;
}

const char *
tt_config_str(const struct tt_config *c, const char *key, const char *fallback)
{
	const char *value = tt_config_get(c, key);

	return value && *value ? value : fallback;
}

bool
tt_config_bool(const struct tt_config *c, const char *key, bool fallback)
{
	const char *value = tt_config_get(c, key);
	bool b;

	return value && tt_parse_bool(value, &b) == 0 ? b : fallback;
}

size_t
tt_config_count(const struct tt_config *c)
{
	return c->n;
}

const struct tt_config_entry *
tt_config_at(const struct tt_config *c, size_t i)
{
	return i < c->n ? &c->v[i] : NULL;
}

const char *
tt_config_path(const struct tt_config *c)
{
	return c->path;
}

bool
tt_config_is_headnode(const struct tt_config *c)
{
	return c->headnode;
}

const char *
tt_config_warning(const struct tt_config *c)
{
	return c->warning;
}

long
tt_config_end_mark(const struct tt_config *c)
{
	return c->end_mark;
}

size_t
tt_config_own_count(const struct tt_config *c)
{
	return c->own;
}
