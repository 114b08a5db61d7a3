// SPDX-License-Identifier: MPL-2.0
/*
 * Bringing the config onto the medium so that a power cut leaves the old or the new one:
 * .config.new, fsync, a copy of the old as config.prev, rename, fsync, read back.
 * It writes bytes; what they mean was judged before.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "platform/lib/base/err.h"

struct write_where {
	const char *media;    /* the key */
	const char *fallback; /* folder in RAM for a medium that cannot be written */
};

/*
 * Write text as `config` in the media's folder; on a read-only one in the fallback folder.
 * ret_dir  the folder that was taken, one of the two of where
 * Returns 0; -ENOSPC and others leave the old file as it was, the message says what to do.
 */
int write_config(const struct write_where *where, const char *text, size_t len,
    const char **ret_dir, struct tt_err **err);
/*
 * Write dir/name (name may hold one folder part, made 0700) with mode 0600 and fsync.
 */
int write_private(
    const char *dir, const char *name, const char *text, size_t len, struct tt_err **err);
