// SPDX-License-Identifier: MPL-2.0
/*
 * The GRUB environment block: a file of exactly 1,024 bytes that GRUB reads with load_env
 * and overwrites in place with save_env. Here live all boot variables of a key
 * (platform_version, prev_version, medium, ipxe, os_console, smt_enabled, boot counting).
 *
 * Format (GRUB 2.06, grub-core/lib/envblk.c): the line "# GRUB Environment Block", lines
 * NAME=VALUE in which backslash and newline are escaped by a backslash, and '#' up to the
 * end. Owner of the values: the struct. Knows nothing of which variables there are.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "platform/lib/base/err.h"

#define TT_GRUBENV_SIZE 1024

struct tt_grubenv {
	char **names; /* in the order of the file */
	char **values;
	size_t count;
};

#define TT_GRUBENV_INIT                                                                  \
	{                                                                                \
		NULL, NULL, 0                                                            \
	}

/*
 * Parse a block of len bytes into *env, which is emptied first. Other comment lines are
 * accepted and lost; of a name that stands twice the later value counts, as in GRUB.
 * Returns 0 or -EINVAL (InvalidGrubEnv) with what is wrong; *env is then empty.
 */
int tt_grubenv_parse(
    const char *data, size_t len, struct tt_grubenv *env, struct tt_err **err);

/* Borrowed value or NULL. */
const char *tt_grubenv_get(const struct tt_grubenv *env, const char *name);
/*
 * Set or replace. -EINVAL for a name that is not [A-Za-z_][A-Za-z0-9_]* or a value with a
 * control character; -ENOSPC when the block would be full (*env unchanged).
 */
int tt_grubenv_set(
    struct tt_grubenv *env, const char *name, const char *value, struct tt_err **err);
/* True if it was there. */
bool tt_grubenv_unset(struct tt_grubenv *env, const char *name);

/* The block; cannot fail, since set and parse refuse what does not fit. */
void tt_grubenv_format(const struct tt_grubenv *env, char out[TT_GRUBENV_SIZE]);

int tt_grubenv_load(const char *path, struct tt_grubenv *env, struct tt_err **err);
/*
 * Written in place: GRUB itself writes into the file's blocks, and a rename on FAT is no
 * safer than one sector. Creates the file when it is missing (0600).
 */
int tt_grubenv_save(const char *path, const struct tt_grubenv *env, struct tt_err **err);

void tt_grubenv_release(struct tt_grubenv *env);

static inline void
tt_auto_grubenv(struct tt_grubenv *env)
{
	tt_grubenv_release(env);
}
