// SPDX-License-Identifier: MPL-2.0
/*
 * A program in the foreground of the console: the shell behind `!` and ^C, and the editor.
 * It gets a process group of its own and the terminal in the modes a shell expects; ours
 * come back when it ends.
 */
#pragma once

#include "installer/setup/term.h"

#define SESSION_SHELL_QUIT 42 /* `exit 42` in the shell means: quit the installer */

/*
 * Run argv (looked up in PATH) on the terminal and wait for its end, for as long as it
 * takes. A take-over or shutdown meanwhile ends its process group.
 * Returns its exit status (128 + signal), or a negative errno when it did not start.
 */
int session_foreground(struct term *t, const char *const *argv, struct tt_err **err);
/* bash, or sh where there is none, with a line before it that tells the way back. */
int session_shell(struct term *t, struct tt_err **err);
