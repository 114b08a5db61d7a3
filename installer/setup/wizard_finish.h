// SPDX-License-Identifier: MPL-2.0
/*
 * The end of a session: config rendered, perhaps edited, written, traces removed.
 */
#pragma once

#include "installer/setup/screen.h"

/*
 * edit  open the editor without asking for it first
 * ret   the exit code of the program, when the session came to an end by itself
 * ASK_LINE, or an end of the session by the operator or from outside.
 */
enum ask_end wizard_finish(struct wizard *w, bool edit, int *ret);
/* The operator leaves: offer to keep what was answered on the medium. */
void wizard_quit(struct wizard *w);
