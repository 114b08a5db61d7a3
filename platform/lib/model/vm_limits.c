// SPDX-License-Identifier: MPL-2.0
/*
 * The kernel's numbers for an instance, in the units of cgroup v2 files and of the sysctls
 * of its ipc namespace.
 */
#include "platform/lib/base/str.h"
#include "platform/lib/model/vm_int.h"

#define CPU_PERIOD_US 100000
#define WEIGHT_MAX    10000

static uint64_t
number(const json_t *record, const char *name)
{
	const long long n = tt_json_int(record, name, 0);

	return n > 0 ? (uint64_t)n : 0;
}

static uint64_t
weight(const json_t *record, const char *name)
{
	const uint64_t n = number(record, name);

	if (n < 1)
		return 1;
	return n < WEIGHT_MAX ? n : WEIGHT_MAX;
}

/* A virtual machine's disks lie beside its quota and are allocated whole. */
static uint64_t
disk_bytes(const json_t *record)
{
	const uint64_t budget = number(record, "flexible_disk_size");
	const json_t *disks = json_object_get(record, "disks"), *disk;
	uint64_t sum = 0;
	size_t i;

	json_array_foreach(disks, i, disk)
	{
		if (!tt_json_bool(disk, "nocreate", false) &&
		    !tt_streq(tt_json_str(disk, "media", "disk"), "cdrom"))
			sum += number(disk, "size");
	}
	return (sum > budget ? sum : budget) * TT_MIB;
}

void
tt_vm_limits(const json_t *record, struct tt_vm_limits *ret)
{
	const uint64_t memory = number(record, "max_physical_memory") * TT_MIB;
	const uint64_t swap = number(record, "max_swap") * TT_MIB;
	const uint64_t quota = number(record, "quota") * TT_GIB;

	*ret = (struct tt_vm_limits){
		.memory_max = memory,
		/* max_swap counts memory and swap together */
		.swap_max = swap > memory ? swap - memory : 0,
		.pids_max = number(record, "max_lwps"),
		.cpu_max_us = number(record, "cpu_cap") * (CPU_PERIOD_US / 100),
		.cpu_period_us = CPU_PERIOD_US,
		.cpu_weight = weight(record, "cpu_shares"),
		.io_weight = weight(record, "zfs_io_priority"),
		.io_max = number(record, "io_max") * TT_MIB,
		.memlock = number(record, "max_locked_memory") * TT_MIB,
		.shm_max = number(record, "max_shm_memory") * TT_MIB,
		.shm_ids = number(record, "max_shm_ids"),
		.sem_ids = number(record, "max_sem_ids"),
		.msg_ids = number(record, "max_msg_ids"),
		.quota = quota > 0 ? quota + disk_bytes(record) : 0,
		.tmpfs = number(record, "tmpfs") * TT_MIB,
	};
}
