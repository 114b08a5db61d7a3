// SPDX-License-Identifier: MPL-2.0
/*
 * The console lock: of all wizards that run, one holds the session. The lock is a flock, so
 * the kernel frees it when the holder dies; the file's text tells the others who that is.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "platform/lib/base/err.h"

struct console_holder {
	pid_t pid;
	char console[32];
	char screen[64];  /* what it shows now */
	int64_t since_us; /* monotonic clock, when it took the lock */
};

struct console_lock {
	char *path;
	int fd; /* -1 = not held */
	struct console_holder me;
};

/* Nothing is opened yet; console names us to the others. */
void console_lock_init(struct console_lock *l, const char *path, const char *console);
/* Also lets the lock go. */
void console_lock_release(struct console_lock *l);

/* 1 = held now (also when it was before), 0 = another one has it, or a negative errno. */
int console_lock_try(struct console_lock *l, struct tt_err **err);
void console_lock_drop(struct console_lock *l);
/* Tell the others what this console shows. */
void console_lock_screen(struct console_lock *l, const char *screen);
/* Who holds it; -ENOENT when nobody says so. */
int console_lock_holder(const struct console_lock *l, struct console_holder *ret);
/* Does a living process say that it holds the lock? Does not touch the lock itself. */
bool console_lock_is_held(const struct console_lock *l);
/*
 * Ask the holder to let go, end it when it does not within 5 s, and take the lock.
 * 1 = ours, 0 = somebody else was faster.
 */
int console_lock_take_over(struct console_lock *l, struct tt_err **err);

/*
 * Signals of the process. They are blocked but while term_poll() waits, so nothing is
 * interrupted half way.
 */
struct console_signals {
	bool taken; /* another console takes the session over (SIGUSR1) */
	bool stop;  /* the system goes down (SIGTERM, SIGINT from elsewhere) */
};

void console_signals_init(void);
/* What came since the last call; taken is cleared by it, stop stays. */
struct console_signals console_signals_get(void);
