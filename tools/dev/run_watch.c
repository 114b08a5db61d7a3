// SPDX-License-Identifier: MPL-2.0
/*
 * Console lines of a first boot and their meaning. Knows no files.
 */
#include "tools/dev/run_watch.h"

#include <string.h>

#include "platform/lib/base/macro.h"
#include "tools/dev/run_markers.h"

enum { TEXT, ESCAPE, SEQUENCE };

bool
run_lines_add(struct run_lines *l, char c)
{
	if (l->complete) {
		l->len = 0;
		l->complete = false;
	}
	if (c == '\033') {
		l->escape = ESCAPE;
	} else if (l->escape == ESCAPE) {
		l->escape = c == '[' ? SEQUENCE : TEXT;
	} else if (l->escape == SEQUENCE) {
		/* parameters and intermediates, then one final byte: ECMA-48, 5.4 */
		if (c >= 0x40 && c <= 0x7e)
			l->escape = TEXT;
	} else if (c == '\n' || c == '\r') {
		l->line[l->len] = '\0';
		l->complete = true;
		return l->len > 0;
	} else if (l->len + 1 < sizeof(l->line)) {
		l->line[l->len++] = c;
		l->line[l->len] = '\0';
	}
	return false;
}

static const char *
failure(const char *line)
{
	static const char *const ends[] = { "failed (", "timeout (", "svcs-fail (" };
	size_t len = strlen(line);

	for (size_t i = 0; i < TT_ARRAY_LEN(run_markers); i++)
		if (strstr(line, run_markers[i]) != NULL)
			return line;
	/* "creating zone napi...            failed (12s)" */
	for (size_t i = 0; i < TT_ARRAY_LEN(ends); i++) {
		const char *at = strstr(line, ends[i]);

		if (at != NULL && len > 0 && line[len - 1] == ')' &&
		    strstr(line, "... ") != NULL)
			return line;
	}
	return NULL;
}

/* Texts that open a stage, in the order in which they come. */
static const struct {
	const char *text, *progress;
} stages[] = {
	{ "Loading platform ", "boot loader: loading the platform" },
	{ "triton-init: [", NULL }, /* handled apart: its own text is good */
	{ "Reached target multi-user.target", "system: multi-user" },
	{ "Reached target Multi-User System", "system: multi-user" },
	{ "triton-boot: ", NULL },
	{ "Welcome to Triton", "setup: welcome" },
	{ "preparing for setup", "setup: preparing" },
};

static const char *
progress(const char *line)
{
	static const char *const ends[] = { "done (", " done", "skip (" };
	size_t len = strlen(line);

	for (size_t i = 0; i < TT_ARRAY_LEN(stages); i++) {
		const char *at = strstr(line, stages[i].text);

		if (at != NULL)
			return stages[i].progress != NULL ? stages[i].progress : at;
	}
	if (strstr(line, "... ") == NULL || len < 6)
		return NULL;
	for (size_t i = 0; i < TT_ARRAY_LEN(ends); i++)
		if (strstr(line + len / 2, ends[i]) != NULL)
			return line;
	return NULL;
}

enum run_event
run_judge(const char *line, const char **ret_text)
{
	const char *text;

	*ret_text = line;
	if ((text = strstr(line, "==> Setup complete")) != NULL) {
		*ret_text = text;
		return RUN_DONE;
	}
	if ((text = failure(line)) != NULL) {
		*ret_text = text;
		return RUN_FAILED;
	}
	if (strstr(line, "Live 64-bit rescue") != NULL)
		return RUN_MENU;
	if ((text = progress(line)) != NULL) {
		*ret_text = text;
		return RUN_PROGRESS;
	}
	return RUN_NOTHING;
}
