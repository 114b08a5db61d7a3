// SPDX-License-Identifier: MPL-2.0
/*
 * Entries of the build cache on disk: CACHE/<phase>/<key>/ with the files of one result
 * and entry.json, which lists each file's size, SHA-256 and the stat under which that
 * digest was true. Written whole in a temporary folder and renamed into place.
 *
 * Private to the phase engine.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "platform/lib/base/err.h"

#define ENTRY_META    "entry.json"
#define ENTRY_LAST    "last.json"
#define ENTRY_TMP_DIR "tmp"

/*
 * 1 with *ret_meta (new reference) when the entry in dir is whole; 0 when there is none.
 * A damaged one is removed and counts as none; *ret_damaged (caller frees) then names the
 * file that differs. Files are read again only when their stat changed.
 */
int entry_open(
    const char *dir, json_t **ret_meta, char **ret_damaged, struct tt_err **err);

/*
 * Record the files below tmp, add inputs and facts, and rename to dir. An entry that
 * another build put there meanwhile stays, and tmp is removed.
 */
int entry_commit(const char *tmp, const char *dir, const json_t *inputs,
    const json_t *facts, struct tt_err **err);

/* The inputs of the newest entry of a phase, [[name, value], ...]; NULL when there are none. */
json_t *entry_last_inputs(const char *phase_dir);
