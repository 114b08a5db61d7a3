// SPDX-License-Identifier: MPL-2.0
/* Tokens of a template: tmpl_parse.c makes them, tmpl.c renders them. */
#pragma once

#include "platform/lib/base/tmpl.h"

enum tmpl_kind {
	TMPL_TEXT,
	TMPL_VALUE,    /* {{name}} */
	TMPL_RAW,      /* {{{name}}} and {{&name}} */
	TMPL_SECTION,  /* {{#name}} */
	TMPL_INVERTED, /* {{^name}} */
	TMPL_END,      /* {{/name}} */
	TMPL_PARTIAL,  /* {{>name}} */
};

struct tmpl_token {
	enum tmpl_kind kind;
	const char *s; /* text, or name without blanks; points into the template */
	size_t len;
	size_t end;         /* sections: index of their TMPL_END */
	const char *indent; /* partials alone on their line: the blanks before them */
	size_t indent_len;
};

struct tmpl {
	struct tmpl_token *token;
	size_t n, space;
};

/* Cut text into tokens; errors as tt_tmpl_render(). Free with tmpl_release() in any case. */
int tmpl_parse(const char *name, const char *text, size_t len, struct tmpl *ret,
    struct tt_err **err);
void tmpl_release(struct tmpl *t);

static inline void
tt_auto_tmpl(struct tmpl *t)
{
	tmpl_release(t);
}
