// SPDX-License-Identifier: MPL-2.0
/*
 * The firewall's files on a node: <dir>/rules/<uuid>.json and <dir>/rvms/<uuid>.json, all
 * read at the start and kept in memory. A change is on stable storage before memory shows it;
 * a power cut leaves the old file or the new one. For one process (vmadmd) and one thread.
 * Shapes: rules as fwobject.h; remote VMs {uuid, owner_uuid, enabled, tags, ips} as fwadm's
 * (smartos-live src/fw/man/fwadm.8.md, "Remote VMs").
 */
#pragma once

#include <jansson.h>

#include "platform/lib/base/err.h"
#include "platform/lib/model/fwmatch.h"

#define MACH_FW_DIR "/var/fw"

struct mach_fwstore;

/*
 * Make the folders where they are missing, read everything, remove what a power cut left
 * half written.
 * bad  array that gets {file, message} for each file that cannot be used; it stays where it
 *      is and the others count. May be NULL.
 */
int mach_fwstore_open(
    const char *dir, json_t *bad, struct mach_fwstore **ret, struct tt_err **err);
void mach_fwstore_free(struct mach_fwstore *st);
TT_AUTO_DEFINE(fwstore, struct mach_fwstore *, mach_fwstore_free)

/* Borrowed, NULL when there is none. */
const json_t *mach_fwstore_rule(const struct mach_fwstore *st, const char *uuid);
const json_t *mach_fwstore_rvm(const struct mach_fwstore *st, const char *uuid);
/* All, by UUID; new reference to an array that shares the objects. */
json_t *mach_fwstore_rules(const struct mach_fwstore *st);
json_t *mach_fwstore_rvms(const struct mach_fwstore *st);

/*
 * object  from tt_fw_object(); kept by reference
 * -EINVAL when it is none, or the errno of the file system (nothing has changed then).
 */
int mach_fwstore_put_rule(struct mach_fwstore *st, json_t *object, struct tt_err **err);
int mach_fwstore_put_rvm(struct mach_fwstore *st, json_t *object, struct tt_err **err);
/* -ENOENT (ResourceNotFound) when there is none. */
int mach_fwstore_del_rule(struct mach_fwstore *st, const char *uuid, struct tt_err **err);
int mach_fwstore_del_rvm(struct mach_fwstore *st, const char *uuid, struct tt_err **err);

/*
 * Judge a remote VM that someone sends and make the object to store: uuid and owner_uuid
 * there, enabled false unless given, tags an object, ips from ips and nics[].ip or ips, without
 * prefix lengths, sorted, each once; "dhcp" is left out. New reference in *ret.
 * -EINVAL (InvalidParameter) naming the member.
 */
int mach_fw_rvm(const json_t *payload, json_t **ret, struct tt_err **err);

/* Rules that name the VM on either side, enabled or not, by UUID; new reference. */
json_t *mach_fwstore_rules_for(const struct mach_fwstore *st, const struct tt_fw_vm *vm);
/* Does the rule name the VM? false when there is no such rule. */
bool mach_fwstore_rule_names(
    const struct mach_fwstore *st, const char *uuid, const struct tt_fw_vm *vm);
