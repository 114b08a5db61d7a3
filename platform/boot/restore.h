// SPDX-License-Identifier: MPL-2.0
/*
 * A headnode from its backup: private/restore.tgz on the key (see platform/lib/backup).
 *
 * The key step puts the configuration back, a pool that is made then gets its state before
 * it has its name, and the file is renamed to restore.tgz.done last. A power cut anywhere
 * leaves the file, and the next boot does what is missing. A pool that is there already is
 * not touched, unless a factory reset empties it in this boot (sdc-restore -F).
 */
#pragma once

#include "platform/boot/boot.h"

/*
 * The key is mounted: its configuration from the backup, when there is one. A file that is no
 * backup, or is damaged, is said and renamed to restore.tgz.bad.
 */
int restore_key(struct boot *b, struct tt_err **err);
/* The state into the datasets of a new pool at /zones; not synced. */
int restore_pool(struct boot *b, struct tt_err **err);
/* All is in place: the file gets its other name, and the consoles a line. */
void restore_done(struct boot *b);
