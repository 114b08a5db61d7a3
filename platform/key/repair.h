// SPDX-License-Identifier: MPL-2.0
/* Making the media of a set equal again after a power cut between two of them. */
#pragma once

#include "platform/key/medium.h"

/*
 * Bring every other medium to the state of the first: files that the manifests tell apart,
 * the configuration, the boot variables. Cheap when nothing differs. 0 or -errno; a medium
 * that cannot be repaired is noted in s->missing and the others go on.
 */
int key_repair(struct key_set *s, struct tt_err **err);
/* Copy one file under a temporary name, synced, renamed. Folders are made. */
int key_copy_file(const char *from, const char *to, struct tt_err **err);
