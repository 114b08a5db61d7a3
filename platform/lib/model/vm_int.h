// SPDX-License-Identifier: MPL-2.0
/* What the vm*.c files share: the run of one judgement and the calls between them. */
#pragma once

#include "platform/lib/base/json.h"
#include "platform/lib/model/vm.h"

#define VM_NICS_MAX        32
#define VM_DISKS_MAX       32
#define VM_FILESYSTEMS_MAX 64
#define VM_KEYS_MAX        4096 /* keys of one map of tags or metadata */
#define VM_VALUE_MAX       (1024 * 1024)
#define VM_MAP_MAX         (4 * 1024 * 1024) /* bytes of one map */
#define VM_NAME_LEN        512               /* of a dotted name in findings */

#define VM_J                                                                             \
	(TT_VM_BIT(TT_VM_JOYENT) | VM_JM | TT_VM_BIT(TT_VM_BUILDER) | TT_VM_BIT(TT_VM_LX))
#define VM_JM  TT_VM_BIT(TT_VM_JOYENT_MINIMAL)
#define VM_L   (TT_VM_BIT(TT_VM_LX) | TT_VM_BIT(TT_VM_JOYENT))
#define VM_K   TT_VM_BIT(TT_VM_KVM)
#define VM_B   TT_VM_BIT(TT_VM_BHYVE)
#define VM_HVM (VM_K | VM_B)
#define VM_ALL (VM_J | VM_HVM)

#define VM_ZERO_UUID "00000000-0000-0000-0000-000000000000"

/* MiB beyond the guest's RAM that a hypervisor process may take. */
#define VM_KVM_OVERHEAD   1024
#define VM_BHYVE_OVERHEAD 1280
#define VM_MEMORY_MIN     256

/* One judgement of one payload. */
struct vm_run {
	enum tt_vm_op op;
	enum tt_vm_brand brand;
	bool strict; /* validate: what create would raise is an error */
	const struct tt_vm_facts *facts;
	const struct tt_vm_ids *ids;
	struct tt_vm_findings *f;
	const char *uuid;    /* of the instance, or NULL when not known */
	const json_t *disks; /* update: those there were, or NULL */
};

/*
 * jansson's loops and references want values that are not const; what comes out of here is
 * read or shared, never changed.
 */
static inline json_t *
vm_mut(const json_t *j)
{
	return (json_t *)(uintptr_t)j;
}

/* --- vm_finding.c --- */

void vm_find(struct vm_run *run, enum tt_vm_fault fault, const char *code,
    const char *name, const char *fmt, ...) TT_PRINTF(5, 6);
/* The errors in one line as *err; r is -EINVAL. Returns r. */
int vm_refuse(const struct tt_vm_findings *f, const char *what, struct tt_err **err);

#define VM_CODE "ValidationFailed"
#define vm_bad(run, name, ...)                                                           \
	vm_find((run), TT_VM_BAD_VALUE, VM_CODE, (name), __VA_ARGS__)
#define vm_missing(run, name, ...)                                                       \
	vm_find((run), TT_VM_MISSING, VM_CODE, (name), __VA_ARGS__)
#define vm_warn(run, name, ...)                                                          \
	vm_find((run), TT_VM_WARNING, VM_CODE, (name), __VA_ARGS__)

/* --- vm_check.c --- */

/*
 * Judge the members of an object by rows and give a new object of the accepted ones, in
 * the order of the rows. Nulls that clear a value stay nulls on update.
 * prefix  "" or "nics.0."
 */
json_t *vm_check_object(struct vm_run *run, enum tt_vm_op op,
    const struct tt_vm_prop *rows, const char *prefix, const json_t *obj);
const struct tt_vm_prop *vm_row(const struct tt_vm_prop *rows, const char *name);
/* A new object with the members of obj in the order of the rows, unknown ones last. */
json_t *vm_ordered(const struct tt_vm_prop *rows, const json_t *obj);
/* "nics.0.ip" in out (VM_NAME_LEN bytes); returns out. */
char *vm_name(char *out, const char *list, size_t i, const char *name);

/* --- vm_default.c: values that follow from others --- */

/* Add to rec the defaults of its brand that it has not; rec keeps only what rows know. */
json_t *vm_filled(
    const struct vm_run *run, const struct tt_vm_prop *rows, const json_t *checked);
json_t *vm_make_zonename(const json_t *record);
json_t *vm_make_quota(const json_t *record);
json_t *vm_make_ram(const json_t *record);
json_t *vm_make_max_physical_memory(const json_t *record);
json_t *vm_make_max_swap(const json_t *record);
json_t *vm_make_memory(const json_t *record); /* = max_physical_memory */
enum tt_vm_brand vm_brand_of(const json_t *record);
void vm_new_uuid(const struct vm_run *run, char *out);
void vm_new_mac(const struct vm_run *run, char *out);

/* --- vm_size.c --- */

/* MiB that the hypervisor may take beyond ram; 0 for containers. */
long long vm_overhead(enum tt_vm_brand brand);
/* ram of a container is another name of max_physical_memory: make both say the same. */
void vm_pair_memory(struct vm_run *run, json_t *checked);
/*
 * Judge memory sizes against one another and the host, raising what may be raised.
 * checked  the accepted part of the payload
 * rec      the record that comes of it; on validation of an update it is checked itself
 */
void vm_judge_memory(struct vm_run *run, const json_t *checked, json_t *rec);
void vm_judge_cpus(struct vm_run *run, const json_t *checked, const json_t *rec);
/* Update: not below what is in use. */
void vm_judge_quota(struct vm_run *run, const json_t *checked);
/* Update: kvm is not resized, bhyve only while stopped. */
void vm_judge_resize(
    struct vm_run *run, const json_t *old, const json_t *checked, const json_t *rec);
/* Update: what was as large as the memory follows it, unless it was given. */
void vm_follow_memory(
    struct vm_run *run, const json_t *old, json_t *checked, json_t *rec);

/* --- vm_nic.c, vm_disk.c, vm_fs.c: lists of a record, made of accepted items --- */

/*
 * Complete the items from index first on, judge them by themselves and with the others.
 * list   their name in the payload: "nics" or "add_nics"; its indexes begin at first
 */
void vm_judge_nics(
    struct vm_run *run, const json_t *rec, json_t *nics, const char *list, size_t first);
/*
 * One NIC: addresses in all their forms, gateways inside, VLAN, tag, network.
 * name  of it in the payload: list and i
 */
void vm_judge_nic(struct vm_run *run, json_t *nic, const char *list, size_t i);
/* At most one is the primary NIC; with none, the first becomes it. keep: index, or -1 */
void vm_one_primary(json_t *nics, long keep);
void vm_judge_disks(
    struct vm_run *run, const json_t *rec, json_t *disks, const char *list, size_t first);
/* The sum of the disks against flexible_disk_size. */
void vm_judge_disk_sum(struct vm_run *run, const json_t *rec);
void vm_judge_filesystems(
    struct vm_run *run, const json_t *filesystems, const char *list, size_t first);
void vm_judge_routes(struct vm_run *run, const char *name, const json_t *routes);

/* --- vm_create.c --- */

/*
 * The run of one call: facts and ids may be NULL, f may be NULL (own is used then).
 */
void vm_run_init(struct vm_run *run, enum tt_vm_op op, const struct tt_vm_facts *facts,
    const struct tt_vm_ids *ids, struct tt_vm_findings *f, struct tt_vm_findings *own);
/*
 * Everything of a create. run has no brand yet: it is the payload's, or brand when the
 * payload has none. *ret is complete when there are no errors, else to be released too.
 */
void vm_create_run(
    struct vm_run *run, const char *brand, const json_t *payload, struct tt_vm *ret);

/* --- vm_change.c --- */

/* Everything that differs between two instances, in the order of the table. */
void vm_diff(const struct tt_vm *old, const struct tt_vm *now, struct tt_vm_changes *ret);

/* Index of the item whose key member equals value, or -1. */
long vm_item_find(const json_t *items, const char *key, const char *value);

/* --- vm_view.c --- */

#define VM_SHOW(name)                                                                    \
	json_t *vm_show_##name(const struct tt_vm *vm, const struct tt_vm_runtime *rt)

VM_SHOW(type);
VM_SHOW(hvm);
VM_SHOW(state);
VM_SHOW(zone_state);
VM_SHOW(pid);
VM_SHOW(zoneid);
VM_SHOW(zonedid);
VM_SHOW(zonepath);
VM_SHOW(zfs_filesystem);
VM_SHOW(boot_timestamp);
VM_SHOW(snapshots);
VM_SHOW(datasets);
VM_SHOW(server_uuid);
VM_SHOW(headnode_id);
VM_SHOW(datacenter_name);
VM_SHOW(platform_buildstamp);
VM_SHOW(free_space);

/* A dotted name whose first part is a row. */
struct vm_path {
	const struct tt_vm_prop *row;
	char *name; /* owned */
	char *rest; /* behind the first dot, points into name; NULL = all of it */
};

/* 0, or -EINVAL (InvalidArgument) for an unknown name; release in any case. */
int vm_path_parse(const char *name, struct vm_path *ret, struct tt_err **err);
/* New reference or NULL. */
json_t *vm_path_value(
    const struct vm_path *path, const struct tt_vm *vm, const struct tt_vm_runtime *rt);
