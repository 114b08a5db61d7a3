// SPDX-License-Identifier: MPL-2.0
/*
 * Reads the console of a machine in its first boot and says how far it is. Pure: bytes in,
 * events out.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define RUN_LINE_MAX 512

enum run_event {
	RUN_NOTHING,
	RUN_MENU,     /* the boot menu is on the screen */
	RUN_PROGRESS, /* text says what has begun or ended */
	RUN_DONE,     /* setup is complete; text is the line */
	RUN_FAILED,   /* text is the line that says so */
};

/* One for each console; all zero at first. */
struct run_lines {
	char line[RUN_LINE_MAX];
	size_t len;
	unsigned escape; /* state inside a terminal escape */
	bool complete;   /* line is a whole one, cleared by the next byte */
};

/* Add one byte of a console; true when lines->line holds a whole line without escapes. */
bool run_lines_add(struct run_lines *lines, char c);

/*
 * What a line means. ret_text points into line or to a constant; valid while line is.
 */
enum run_event run_judge(const char *line, const char **ret_text);
