// SPDX-License-Identifier: MPL-2.0
/*
 * One session, from prepared values to a written config.
 */
#pragma once

#include "installer/setup/screen.h"

/* Ask, review, write. *ret is the exit code when the session came to its own end. */
enum ask_end wizard_interactive(struct wizard *w, bool welcome, int *ret);
/* No questions: judge, check, write; after errors the console offers fix, shell, reboot. */
enum ask_end wizard_unattended(struct wizard *w, int *ret);
