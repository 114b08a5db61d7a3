// SPDX-License-Identifier: MPL-2.0
/* From a create payload to a complete instance, or to what is wrong with the payload. */
#include <errno.h>
#include <string.h>

#include "platform/lib/base/net.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/time.h"
#include "platform/lib/base/uuid.h"
#include "platform/lib/model/vm_int.h"

#define RECORD_VERSION 1

static const struct tt_vm_facts no_facts;
static const struct tt_vm_ids random_ids;

void
tt_vm_release(struct tt_vm *vm)
{
	json_decref(vm->record);
	json_decref(vm->metadata);
	json_decref(vm->tags);
	*vm = (struct tt_vm){ 0 };
}

void
vm_run_init(struct vm_run *run, enum tt_vm_op op, const struct tt_vm_facts *facts,
    const struct tt_vm_ids *ids, struct tt_vm_findings *f, struct tt_vm_findings *own)
{
	*run = (struct vm_run){ .op = op };
	run->facts = facts != NULL ? facts : &no_facts;
	run->ids = ids != NULL ? ids : &random_ids;
	run->f = f != NULL ? f : own;
}

/*
 * The payload with a brand that is stored, `docker` resolved; NULL when the brand is
 * refused. New reference, members shared.
 */
static json_t *
settle_brand(struct vm_run *run, const char *brand, const json_t *payload)
{
	const json_t *given = json_object_get(payload, "brand");
	const char *name = given != NULL ? json_string_value(given) : brand;
	bool docker = false;
	json_t *copy;

	if (given == NULL && brand == NULL) {
		vm_missing(run, "brand", "is missing");
		return NULL;
	}
	if (name == NULL || tt_vm_brand_parse(name, &run->brand, &docker) < 0) {
		vm_find(run, TT_VM_BAD_BRAND, VM_CODE, "brand",
		    "must be one of joyent, joyent-minimal, builder, lx, kvm, bhyve, "
		    "docker");
		return NULL;
	}
	copy = json_copy(vm_mut(payload));
	json_object_set_new(copy, "brand", json_string(tt_vm_brand_name(run->brand)));
	if (!docker)
		return copy;
	if (json_is_false(json_object_get(payload, "docker")))
		vm_bad(run, "docker", "must be true with brand docker");
	json_object_set_new(copy, "docker", json_true());
	return copy;
}

static void
judge_identity(struct vm_run *run, const json_t *payload, json_t *checked)
{
	const char *zonename;
	char uuid[TT_UUID_LEN];

	if (json_object_get(checked, "uuid") == NULL) {
		vm_new_uuid(run, uuid);
		json_object_set_new(checked, "uuid", json_string(uuid));
	}
	/* a validation knows the uuid only when the payload has it */
	if (!run->strict || json_object_get(payload, "uuid") != NULL)
		run->uuid = tt_json_str(checked, "uuid", NULL);
	zonename = tt_json_str(checked, "zonename", NULL);
	if (zonename != NULL && run->uuid != NULL && !tt_streq(zonename, run->uuid))
		vm_bad(run, "zonename", "must be equal to uuid, or be left out");
	if (run->uuid != NULL && run->facts->uuid_used != NULL &&
	    run->facts->uuid_used(run->facts->ctx, run->uuid))
		vm_find(run, TT_VM_BAD_VALUE, "Duplicate", "uuid",
		    "must not be in use by another instance (%s is)", run->uuid);
}

/* A container's image must be a file tree that is here. */
static void
judge_image(struct vm_run *run, const json_t *checked)
{
	const char *uuid = tt_json_str(checked, "image_uuid", NULL);
	struct tt_vm_image image = { 0 };

	if (uuid == NULL || run->facts->image == NULL)
		return;
	if (run->facts->image(run->facts->ctx, uuid, &image) < 0)
		vm_bad(
		    run, "image_uuid", "must be an image that is here (%s is not)", uuid);
	else if (tt_streq(image.type, "zvol"))
		vm_bad(run, "image_uuid",
		    "must be a container image: Brand \"%s\" cannot use an image of type "
		    "\"zvol\"",
		    tt_vm_brand_name(run->brand));
}

/* A size that was refused says nothing about the others. */
static bool
sizes_lost(const json_t *payload, const json_t *checked)
{
	static const char *const sizes[] = { "ram", "max_physical_memory", "max_swap",
		"max_locked_memory" };

	for (size_t i = 0; i < TT_ARRAY_LEN(sizes); i++)
		if (json_object_get(payload, sizes[i]) != NULL &&
		    json_object_get(checked, sizes[i]) == NULL)
			return true;
	return false;
}

static json_t *
map_of(const json_t *checked, const char *name)
{
	json_t *map = json_object_get(checked, name);

	return map != NULL ? json_copy(map) : json_object();
}

static void
stamp(const struct vm_run *run, json_t *rec)
{
	char now[TT_ISO_LEN];

	if (run->facts->now_us > 0) {
		tt_time_iso(run->facts->now_us, now);
		json_object_set_new(rec, "create_timestamp", json_string(now));
		json_object_set_new(rec, "last_modified", json_string(now));
	}
	json_object_set_new(rec, "snapshots", json_array());
	json_object_set_new(rec, "v", json_integer(RECORD_VERSION));
}

void
vm_create_run(
    struct vm_run *run, const char *brand, const json_t *payload, struct tt_vm *ret)
{
	tt_auto(json) json_t *asked = NULL, *checked = NULL, *rec = NULL;

	if (!json_is_object(payload)) {
		vm_bad(run, "payload", "must be a JSON object");
		return;
	}
	asked = settle_brand(run, brand, payload);
	if (asked == NULL)
		return;
	checked = vm_check_object(run, TT_VM_OP_CREATE, tt_vm_props, "", asked);
	judge_identity(run, payload, checked);
	judge_image(run, checked);
	vm_pair_memory(run, checked);
	rec = vm_filled(run, tt_vm_props, checked);
	if (!sizes_lost(payload, checked))
		vm_judge_memory(run, checked, rec);
	vm_judge_cpus(run, checked, rec);
	vm_judge_routes(run, "routes", json_object_get(rec, "routes"));
	vm_judge_nics(run, rec, json_object_get(rec, "nics"), "nics", 0);
	vm_judge_disks(run, rec, json_object_get(rec, "disks"), "disks", 0);
	vm_judge_disk_sum(run, rec);
	vm_judge_filesystems(run, json_object_get(rec, "filesystems"), "filesystems", 0);
	stamp(run, rec);

	ret->record = vm_ordered(tt_vm_props, rec);
	ret->tags = map_of(checked, "tags");
	ret->metadata = json_pack("{s:o, s:o}", "customer_metadata",
	    map_of(checked, "customer_metadata"), "internal_metadata",
	    map_of(checked, "internal_metadata"));
	run->uuid = NULL;
}

int
tt_vm_create(const json_t *payload, const struct tt_vm_facts *facts,
    const struct tt_vm_ids *ids, struct tt_vm_findings *f, struct tt_vm *ret,
    struct tt_err **err)
{
	tt_auto(vm_findings) struct tt_vm_findings own = { 0 };
	tt_auto(vm) struct tt_vm vm = { 0 };
	struct vm_run run;

	vm_run_init(&run, TT_VM_OP_CREATE, facts, ids, f, &own);
	vm_create_run(&run, NULL, payload, &vm);
	if (run.f->errors > 0)
		return vm_refuse(run.f, "invalid payload", err);
	*ret = vm;
	vm = (struct tt_vm){ 0 };
	return 0;
}
