// SPDX-License-Identifier: MPL-2.0
/*
 * Allocation that never returns NULL: out of memory ends the process with a line on stderr
 * (daemons are restarted). Sizes that a peer controls are bounded before they come here.
 * Everything is released with free().
 */
#pragma once

#include <stdarg.h>

#include "platform/lib/base/macro.h"

/* Zeroed. */
void *tt_xalloc(size_t size);
void *tt_xcalloc(size_t n, size_t size);
void *tt_xrealloc(void *p, size_t size);
char *tt_xstrdup(const char *s);
/* tt_xstrdup, but NULL stays NULL. */
char *tt_xstrdup_null(const char *s);
char *tt_xstrndup(const char *s, size_t n);
char *tt_xprintf(const char *fmt, ...) TT_PRINTF(1, 2);
char *tt_xvprintf(const char *fmt, va_list ap) TT_PRINTF(1, 0);
