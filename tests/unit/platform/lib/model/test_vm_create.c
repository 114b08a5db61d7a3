// SPDX-License-Identifier: MPL-2.0
/* Create: complete records, what values mean together, what the host knows, findings. */
#include "tests/unit/platform/lib/model/vm_test.h"

#define LX  "'brand': 'lx', 'image_uuid': '" IMAGE "'"
#define OWN "'uuid': '" UUID "'"

/* --- a host --- */

static bool
mac_used(void *ctx, const char *mac, const char *uuid)
{
	(void)ctx;
	(void)uuid;
	return tt_streq(mac, "02:08:20:ff:ff:ff");
}

static bool
uuid_used(void *ctx, const char *uuid)
{
	(void)ctx;
	return tt_streq(uuid, IMAGE);
}

static bool
nic_tag(void *ctx, const char *tag)
{
	(void)ctx;
	return tt_streq(tag, "admin") || tt_streq(tag, "external");
}

static int
network(void *ctx, const char *uuid, struct tt_vm_network *ret)
{
	(void)ctx;
	if (!tt_streq(uuid, UUID))
		return -1;
	ret->net4 = 0x0a000000;
	ret->mask4 = 0xffffff00;
	ret->vlan_id = 7;
	return 0;
}

static int
image(void *ctx, const char *uuid, struct tt_vm_image *ret)
{
	(void)ctx;
	if (tt_streq(uuid, IMAGE)) {
		ret->type = "lx-dataset";
		return 0;
	}
	if (tt_streq(uuid, UUID)) {
		ret->type = "zvol";
		ret->size_mib = 10240;
		return 0;
	}
	return -1;
}

static const struct tt_vm_facts host = {
	.now_us = NOW,
	.host_memory_mib = 2048,
	.host_cpus = 2,
	.uuid_used = uuid_used,
	.mac_used = mac_used,
	.nic_tag = nic_tag,
	.network = network,
	.image = image,
};

/* --- brands --- */

static void
test_brands(void)
{
	tt_auto(vm) struct tt_vm docker = { 0 }, joyent = { 0 };

	TAP_OK(create("{'brand': 'docker', 'image_uuid': '" IMAGE "'}", &host, NULL,
		   &docker) == 0,
	    "docker");
	EQ_JSON(docker.record, "brand", "'lx'");
	EQ_JSON(docker.record, "docker", "true");
	TAP_OK(create("{'brand': 'joyent', 'image_uuid': '" IMAGE
		      "', 'kernel_version': '4.4'}",
		   &host, NULL, &joyent) == 0,
	    "joyent");
	EQ_JSON(joyent.record, "brand", "'joyent'");
	EQ_JSON(joyent.record, "docker", "false");
	refused("{'brand': 'docker', 'docker': false, 'image_uuid': '" IMAGE "'}", NULL,
	    TT_VM_BAD_VALUE, "docker", "must be true");
	refused("{'brand': 'xen'}", NULL, TT_VM_BAD_BRAND, "brand", "must be one of");
	refused("{'brand': 7}", NULL, TT_VM_BAD_BRAND, "brand", NULL);
	refused("{'ram': 7}", NULL, TT_VM_MISSING, "brand", NULL);
	refused("[]", NULL, TT_VM_BAD_VALUE, "payload", "JSON object");
	refused("{'brand': 'lx'}", NULL, TT_VM_MISSING, "image_uuid", NULL);
	refused("{'brand': 'kvm', 'image_uuid': '" IMAGE "'}", NULL, TT_VM_BAD_PROPERTY,
	    "image_uuid", "kvm brand");
}

/* --- a whole record --- */

static void
test_whole(void)
{
	tt_auto(vm) struct tt_vm vm = { 0 };
	tt_auto(vm_findings) struct tt_vm_findings f = { 0 };
	const json_t *nic;

	TAP_OK(
	    create("{" LX ", " OWN
		   ", 'alias': 'web0', 'max_physical_memory': 1024, 'cpu_cap': 100, "
		   "'nics': [{'nic_tag': 'admin', 'ip': '10.0.0.5', 'netmask': "
		   "'255.255.255.0', 'gateway': '10.0.0.1'}, {'nic_tag': 'external', "
		   "'ips': ['dhcp', 'FD00::0001/64'], 'mac': '02-08-20-AA-BB-0C'}], "
		   "'tags': {'role': 'web', 'n': 1}, 'customer_metadata': {'user-data': "
		   "'x'}, 'internal_metadata': {'a_pw': 's'}, 'fs_allowed': ['ufs', "
		   "'pcfs']}",
		&host, &f, &vm) == 0,
	    "a container with two NICs");
	TAP_EQ_INT(f.n, 0, "nothing found");
	EQ_JSON(vm.record, "uuid", "'" UUID "'");
	EQ_JSON(vm.record, "zonename", "'" UUID "'");
	EQ_JSON(vm.record, "ram", "1024");
	EQ_JSON(vm.record, "max_swap", "1024");
	EQ_JSON(vm.record, "max_locked_memory", "1024");
	EQ_JSON(vm.record, "tmpfs", "1024");
	EQ_JSON(vm.record, "fs_allowed", "'ufs,pcfs'");
	EQ_JSON(vm.record, "create_timestamp", "'2023-11-14T22:13:20.123Z'");
	EQ_JSON(vm.record, "v", "1");
	EQ_JSON(vm.record, "tags", "null");
	EQ_JSON(vm.metadata, "customer_metadata", "{'user-data': 'x'}");
	EQ_JSON(vm.metadata, "internal_metadata", "{'a_pw': 's'}");
	EQ_JSON(vm.tags, "role", "'web'");
	nic = json_array_get(json_object_get(vm.record, "nics"), 0);
	{
		tt_auto(free) char *line = tt_json_line(nic);

		TAP_EQ_STR(line,
		    "{\"mac\":\"02:08:20:00:00:01\",\"interface\":\"net0\",\"ips\":[\"10."
		    "0.0.5/24\"],\"ip\":\"10.0.0.5\",\"netmask\":\"255.255.255.0\","
		    "\"gateways\":[\"10.0.0.1\"],\"gateway\":\"10.0.0.1\",\"nic_tag\":"
		    "\"admin\",\"vlan_id\":0,\"primary\":true}",
		    "first NIC, in the order of the table");
	}
	nic = json_array_get(json_object_get(vm.record, "nics"), 1);
	EQ_JSON(nic, "mac", "'02:08:20:aa:bb:0c'");
	EQ_JSON(nic, "interface", "'net1'");
	EQ_JSON(nic, "ips", "['dhcp', 'fd00::1/64']");
	EQ_JSON(nic, "ip", "'dhcp'");
	EQ_JSON(nic, "primary", "null");
}

/* --- memory --- */

static void
test_memory(void)
{
	tt_auto(vm) struct tt_vm kvm = { 0 }, bhyve = { 0 }, swap = { 0 }, lower = { 0 };
	tt_auto(vm_findings) struct tt_vm_findings f = { 0 }, g = { 0 };

	TAP_OK(create("{'brand': 'kvm', 'ram': 1024}", &host, NULL, &kvm) == 0, "kvm");
	EQ_JSON(kvm.record, "max_physical_memory", "2048");
	EQ_JSON(kvm.record, "max_swap", "2048");
	TAP_OK(create("{'brand': 'bhyve'}", &host, NULL, &bhyve) == 0, "bhyve");
	EQ_JSON(bhyve.record, "ram", "256");
	EQ_JSON(bhyve.record, "max_physical_memory", "1536");
	EQ_JSON(bhyve.record, "quota", "1");
	TAP_OK(create("{" LX ", 'max_physical_memory': 512, 'max_swap': 128}", &host, &f,
		   &swap) == 0,
	    "a low max_swap is raised");
	TAP_OK(found(&f, TT_VM_WARNING, "max_swap", "must be >= max_physical_memory"),
	    "with a warning");
	EQ_JSON(swap.record, "max_swap", "512");
	TAP_OK(create("{'brand': 'kvm', 'ram': 512, 'max_physical_memory': 512}", &host,
		   &g, &lower) == 0,
	    "a hypervisor gets its overhead");
	TAP_OK(
	    found(&g, TT_VM_WARNING, "max_physical_memory", "raised"), "with a warning");
	EQ_JSON(lower.record, "max_physical_memory", "1536");
	refused("{" LX ", 'max_physical_memory': 512, 'max_locked_memory': 513}", NULL,
	    TT_VM_BAD_VALUE, "max_locked_memory", "must be <= max_physical_memory");
	refused("{" LX ", 'max_physical_memory': 4096}", &host, TT_VM_BAD_VALUE,
	    "max_physical_memory", "2048 MiB, the memory of the host");
	refused("{'brand': 'kvm', 'ram': 4096}", &host, TT_VM_BAD_VALUE, "ram",
	    "the memory of the host");
}

/* --- NICs --- */

#define NICS(list) "{" LX ", 'nics': [" list "]}"
#define NIC(rest)  NICS("{'nic_tag': 'admin', " rest "}")

static void
test_nic_refusals(void)
{
	static const struct {
		const char *payload, *name, *text;
		enum tt_vm_fault fault;
	} bad[] = {
		{ NICS("{'ips': ['dhcp']}"), "nics.0.nic_tag", "missing", TT_VM_MISSING },
		{ NIC("'mtu': 1500"), "nics.0.ips", "missing", TT_VM_MISSING },
		{ NIC("'ip': '10.0.0.5'"), "nics.0.netmask", "missing", TT_VM_MISSING },
		{ NIC("'ips': ['dhcp'], 'vlan_id': 1"), "nics.0.vlan_id",
		    "0 or 2 to 4094", TT_VM_BAD_VALUE },
		{ NIC("'ips': ['dhcp'], 'vlan_id': 4095"), "nics.0.vlan_id", NULL,
		    TT_VM_BAD_VALUE },
		{ NIC("'ips': ['10.0.0.5/24'], 'gateway': '10.0.1.1'"), "nics.0.gateway",
		    "inside the network of the NIC's address (10.0.0.5/24)",
		    TT_VM_BAD_VALUE },
		{ NIC("'ips': ['10.0.0.5/24'], 'gateways': ['10.0.1.1']"),
		    "nics.0.gateways.0", "inside the network", TT_VM_BAD_VALUE },
		{ NIC("'ips': ['10.0.0.5/24'], 'ip': '10.0.0.6'"), "nics.0.ip",
		    "first IPv4 address of ips", TT_VM_BAD_VALUE },
		{ NIC("'ips': ['10.0.0.5/24'], 'netmask': '255.255.0.0'"),
		    "nics.0.netmask", "must be 255.255.255.0", TT_VM_BAD_VALUE },
		{ NIC("'ips': ['10.0.0.0/24']"), "nics.0.ips.0", "not the address of its",
		    TT_VM_BAD_VALUE },
		{ NIC("'ips': ['10.0.0.255/24']"), "nics.0.ips.0", "broadcast",
		    TT_VM_BAD_VALUE },
		{ NIC("'ips': ['224.0.0.1/24']"), "nics.0.ips.0", "unicast",
		    TT_VM_BAD_VALUE },
		{ NIC("'ips': ['10.0.0.5/24', '10.0.0.5/24']"), "nics.0.ips.1", "twice",
		    TT_VM_BAD_VALUE },
		{ NIC("'ips': ['10.0.0.5']"), "nics.0.ips.0", "prefix length",
		    TT_VM_BAD_VALUE },
		{ NIC("'ips': ['dhcp'], 'mac': '02:08:20:ff:ff:ff'"), "nics.0.mac",
		    "in use", TT_VM_BAD_VALUE },
		{ NIC("'ips': ['dhcp'], 'mac': '03:08:20:00:00:01'"), "nics.0.mac",
		    "unicast", TT_VM_BAD_VALUE },
		{ NIC("'ips': ['dhcp'], 'interface': 'eth0'"), "nics.0.interface", "net0",
		    TT_VM_BAD_VALUE },
		{ NIC("'ips': ['dhcp'], 'model': 'virtio'"), "nics.0.model", "lx brand",
		    TT_VM_BAD_PROPERTY },
		{ NIC("'ips': ['dhcp'], 'gatewya': 'x'"), "nics.0.gatewya",
		    "did you mean gateway?", TT_VM_BAD_PROPERTY },
		{ NIC("'ips': ['10.9.0.5/24'], 'vlan_id': 7, 'network_uuid': '" UUID "'"),
		    "nics.0.ips", "inside the network 10.0.0.0/24", TT_VM_BAD_VALUE },
		{ NIC("'ips': ['10.0.0.5/24'], 'network_uuid': '" UUID "'"),
		    "nics.0.vlan_id", "must be 7", TT_VM_BAD_VALUE },
		{ NIC("'ips': ['10.0.0.5/24'], 'network_uuid': '" IMAGE "'"),
		    "nics.0.network_uuid", "exists", TT_VM_BAD_VALUE },
		{ NIC("'ips': ['dhcp'], 'mtu': 575"), "nics.0.mtu", "576 to 9000",
		    TT_VM_BAD_VALUE },
		{ NIC("'ips': ['dhcp'], 'vrrp_vrid': 256"), "nics.0.vrrp_vrid", NULL,
		    TT_VM_BAD_VALUE },
		{ NIC("'ips': ['dhcp'], 'allowed_dhcp_cids': ['ff']"),
		    "nics.0.allowed_dhcp_cids.0", "0x", TT_VM_BAD_VALUE },
		{ NIC("'ips': ['dhcp'], 'blocked_outgoing_ports': [0]"),
		    "nics.0.blocked_outgoing_ports.0", "1 to 65535", TT_VM_BAD_VALUE },
		{ NIC("'ips': ['dhcp'], 'allowed_ips': ['x']"), "nics.0.allowed_ips.0",
		    "address or a network", TT_VM_BAD_VALUE },
		{ NIC("'ips': ['dhcp'], 'primary': 1"), "nics.0.primary", "true or false",
		    TT_VM_BAD_VALUE },
		{ NICS("{'nic_tag': 'lab', 'ips': ['dhcp']}"), "nics.0.nic_tag",
		    "nictagadm list", TT_VM_BAD_VALUE },
		{ NICS("{'nic_tag': 'a b', 'ips': ['dhcp']}"), "nics.0.nic_tag",
		    "1 to 31 letters", TT_VM_BAD_VALUE },
		{ NICS("{'nic_tag': 'admin', 'ips': ['dhcp'], 'primary': true}, "
		       "{'nic_tag': 'admin', 'ips': ['dhcp'], 'primary': true}"),
		    "nics.1.primary", "one NIC only", TT_VM_BAD_VALUE },
		{ NICS("{'nic_tag': 'admin', 'ips': ['dhcp'], 'interface': 'net3'}, "
		       "{'nic_tag': 'admin', 'ips': ['dhcp'], 'interface': 'net3'}"),
		    "nics.1.interface", "twice", TT_VM_BAD_VALUE },
		{ NICS("{'nic_tag': 'admin', 'ips': ['dhcp'], 'mac': '02:0:0:0:0:1'}, "
		       "{'nic_tag': 'admin', 'ips': ['dhcp'], 'mac': "
		       "'02:00:00:00:00:01'}"),
		    "nics.1.mac", "in use", TT_VM_BAD_VALUE },
	};

	for (size_t i = 0; i < TT_ARRAY_LEN(bad); i++)
		refused(bad[i].payload, &host, bad[i].fault, bad[i].name, bad[i].text);
}

static void
test_nics(void)
{
	tt_auto(vm) struct tt_vm vm = { 0 }, kvm = { 0 };
	const json_t *nics;

	TAP_OK(create(NICS("{'nic_tag': 'admin', 'ips': ['10.0.0.5/24'], 'vlan_id': 7, "
			   "'network_uuid': '" UUID
			   "', 'interface': 'net1'}, {'nic_tag': 'external', 'ips': "
			   "['addrconf'], 'primary': true, 'allow_ip_spoofing': true}, "
			   "{'nic_tag': 'admin', 'ips': []}"),
		   &host, NULL, &vm) == 0,
	    "three NICs");
	nics = json_object_get(vm.record, "nics");
	EQ_JSON(json_array_get(nics, 0), "primary", "null");
	EQ_JSON(json_array_get(nics, 1), "primary", "true");
	EQ_JSON(json_array_get(nics, 1), "interface", "'net0'");
	EQ_JSON(json_array_get(nics, 1), "ip", "null");
	EQ_JSON(json_array_get(nics, 1), "allow_ip_spoofing", "true");
	EQ_JSON(json_array_get(nics, 2), "interface", "'net2'");
	TAP_OK(create("{'brand': 'kvm', 'nic_driver': 'e1000', 'nics': [{'nic_tag': "
		      "'admin', 'ips': ['dhcp']}]}",
		   &host, NULL, &kvm) == 0,
	    "a virtual machine's NIC");
	EQ_JSON(
	    json_array_get(json_object_get(kvm.record, "nics"), 0), "model", "'e1000'");
}

/* --- disks, file systems --- */

#define DISKS(brand, list) "{'brand': '" brand "', " OWN ", 'disks': [" list "]}"

static void
test_disk_refusals(void)
{
	static const struct {
		const char *payload, *name, *text;
		enum tt_vm_fault fault;
	} bad[] = {
		{ DISKS("kvm", "{}"), "disks.0.size", "missing", TT_VM_MISSING },
		{ DISKS("kvm", "{'size': 0}"), "disks.0.size", NULL, TT_VM_BAD_VALUE },
		{ DISKS("kvm", "{'image_uuid': '" UUID "', 'size': 20480}"),
		    "disks.0.size", "size of its image", TT_VM_BAD_VALUE },
		{ DISKS("bhyve", "{'image_uuid': '" UUID "', 'size': 1024}"),
		    "disks.0.size", "10240 MiB or more", TT_VM_BAD_VALUE },
		{ DISKS("kvm", "{'image_uuid': '" IMAGE "'}"), "disks.0.image_uuid",
		    "requires the image type to be \"zvol\"", TT_VM_BAD_VALUE },
		{ DISKS("kvm", "{'image_uuid': '99999999-0000-4000-8000-000000000000'}"),
		    "disks.0.image_uuid", "image that is here", TT_VM_BAD_VALUE },
		{ DISKS("kvm", "{'size': 1, 'path': '/etc/shadow'}"), "disks.0.path",
		    "directly below /zones/" UUID "/disks/", TT_VM_BAD_VALUE },
		{ DISKS("kvm", "{'size': 1, 'path': '/zones/" UUID "/disks/a/b'}"),
		    "disks.0.path", "directly below", TT_VM_BAD_VALUE },
		{ DISKS("kvm", "{'media': 'cdrom'}"), "disks.0.path", "missing",
		    TT_VM_MISSING },
		{ DISKS("kvm", "{'size': 1, 'boot': true}, {'size': 1, 'boot': true}"),
		    "disks.1.boot", "one disk only", TT_VM_BAD_VALUE },
		{ DISKS("kvm", "{'size': 1, 'block_size': 1000}"), "disks.0.block_size",
		    "power of two", TT_VM_BAD_VALUE },
		{ DISKS("kvm", "{'size': 1, 'refreservation': 2}"),
		    "disks.0.refreservation", "at most", TT_VM_BAD_VALUE },
		{ DISKS("kvm", "{'size': 1, 'pci_slot': '0:4:0'}"), "disks.0.pci_slot",
		    "kvm brand", TT_VM_BAD_PROPERTY },
		{ DISKS("kvm", "{'size': 1, 'notrim': true}"), "disks.0.notrim",
		    "kvm brand", TT_VM_BAD_PROPERTY },
		{ DISKS("bhyve", "{'size': 1, 'pci_slot': '0:6:0'}"), "disks.0.pci_slot",
		    "not device 0, 6", TT_VM_BAD_VALUE },
		{ DISKS("bhyve",
		      "{'size': 1, 'pci_slot': '0:4:1'}, {'size': 1, 'pci_slot': "
		      "'0:4:1'}"),
		    "disks.1.pci_slot", "twice", TT_VM_BAD_VALUE },
		{ DISKS("bhyve", "{'size': 1, 'dangerous_allow_shrink': true}"),
		    "disks.0.dangerous_allow_shrink", "for updates", TT_VM_BAD_PROPERTY },
		{ "{'brand': 'bhyve', 'flexible_disk_size': 100, 'disks': [{'size': 60}, "
		  "{'size': 41}]}",
		    "flexible_disk_size", "101 MiB or more", TT_VM_BAD_VALUE },
		{ "{" LX ", 'disks': []}", "disks", "lx brand", TT_VM_BAD_PROPERTY },
		{ "{" LX ", 'filesystems': [{'type': 'lofs', 'source': '/a'}]}",
		    "filesystems.0.target", NULL, TT_VM_MISSING },
		{ "{" LX ", 'filesystems': [{'type': 'lofs', 'source': '/a', 'target': "
		  "'/b'}, {'type': 'lofs', 'source': '/c', 'target': '/b'}]}",
		    "filesystems.1.target", "twice", TT_VM_BAD_VALUE },
		{ "{" LX ", 'filesystems': [{'type': 'lofs', 'source': '/a', 'target': "
		  "'/../b'}]}",
		    "filesystems.0.target", "absolute path", TT_VM_BAD_VALUE },
		{ "{'brand': 'lx', 'image_uuid': '" UUID "'}", "image_uuid",
		    "cannot use an image of type \"zvol\"", TT_VM_BAD_VALUE },
		{ "{'brand': 'lx', 'image_uuid': '99999999-0000-4000-8000-000000000000'}",
		    "image_uuid", "image that is here", TT_VM_BAD_VALUE },
		{ "{" LX ", 'uuid': '" IMAGE "'}", "uuid", "in use", TT_VM_BAD_VALUE },
		{ "{" LX ", 'uuid': '" UUID "', 'zonename': '" IMAGE "'}", "zonename",
		    "equal to uuid", TT_VM_BAD_VALUE },
	};

	for (size_t i = 0; i < TT_ARRAY_LEN(bad); i++)
		refused(bad[i].payload, &host, bad[i].fault, bad[i].name, bad[i].text);
}

static void
test_disks(void)
{
	tt_auto(vm) struct tt_vm vm = { 0 };
	const json_t *disks;

	TAP_OK(create(DISKS("bhyve", "{'image_uuid': '" UUID
				     "'}, {'size': 1024, 'notrim': true}, {'media': "
				     "'cdrom', 'path': '/zones/iso/a.iso'}"),
		   &host, NULL, &vm) == 0,
	    "three disks");
	disks = json_object_get(vm.record, "disks");
	{
		tt_auto(free) char *line = tt_json_line(json_array_get(disks, 0));

		TAP_EQ_STR(line,
		    "{\"path\":\"/zones/" UUID "/disks/disk0\",\"size\":10240,\"image_"
		    "uuid\":\"" UUID "\",\"image_size\":10240,\"boot\":true,\"media\":"
		    "\"disk\",\"model\":\"virtio\",\"block_size\":8192,"
		    "\"refreservation\":"
		    "10240,\"compression\":\"off\",\"zpool\":\"zones\",\"pci_slot\":\"0:"
		    "4:"
		    "0\",\"uuid\":\"99999999-0000-4000-8000-000000000001\"}",
		    "disk of an image");
	}
	EQ_JSON(json_array_get(disks, 1), "path", "'/zones/" UUID "/disks/disk1'");
	EQ_JSON(json_array_get(disks, 1), "pci_slot", "'0:4:1'");
	EQ_JSON(json_array_get(disks, 2), "pci_slot", "'0:3:0'");
	EQ_JSON(json_array_get(disks, 2), "size", "null");
}

/* --- findings --- */

static void
test_many(void)
{
	tt_auto(json) json_t *payload =
	    J("{" LX ", 'ram': 'x', 'quota': -1, 'vcpus': 2, 'rma': 1, 'alias': '-', "
	      "'nics': [{'nic_tag': 'admin', 'ips': ['dhcp'], 'vlan_id': 1}]}");
	tt_auto(err) struct tt_err *err = NULL;
	tt_auto(vm_findings) struct tt_vm_findings f = { 0 };
	tt_auto(json) json_t *answer = NULL, *good = J("{" LX "}"), *none = NULL;
	tt_auto(free) char *valid = tt_vm_valid_text(TT_VM_OP_CREATE, "lx");
	struct tt_vm vm;

	TAP_EQ_INT(tt_vm_create(payload, NULL, NULL, &f, &vm, &err), -22, "refused");
	TAP_EQ_INT(f.errors, 6, "all six in one pass");
	TAP_EQ_STR(tt_err_code(err), "ValidationFailed", "code");
	TAP_EQ_STR(tt_err_message(err),
	    "invalid payload: alias must be a letter or digit, then letters, digits, "
	    "'_', "
	    "'.' or '-', at most 189 in all; ram must be an integer of MiB; quota must "
	    "be 0 "
	    "to 1048576 GiB; vcpus is not a property of lx brand VMs; rma is not a known "
	    "property (did you mean ram?); nics.0.vlan_id must be 0 or 2 to 4094 (1 is "
	    "what "
	    "untagged frames are inside)",
	    "each names the property and the rule");
	TAP_OK(tt_vm_validate(TT_VM_OP_CREATE, "lx", payload, &answer) < 0, "validate");
	EQ_JSON(answer, "bad_properties", "['vcpus', 'rma']");
	EQ_JSON(answer, "bad_values", "['alias', 'ram', 'quota', 'nics.0.vlan_id']");
	EQ_JSON(answer, "missing_properties", "[]");
	TAP_EQ_INT(json_array_size(json_object_get(answer, "errors")), 6, "rules");
	TAP_OK(tt_vm_validate(TT_VM_OP_CREATE, NULL, good, &none) == 0 && none == NULL,
	    "a good one by its own brand");
	TAP_EQ_STR(valid, "VALID create payload for lx brand VMs.", "text");
	TAP_OK(tt_vm_create(payload, NULL, NULL, NULL, &vm, NULL) < 0,
	    "nobody has to look at findings");
}

static void
test_validate_brand(void)
{
	tt_auto(json) json_t *lx = J("{" LX "}"), *swap = J("{" LX ", 'max_swap': 100}");
	tt_auto(json) json_t *docker =
	    J("{'brand': 'docker', 'image_uuid': '" IMAGE "'}");
	tt_auto(json) json_t *a = NULL, *b = NULL, *c = NULL, *d = NULL, *e = NULL;

	TAP_OK(tt_vm_validate(TT_VM_OP_CREATE, "xen", lx, &a) < 0, "unknown brand");
	EQ_JSON(a, "bad_brand", "'xen'");
	TAP_OK(tt_vm_validate(TT_VM_OP_CREATE, "kvm", lx, &b) < 0, "another brand");
	EQ_JSON(b, "bad_values", "['brand']");
	TAP_OK(tt_vm_validate(TT_VM_OP_CREATE, "docker", docker, &c) == 0, "docker");
	TAP_OK(tt_vm_validate(TT_VM_OP_CREATE, "lx", swap, &d) < 0,
	    "validate is strict about max_swap");
	EQ_JSON(d, "bad_values", "['max_swap']");
	TAP_OK(tt_vm_validate(TT_VM_OP_UPDATE, NULL, lx, &e) < 0, "update needs a brand");
	EQ_JSON(e, "bad_brand", "'lx'");
}

/* Keys of metadata: many, long, large. */
static void
test_bounds(void)
{
	tt_auto(json) json_t *payload = J("{" LX "}"), *map = json_object();
	tt_auto(json) json_t *large = J("{" LX "}"), *value = json_object();
	tt_auto(free) char *mib = tt_xalloc(1024 * 1024 + 2);
	tt_auto(vm_findings) struct tt_vm_findings f = { 0 }, g = { 0 };
	struct tt_vm vm;

	for (int i = 0; i < 10000; i++) {
		tt_auto(free) char *key = tt_xprintf("key%d", i);

		json_object_set_new(map, key, json_string("v"));
	}
	json_object_set(payload, "customer_metadata", map);
	TAP_OK(tt_vm_create(payload, NULL, NULL, &f, &vm, NULL) < 0 &&
		   found(&f, TT_VM_BAD_VALUE, "customer_metadata", "at most 4096 keys"),
	    "10,000 keys");
	memset(mib, 'x', 1024 * 1024 + 1);
	json_object_set_new(value, "big", json_string(mib));
	json_object_set(large, "customer_metadata", value);
	TAP_OK(tt_vm_create(large, NULL, NULL, &g, &vm, NULL) < 0 &&
		   found(&g, TT_VM_BAD_VALUE, "customer_metadata.big", "1048576 bytes"),
	    "a value over 1 MiB");
}

/* A large bad payload costs no more than its size. */
static void
test_flood(void)
{
	tt_auto(json) json_t *payload = J("{" LX "}");
	tt_auto(vm_findings) struct tt_vm_findings f = { 0 };
	tt_auto(err) struct tt_err *err = NULL;
	struct tt_vm vm;

	for (int i = 0; i < 20000; i++) {
		tt_auto(free) char *key = tt_xprintf("unknown_property_%d", i);

		json_object_set_new(payload, key, json_null());
	}
	TAP_OK(
	    tt_vm_create(payload, NULL, NULL, &f, &vm, &err) < 0, "20,000 unknown names");
	TAP_EQ_INT(f.n, TT_VM_FINDINGS_MAX, "findings kept");
	TAP_EQ_INT(f.errors, 20000, "findings counted");
	TAP_OK(strstr(tt_err_message(err), "and 19992 more") != NULL, "and said");
}

static void
test_rules(void)
{
	TAP_OK(tt_vm_rule_snapshot("2026-01-02T03:04:05%") == NULL, "snapshot name");
	TAP_OK(tt_vm_rule_snapshot("..") != NULL, "not a folder above");
	TAP_OK(tt_vm_rule_snapshot("a/b") != NULL, "no slash");
	TAP_OK(tt_vm_rule_snapshot("") != NULL, "not empty");
	TAP_OK(
	    tt_vm_rule_snapshot("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
				"xxxxxxxxxx") != NULL,
	    "65 characters");
	TAP_OK(tt_vm_rule_nic_tag("sdc_overlay/1234") == NULL, "an overlay's tag");
	TAP_OK(tt_vm_rule_nic_tag("sdc_overlay/") != NULL, "without its number");
	TAP_OK(tt_vm_rule_pci_slot("1:6:0") == NULL, "device 6 of another bus");
	TAP_OK(tt_vm_rule_interface("net01") != NULL, "one name for one interface");
}

int
main(void)
{
	test_brands();
	test_whole();
	test_memory();
	test_nic_refusals();
	test_nics();
	test_disk_refusals();
	test_disks();
	test_many();
	test_validate_brand();
	test_bounds();
	test_flood();
	test_rules();
	return tap_done();
}
