// SPDX-License-Identifier: MPL-2.0
/*
 * Memory for clear text: a mapping of its own, locked into RAM where the limit allows it,
 * left out of core dumps, wiped before it is given back. The size is fixed at birth, so
 * the text never moves and leaves no copy behind.
 *
 * Invariant: data is NUL-terminated behind len.
 */
#pragma once

#include <stdbool.h>

#include "platform/lib/base/err.h"

struct tt_secret {
	char *data;
	size_t len;
	size_t size; /* bytes that fit, without the terminator */
	bool overflow;
};

/* Never fails: no memory ends the process; a lock that is refused is done without. */
void tt_secret_init(struct tt_secret *s, size_t size);
/* 0 or -EMSGSIZE (nothing is added, the overflow mark stays until the next wipe). */
int tt_secret_add(struct tt_secret *s, const void *data, size_t len);
int tt_secret_adds(struct tt_secret *s, const char *text);
int tt_secret_addf(struct tt_secret *s, const char *fmt, ...) TT_PRINTF(2, 3);
/* Replace the contents. */
int tt_secret_set(struct tt_secret *s, const char *text);
/* Contents gone (explicit_bzero), memory kept. */
void tt_secret_wipe(struct tt_secret *s);
void tt_secret_release(struct tt_secret *s);
/* Whole file into s, which must be initialised. -EFBIG when it does not fit. */
int tt_secret_read_file(struct tt_secret *s, const char *path, struct tt_err **err);

/*
 * Once at the start of a program that handles clear text: no core dump, no ptrace
 * (PR_SET_DUMPABLE 0), and a JSON library that wipes what it frees.
 */
void tt_secret_process(void);

static inline void
tt_auto_secret(struct tt_secret *s)
{
	tt_secret_release(s);
}
