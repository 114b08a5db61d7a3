// SPDX-License-Identifier: MPL-2.0
/* See sdc.h. */
#include "platform/daemon/metadatad/sdc.h"

#include <string.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/str.h"

/* Properties served as they are stored, when they are scalars. */
static const char *const plain[] = { "alias", "autoboot", "billing_id", "boot_timestamp",
	"brand", "cpu_cap", "cpu_shares", "create_timestamp", "datacenter_name",
	"dns_domain", "docker", "firewall_enabled", "headnode_id", "image_uuid",
	"kernel_version", "last_modified", "maintain_resolvers", "max_locked_memory",
	"max_lwps", "max_physical_memory", "max_swap", "owner_uuid", "package_name",
	"package_version", "platform_buildstamp", "quota", "ram", "server_uuid", "state",
	"tmpfs", "vcpus", "zfs_io_priority" };
static const char *const disk_fields[] = { "boot", "image_uuid", "model", "size" };

static void
add_plain(struct record_maker *m, const json_t *vm)
{
	for (size_t i = 0; i < TT_ARRAY_LEN(plain); i++) {
		tt_auto(free) char *name = tt_xprintf("sdc:%s", plain[i]);

		record_add_scalar(m, name, json_object_get(vm, plain[i]));
	}
}

static bool
all_scalars(const json_t *list)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *v = json_array_get(list, i);

		if (json_is_object(v) || json_is_array(v))
			return false;
	}
	return true;
}

/* What dotted paths below name lead to: scalars, and lists of scalars as JSON. */
static void
add_paths(struct record_maker *m, const char *name, json_t *value)
{
	const char *key;
	json_t *v;

	if (json_is_array(value)) {
		if (all_scalars(value))
			record_add_json(m, name, value);
		for (size_t i = 0; i < json_array_size(value); i++) {
			tt_auto(free) char *path = tt_xprintf("%s.%zu", name, i);

			add_paths(m, path, json_array_get(value, i));
		}
		return;
	}
	record_add_scalar(m, name, value);
	json_object_foreach(value, key, v)
	{
		tt_auto(free) char *path = tt_xprintf("%s.%s", name, key);

		add_paths(m, path, v);
	}
}

/* A list with a name of its own: whole, and by paths. */
static void
add_list(struct record_maker *m, const char *name, json_t *list)
{
	if (!all_scalars(list))
		record_add_json(m, name, list);
	add_paths(m, name, list);
}

static void
add_disks(struct record_maker *m, const json_t *disks)
{
	for (size_t i = 0; i < json_array_size(disks); i++)
		for (size_t f = 0; f < TT_ARRAY_LEN(disk_fields); f++) {
			tt_auto(free) char *name =
			    tt_xprintf("sdc:disks.%zu.%s", i, disk_fields[f]);

			record_add_scalar(m, name,
			    json_object_get(json_array_get(disks, i), disk_fields[f]));
		}
}

/* Of a virtual machine: the image of its boot disk, or of the first one. */
static const json_t *
disk_image(const json_t *disks)
{
	const json_t *image = json_object_get(json_array_get(disks, 0), "image_uuid");

	for (size_t i = 0; i < json_array_size(disks); i++)
		if (tt_json_bool(json_array_get(disks, i), "boot", false))
			image = json_object_get(json_array_get(disks, i), "image_uuid");
	return image;
}

static void
add_network(struct record_maker *m, const json_t *vm)
{
	tt_auto(json) json_t *nics = sdc_nics(vm);
	tt_auto(json) json_t *routes = sdc_routes(vm, nics);
	tt_auto(json) json_t *resolvers =
	    json_is_array(json_object_get(vm, "resolvers"))
		? json_incref(json_object_get(vm, "resolvers"))
		: json_array();

	add_list(m, "sdc:nics", nics);
	add_list(m, "sdc:routes", routes);
	add_list(m, "sdc:resolvers", resolvers);
}

/* Stored as text, normally; a list is served as its text. */
static void
add_volumes(struct record_maker *m, const json_t *volumes)
{
	if (json_is_array(volumes))
		record_add_json(m, "sdc:volumes", volumes);
	else
		record_add_scalar(m, "sdc:volumes", volumes);
}

void
sdc_add(struct record_maker *m, const char *uuid, const json_t *vm,
    const json_t *internal, json_t *tags)
{
	const json_t *disks = json_object_get(vm, "disks");
	const char *hostname = tt_json_str(vm, "hostname", uuid);
	const char *key;
	json_t *v;

	record_add(m, "sdc:uuid", uuid, strlen(uuid));
	record_add(m, "sdc:zonename", uuid, strlen(uuid));
	record_add(m, "sdc:hostname", hostname, strlen(hostname));
	add_plain(m, vm);
	if (json_object_get(vm, "image_uuid") == NULL)
		record_add_scalar(m, "sdc:image_uuid", disk_image(disks));
	add_network(m, vm);
	add_disks(m, disks);
	record_add_scalar(
	    m, "sdc:operator-script", json_object_get(internal, "operator-script"));
	add_volumes(m, json_object_get(internal, "sdc:volumes"));
	json_object_foreach(tags, key, v)
	{
		tt_auto(free) char *name = tt_xprintf("sdc:tags.%s", key);

		record_add_scalar(m, name, v);
	}
}
