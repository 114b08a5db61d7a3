// SPDX-License-Identifier: MPL-2.0
/* The judgement of a payload by itself, in the shape that `vmadm validate` prints. */
#include <errno.h>
#include <string.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/net.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/uuid.h"
#include "platform/lib/model/vm_int.h"

/* Nobody sees what a validation makes up; only the first may repeat, so count. */
static void
some_uuid(void *ctx, char *out)
{
	(void)tt_strf(
	    out, TT_UUID_LEN, "00000000-0000-4000-8000-%012x", ++*(unsigned *)ctx);
}

static void
some_mac(void *ctx, char *out)
{
	(void)tt_strf(out, TT_MAC_LEN, "02:00:00:00:00:%02x", ++*(unsigned *)ctx & 0xff);
}

/* Names of one kind of fault, each once. */
static json_t *
names(const struct tt_vm_findings *f, enum tt_vm_fault fault)
{
	json_t *list = json_array();

	for (size_t i = 0; i < f->n; i++) {
		bool there = false;
		json_t *m;
		size_t k;

		if (f->v[i].fault != fault)
			continue;
		json_array_foreach(list, k, m)
		{
			there = there || tt_streq(json_string_value(m), f->v[i].name);
		}
		if (!there)
			json_array_append_new(list, json_string(f->v[i].name));
	}
	return list;
}

static json_t *
answer(const struct tt_vm_findings *f, const char *brand)
{
	json_t *out = json_object();

	for (size_t i = 0; i < f->n; i++)
		if (f->v[i].fault == TT_VM_BAD_BRAND)
			json_object_set_new(out, "bad_brand",
			    json_string(brand != NULL ? brand : "undefined"));
	json_object_set_new(out, "bad_properties", names(f, TT_VM_BAD_PROPERTY));
	json_object_set_new(out, "bad_values", names(f, TT_VM_BAD_VALUE));
	json_object_set_new(out, "missing_properties", names(f, TT_VM_MISSING));
	json_object_set_new(out, "errors", tt_vm_findings_json(f, false));
	return out;
}

static void
validate_create(struct vm_run *run, const char *brand, const json_t *payload)
{
	const char *own = tt_json_str(payload, "brand", NULL);
	tt_auto(vm) struct tt_vm vm = { 0 };
	enum tt_vm_brand known;

	if (brand != NULL && tt_vm_brand_parse(brand, &known, NULL) < 0) {
		vm_find(run, TT_VM_BAD_BRAND, VM_CODE, "brand", "must be a known brand");
		return;
	}
	vm_create_run(run, brand, payload, &vm);
	/* `docker` describes the payload that says lx and docker:true, too */
	if (brand != NULL && own != NULL && !tt_streq(own, brand) &&
	    !(tt_streq(brand, "docker") && tt_json_bool(payload, "docker", false)))
		vm_bad(run, "brand", "must be %s, as asked", brand);
}

static void
validate_update(struct vm_run *run, const char *brand, const json_t *payload)
{
	tt_auto(json) json_t *checked = NULL;
	static const char *const nics[] = { "add_nics", "update_nics" };
	const json_t *item;
	size_t k;

	if (brand == NULL || tt_vm_brand_parse(brand, &run->brand, NULL) < 0) {
		vm_find(run, TT_VM_BAD_BRAND, VM_CODE, "brand", "must be a known brand");
		return;
	}
	if (!json_is_object(payload)) {
		vm_bad(run, "payload", "must be a JSON object");
		return;
	}
	checked = vm_check_object(run, TT_VM_OP_UPDATE, tt_vm_props, "", payload);
	vm_pair_memory(run, checked);
	vm_judge_memory(run, checked, checked);
	vm_judge_routes(run, "set_routes", json_object_get(checked, "set_routes"));
	for (size_t i = 0; i < TT_ARRAY_LEN(nics); i++) {
		json_array_foreach(json_object_get(checked, nics[i]), k, item)
		{
			char name[VM_NAME_LEN];

			if (i == 1 && json_object_get(item, "mac") == NULL)
				vm_missing(run, vm_name(name, nics[i], k, "mac"),
				    "is missing: it says which NIC");
			/* an update may leave the addresses as they are */
			if (i == 0 || json_object_get(item, "ips") != NULL)
				vm_judge_nic(run, vm_mut(item), nics[i], k);
			else if (tt_json_int(item, "vlan_id", 0) == 1)
				vm_bad(run, vm_name(name, nics[i], k, "vlan_id"),
				    "must be 0 or 2 to 4094");
		}
	}
}

int
tt_vm_validate(enum tt_vm_op op, const char *brand, const json_t *payload, json_t **ret)
{
	tt_auto(vm_findings) struct tt_vm_findings f = { 0 };
	unsigned count = 0;
	const struct tt_vm_ids ids = { some_uuid, some_mac, &count };
	struct vm_run run;

	vm_run_init(&run, op, NULL, &ids, &f, &f);
	run.strict = true;
	if (op == TT_VM_OP_CREATE)
		validate_create(&run, brand, payload);
	else
		validate_update(&run, brand, payload);
	*ret = NULL;
	if (f.errors == 0)
		return 0;
	if (brand == NULL)
		brand = tt_json_str(payload, "brand", NULL);
	*ret = answer(&f, brand);
	return -EINVAL;
}

char *
tt_vm_valid_text(enum tt_vm_op op, const char *brand)
{
	return tt_xprintf("VALID %s payload for %s brand VMs.",
	    op == TT_VM_OP_CREATE ? "create" : "update", brand);
}
