// SPDX-License-Identifier: MPL-2.0
/*
 * Log records: one JSON object a line in bunyan's shape (v 0), at most 48 KiB, on stderr
 * or the given descriptor. Programs log; libraries do not above debug.
 */
#pragma once

#include <stdint.h>

#include <jansson.h>

#include "platform/lib/base/err.h"

enum tt_level {
	TT_TRACE = 10,
	TT_DEBUG = 20,
	TT_INFO = 30,
	TT_WARN = 40,
	TT_ERROR = 50,
	TT_FATAL = 60,
};

struct tt_log;

/* name is the program's; component may be NULL. Never NULL. */
struct tt_log *tt_log_new(
    const char *name, const char *component, int fd, enum tt_level min);
void tt_log_free(struct tt_log *log);
TT_AUTO_DEFINE(log, struct tt_log *, tt_log_free)

/* Value kinds for the variadic part of tt_log(): pairs of key and value, closed by NULL. */
enum tt_log_kind {
	TT_LOG_STR = 1,
	TT_LOG_INT,
	TT_LOG_BOOL,
	TT_LOG_ERR,
	TT_LOG_SECRET,
	TT_LOG_JSON,
};

#define TT_STR(v)    TT_LOG_STR, (const char *)(v)
#define TT_INT(v)    TT_LOG_INT, (long long)(v)
#define TT_BOOL(v)   TT_LOG_BOOL, (int)(v)
#define TT_ERR(v)    TT_LOG_ERR, (const struct tt_err *)(v)
#define TT_SECRET(v) TT_LOG_SECRET, (const char *)(v) /* printed as *** */
#define TT_JSON(v)   TT_LOG_JSON, (const json_t *)(v) /* jansson value, copied */

/* tt_log(log, TT_INFO, "pool created", "disks", TT_INT(2), NULL); a NULL log drops it. */
void tt_log(struct tt_log *log, enum tt_level level, const char *msg, ...)
    __attribute__((sentinel));
