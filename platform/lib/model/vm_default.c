// SPDX-License-Identifier: MPL-2.0
/* Defaults: constants of the table, values that follow from others, new identifiers. */
#include "platform/lib/base/net.h"
#include "platform/lib/base/random.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/uuid.h"
#include "platform/lib/model/vm_int.h"

#define MEMORY_MIB      256 /* of a container, and of a guest */
#define QUOTA_GIB       10
#define BHYVE_QUOTA_GIB 1

enum tt_vm_brand
vm_brand_of(const json_t *record)
{
	enum tt_vm_brand brand = TT_VM_LX;

	(void)tt_vm_brand_parse(tt_json_str(record, "brand", "lx"), &brand, NULL);
	return brand;
}

json_t *
vm_make_zonename(const json_t *record)
{
	return json_incref(json_object_get(record, "uuid"));
}

json_t *
vm_make_quota(const json_t *record)
{
	return json_integer(
	    vm_brand_of(record) == TT_VM_BHYVE ? BHYVE_QUOTA_GIB : QUOTA_GIB);
}

json_t *
vm_make_ram(const json_t *record)
{
	(void)record;
	return json_integer(MEMORY_MIB);
}

json_t *
vm_make_max_physical_memory(const json_t *record)
{
	return json_integer(
	    tt_json_int(record, "ram", 0) + vm_overhead(vm_brand_of(record)));
}

json_t *
vm_make_max_swap(const json_t *record)
{
	const long long memory = tt_json_int(record, "max_physical_memory", 0);

	return json_integer(memory > VM_MEMORY_MIN ? memory : VM_MEMORY_MIN);
}

json_t *
vm_make_memory(const json_t *record)
{
	return json_incref(json_object_get(record, "max_physical_memory"));
}

json_t *
vm_filled(const struct vm_run *run, const struct tt_vm_prop *rows, const json_t *checked)
{
	const unsigned bit = TT_VM_BIT(run->brand);
	json_t *out = json_object();

	for (; rows->name != NULL; rows++) {
		json_t *v = json_object_get(checked, rows->name);

		if (rows->place != TT_VM_RECORD)
			continue;
		if (v != NULL)
			v = json_incref(v);
		else if ((rows->create & bit) && rows->make != NULL)
			v = rows->make(out);
		else if ((rows->create & bit) && rows->def != NULL)
			v = json_loads(rows->def, JSON_DECODE_ANY, NULL);
		if (v != NULL)
			json_object_set_new(out, rows->name, v);
	}
	return out;
}

void
vm_new_uuid(const struct vm_run *run, char *out)
{
	if (run->ids->uuid != NULL)
		run->ids->uuid(run->ids->ctx, out);
	else
		(void)tt_uuid_new(out);
}

/* Locally administered, as every address that no vendor gave out. */
void
vm_new_mac(const struct vm_run *run, char *out)
{
	char hex[2 * 5 + 1];

	if (run->ids->mac != NULL) {
		run->ids->mac(run->ids->ctx, out);
		return;
	}
	tt_random_hex(5, hex);
	(void)tt_strf(out, TT_MAC_LEN, "02:%.2s:%.2s:%.2s:%.2s:%.2s", hex, hex + 2,
	    hex + 4, hex + 6, hex + 8);
}
