// SPDX-License-Identifier: MPL-2.0
/*
 * The instances of this node in memory: what vmadmd answers from, and who may work on which.
 *
 * An entry's `busy` is held for the whole of a change: that is the one queue per instance.
 * What readers see (vm, state, pid) is changed under the table's own lock, which is held for
 * moments only; entries live as long as somebody holds them.
 */
#pragma once

#include <pthread.h>
#include <stdint.h>
#include <sys/types.h>

#include "platform/lib/base/err.h"
#include "platform/lib/base/uuid.h"
#include "platform/lib/model/vm.h"

struct entry {
	char uuid[TT_UUID_LEN];
	pthread_mutex_t busy;
	struct tt_vm vm;
	const char *state; /* constant: "running", "stopped", "provisioning", "failed" */
	pid_t pid;         /* of its first process; 0 = none */
	int64_t boot_us;
	unsigned refs;
	bool gone; /* deleted: no longer in the table */
	struct entry *next;
};

/*
 * All records below /zones, those running that run: nobody is answered before that is known.
 * What a killed create left is swept.
 */
int table_load(struct tt_err **err);
/* Held: give it back with entry_put. -ENOENT (VmNotFound). */
int table_get(const char *uuid, struct entry **ret, struct tt_err **err);
void entry_put(struct entry *e);
/* A new entry, busy, held; takes vm. -EEXIST when the uuid is there. */
int table_add(struct tt_vm *vm, struct entry **ret, struct tt_err **err);
void table_remove(struct entry *e);
/* The lowest slot that no entry has; entries of creates under way count. */
int table_free_slot(unsigned *ret, struct tt_err **err);

void entry_set_state(struct entry *e, const char *state, pid_t pid);
/* Takes vm's members that are not NULL. */
void entry_set_vm(struct entry *e, struct tt_vm *vm);
/* Copies of the references, to work with while the entry is busy. */
struct tt_vm entry_vm(struct entry *e);

/* Calls fn for each entry under the table's lock: no waiting in it. */
void table_each(void (*fn)(const struct entry *e, void *ctx), void *ctx);
/* The view's facts of one entry. */
struct tt_vm_runtime entry_runtime(const struct entry *e);
