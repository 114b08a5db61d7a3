// SPDX-License-Identifier: MPL-2.0
/*
 * Parser of the kernel command line. Knows words, not their meaning.
 */
#include "platform/boot/params.h"

#include <string.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/str.h"

/* Length of the word at text, which ends at a blank outside quotes. */
static size_t
word_len(const char *text, size_t len)
{
	bool quoted = false;
	size_t i;

	for (i = 0; i < len && text[i]; i++) {
		if (text[i] == '"')
			quoted = !quoted;
		else if (!quoted && strchr(" \t\r\n", text[i]))
			break;
	}
	return i;
}

static char *
unquoted(const char *text, size_t len)
{
	char *out = tt_xalloc(len + 1);
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		if (text[i] != '"')
			out[n++] = text[i];
	return out;
}

static void
add(struct boot_params *p, const char *word, size_t len)
{
	const char *eq = memchr(word, '=', len);
	struct boot_param *b = &p->v[p->n++];

	b->name = unquoted(word, eq ? (size_t)(eq - word) : len);
	b->value =
	    eq ? unquoted(eq + 1, len - (size_t)(eq + 1 - word)) : tt_xstrdup("true");
}

void
boot_params_parse(const char *text, size_t len, struct boot_params *ret)
{
	size_t i = 0, n;

	*ret = (struct boot_params){ 0 };
	while (i < len && text[i] && ret->n < BOOT_PARAMS_MAX) {
		n = word_len(text + i, len - i);
		if (n > 0)
			add(ret, text + i, n);
		i += n + 1;
	}
}

void
boot_params_release(struct boot_params *p)
{
	for (size_t i = 0; i < p->n; i++) {
		free(p->v[i].name);
		free(p->v[i].value);
	}
	p->n = 0;
}

const char *
boot_param(const struct boot_params *p, const char *name)
{
	for (size_t i = p->n; i > 0; i--)
		if (tt_streq(p->v[i - 1].name, name))
			return p->v[i - 1].value;
	return NULL;
}

json_t *
boot_params_json(const struct boot_params *p)
{
	static const char *const secret[] = { "root_shadow", "rabbitmq",
		"triton.answers" };
	json_t *o = json_object();

	for (size_t i = 0; i < p->n; i++) {
		const char *value = p->v[i].value;

		for (size_t k = 0; k < TT_ARRAY_LEN(secret); k++)
			if (tt_streq(p->v[i].name, secret[k]))
				value = "***";
		if (tt_utf8_check(p->v[i].name, strlen(p->v[i].name)) < 0 &&
		    tt_utf8_check(value, strlen(value)) < 0)
			json_object_set_new(o, p->v[i].name, json_string(value));
	}
	return o;
}
