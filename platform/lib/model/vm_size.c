// SPDX-License-Identifier: MPL-2.0
/* What the sizes of an instance mean together, for its host and for what it holds. */
#include "platform/lib/model/vm_int.h"

long long
vm_overhead(enum tt_vm_brand brand)
{
	switch (brand) {
	case TT_VM_KVM:
		return VM_KVM_OVERHEAD;
	case TT_VM_BHYVE:
		return VM_BHYVE_OVERHEAD;
	default:
		return 0;
	}
}

void
vm_pair_memory(struct vm_run *run, json_t *checked)
{
	json_t *memory = json_object_get(checked, "max_physical_memory");
	json_t *ram = json_object_get(checked, "ram");

	if (tt_vm_brand_hvm(run->brand) || (memory == NULL && ram == NULL))
		return;
	if (memory != NULL && ram != NULL && !json_equal(memory, ram))
		vm_warn(run, "ram",
		    "is another name of max_physical_memory in a container: %lld, not "
		    "%lld",
		    (long long)json_integer_value(memory),
		    (long long)json_integer_value(ram));
	json_object_set(checked, "ram", memory != NULL ? memory : ram);
	json_object_set(checked, "max_physical_memory", memory != NULL ? memory : ram);
}

static void
judge_host(struct vm_run *run, const json_t *checked, const json_t *rec)
{
	const char *name = tt_vm_brand_hvm(run->brand) ? "ram" : "max_physical_memory";
	const long long host = run->facts->host_memory_mib;
	const long long size = tt_json_int(rec, name, 0);
	const bool asked =
	    run->op == TT_VM_OP_CREATE || json_object_get(checked, name) != NULL;

	if (asked && host > 0 && size > host)
		vm_find(run, TT_VM_BAD_VALUE, "InsufficientCapacity", name,
		    "must be at most %lld MiB, the memory of the host (not %lld)", host,
		    size);
}

/* The hypervisor process needs more than its guest. */
static void
raise_memory(struct vm_run *run, const json_t *checked, json_t *rec)
{
	const long long ram = tt_json_int(rec, "ram", -1);
	const long long memory = tt_json_int(rec, "max_physical_memory", -1);
	const long long need = ram + vm_overhead(run->brand);

	if (!tt_vm_brand_hvm(run->brand) || ram < 0 || memory < 0 || memory >= need)
		return;
	if (json_object_get(checked, "max_physical_memory") != NULL)
		vm_warn(run, "max_physical_memory",
		    "must be ram + %lld MiB or more: %lld raised to %lld",
		    vm_overhead(run->brand), memory, need);
	json_object_set_new(rec, "max_physical_memory", json_integer(need));
}

static void
raise_swap(struct vm_run *run, const json_t *checked, json_t *rec)
{
	const long long memory = tt_json_int(rec, "max_physical_memory", -1);
	const long long swap = tt_json_int(rec, "max_swap", -1);
	const long long least = memory > VM_MEMORY_MIN ? memory : VM_MEMORY_MIN;

	if (swap < 0 || swap >= least)
		return;
	if (json_object_get(checked, "max_swap") != NULL) {
		if (run->strict && swap < memory)
			vm_bad(run, "max_swap", "must be >= max_physical_memory");
		else if (run->strict)
			vm_bad(run, "max_swap", "must be >= %d", VM_MEMORY_MIN);
		else
			vm_warn(run, "max_swap",
			    "must be >= max_physical_memory and %d: %lld raised to %lld",
			    VM_MEMORY_MIN, swap, least);
	}
	json_object_set_new(rec, "max_swap", json_integer(least));
}

void
vm_judge_memory(struct vm_run *run, const json_t *checked, json_t *rec)
{
	long long memory, locked;

	judge_host(run, checked, rec);
	raise_memory(run, checked, rec);
	raise_swap(run, checked, rec);
	memory = tt_json_int(rec, "max_physical_memory", -1);
	locked = tt_json_int(rec, "max_locked_memory", -1);
	if (memory < 0 || locked <= memory)
		return;
	if (json_object_get(checked, "max_locked_memory") != NULL)
		vm_bad(run, "max_locked_memory", "must be <= max_physical_memory");
	else
		json_object_set_new(rec, "max_locked_memory", json_integer(memory));
}

void
vm_judge_cpus(struct vm_run *run, const json_t *checked, const json_t *rec)
{
	const long long vcpus = tt_json_int(rec, "vcpus", 0);

	if (json_object_get(checked, "vcpus") != NULL && run->facts->host_cpus > 0 &&
	    vcpus > run->facts->host_cpus)
		vm_warn(run, "vcpus", "are %lld, the host has %lld CPUs: they share them",
		    vcpus, run->facts->host_cpus);
}

void
vm_judge_quota(struct vm_run *run, const json_t *checked)
{
	const long long quota = tt_json_int(checked, "quota", 0); /* GiB */
	const long long used = run->facts->quota_used_mib;

	if (quota > 0 && used > 0 && quota * 1024 < used)
		vm_bad(run, "quota",
		    "must be %lld GiB or more: %lld MiB are in use, snapshots included "
		    "(delete some first)",
		    (used + 1023) / 1024, used);
}

void
vm_judge_resize(
    struct vm_run *run, const json_t *old, const json_t *checked, const json_t *rec)
{
	static const char *const sizes[] = { "ram", "max_physical_memory", "vcpus" };

	for (size_t i = 0; i < TT_ARRAY_LEN(sizes); i++) {
		const char *name = sizes[i];

		if (json_object_get(checked, name) == NULL ||
		    json_equal(json_object_get(old, name), json_object_get(rec, name)))
			continue;
		if (run->brand == TT_VM_KVM)
			vm_bad(run, name, "must not change: Cannot resize a kvm VM");
		/* the process's own limit (1) can change at any time */
		else if (run->brand == TT_VM_BHYVE && run->facts->running && i != 1)
			vm_find(run, TT_VM_BAD_VALUE, "VmNotStopped", name,
			    "must not change now: VM not stopped: changing bhyve CPU or "
			    "memory requires the instance to be stopped");
	}
}

void
vm_follow_memory(struct vm_run *run, const json_t *old, json_t *checked, json_t *rec)
{
	static const char *const followers[] = { "max_swap", "max_locked_memory" };
	const long long before = tt_json_int(old, "max_physical_memory", 0);
	const json_t *ram = json_object_get(checked, "ram");
	long long now;

	if (tt_vm_brand_hvm(run->brand) && ram != NULL &&
	    json_object_get(checked, "max_physical_memory") == NULL)
		json_object_set_new(rec, "max_physical_memory",
		    json_integer(
			before + json_integer_value(ram) - tt_json_int(old, "ram", 0)));
	now = tt_json_int(rec, "max_physical_memory", 0);
	for (size_t i = 0; i < TT_ARRAY_LEN(followers); i++)
		if (now != before && json_object_get(checked, followers[i]) == NULL &&
		    tt_json_int(old, followers[i], 0) == before)
			json_object_set_new(rec, followers[i], json_integer(now));
}
