// SPDX-License-Identifier: MPL-2.0
/*
 * Every property of the table, by an independent copy of its columns: which brands take it
 * on create and on update, what is accepted, what is refused, what is the default.
 */
#include "tests/unit/platform/lib/model/vm_test.h"

/*
 * Letters: * all, J containers, L lx and joyent, M joyent-minimal, H virtual machines,
 * K kvm, B bhyve, - none. Values are JSON with ' for ", joined by " | ".
 */
struct column {
	const char *name, *create, *update, *good, *bad;
	const char *def; /* of a container, or of kvm or bhyve when they alone have it */
	bool live;
};

#define NO_BOOL "1 | 'true' | null | []"
#define NO_INT  "1.5 | '1' | true | null | []"
#define MIB     "256 | 200"

static const struct column columns[] = {
	{ "uuid", "*", "-", "'" UUID "'",
	    "'x' | 7 | 'AAAAAAAA-bbbb-4ccc-8ddd-eeeeeeeeeeee'", NULL, false },
	{ "zonename", "*", "-", "'" UUID "'", "'" IMAGE "' | 'zone1'", "'" UUID "'",
	    false },
	{ "image_uuid", "J", "-", "'" IMAGE "'", "'x' | null | 7", NULL, false },
	{ "alias", "*", "*", "'web0' | 'a' | '0a.b_c-d' | null",
	    "'-a' | 'a b' | 'a/b' | 7 | 'a\\n'", NULL, true },
	{ "hostname", "*", "*", "'web0' | 'a.example.com'",
	    "'-a' | 'a_b' | 'a..b' | '' | 'a.' | 7", "'" UUID "'", false },
	{ "billing_id", "*", "*", "'" IMAGE "'", "'x' | 7 | null",
	    "'00000000-0000-0000-0000-000000000000'", true },
	{ "owner_uuid", "*", "*", "'" IMAGE "'", "'x' | 7 | null",
	    "'00000000-0000-0000-0000-000000000000'", true },
	{ "autoboot", "*", "*", "true | false", NO_BOOL, "true", true },
	{ "ram", "*", "*", "256", NO_INT " | 0 | -1 | 99999999999", "256", false },
	{ "max_physical_memory", "*", "*", "2048", NO_INT " | 0 | 16777217", "256",
	    true },
	{ "max_swap", "*", "*", "16777216 | 4096", NO_INT " | -1 | 128 | 16777217", "256",
	    true },
	{ "max_locked_memory", "*", "*", "0 | 256", NO_INT " | -1", "256", true },
	{ "max_lwps", "*", "*", "1 | 4194304", NO_INT " | 0 | 4194305", "2000", true },
	{ "max_msg_ids", "*", "*", "0 | 32768", NO_INT " | -1 | 32769", "4096", false },
	{ "max_sem_ids", "*", "*", "0 | 32768", NO_INT " | -1 | 32769", "4096", false },
	{ "max_shm_ids", "*", "*", "0 | 32768", NO_INT " | -1 | 32769", "4096", false },
	{ "max_shm_memory", "*", "*", "0 | 256", NO_INT " | -1", "256", false },
	{ "cpu_cap", "*", "*", "0 | 1 | 350", NO_INT " | -1 | 819201", "0", true },
	{ "cpu_shares", "*", "*", "0 | 65535", NO_INT " | -1 | 65536", "100", true },
	{ "quota", "*", "*", "0 | 10", NO_INT " | -1 | 1048577", "10", true },
	{ "tmpfs", "J", "J", "0 | 128", NO_INT " | -1", "256", false },
	{ "zfs_io_priority", "*", "*", "0 | 16383", NO_INT " | -1 | 16384", "100", true },
	{ "io_max", "*", "*", "0 | 5", NO_INT " | -1", "0", true },
	{ "zfs_root_recsize", "*", "*", "512 | 131072 | 8192",
	    NO_INT " | 256 | 1000 | 262144", "131072", false },
	{ "zfs_data_recsize", "J", "J", "512 | 131072 | 8192",
	    NO_INT " | 256 | 1000 | 262144", "131072", false },
	{ "zfs_root_compression", "*", "*", "'off' | 'gzip-9' | 'zstd'",
	    "'rar' | true | null", "'off'", false },
	{ "zfs_data_compression", "J", "J", "'off' | 'lz4'", "'rar' | true | null",
	    "'off'", false },
	{ "zfs_snapshot_limit", "*", "*", "null | 0 | 5", "1.5 | '1' | -1 | 'none'", NULL,
	    true },
	{ "zfs_filesystem_limit", "*", "*", "null | 0 | 5", "1.5 | '1' | -1", NULL,
	    true },
	{ "delegate_dataset", "J", "-", "true | false", NO_BOOL, "false", false },
	{ "indestructible_zoneroot", "*", "*", "true | false", NO_BOOL, "false", true },
	{ "indestructible_delegated", "*", "*", "true | false", NO_BOOL, "false", true },
	{ "archive_on_delete", "*", "*", "true | false", NO_BOOL, "false", true },
	{ "do_not_inventory", "*", "*", "true | false", NO_BOOL, "false", true },
	{ "firewall_enabled", "*", "*", "true | false", NO_BOOL, "false", true },
	{ "nowait", "J", "-", "true | false", NO_BOOL, NULL, false },
	{ "mdata_exec_timeout", "J", "-", "0 | 300", NO_INT " | -1", "300", false },
	{ "maintain_resolvers", "J", "J", "true | false", NO_BOOL, "false", false },
	{ "resolvers", "*", "*", "[] | ['8.8.8.8', 'fd00::1']",
	    "'8.8.8.8' | ['8.8.8'] | [7] | null | {}", "[]", false },
	{ "dns_domain", "J", "J", "'local' | 'a.example.com'", "'a..b' | '' | 7 | null",
	    "'local'", false },
	{ "fs_allowed", "J", "J", "'ufs,pcfs' | ['ufs', 'tmpfs'] | null",
	    "7 | 'a b' | ['a/b'] | [7]", NULL, false },
	{ "limit_priv", "*", "*", "'default,!proc_session' | ['default']",
	    "7 | 'a b' | null | [null]", "'default'", false },
	{ "init_name", "J", "J", "'/sbin/init' | null",
	    "'init' | '/a/../b' | '/a//b' | 7", NULL, false },
	{ "restart_init", "J", "J", "true | false", NO_BOOL, "true", false },
	{ "zlog_max_size", "J", "J", "0 | 1000000 | null", "-1 | 'a'", NULL, false },
	{ "docker", "LM", "LM", "true | false", NO_BOOL, "false", false },
	{ "kernel_version", "L", "L", "'4.4.0' | null", "7 | []", NULL, false },
	{ "package_name", "JK", "JK", "'sdc_64' | null", "7 | {}", NULL, true },
	{ "package_version", "JK", "JK", "'1.0.0' | null", "7 | {}", NULL, true },
	{ "vcpus", "H", "H", "1 | 64", NO_INT " | 0 | 65", "1", false },
	{ "cpu_type", "K", "K", "'qemu64' | 'host'", "'486' | 7 | null", "'qemu64'",
	    false },
	{ "disk_driver", "H", "H", "'virtio' | 'ide' | 'scsi'", "'floppy' | null",
	    "'virtio'", false },
	{ "nic_driver", "H", "H", "'virtio' | 'e1000' | 'rtl8139'", "'ne2k' | null",
	    "'virtio'", false },
	{ "vga", "K", "K", "'std' | 'cirrus'", "'cga' | null", "'std'", false },
	{ "qemu_opts", "K", "K", "'-cpu x' | null", "7 | 'a\\nb'", NULL, false },
	{ "qemu_extra_opts", "K", "K", "'-cpu x' | null", "7 | 'a\\nb'", NULL, false },
	{ "virtio_txburst", "K", "K", "1 | 128", NO_INT " | 0", "128", false },
	{ "virtio_txtimer", "K", "K", "1 | 200000", NO_INT " | 0", "200000", false },
	{ "spice_opts", "K", "K", "'x' | null", "7", NULL, false },
	{ "spice_password", "K", "K", "'12345678' | null", "7 | '123456789'", NULL,
	    false },
	{ "spice_port", "K", "K", "-1 | 0 | 65535 | null", "-2 | 65536 | '1'", NULL,
	    false },
	{ "boot", "H", "H", "'order=cd' | 'cdn' | 'order=c,once=d' | 'order=c,menu=on'",
	    "'order=' | 'order=x' | 'order=c,once=' | 'order=c,x' | 7 | null",
	    "'order=cd'", false },
	{ "bootrom", "B", "B", "'bios' | 'uefi'", "'/etc/shadow' | 7 | null", "'bios'",
	    false },
	{ "bhyve_extra_opts", "B", "B", "'-x' | null", "7", NULL, false },
	{ "com1", "B", "B", "'/dev/zconsole' | 'disabled' | null", "'a' | 7", NULL,
	    false },
	{ "com2", "B", "B", "'/tmp/vm.ttyb' | 'disabled' | null", "'a' | 7", NULL,
	    false },
	{ "flexible_disk_size", "B", "B", "1 | 10240 | null", "0 | '1' | 1.5", NULL,
	    true },
	{ "pci_devices", "B", "B", "[] | [{'path': '/devices/a', 'pci_slot': '0:8:0'}]",
	    "{} | [7] | [{'path': 'a'}] | [{'path': '/a', 'x': 1}]", NULL, false },
	{ "vnc_port", "H", "H", "-1 | 0 | 5900", NO_INT " | -2 | 65536", "0", false },
	{ "vnc_password", "H", "H", "'12345678' | null", "'123456789' | 7", NULL, false },
	{ "internal_metadata_namespaces", "*", "*", "[] | ['docker']",
	    "'docker' | ['a:b'] | [''] | null", "[]", true },
	{ "tags", "*", "-", "{} | {'a': 1, 'b': 'x', 'c': true, 'd': 1.5}",
	    "[] | {'a': null} | {'a': {}} | {'a': []} | 'x' | {'': 1}", NULL, true },
	{ "customer_metadata", "*", "-", "{} | {'user-script': 'line\\nline'}",
	    "[] | {'a': null} | {'a': {}} | {'a\\n': 1}", NULL, true },
	{ "internal_metadata", "*", "-", "{} | {'a:b': 'x'}", "[] | {'a': null}", NULL,
	    true },
	{ "routes", "*", "-",
	    "{} | {'10.2.0.0/16': '10.1.0.1', '10.3.0.1': 'nics[0]', 'fd00::/8': "
	    "'macs[02:08:20:00:00:01]'}",
	    "[] | {'a': '10.0.0.1'} | {'10.0.0.0/33': '10.0.0.1'} | {'10.0.0.0/8': 7} | "
	    "{'10.0.0.0/8': 'nics[]'} | {'10.0.0.0/8': 'nics[99]'} | {'10.0.0.0/8': "
	    "'macs[x]'}",
	    "{}", false },
	{ "nics", "*", "-", "[] | [{'nic_tag': 'admin', 'ips': ['dhcp']}]",
	    "{} | [7] | [null]", "[]", false },
	{ "disks", "H", "-", "[] | [{'size': 100}]", "{} | [7]", "[]", false },
	{ "filesystems", "J", "-",
	    "[] | [{'type': 'lofs', 'source': '/a', 'target': '/b', 'options': ['ro']}]",
	    "{} | [7]", "[]", false },
	{ "zpool", "*", "-", "'zones' | 'tank2'", "'/a' | '' | 7 | 'a/b'", "'zones'",
	    false },
	{ "set_tags", "-", "*", "{} | {'a': 1}", "[] | {'a': null}", NULL, true },
	{ "remove_tags", "-", "*", "[] | ['a']", "{} | [7] | ['']", NULL, true },
	{ "set_customer_metadata", "-", "*", "{} | {'a': 'b'}", "[] | {'a': []}", NULL,
	    true },
	{ "remove_customer_metadata", "-", "*", "[] | ['a']", "{} | [7]", NULL, true },
	{ "set_internal_metadata", "-", "*", "{} | {'a': 'b'}", "[] | {'a': []}", NULL,
	    true },
	{ "remove_internal_metadata", "-", "*", "[] | ['a']", "{} | [7]", NULL, true },
	{ "set_routes", "-", "*", "{} | {'10.0.0.0/8': '10.0.0.1'}",
	    "[] | {'x': '10.0.0.1'} | {'10.0.0.0/8': 'x'}", NULL, false },
	{ "remove_routes", "-", "*", "[] | ['10.0.0.0/8']", "{} | ['x']", NULL, false },
	{ "add_nics", "-", "*", "[] | [{'nic_tag': 'admin', 'ips': ['dhcp']}]",
	    "{} | [7]", NULL, false },
	{ "update_nics", "-", "*", "[] | [{'mac': '02:08:20:00:00:01', 'mtu': 9000}]",
	    "{} | [7] | [{'mac': '02:08:20:00:00:01', 'vlan_id': 1}]", NULL, false },
	{ "remove_nics", "-", "*", "[] | ['02:08:20:00:00:01']", "{} | ['x'] | [7]", NULL,
	    false },
	{ "add_disks", "-", "H", "[] | [{'size': 100}]", "{} | [7]", NULL, false },
	{ "update_disks", "-", "H", "[] | [{'path': '/a', 'model': 'ide'}]", "{} | [7]",
	    NULL, false },
	{ "remove_disks", "-", "H", "[] | ['/a']", "{} | ['a'] | [7]", NULL, false },
	{ "add_filesystems", "-", "J",
	    "[] | [{'type': 'lofs', 'source': '/a', 'target': '/b'}]",
	    "{} | [7] | [{'type': 'lofs', 'source': '/a', 'target': '/'}]", NULL, false },
	{ "update_filesystems", "-", "J", "[] | [{'target': '/b', 'source': '/c'}]",
	    "{} | [7]", NULL, false },
	{ "remove_filesystems", "-", "J", "[] | ['/b']", "{} | ['b'] | [7]", NULL,
	    false },
};

static bool
takes(const char *letters, enum tt_vm_brand brand)
{
	const bool hvm = brand == TT_VM_KVM || brand == TT_VM_BHYVE;

	for (; *letters != '\0'; letters++) {
		switch (*letters) {
		case '*':
			return true;
		case 'J':
			if (!hvm)
				return true;
			break;
		case 'L':
			if (brand == TT_VM_LX || brand == TT_VM_JOYENT)
				return true;
			break;
		case 'M':
			if (brand == TT_VM_JOYENT_MINIMAL)
				return true;
			break;
		case 'H':
			if (hvm)
				return true;
			break;
		case 'K':
			if (brand == TT_VM_KVM)
				return true;
			break;
		case 'B':
			if (brand == TT_VM_BHYVE)
				return true;
			break;
		default:
			break;
		}
	}
	return false;
}

/* Is name, or a part of it ("nics.0"), in one of the lists? */
static bool
listed(const json_t *answer, const char *list, const char *name)
{
	const size_t len = strlen(name);
	json_t *m;
	size_t i;

	json_array_foreach(json_object_get(answer, list), i, m)
	{
		const char *s = json_string_value(m);

		if (!strncmp(s, name, len) && (s[len] == '\0' || s[len] == '.'))
			return true;
	}
	return false;
}

static json_t *
with(enum tt_vm_op op, const char *brand, const char *name, json_t *value)
{
	json_t *extra = json_object(), *payload;

	json_object_set_new(extra, name, value);
	if (op == TT_VM_OP_UPDATE)
		return extra;
	payload = payload_of(brand, extra);
	json_decref(extra);
	return payload;
}

/* One value with one brand: what validate says of it. */
static bool
judged(enum tt_vm_op op, enum tt_vm_brand brand, const struct column *c, const char *text,
    bool good, bool taken)
{
	const char *name = tt_vm_brand_name(brand);
	tt_auto(json) json_t *payload = with(op, name, c->name, J(text));
	tt_auto(json) json_t *answer = NULL;
	const int r = tt_vm_validate(op, name, payload, &answer);
	bool ok;

	if (!taken)
		ok = r < 0 && listed(answer, "bad_properties", c->name);
	else if (good)
		ok = r == 0 && answer == NULL;
	else
		ok = r < 0 && (listed(answer, "bad_values", c->name) ||
				  listed(answer, "bad_properties", c->name));
	if (!ok) {
		tt_auto(free) char *line = tt_json_line(answer);

		tap_note("%s %s with %s: %s", op == TT_VM_OP_CREATE ? "create" : "update",
		    name, text, line);
	}
	return ok;
}

/* Every value of a list with every brand. */
static bool
all_judged(const struct column *c, const char *values, bool good)
{
	bool ok = true;

	while (values != NULL) {
		const char *bar = strstr(values, " | ");
		tt_auto(free) char *text =
		    bar != NULL ? tt_xstrndup(values, (size_t)(bar - values))
				: tt_xstrdup(values);

		for (int b = 0; b < TT_VM_BRAND_MAX; b++) {
			ok &= judged(TT_VM_OP_CREATE, (enum tt_vm_brand)b, c, text, good,
			    takes(c->create, (enum tt_vm_brand)b));
			ok &= judged(TT_VM_OP_UPDATE, (enum tt_vm_brand)b, c, text, good,
			    takes(c->update, (enum tt_vm_brand)b));
		}
		values = bar != NULL ? bar + 3 : NULL;
	}
	return ok;
}

static void
test_default(const struct column *c)
{
	const char *brand = takes(c->create, TT_VM_LX)    ? "lx"
			    : takes(c->create, TT_VM_KVM) ? "kvm"
							  : "bhyve";
	tt_auto(json) json_t *payload = payload_of(brand, NULL);
	tt_auto(json) json_t *want = c->def != NULL ? J(c->def) : NULL;
	tt_auto(vm) struct tt_vm vm = { 0 };
	const json_t *got;

	if (tt_streq(c->name, "uuid") || tt_streq(c->name, "image_uuid"))
		return;
	TAP_OK(
	    tt_vm_create(payload, NULL, NULL, NULL, &vm, NULL) == 0, "%s payload", brand);
	got = json_object_get(vm.record, c->name);
	TAP_OK(want == NULL ? got == NULL : got != NULL && json_equal(got, want),
	    "default of %s with %s", c->name, brand);
}

int
main(void)
{
	size_t rows = 0;

	for (size_t i = 0; i < TT_ARRAY_LEN(columns); i++) {
		const struct column *c = &columns[i];
		const struct tt_vm_prop *row = tt_vm_prop_find(c->name);

		TAP_OK(row != NULL && ((row->flags & TT_VM_LIVE) != 0) == c->live,
		    "%s is in the table", c->name);
		TAP_OK(all_judged(c, c->good, true), "%s: good values", c->name);
		TAP_OK(all_judged(c, c->bad, false), "%s: bad values", c->name);
		test_default(c);
	}
	/* brand is tested with create; the rest is read-only */
	for (const struct tt_vm_prop *p = tt_vm_props; p->name != NULL; p++)
		rows += !(p->flags & TT_VM_READONLY);
	TAP_EQ_INT(rows, TT_ARRAY_LEN(columns) + 1, "every property has a row here");
	for (const struct tt_vm_prop *p = tt_vm_props; p->name != NULL; p++) {
		const struct column c = { p->name, "-", "-", NULL, NULL, NULL, false };

		if (p->flags & TT_VM_READONLY)
			TAP_OK(all_judged(&c, "1 | 'x' | null", false), "%s is read-only",
			    p->name);
	}
	return tap_done();
}
