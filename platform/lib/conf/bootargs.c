// SPDX-License-Identifier: MPL-2.0
/*
 * Words of the kernel command line as config entries (the BOOT_ variables of scripts).
 */
#include <string.h>

#include "platform/lib/conf/config_int.h"
#include "platform/lib/conf/encode.h"

#define CMDLINE_MAX 65536

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* `-` becomes `_`, `#` goes away, in place. */
static void
make_identifier(char *name)
{
	char *out = name;

	for (char *p = name; *p; p++)
		if (*p != '#')
			*out++ = *p == '-' ? '_' : *p;
	*out = '\0';
}

/* One word: NUL-terminated, already unquoted. */
static void
put_word(struct tt_config *c, char *word)
{
	struct tt_config_entry e = { .value = "true" };
	char *eq = strchr(word, '=');

	if (eq) {
		*eq = '\0';
		e.value = eq + 1;
	}
	make_identifier(word);
	e.key = word;
	if (tt_conf_key_valid(word))
		(void)tt_config_put(c, &e);
}

void
tt_config_bootargs(const char *cmdline, size_t len, struct tt_config **ret)
{
	struct tt_config *c = tt_config_new();
	struct tt_secret *t = &c->text[1];
	char *p, *end;

	if (len > CMDLINE_MAX)
		len = CMDLINE_MAX;
	tt_secret_init(t, len);
	(void)tt_secret_add(t, cmdline, len);
	p = t->data;
	end = t->data + t->len;
	while (p < end) {
		char *word, *out;
		bool quoted = false;

		while (p < end && (is_space(*p) || !*p))
			p++;
		word = out = p;
		/* The kernel knows double quotes around blanks, and nothing else. */
		for (; p < end && *p && (quoted || !is_space(*p)); p++) {
			if (*p == '"')
				quoted = !quoted;
			else
				*out++ = *p;
		}
		if (p < end)
			p++;
		*out = '\0';
		if (*word)
			put_word(c, word);
	}
	*ret = c;
}
