// SPDX-License-Identifier: MPL-2.0
/*
 * A growing byte buffer with a limit set at its birth: what would pass the limit is refused
 * whole, marks the buffer as overflowed, and every later add is refused too, so a caller
 * may add freely and check once at the end.
 *
 * Invariant: data is NUL-terminated behind len whenever data is not NULL.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>

#include "platform/lib/base/macro.h"

struct tt_buf {
	char *data;
	size_t len;   /* bytes, without the terminator */
	size_t space; /* bytes allocated */
	size_t max;   /* limit for len */
	bool overflow;
};

#define TT_BUF_INIT(limit)                                                               \
	{                                                                                \
		.max = (limit)                                                           \
	}

void tt_buf_init(struct tt_buf *b, size_t max);
/* Free the contents; the buffer can be used again with the same limit. */
void tt_buf_release(struct tt_buf *b);
/* Contents gone, memory and limit kept, overflow mark cleared. */
void tt_buf_reset(struct tt_buf *b);
/* 0 or -EMSGSIZE. */
int tt_buf_add(struct tt_buf *b, const void *data, size_t len);
int tt_buf_adds(struct tt_buf *b, const char *s);
int tt_buf_addc(struct tt_buf *b, char c);
/* Make it len bytes longer: where the caller writes them, or NULL when they do not fit. */
char *tt_buf_extend(struct tt_buf *b, size_t len);
int tt_buf_addf(struct tt_buf *b, const char *fmt, ...) TT_PRINTF(2, 3);
int tt_buf_vaddf(struct tt_buf *b, const char *fmt, va_list ap) TT_PRINTF(2, 0);
/* As text, "" when empty. Borrowed until the next add. */
const char *tt_buf_str(const struct tt_buf *b);
/* Hand the memory over (caller frees); the buffer is empty afterwards. Never NULL. */
char *tt_buf_detach(struct tt_buf *b);

static inline void
tt_auto_buf(struct tt_buf *b)
{
	tt_buf_release(b);
}
