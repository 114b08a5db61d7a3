// SPDX-License-Identifier: MPL-2.0
/*
 * An instance on this node, from its files to its processes. One caller at a time for each
 * instance: whoever serializes that is the only one who changes instances.
 *
 * Power may be lost at any instant. Making one writes the record last, so a folder without
 * vm.json was never acknowledged; removing one begins by renaming the folder into
 * /zones/.trash. What else belongs to an instance has names of its uuid and slot (place.h)
 * and is gone after a boot or found by listing.
 */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "platform/lib/base/err.h"
#include "platform/lib/model/vm.h"

/* --- files --- */

/* The three files; ret owned by the caller. -ENOENT (VmNotFound). */
int mach_inst_load(const char *uuid, struct tt_vm *ret, struct tt_err **err);
/* Replace those files that are given (members may be NULL); the record last. */
int mach_inst_save(const char *uuid, const struct tt_vm *vm, struct tt_err **err);
/* Internal key `slot` of the record. */
unsigned mach_inst_slot(const json_t *record);
/* uuids of all folders that look like instances; caller frees with tt_strv_free. */
int mach_inst_list(char ***ret, struct tt_err **err);

/* --- life --- */

/*
 * Everything on the pool: subvolumes in their qgroup, limit, files. The record has its slot.
 * On failure nothing is left. -ENOENT: the image is not installed.
 */
int mach_inst_create(const struct tt_vm *vm, struct tt_err **err);
/* Root, control group, container: its first program runs when this has returned 0. */
int mach_inst_start(const struct tt_vm *vm, pid_t *ret_pid, struct tt_err **err);
/*
 * Ask its first process to end, and end everything when it has not after timeout_ms
 * (0: at once). Then what starting made is gone.
 */
int mach_inst_stop(const struct tt_vm *vm, unsigned timeout_ms, struct tt_err **err);
/* A stopped one; its uuid is free when this has returned 0. */
int mach_inst_delete(const char *uuid, unsigned slot, struct tt_err **err);
/* Its first process when it runs, whoever started it; 0 when it does not. */
pid_t mach_inst_running(const char *uuid);
/* What a killed or powered-off create left behind: true when there was something. */
bool mach_inst_sweep(const char *uuid, struct tt_err **err);
/* unified of mach_cgroup_set and of the bundle, from the record. New reference. */
json_t *mach_inst_limits(const json_t *record);
