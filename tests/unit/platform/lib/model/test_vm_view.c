// SPDX-License-Identifier: MPL-2.0
/* What instances look like: the view, dotted names, lists; and the kernel's numbers. */
#include "tests/unit/platform/lib/model/vm_test.h"

#include "platform/lib/base/time.h"

#define LX_VM                                                                            \
	"{'brand': 'lx', 'image_uuid': '" IMAGE "', 'uuid': '" UUID                      \
	"', 'max_physical_memory': 512, 'alias': 'web0', 'delegate_dataset': true, "     \
	"'tags': {'role': 'web', 'a.b': 7}, 'customer_metadata': {'k': 'v'}, "           \
	"'resolvers': ['8.8.8.8', '1.1.1.1'], "                                          \
	"'nics': [{'nic_tag': 'admin', 'ips': ['10.0.0.5/24']}, {'nic_tag': 'admin', "   \
	"'ips': ['dhcp']}]}"

static void
make(const char *text, struct tt_vm *ret)
{
	const struct tt_vm_facts facts = { .now_us = NOW };

	if (create(text, &facts, NULL, ret) < 0) {
		printf("Bail out! not created: %s\n", text);
		abort();
	}
}

static void
test_view(const struct tt_vm *vm)
{
	tt_auto(json) json_t *snapshots = J("[{'name': 's1'}]");
	const struct tt_vm_runtime rt = {
		.state = "running",
		.pid = 4711,
		.zoneid = 3,
		.boot_us = NOW,
		.server_uuid = IMAGE,
		.snapshots = snapshots,
	};
	tt_auto(json) json_t *view = tt_vm_view(vm, &rt), *rest = tt_vm_view(vm, NULL);
	const struct tt_vm_prop *row = tt_vm_props;
	bool ordered = true;
	const char *key;
	json_t *v;

	EQ_JSON(view, "type", "'LX'");
	EQ_JSON(view, "hvm", "false");
	EQ_JSON(view, "state", "'running'");
	EQ_JSON(view, "zone_state", "'running'");
	EQ_JSON(view, "pid", "4711");
	EQ_JSON(view, "zoneid", "3");
	EQ_JSON(view, "zonepath", "'/zones/" UUID "'");
	EQ_JSON(view, "zfs_filesystem", "'zones/" UUID "'");
	EQ_JSON(view, "datasets", "['zones/" UUID "/data']");
	EQ_JSON(view, "boot_timestamp", "'2023-11-14T22:13:20.123Z'");
	EQ_JSON(view, "server_uuid", "'" IMAGE "'");
	EQ_JSON(view, "snapshots", "[{'name': 's1'}]");
	EQ_JSON(view, "tags", "{'role': 'web', 'a.b': 7}");
	EQ_JSON(view, "customer_metadata", "{'k': 'v'}");
	EQ_JSON(view, "internal_metadata", "{}");
	EQ_JSON(view, "quota", "10");
	EQ_JSON(rest, "state", "'stopped'");
	EQ_JSON(rest, "zone_state", "'installed'");
	EQ_JSON(rest, "pid", "null");
	EQ_JSON(rest, "snapshots", "[]");
	json_object_foreach(view, key, v)
	{
		while (row->name != NULL && strcmp(row->name, key) != 0)
			row++;
		ordered &= row->name != NULL;
	}
	TAP_OK(ordered, "members are in the order of the table");
	json_object_set_new(vm->record, "slot", json_integer(5));
	json_decref(rest);
	rest = tt_vm_view(vm, NULL);
	TAP_OK(json_object_get(rest, "slot") == NULL, "slot is not shown");
}

static void
value_is(const struct tt_vm *vm, const char *name, const char *want)
{
	tt_auto(json) json_t *got = tt_vm_value(vm, NULL, name);
	tt_auto(free) char *cell = tt_vm_cell(got);

	TAP_EQ_STR(cell, want, "%s is %s", name, want);
}

static void
test_values(const struct tt_vm *vm)
{
	value_is(vm, "ram", "512");
	value_is(vm, "alias", "web0");
	value_is(vm, "nics.0.ip", "10.0.0.5");
	value_is(vm, "nics.*.ip", "10.0.0.5,dhcp");
	value_is(vm, "nics.7.ip", "-");
	value_is(vm, "nics.x.ip", "-");
	value_is(vm, "tags.role", "web");
	value_is(vm, "tags.a.b", "7");
	value_is(vm, "tags.none", "-");
	value_is(vm, "tags.role.deeper", "-");
	value_is(vm, "resolvers", "8.8.8.8,1.1.1.1");
	value_is(vm, "resolvers.1", "1.1.1.1");
	value_is(vm, "hvm", "false");
	value_is(vm, "snapshots", "-");
	value_is(vm, "no_such", "-");
	value_is(vm, "set_tags", "-");
}

static void
arg_is(const char *name, const char *text, const char *want)
{
	tt_auto(json) json_t *got = tt_vm_arg(name, text), *j = J(want);

	TAP_OK(json_equal(got, j), "%s=%s is %s", name, text, want);
}

static void
test_args(void)
{
	arg_is("ram", "512", "512");
	arg_is("ram", "x", "'x'");
	arg_is("ram", "null", "'null'");
	arg_is("autoboot", "false", "false");
	arg_is("autoboot", "no", "'no'");
	arg_is("alias", "7", "'7'");
	arg_is("resolvers", "8.8.8.8,1.1.1.1", "['8.8.8.8', '1.1.1.1']");
	arg_is("unknown", "1", "'1'");
}

/* --- lists --- */

static void
fill(struct tt_vm *vms)
{
	static const char *const texts[] = {
		"{'brand': 'lx', 'image_uuid': '" IMAGE
		"', 'uuid': '00000000-0000-4000-8000-000000000003', 'ram': 1024, "
		"'alias': "
		"'c', 'nics': [{'nic_tag': 'admin', 'ips': ['10.0.0.3/24']}]}",
		"{'brand': 'kvm', 'uuid': '00000000-0000-4000-8000-000000000002', 'ram': "
		"256}",
		"{'brand': 'joyent-minimal', 'image_uuid': '" IMAGE
		"', 'uuid': '00000000-0000-4000-8000-000000000001', 'ram': 256, 'alias': "
		"'a', 'tags': {'role': 'db'}}",
	};

	for (int i = 0; i < 3; i++)
		make(texts[i], &vms[i]);
}

/* The aliases of what a query lists, '-' for none. */
static void
listed(const struct tt_vm *vms, const char *sort, const char *filter, const char *want)
{
	tt_auto(strv) char **filters = NULL;
	tt_auto(vm_query) struct tt_vm_query *q = NULL;
	tt_auto(buf) struct tt_buf got = TT_BUF_INIT(1024);
	tt_auto(json) json_t *list = NULL;
	json_t *row;
	size_t i;

	if (filter != NULL)
		tt_strv_add(&filters, filter);
	TAP_OK(tt_vm_query_new("alias", sort, filters, &q, NULL) == 0, "query");
	for (i = 0; i < 3; i++)
		(void)tt_vm_query_add(q, &vms[i], NULL);
	list = tt_vm_query_take(q);
	json_array_foreach(list, i, row)
	{
		(void)tt_buf_adds(&got, tt_json_str(row, "alias", "-"));
	}
	TAP_EQ_STR(tt_buf_str(&got), want, "%s, %s", sort, filter);
}

static void
refused_query(const char *fields, const char *sort, const char *filter, const char *text)
{
	tt_auto(strv) char **filters = NULL;
	tt_auto(err) struct tt_err *err = NULL;
	struct tt_vm_query *q = NULL;

	if (filter != NULL)
		tt_strv_add(&filters, filter);
	TAP_OK(tt_vm_query_new(fields, sort, filters, &q, &err) < 0 &&
		   strstr(tt_err_message(err), text) != NULL,
	    "refused: %s", tt_err_message(err));
}

static void
test_query(void)
{
	struct tt_vm vms[3] = { 0 };
	tt_auto(vm_query) struct tt_vm_query *q = NULL;
	tt_auto(json) json_t *list = NULL;

	fill(vms);
	listed(vms, NULL, NULL, "c-a");
	listed(vms, TT_VM_LIST_SORT, NULL, "a-c");
	listed(vms, "-ram,uuid", NULL, "ca-");
	listed(vms, "alias", NULL, "ac-");
	listed(vms, "-alias", NULL, "ca-");
	listed(vms, "uuid", "ram=256", "a-");
	listed(vms, "uuid", "alias=~^[ab]$", "a");
	listed(vms, "uuid", "tags.role=db", "a");
	listed(vms, "uuid", "type=KVM", "-");
	listed(vms, "uuid", "nics.*.ip=10.0.0.3", "c");
	listed(vms, "uuid", "nics.0.ips=10.0.0.3/24", "c");
	listed(vms, "uuid", "alias=", "-");
	listed(vms, "uuid", "hvm=false", "ac");
	refused_query("uuid,foo", NULL, NULL, "'foo' is not a property");
	refused_query("uuid", "set_tags", NULL, "'set_tags' is not a property");
	refused_query(NULL, NULL, "alias", "name=value");
	refused_query(NULL, NULL, "alias=~(", "not an extended regular expression");
	refused_query(NULL, NULL, "alias=~(a{9}){9}", "one {count}");
	refused_query(NULL, NULL, "alias=~a{1,100}", "up to 99");
	listed(vms, "uuid", "alias=~^[ac]{1,99}$", "ac");

	TAP_OK(tt_vm_query_new(TT_VM_LIST_FIELDS, TT_VM_LIST_SORT, NULL, &q, NULL) == 0,
	    "the default columns");
	(void)tt_vm_query_add(q, &vms[1], NULL);
	list = tt_vm_query_take(q);
	{
		tt_auto(free) char *line = tt_json_line(list);

		TAP_EQ_STR(line,
		    "[{\"uuid\":\"00000000-0000-4000-8000-000000000002\",\"type\":"
		    "\"KVM\","
		    "\"ram\":256,\"state\":\"stopped\"}]",
		    "a row");
	}
	for (int i = 0; i < 3; i++)
		tt_vm_release(&vms[i]);
}

/* --- limits --- */

static void
test_limits(void)
{
	tt_auto(vm) struct tt_vm vm = { 0 }, hvm = { 0 }, low = { 0 };
	struct tt_vm_limits l;

	make("{'brand': 'lx', 'image_uuid': '" IMAGE
	     "', 'max_physical_memory': 1024, 'max_swap': 2048, 'max_lwps': 20, "
	     "'cpu_cap': 350, 'cpu_shares': 20000, 'zfs_io_priority': 800, 'io_max': 5, "
	     "'max_locked_memory': 64, 'max_shm_memory': 32, 'max_shm_ids': 10, "
	     "'max_sem_ids': 11, 'max_msg_ids': 12, 'quota': 3, 'tmpfs': 16}",
	    &vm);
	tt_vm_limits(vm.record, &l);
	TAP_EQ_INT(l.memory_max, 1073741824, "memory.max");
	TAP_EQ_INT(l.swap_max, 1073741824, "memory.swap.max is swap alone");
	TAP_EQ_INT(l.pids_max, 20, "pids.max");
	TAP_EQ_INT(l.cpu_max_us, 350000, "cpu.max: three CPUs and a half");
	TAP_EQ_INT(l.cpu_period_us, 100000, "its period");
	TAP_EQ_INT(l.cpu_weight, 10000, "cpu.weight, clamped");
	TAP_EQ_INT(l.io_weight, 800, "io.weight");
	TAP_EQ_INT(l.io_max, 5242880, "io.max");
	TAP_EQ_INT(l.memlock, 67108864, "memlock");
	TAP_EQ_INT(l.shm_max, 33554432, "shm");
	TAP_EQ_INT(l.shm_ids, 10, "shm ids");
	TAP_EQ_INT(l.sem_ids, 11, "sem ids");
	TAP_EQ_INT(l.msg_ids, 12, "msg ids");
	TAP_EQ_INT(l.quota, 3221225472LL, "quota");
	TAP_EQ_INT(l.tmpfs, 16777216, "tmpfs");

	make("{'brand': 'lx', 'image_uuid': '" IMAGE
	     "', 'cpu_shares': 0, 'zfs_io_priority': 0, 'quota': 0, 'tmpfs': 0}",
	    &low);
	tt_vm_limits(low.record, &l);
	TAP_EQ_INT(l.cpu_weight, 1, "cpu.weight is at least 1");
	TAP_EQ_INT(l.io_weight, 1, "io.weight is at least 1");
	TAP_EQ_INT(l.cpu_max_us, 0, "no cap");
	TAP_EQ_INT(l.io_max, 0, "no io limit");
	TAP_EQ_INT(l.quota, 0, "no quota");
	TAP_EQ_INT(l.tmpfs, 0, "no tmpfs");
	TAP_EQ_INT(l.swap_max, 0, "no swap beyond the memory");

	make("{'brand': 'bhyve', 'ram': 512, 'disks': [{'size': 1024}, {'size': 100}, "
	     "{'media': 'cdrom', 'path': '/x.iso'}]}",
	    &hvm);
	tt_vm_limits(hvm.record, &l);
	TAP_EQ_INT(l.memory_max, (512 + 1280) * 1048576LL, "guest and hypervisor");
	TAP_EQ_INT(l.quota, (1024 + 1024 + 100) * 1048576LL, "quota and all disks");
}

static void
test_snapshots(const struct tt_vm *delegated)
{
	tt_auto(vm) struct tt_vm kvm = { 0 }, lx = { 0 };
	tt_auto(err) struct tt_err *a = NULL, *b = NULL;

	make("{'brand': 'kvm'}", &kvm);
	make("{'brand': 'lx', 'image_uuid': '" IMAGE "'}", &lx);
	TAP_OK(tt_vm_snapshot_allowed(kvm.record, &a) < 0, "kvm: %s", tt_err_message(a));
	TAP_EQ_STR(tt_err_code(a), "BrandNotSupported", "code");
	TAP_OK(tt_vm_snapshot_allowed(delegated->record, &b) < 0, "delegated: %s",
	    tt_err_message(b));
	TAP_OK(tt_vm_snapshot_allowed(lx.record, NULL) == 0, "lx");
}

/* A thousand of each; the bound is loose, sanitizers are on. */
static void
test_speed(const struct tt_vm *vm)
{
	tt_auto(vm_query) struct tt_vm_query *q = NULL;
	int64_t at = tt_mono_us(), views, list;

	for (int i = 0; i < 1000; i++)
		json_decref(tt_vm_view(vm, NULL));
	views = tt_mono_us() - at;
	if (tt_vm_query_new(TT_VM_LIST_FIELDS, TT_VM_LIST_SORT, NULL, &q, NULL) < 0)
		return;
	at = tt_mono_us();
	for (int i = 0; i < 1000; i++)
		(void)tt_vm_query_add(q, vm, NULL);
	json_decref(tt_vm_query_take(q));
	list = tt_mono_us() - at;
	tap_note("1,000 views %lld us, a list of 1,000 %lld us", (long long)views,
	    (long long)list);
	TAP_OK(
	    views < 5000000 && list < 1000000, "views and lists cost what they should");
}

int
main(void)
{
	tt_auto(vm) struct tt_vm lx = { 0 };

	make(LX_VM, &lx);
	test_view(&lx);
	test_values(&lx);
	test_args();
	test_query();
	test_limits();
	test_snapshots(&lx);
	test_speed(&lx);
	return tap_done();
}
