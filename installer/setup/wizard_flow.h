// SPDX-License-Identifier: MPL-2.0
/*
 * The order of things on one console: questions, live checks, review, section menu.
 */
#pragma once

#include "installer/setup/screen.h"

/* Ask all that is open. ASK_LINE when nothing is. */
enum ask_end wizard_questions(struct wizard *w);
/* Ask every question of one section again (1..6). ASK_LINE when through. */
enum ask_end wizard_section(struct wizard *w, int section);
/* "Which section?": runs the chosen one. ASK_LINE on the way back to the review. */
enum ask_end wizard_menu(struct wizard *w);

/*
 * A live check, when the values it looks at changed since it ran last. ret_goto is the
 * question to go back to, -1 = none. Without a terminal nothing is asked.
 */
enum ask_end wizard_check(struct wizard *w, enum check_kind kind, int *ret_goto);
/* All of them that are due. */
enum ask_end wizard_check_all(struct wizard *w);
/* Forget that they ran and give them time again. */
void wizard_check_again(struct wizard *w);

enum review_end {
	REVIEW_OK,    /* write it */
	REVIEW_EDIT,  /* edit the file first */
	REVIEW_AGAIN, /* values may have changed: questions, then another review */
};

/* Summary and `is this right?`. */
enum ask_end wizard_review(struct wizard *w, enum review_end *ret);
