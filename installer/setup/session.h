// SPDX-License-Identifier: MPL-2.0
/*
 * What survives a killed or taken-over wizard: the journal of the session (all values but
 * secrets), and the log of what was asked and answered.
 */
#pragma once

#include <stdbool.h>

#include "installer/setup/tsetup.h"

/* Save the session's values as PATH (0600). relaxed: answers are defaults only by now. */
int session_save(const char *path, const char *console, const struct tsetup *ts,
    bool relaxed, struct tt_err **err);
/*
 * Put a saved session over the values of ts.
 * ret_console  where it was answered; caller frees
 * Returns 0; -ENOENT when there is none; -EINVAL when it is damaged (it is then ignored).
 */
int session_restore(const char *path, struct tsetup *ts, bool *ret_relaxed,
    char **ret_console, struct tt_err **err);

struct session_log {
	int fd; /* -1 = nowhere to write */
	char console[32];
};

/* Append to path; without a place for it the log is dropped: the setup matters more. */
void session_log_open(struct session_log *log, const char *path, const char *console);
void session_log_close(struct session_log *log);
/* "TIME CONSOLE event: text" */
void session_log_note(const struct session_log *log, const char *fmt, ...)
    TT_PRINTF(2, 3);
/*
 * One value that was judged: key, where it came from, the value (*** for a secret), and
 * "accepted" or the code of the first error.
 */
void session_log_value(const struct session_log *log, enum tt_key_id id,
    const char *source, const char *value, const struct tt_findings *found);
