// SPDX-License-Identifier: MPL-2.0
/*
 * The files of an instance, /zones/<uuid>/{vm.json,metadata.json,tags.json,lock}: read to
 * make a record, and a guest's change written to metadata.json. vmadmd is the other writer;
 * both read, change and write under an exclusive flock on `lock`.
 *
 * Blocks on the disk and on the lock: never called on the loop's thread.
 */
#pragma once

#include "platform/daemon/metadatad/judge.h"

/*
 * dir  the instance's folder; its last part is the uuid
 * -ENOENT when there is no vm.json (yet, or any more).
 */
int store_load(const char *dir, struct record **ret, struct tt_err **err);

/*
 * Make a change and return only when it is on stable storage: new file, fsync, rename,
 * fsync of the folder. The message of an error is a sentence for the guest.
 *   -ETIMEDOUT  the lock was not free within lock_ms
 *   -EMSGSIZE   the customer's keys would be over TT_MD_ALL_MAX
 */
int store_change(
    const char *dir, const struct change *c, unsigned lock_ms, struct tt_err **err);
