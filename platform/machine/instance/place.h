// SPDX-License-Identifier: MPL-2.0
/*
 * Where everything of an instance lies. All names derive from its uuid and its slot, so that
 * whatever a killed operation left behind is found by listing these places.
 *
 *	/zones/<uuid>/                vm.json metadata.json tags.json journal lock
 *	/zones/<uuid>/{root,data,disks,snap/<name>}      subvolumes, qgroup 1/<slot + 1000>
 *	/zones/img-<uuid>, seed-<uuid>                   image layer and its seed, read-only
 *	/run/triton/<uuid>/{config.json,root}            bundle
 *	/sys/fs/cgroup/triton/<uuid>                     control group
 *	/var/zonecontrol/<uuid>/                         metadata socket
 *	t<slot>n<i>                                      host end of NIC i
 *	1,000,000 + 65,536 x slot ...                    user and group ids
 *
 * Tests put the four roots elsewhere. Callers free what is returned.
 */
#pragma once

#include <stdint.h>

#define MACH_SLOT_MAX 65000U /* the last one whose ids fit into 32 bits is 65,519 */
#define MACH_ID_BASE  1000000U
#define MACH_ID_RANGE 65536U
#define MACH_IF_LEN   16
#define MACH_ZONES    "/zones"
#define MACH_RUN      "/run/triton"
#define MACH_CGROUP   "/sys/fs/cgroup/triton"
#define MACH_CONTROL  "/var/zonecontrol"

/* First user and group id of an instance on the host. */
static inline uint32_t
mach_id_base(unsigned slot)
{
	return MACH_ID_BASE + MACH_ID_RANGE * slot;
}

/* The qgroup 1/N that all subvolumes of the instance are in, as the kernel numbers it. */
static inline uint64_t
mach_qgroup(unsigned slot)
{
	return (1ULL << 48) | (slot + 1000ULL);
}

/* "/zones/<uuid>" or "/zones/<uuid>/<name>" (name NULL or a path). */
char *mach_zone_path(const char *uuid, const char *name);
char *mach_run_path(const char *uuid, const char *name);
/* "/zones/<kind>-<uuid>", kind "img" or "seed". */
char *mach_image_path(const char *kind, const char *uuid);
/* out has MACH_IF_LEN bytes; returns out. */
char *mach_if_name(unsigned slot, unsigned nic, char *out);
