// SPDX-License-Identifier: MPL-2.0
/*
 * An instance's payload: the first byte says where it goes. What create accepts is complete:
 * it passes validation again, has limits and a view, and an update by the same bytes or by
 * nothing leaves a record that does too.
 */
#include "platform/lib/base/json.h"
#include "platform/lib/base/net.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/uuid.h"
#include "platform/lib/model/vm.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
next_uuid(void *ctx, char *out)
{
	(void)tt_strf(
	    out, TT_UUID_LEN, "99999999-0000-4000-8000-%012x", ++*(unsigned *)ctx);
}

static void
next_mac(void *ctx, char *out)
{
	(void)tt_strf(out, TT_MAC_LEN, "02:08:20:00:00:%02x", ++*(unsigned *)ctx & 0xff);
}

/* A record as the payload that would make it: what only the node writes is left out. */
static json_t *
as_payload(const struct tt_vm *vm)
{
	json_t *out = json_copy(vm->record);

	for (const struct tt_vm_prop *p = tt_vm_props; p->name != NULL; p++)
		if (p->flags & TT_VM_READONLY)
			json_object_del(out, p->name);
	json_object_set(out, "tags", vm->tags);
	json_object_update(out, vm->metadata);
	return out;
}

static void
must_be_valid(const struct tt_vm *vm)
{
	tt_auto(json) json_t *payload = as_payload(vm), *answer = NULL, *view = NULL;
	struct tt_vm_limits limits;

	if (tt_vm_validate(TT_VM_OP_CREATE, NULL, payload, &answer) < 0)
		abort();
	view = tt_vm_view(vm, NULL);
	if (json_object_get(view, "uuid") == NULL)
		abort();
	tt_vm_limits(vm->record, &limits);
	if (limits.memory_max == 0 || limits.cpu_weight < 1 || limits.cpu_weight > 10000)
		abort();
}

static void
update_by(const struct tt_vm *vm, const json_t *payload, const struct tt_vm_ids *ids)
{
	tt_auto(vm_changes) struct tt_vm_changes changes = { 0 };
	tt_auto(vm) struct tt_vm now = { 0 };

	if (tt_vm_update(vm, payload, NULL, ids, NULL, &now, &changes, NULL) < 0)
		return;
	must_be_valid(&now);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const bases[] = {
		"{\"brand\":\"lx\",\"image_uuid\":\"99999999-0000-4000-8000-"
		"000000000000\","
		"\"nics\":[{\"nic_tag\":\"admin\",\"ips\":[\"10.0.0.5/24\"]}]}",
		"{\"brand\":\"bhyve\",\"flexible_disk_size\":9000,\"disks\":[{\"size\":"
		"100},"
		"{\"size\":50}],\"nics\":[{\"nic_tag\":\"admin\",\"ips\":[\"dhcp\"]}]}",
	};
	static const char *const brands[] = { "lx", "kvm", "bhyve", "joyent-minimal" };
	tt_auto(json) json_t *payload = NULL, *answer = NULL, *update = NULL;
	tt_auto(vm) struct tt_vm vm = { 0 }, old = { 0 };
	unsigned count = 0;
	const struct tt_vm_ids ids = { next_uuid, next_mac, &count };

	if (size < 1 || size > 65536 ||
	    tt_json_parse("fuzz", (const char *)data + 1, size - 1, &payload, NULL) < 0)
		return 0;
	(void)tt_vm_validate(TT_VM_OP_CREATE, NULL, payload, &answer);
	(void)tt_vm_validate(TT_VM_OP_UPDATE, brands[data[0] % 4], payload, &update);
	if (tt_vm_create(payload, NULL, &ids, NULL, &vm, NULL) == 0) {
		must_be_valid(&vm);
	} else {
		tt_auto(json) json_t *base =
		    json_loads(bases[(data[0] / 4) % 2], 0, NULL);

		if (tt_vm_create(base, NULL, &ids, NULL, &old, NULL) < 0)
			abort();
		update_by(&old, payload, &ids);
	}
	return 0;
}
