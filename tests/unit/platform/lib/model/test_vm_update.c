// SPDX-License-Identifier: MPL-2.0
/* Update: what changes, what may not, and what the caller is told of it. */
#include "tests/unit/platform/lib/model/vm_test.h"

#define DISK0 "/zones/" UUID "/disks/disk0"
#define DISK1 "/zones/" UUID "/disks/disk1"
#define MAC1  "02:08:20:00:00:01"
#define MAC2  "02:08:20:00:00:02"

static void
make(const char *text, struct tt_vm *ret)
{
	const struct tt_vm_facts facts = { .now_us = NOW };

	if (create(text, &facts, NULL, ret) < 0) {
		printf("Bail out! not created: %s\n", text);
		abort();
	}
}

#define LX_VM                                                                            \
	"{'brand': 'lx', 'image_uuid': '" IMAGE "', 'uuid': '" UUID                      \
	"', 'max_physical_memory': 512, 'alias': 'web0', 'tags': {'a': 1, 'b': 2}, "     \
	"'customer_metadata': {'k': 'v'}, 'routes': {'10.2.0.0/16': 'nics[0]'}, "        \
	"'nics': [{'nic_tag': 'admin', 'ips': ['10.0.0.5/24'], 'gateway': '10.0.0.1'}, " \
	"{'nic_tag': 'admin', 'ips': ['dhcp']}], 'filesystems': [{'type': 'lofs', "      \
	"'source': '/a', 'target': '/b', 'options': ['ro']}]}"
#define BHYVE_VM                                                                         \
	"{'brand': 'bhyve', 'uuid': '" UUID                                              \
	"', 'ram': 512, 'flexible_disk_size': 1000, 'disks': [{'size': 500}, "           \
	"{'size': 200}]}"
#define KVM_VM                                                                           \
	"{'brand': 'kvm', 'uuid': '" UUID                                                \
	"', 'ram': 512, 'disks': [{'size': 500}, {'size': 200}]}"

/* Updated, with the changes and their effect as told. */
static void
updates(const struct tt_vm *old, const char *text, struct tt_vm *ret,
    struct tt_vm_changes *changes, size_t n, bool reboot)
{
	const struct tt_vm_facts facts = { .now_us = NOW + 1000000 };
	tt_auto(vm_findings) struct tt_vm_findings f = { 0 };
	const int r = update(old, text, &facts, &f, ret, changes);

	TAP_OK(r == 0, "updated: %s", text);
	if (r < 0)
		note_findings(&f);
	TAP_EQ_INT(changes->n, n, "changes");
	TAP_OK(tt_vm_changes_reboot(changes) == reboot, "%s",
	    reboot ? "in effect after a reboot" : "in effect at once");
}

static void
test_plain(const struct tt_vm *old)
{
	tt_auto(vm) struct tt_vm same = { 0 }, grown = { 0 }, shrunk = { 0 },
				 named = { 0 };
	tt_auto(vm_changes) struct tt_vm_changes a = { 0 }, b = { 0 }, c = { 0 },
						 d = { 0 };

	updates(old, "{'alias': 'web0', 'quota': 10}", &same, &a, 0, false);
	EQ_JSON(same.record, "last_modified", "'2023-11-14T22:13:20.123Z'");
	updates(old, "{'max_physical_memory': 1024}", &grown, &b, 4, true);
	EQ_JSON(grown.record, "ram", "1024");
	EQ_JSON(grown.record, "max_swap", "1024");
	EQ_JSON(grown.record, "max_locked_memory", "1024");
	EQ_JSON(grown.record, "last_modified", "'2023-11-14T22:13:21.123Z'");
	TAP_OK(tt_vm_changed(&b, "max_swap", NULL), "max_swap followed");
	updates(old, "{'ram': 128, 'max_swap': 300}", &shrunk, &c, 4, true);
	EQ_JSON(shrunk.record, "max_physical_memory", "128");
	EQ_JSON(shrunk.record, "max_locked_memory", "128");
	EQ_JSON(shrunk.record, "max_swap", "300");
	updates(old, "{'alias': null, 'cpu_cap': 50, 'autoboot': false}", &named, &d, 3,
	    false);
	EQ_JSON(named.record, "alias", "null");
	TAP_OK(d.v[0].how == TT_VM_REMOVE, "alias removed");
	TAP_EQ_STR(d.v[0].prop->name, "alias", "in the order of the table");
	EQ_JSON(old->record, "alias", "'web0'");
}

static void
test_maps(const struct tt_vm *old)
{
	tt_auto(vm) struct tt_vm vm = { 0 };
	tt_auto(vm_changes) struct tt_vm_changes c = { 0 };

	updates(old,
	    "{'set_tags': {'a': 1, 'c': true}, 'remove_tags': ['b', 'zz'], "
	    "'set_customer_metadata': {'k': 'w'}, 'set_internal_metadata': {'x:y': 'z'}, "
	    "'remove_routes': ['10.2.0.0/16'], 'set_routes': {'10.3.0.0/16': "
	    "'10.0.0.9'}}",
	    &vm, &c, 6, true);
	EQ_JSON(vm.metadata, "customer_metadata", "{'k': 'w'}");
	EQ_JSON(vm.metadata, "internal_metadata", "{'x:y': 'z'}");
	EQ_JSON(vm.record, "routes", "{'10.3.0.0/16': '10.0.0.9'}");
	TAP_OK(json_object_get(vm.tags, "b") == NULL && json_object_size(vm.tags) == 2,
	    "tags");
	TAP_OK(
	    json_object_size(old->tags) == 2 && json_object_get(old->tags, "c") == NULL,
	    "the old ones are as they were");
	TAP_EQ_STR(c.v[0].key, "c", "tag key set");
	TAP_OK(
	    c.v[1].how == TT_VM_REMOVE && tt_streq(c.v[1].key, "b"), "tag key removed");
	TAP_OK(c.v[0].live, "tags are seen at once");
}

static void
test_nics(const struct tt_vm *old)
{
	tt_auto(vm) struct tt_vm moved = { 0 }, live = { 0 }, swapped = { 0 },
				 dhcp = { 0 };
	tt_auto(vm_changes) struct tt_vm_changes a = { 0 }, b = { 0 }, c = { 0 },
						 d = { 0 };
	const json_t *nics;

	updates(old,
	    "{'update_nics': [{'mac': '" MAC1
	    "', 'ip': '10.0.0.6', 'gateway': null, 'gateways': null}]}",
	    &moved, &a, 4, true);
	nics = json_object_get(moved.record, "nics");
	EQ_JSON(json_array_get(nics, 0), "ips", "['10.0.0.6/24']");
	EQ_JSON(json_array_get(nics, 0), "gateway", "null");
	EQ_JSON(json_array_get(nics, 0), "primary", "true");
	TAP_OK(tt_vm_changed(&a, "nics", "ip") && !tt_vm_changed(&a, "nics", "mtu"),
	    "which member of a NIC");
	TAP_EQ_STR(a.v[0].key, MAC1, "which NIC");

	updates(old,
	    "{'update_nics': [{'mac': '02:08:20:0:0:2', 'allow_ip_spoofing': true}]}",
	    &live, &b, 1, false);

	updates(old,
	    "{'remove_nics': ['" MAC1 "'], 'add_nics': [{'nic_tag': 'admin', 'ips': "
	    "['10.0.0.7/24', 'fd00::7/64']}]}",
	    &swapped, &c, 3, true);
	nics = json_object_get(swapped.record, "nics");
	TAP_EQ_INT(json_array_size(nics), 2, "one out, one in");
	EQ_JSON(json_array_get(nics, 0), "mac", "'" MAC2 "'");
	EQ_JSON(json_array_get(nics, 0), "primary", "true");
	EQ_JSON(json_array_get(nics, 1), "interface", "'net0'");
	EQ_JSON(json_array_get(nics, 1), "mac", "'02:08:20:00:00:65'");
	TAP_OK(c.v[0].how == TT_VM_REMOVE && tt_streq(c.v[0].key, MAC1), "removed");

	updates(old,
	    "{'update_nics': [{'mac': '" MAC1 "', 'ips': ['dhcp'], 'gateways': []}]}",
	    &dhcp, &d, 5, true);
	EQ_JSON(json_array_get(json_object_get(dhcp.record, "nics"), 0), "ip", "'dhcp'");
	EQ_JSON(
	    json_array_get(json_object_get(dhcp.record, "nics"), 0), "netmask", "null");
	EQ_JSON(
	    json_array_get(json_object_get(old->record, "nics"), 0), "ip", "'10.0.0.5'");
}

static void
test_primary(const struct tt_vm *old)
{
	tt_auto(vm) struct tt_vm vm = { 0 };
	tt_auto(vm_changes) struct tt_vm_changes c = { 0 };
	const json_t *nics;

	updates(old, "{'update_nics': [{'mac': '" MAC2 "', 'primary': true}]}", &vm, &c,
	    2, true);
	nics = json_object_get(vm.record, "nics");
	EQ_JSON(json_array_get(nics, 0), "primary", "null");
	EQ_JSON(json_array_get(nics, 1), "primary", "true");
	EQ_JSON(
	    json_array_get(json_object_get(old->record, "nics"), 0), "primary", "true");
}

/* A guest may fill its metadata past what payloads may; it can still be emptied. */
static void
test_full_map(const struct tt_vm *old)
{
	tt_auto(json) json_t *map = json_object(), *metadata = NULL;
	struct tt_vm full = *old;
	tt_auto(vm) struct tt_vm vm = { 0 };
	tt_auto(vm_changes) struct tt_vm_changes c = { 0 };

	for (int i = 0; i < 5000; i++) {
		tt_auto(free) char *key = tt_xprintf("key%d", i);

		json_object_set_new(map, key, json_string("v"));
	}
	metadata =
	    json_pack("{s:O, s:{}}", "customer_metadata", map, "internal_metadata");
	full.metadata = metadata;
	update_refused(&full, "{'set_customer_metadata': {'one': 'more'}}", NULL,
	    TT_VM_BAD_VALUE, "customer_metadata", "at most 4096 keys");
	updates(&full, "{'remove_customer_metadata': ['key1']}", &vm, &c, 1, false);
}

/* What the node keeps in a record and its items beside the table's members. */
static void
test_own_members(const struct tt_vm *old)
{
	tt_auto(json) json_t *record = json_deep_copy(old->record);
	struct tt_vm own = { .record = record };
	tt_auto(vm) struct tt_vm vm = { 0 };
	tt_auto(vm_changes) struct tt_vm_changes c = { 0 };

	json_object_set_new(record, "slot", json_integer(5));
	json_object_set_new(
	    json_array_get(json_object_get(record, "nics"), 0), "port", json_integer(7));
	updates(&own, "{'update_nics': [{'mac': '" MAC1 "', 'mtu': 1400}]}", &vm, &c, 1,
	    true);
	EQ_JSON(vm.record, "slot", "5");
	EQ_JSON(json_array_get(json_object_get(vm.record, "nics"), 0), "port", "7");
	EQ_JSON(vm.metadata, "customer_metadata", "{}");
}

static void
test_filesystems(const struct tt_vm *old)
{
	tt_auto(vm) struct tt_vm vm = { 0 };
	tt_auto(vm_changes) struct tt_vm_changes c = { 0 };

	updates(old,
	    "{'update_filesystems': [{'target': '/b', 'options': null}], "
	    "'add_filesystems': [{'type': 'lofs', 'source': '/c', 'target': '/d'}]}",
	    &vm, &c, 2, true);
	EQ_JSON(vm.record, "filesystems",
	    "[{'type': 'lofs', 'source': '/a', 'target': '/b'}, {'type': 'lofs', "
	    "'source': '/c', 'target': '/d'}]");
}

static void
test_refusals(const struct tt_vm *old)
{
	const struct tt_vm_facts used = { .quota_used_mib = 5000,
		.host_memory_mib = 1024 };
	static const struct {
		const char *payload, *name, *text;
		enum tt_vm_fault fault;
	} bad[] = {
		{ "{'uuid': '" UUID "'}", "uuid", "may not change", TT_VM_BAD_PROPERTY },
		{ "{'brand': 'lx'}", "brand", "may not change", TT_VM_BAD_PROPERTY },
		{ "{'nics': []}", "nics", "add_nics, update_nics and remove_nics",
		    TT_VM_BAD_PROPERTY },
		{ "{'tags': {}}", "tags", "set_tags and remove_tags",
		    TT_VM_BAD_PROPERTY },
		{ "{'state': 'running'}", "state", "read-only", TT_VM_BAD_PROPERTY },
		{ "{'vcpus': 2}", "vcpus", "lx brand", TT_VM_BAD_PROPERTY },
		{ "{'quota': 4}", "quota", "5 GiB or more", TT_VM_BAD_VALUE },
		{ "{'ram': 2048}", "max_physical_memory",
		    "1024 MiB, the memory of the host", TT_VM_BAD_VALUE },
		{ "{'max_locked_memory': 513}", "max_locked_memory",
		    "must be <= max_physical_memory", TT_VM_BAD_VALUE },
		{ "{'update_nics': [{'mtu': 1500}]}", "update_nics.0.mac", "missing",
		    TT_VM_MISSING },
		{ "{'update_nics': [{'mac': '02:00:00:00:00:99', 'mtu': 1500}]}",
		    "update_nics.0.mac", "one of the instance's nics", TT_VM_BAD_VALUE },
		{ "{'update_nics': [{'mac': '" MAC1 "', 'interface': 'net5'}]}",
		    "update_nics.0.interface", "may not change", TT_VM_BAD_PROPERTY },
		{ "{'update_nics': [{'mac': '" MAC1 "', 'gateway': '10.9.9.9'}]}",
		    "update_nics.0.gateway", "inside the network", TT_VM_BAD_VALUE },
		{ "{'update_nics': [{'mac': '" MAC1 "', 'vlan_id': 1}]}",
		    "update_nics.0.vlan_id", "0 or 2", TT_VM_BAD_VALUE },
		{ "{'add_nics': [{'nic_tag': 'admin', 'ips': ['dhcp'], 'mac': '" MAC1
		  "'}]}",
		    "add_nics.0.mac", "in use", TT_VM_BAD_VALUE },
		{ "{'add_nics': [{'nic_tag': 'admin', 'ips': ['dhcp'], 'interface': "
		  "'net1'}]}",
		    "add_nics.0.interface", "twice", TT_VM_BAD_VALUE },
		{ "{'remove_nics': ['02:00:00:00:00:99']}", "remove_nics.0",
		    "one of the instance's nics", TT_VM_BAD_VALUE },
		{ "{'remove_filesystems': ['/x']}", "remove_filesystems.0", NULL,
		    TT_VM_BAD_VALUE },
		{ "{'add_filesystems': [{'type': 'lofs', 'source': '/c', 'target': "
		  "'/b'}]}",
		    "add_filesystems.0.target", "twice", TT_VM_BAD_VALUE },
		{ "{'set_routes': {'10.0.0.0/8': 'x'}}", "set_routes.10.0.0.0/8", NULL,
		    TT_VM_BAD_VALUE },
		{ "[]", "payload", NULL, TT_VM_BAD_VALUE },
	};

	for (size_t i = 0; i < TT_ARRAY_LEN(bad); i++)
		update_refused(
		    old, bad[i].payload, &used, bad[i].fault, bad[i].name, bad[i].text);
}

static void
test_kvm(void)
{
	const struct tt_vm_facts stopped = { 0 };
	tt_auto(vm) struct tt_vm kvm = { 0 }, vm = { 0 };
	tt_auto(vm_changes) struct tt_vm_changes c = { 0 };

	make(KVM_VM, &kvm);
	update_refused(&kvm, "{'ram': 1024}", &stopped, TT_VM_BAD_VALUE, "ram",
	    "Cannot resize a kvm VM");
	update_refused(&kvm, "{'vcpus': 2}", &stopped, TT_VM_BAD_VALUE, "vcpus",
	    "Cannot resize a kvm VM");
	update_refused(&kvm, "{'update_disks': [{'path': '" DISK1 "', 'size': 300}]}",
	    &stopped, TT_VM_BAD_VALUE, "update_disks.0.size", "Cannot resize a kvm VM");
	updates(&kvm, "{'ram': 512, 'cpu_cap': 150}", &vm, &c, 1, false);
}

static void
test_bhyve(void)
{
	const struct tt_vm_facts running = { .running = true }, stopped = { 0 };
	tt_auto(vm) struct tt_vm vm = { 0 }, big = { 0 }, disk = { 0 }, gone = { 0 };
	tt_auto(vm) struct tt_vm shrunk = { 0 };
	tt_auto(vm_changes) struct tt_vm_changes a = { 0 }, b = { 0 }, c = { 0 },
						 d = { 0 };

	make(BHYVE_VM, &vm);
	update_refused(&vm, "{'ram': 1024}", &running, TT_VM_BAD_VALUE, "ram",
	    "VM not stopped: changing bhyve CPU or memory requires");
	update_refused(
	    &vm, "{'vcpus': 2}", &running, TT_VM_BAD_VALUE, "vcpus", "VM not stopped");
	updates(&vm, "{'ram': 1024}", &big, &a, 4, true);
	EQ_JSON(big.record, "max_physical_memory", "2304");
	EQ_JSON(big.record, "max_swap", "2304");
	updates(&vm, "{'update_disks': [{'path': '" DISK1 "', 'size': 300}]}", &disk, &b,
	    2, true);
	EQ_JSON(json_array_get(json_object_get(disk.record, "disks"), 1),
	    "refreservation", "300");
	update_refused(&vm, "{'update_disks': [{'path': '" DISK1 "', 'size': 300}]}",
	    &running, TT_VM_BAD_VALUE, "update_disks.0.size", "VM not stopped");
	update_refused(&vm, "{'update_disks': [{'path': '" DISK1 "', 'size': 900}]}",
	    &stopped, TT_VM_BAD_VALUE, "flexible_disk_size", "sum of the disks");
	update_refused(&vm, "{'update_disks': [{'path': '" DISK1 "', 'size': 100}]}",
	    &stopped, TT_VM_BAD_VALUE, "update_disks.0.size",
	    "Reducing disk size is a dangerous operation");
	updates(&vm,
	    "{'update_disks': [{'path': '" DISK1
	    "', 'size': 100, 'dangerous_allow_shrink': true}]}",
	    &shrunk, &d, 2, true);
	EQ_JSON(json_array_get(json_object_get(shrunk.record, "disks"), 1),
	    "dangerous_allow_shrink", "null");
	update_refused(&vm, "{'remove_disks': ['" DISK0 "']}", &stopped, TT_VM_BAD_VALUE,
	    "remove_disks.0", "boot disk");
	update_refused(&vm, "{'remove_disks': ['" DISK1 "']}", &running, TT_VM_BAD_VALUE,
	    "remove_disks.0", "not stopped");
	updates(&vm, "{'remove_disks': ['" DISK1 "'], 'add_disks': [{'size': 400}]}",
	    &gone, &c, 2, true);
	EQ_JSON(json_array_get(json_object_get(gone.record, "disks"), 1), "path",
	    "'/zones/" UUID "/disks/disk2'");
	update_refused(&vm,
	    "{'remove_disks': ['" DISK1 "'], 'add_disks': [{'path': '" DISK1
	    "', 'size': 400}]}",
	    &stopped, TT_VM_BAD_VALUE, "add_disks.0.path", "another disk, old or new");
	update_refused(&vm,
	    "{'update_disks': [{'path': '" DISK1 "', 'block_size': 512}]}", &stopped,
	    TT_VM_BAD_PROPERTY, "update_disks.0.block_size", "may not change");
	update_refused(&vm,
	    "{'update_disks': [{'path': '" DISK1 "', 'pci_slot': '0:4:0'}]}", &stopped,
	    TT_VM_BAD_VALUE, "update_disks.0.pci_slot", "twice");
	update_refused(&vm, "{'flexible_disk_size': 100}", &stopped, TT_VM_BAD_VALUE,
	    "flexible_disk_size", "700 MiB or more");
}

int
main(void)
{
	tt_auto(vm) struct tt_vm lx = { 0 };
	tt_auto(free) char *before = NULL, *after = NULL;

	make(LX_VM, &lx);
	before = tt_json_line(lx.record);
	test_plain(&lx);
	test_maps(&lx);
	test_nics(&lx);
	test_primary(&lx);
	test_full_map(&lx);
	test_own_members(&lx);
	test_filesystems(&lx);
	test_refusals(&lx);
	test_kvm();
	test_bhyve();
	after = tt_json_line(lx.record);
	TAP_EQ_STR(after, before, "no update touched the record it began with");
	return tap_done();
}
