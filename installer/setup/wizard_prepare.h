// SPDX-License-Identifier: MPL-2.0
/*
 * What is known before the first question: the machine, the boot arguments, the answers, and
 * an earlier session's journal.
 */
#pragma once

#include "installer/setup/screen.h"

/*
 * Start a session's values anew. The lock is held. Findings of the answers are in w->found.
 * ASK_LINE when everything is there; *ret is the exit code when it is not and nobody can be
 * asked (then ASK_QUIT).
 */
enum ask_end wizard_prepare(struct wizard *w, int *ret);
/* What was found in the answers, with places in the file, one a line. */
void wizard_show_answers(struct wizard *w);
/* Is there a whole config already, on the medium or in RAM? */
bool wizard_config_exists(const struct wizard *w);
/* The console that config_console names is this one; `any` is every one. */
bool wizard_is_chosen(const struct wizard *w);
