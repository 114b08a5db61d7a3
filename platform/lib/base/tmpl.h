// SPDX-License-Identifier: MPL-2.0
/*
 * Mustache templates over JSON values: {{name}}, {{{name}}}, {{&name}}, dotted names,
 * sections, inverted sections, comments, partials and set delimiters, with the rules for
 * lines that hold nothing but a tag. No lambdas and no inheritance. Language: the mustache
 * project's specification (mustache/spec, version 1.3, modules without "~").
 *
 * A template is input like any other: its size, nesting, partials and the steps of one
 * rendering are bounded, and the buffer bounds what comes out.
 */
#pragma once

#include <jansson.h>

#include "platform/lib/base/buf.h"
#include "platform/lib/base/err.h"

#define TT_TMPL_MAX          1048576 /* bytes of one template */
#define TT_TMPL_TOKENS_MAX   65536   /* tags and pieces of text of one template */
#define TT_TMPL_DEPTH_MAX    64      /* sections inside one another */
#define TT_TMPL_PARTIALS_MAX 16      /* partials inside one another */
#define TT_TMPL_STEPS_MAX    1000000 /* tokens and repetitions of one rendering */

struct tt_tmpl_opts {
	/* Text of a partial, or NULL: then it is empty. Borrowed until the rendering ends. */
	const char *(*partial)(const char *name, void *ctx);
	void *ctx;
	bool raw; /* {{name}} is not escaped for HTML either: configuration files */
};

/*
 * Render len bytes of text with data and add the result to out. opts may be NULL.
 * name  of the template, for messages
 * Empty text, 0, false, null, an empty list and a missing name leave a section out.
 * Returns 0; -EINVAL (BadTemplate) with name:line for a tag that is not closed, closes
 * nothing or has no name; -E2BIG (TemplateTooLarge) when a bound above is passed;
 * -EMSGSIZE when out is full.
 */
int tt_tmpl_render(const char *name, const char *text, size_t len, const json_t *data,
    const struct tt_tmpl_opts *opts, struct tt_buf *out, struct tt_err **err);
