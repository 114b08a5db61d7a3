// SPDX-License-Identifier: MPL-2.0
/* The state of setup as text. */
#include "tools/operator/sdcadm/setup.h"

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/str.h"

#include <libsmartcols/libsmartcols.h>
#include <stdio.h>

int
status_code(const json_t *state)
{
	const char *status = tt_json_str(state, "status", "");

	if (tt_streq(status, "complete"))
		return 0;
	return tt_streq(status, "running") ? EXIT_UNDER_WAY : 1;
}

const char *
status_sentence(const json_t *state)
{
	static const char *const sentences[][2] = {
		{ "complete", "Setup is complete" },
		{ "running", "Setup is under way" },
		{ "failed", "Setup has failed" },
		{ "stopped", "Setup has stopped before its end" },
	};
	const char *status = tt_json_str(state, "status", "");

	for (size_t i = 0; i < TT_ARRAY_LEN(sentences); i++) {
		if (tt_streq(status, sentences[i][0]))
			return sentences[i][1];
	}
	return "Setup is in an unknown state";
}

/* The daemon names a stage's state; the journal alone has only its times. */
static const char *
stage_state(const json_t *stage)
{
	const char *state = tt_json_str(stage, "state", NULL);

	if (state != NULL)
		return state;
	if (tt_json_str(stage, "ended", NULL) == NULL)
		return "interrupted";
	return tt_json_int(stage, "rc", 0) == 0 ? "done" : "failed";
}

static void
set_cell(struct libscols_line *line, size_t column, const char *text)
{
	if (scols_line_set_data(line, column, text) != 0)
		abort(); /* out of memory */
}

static void
add_stage(struct libscols_table *table, const json_t *stage)
{
	const json_t *seconds = json_object_get(stage, "seconds");
	struct libscols_line *line = scols_table_new_line(table, NULL);
	char number[32] = "-";

	if (json_is_number(seconds))
		(void)tt_strf(number, sizeof(number), "%.1f", json_number_value(seconds));
	set_cell(line, 0, tt_json_str(stage, "name", "?"));
	set_cell(line, 1, stage_state(stage));
	set_cell(line, 2, number);
	set_cell(line, 3, tt_json_str(stage, "title", ""));
}

static void
show_table(const json_t *stages, bool no_header)
{
	struct libscols_table *table = scols_new_table();
	const json_t *stage;
	size_t i;

	scols_table_enable_noheadings(table, no_header);
	scols_table_new_column(table, "STAGE", 0, 0);
	scols_table_new_column(table, "STATE", 0, 0);
	scols_table_new_column(table, "SECONDS", 0, SCOLS_FL_RIGHT);
	scols_table_new_column(table, "TITLE", 0, 0);
	json_array_foreach(stages, i, stage)
	{
		add_stage(table, stage);
	}
	scols_print_table(table);
	scols_unref_table(table);
}

static void
show_failures(const json_t *stages)
{
	const json_t *stage, *line;
	size_t i, k;

	json_array_foreach(stages, i, stage)
	{
		const char *error = tt_json_str(stage, "error", NULL);

		if (error == NULL)
			continue;
		printf("\n%s: %s\n", tt_json_str(stage, "name", "?"), error);
		json_array_foreach(json_object_get(stage, "last_lines"), k, line)
		{
			printf("    %s\n", json_string_value(line));
		}
		printf("  Log: %s\n", tt_json_str(stage, "log", "-"));
	}
}

void
show_status(const json_t *state, bool no_header)
{
	const json_t *stages = json_object_get(state, "stages");
	const json_t *progress = json_object_get(state, "progress");
	const char *next = tt_json_str(state, "next_step", NULL);

	show_table(stages, no_header);
	show_failures(stages);
	printf("\n%s", status_sentence(state));
	if (progress != NULL)
		printf(", %lld of %lld stages done", tt_json_int(progress, "done", 0),
		    tt_json_int(progress, "total", 0));
	printf(" (attempt %lld, begun %s)\n", tt_json_int(state, "attempt", 1),
	    tt_json_str(state, "start_time", "?"));
	if (next != NULL)
		printf("To go on once the cause is gone: %s\n", next);
}
