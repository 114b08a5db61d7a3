// SPDX-License-Identifier: MPL-2.0
/*
 * The time before a console has the session: the welcome screen where nobody has it yet, the
 * line that tells who has it, and taking it over.
 */
#pragma once

#include "installer/setup/screen.h"

/* The screen of a console that holds the lock for a moment, to read the answers. */
#define CONSOLE_PREPARING "reading the answers"

enum console_end {
	CONSOLE_OURS,       /* the lock is held by us now */
	CONSOLE_TAKEN_OVER, /* the same, and another console had the session */
	CONSOLE_DONE,       /* another console wrote the config */
	CONSOLE_BUSY,       /* another one has it and nobody here can wait (no -c) */
	CONSOLE_STOP,       /* the system goes down */
	CONSOLE_GONE,       /* our terminal went away */
	CONSOLE_QUIT,       /* exit 42 from a shell */
};

/* Wait for the lock without offering anything: show who has it, `t` takes it over. */
enum console_end console_wait(struct wizard *w);
/*
 * The welcome screen, until Enter is pressed here or somewhere else. patience_ms > 0 takes
 * the lock without a key when nobody has had it for so long.
 */
enum console_end console_offer(struct wizard *w, int patience_ms);
/* The text of the welcome screen. */
void console_welcome(struct wizard *w);
