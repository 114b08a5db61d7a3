// SPDX-License-Identifier: MPL-2.0
/*
 * The requests.
 */
#include "platform/daemon/vmadmd/ops.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/sysinfo.h>

#include "platform/daemon/vmadmd/table.h"
#include "platform/daemon/vmadmd/watch.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/log.h"
#include "platform/lib/base/num.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/time.h"
#include "platform/machine/instance/cgroup.h"
#include "platform/machine/instance/image.h"
#include "platform/machine/instance/instance.h"
#include "platform/machine/instance/place.h"

#define NIC_TAGS     MACH_RUN "/nictags.json"
#define NIC_TAGS_MAX (1 * TT_MIB)
#define STOP_MS      60000U /* a whole system's init */
#define STOP_DOCKER  10000U
#define BOOT_THREADS 4

static struct tt_log *logger;

void
ops_log(struct tt_log *log)
{
	logger = log;
}

/* One record for each change, done or failed. */
static void
note(const char *op, const char *uuid, int r, struct tt_err **err)
{
	if (r < 0)
		tt_log(logger, TT_ERROR, op, "vm", TT_STR(uuid), "err",
		    TT_ERR(err == NULL ? NULL : *err), NULL);
	else
		tt_log(logger, TT_INFO, op, "vm", TT_STR(uuid), NULL);
}

/* --- what payloads are judged by ------------------------------------------------------- */

struct same {
	const char *text, *but; /* value looked for; instance that may have it */
	bool found;
};

static void
same_uuid(const struct entry *e, void *ctx)
{
	struct same *s = ctx;

	s->found |= tt_streq(e->uuid, s->text);
}

static bool
uuid_used(void *ctx, const char *uuid)
{
	struct same s = { .text = uuid };

	(void)ctx;
	table_each(same_uuid, &s);
	return s.found;
}

static void
same_mac(const struct entry *e, void *ctx)
{
	struct same *s = ctx;
	size_t i;
	json_t *nic;

	if (s->but != NULL && tt_streq(e->uuid, s->but))
		return;
	json_array_foreach(json_object_get(e->vm.record, "nics"), i, nic)
	{
		s->found |= tt_streq(tt_json_str(nic, "mac", ""), s->text);
	}
}

static bool
mac_used(void *ctx, const char *mac, const char *uuid)
{
	struct same s = { .text = mac, .but = uuid };

	(void)ctx;
	table_each(same_mac, &s);
	return s.found;
}

static bool
nic_tag(void *ctx, const char *tag)
{
	return json_object_get(ctx, tag) != NULL;
}

static int
image(void *ctx, const char *uuid, struct tt_vm_image *ret)
{
	tt_auto(json) json_t *manifest = NULL;
	static const char *const types[] = { "zone-dataset", "lx-dataset", "docker",
		"zvol", "other" };
	int r = mach_image_get(uuid, &manifest, NULL);

	(void)ctx;
	if (r < 0)
		return r;
	*ret = (struct tt_vm_image){ .size_mib = tt_json_int(manifest, "image_size", 0) };
	for (size_t i = 0; i < TT_ARRAY_LEN(types);
	     i++) /* a text that outlives the manifest */
		if (tt_streq(tt_json_str(manifest, "type", ""), types[i]))
			ret->type = types[i];
	return 0;
}

static struct tt_vm_facts
facts(json_t *tags)
{
	struct sysinfo si = { 0 };

	(void)sysinfo(&si);
	return (struct tt_vm_facts){
		.now_us = tt_now_us(),
		.host_memory_mib = (long long)(si.totalram * si.mem_unit / TT_MIB),
		.host_cpus = sysconf(_SC_NPROCESSORS_ONLN),
		.uuid_used = uuid_used,
		.mac_used = mac_used,
		.nic_tag = tags == NULL ? NULL : nic_tag,
		.image = image,
		.ctx = tags,
	};
}

/* --- changes, the entry busy ----------------------------------------------------------- */

/* From now on its end is noticed. One that has ended already is cleaned up here. */
static int
watch(struct entry *e, struct tt_err **err)
{
	tt_auto(vm) struct tt_vm vm = entry_vm(e);
	int r = 0;

	if (watch_add(e->uuid, e->pid) < 0) {
		r = mach_inst_stop(&vm, 0, err);
		entry_set_state(e, "stopped", 0);
	}
	return r;
}

static int
start(struct entry *e, struct tt_err **err)
{
	tt_auto(vm) struct tt_vm vm = entry_vm(e);
	pid_t pid = 0;
	int r;

	if (e->pid != 0)
		return tt_err_set(
		    err, -EALREADY, "VmRunning", "VM %s is already running.", e->uuid);
	r = mach_inst_start(&vm, &pid, err);
	if (r < 0)
		return r;
	entry_set_state(e, "running", pid);
	return watch(e, err);
}

static int
stop(struct entry *e, unsigned timeout_ms, struct tt_err **err)
{
	tt_auto(vm) struct tt_vm vm = entry_vm(e);
	int r;

	if (e->pid == 0)
		return tt_err_set(
		    err, -EALREADY, "VmStopped", "VM %s is already stopped.", e->uuid);
	r = mach_inst_stop(&vm, timeout_ms, err);
	if (r == 0)
		entry_set_state(e, "stopped", 0);
	return r;
}

/* Whether it starts with the node, as the last start or stop left it. */
static int
set_autoboot(struct entry *e, bool on, struct tt_err **err)
{
	tt_auto(vm) struct tt_vm vm = entry_vm(e);
	tt_auto(json) json_t *record = NULL;
	int r;

	if (tt_json_bool(vm.record, "autoboot", false) == on)
		return 0;
	record = json_copy(vm.record);
	json_object_set_new(record, "autoboot", json_boolean(on));
	r = mach_inst_save(e->uuid, &(struct tt_vm){ .record = record }, err);
	if (r == 0)
		entry_set_vm(e, &(struct tt_vm){ .record = json_incref(record) });
	return r;
}

static unsigned
patience_of(const struct entry *e, const json_t *rq)
{
	const bool docker = tt_json_bool(e->vm.record, "docker", false);

	if (tt_json_bool(rq, "force", false))
		return 0;
	return (unsigned)tt_json_int(
		   rq, "timeout", (docker ? STOP_DOCKER : STOP_MS) / 1000) *
	       1000;
}

static int
op_start(struct entry *e, const json_t *rq, json_t **ret, struct tt_err **err)
{
	int r = set_autoboot(e, true, err);

	(void)rq;
	(void)ret;
	return r < 0 ? r : start(e, err);
}

static int
op_stop(struct entry *e, const json_t *rq, json_t **ret, struct tt_err **err)
{
	int r = set_autoboot(e, false, err);

	(void)ret;
	return r < 0 ? r : stop(e, patience_of(e, rq), err);
}

static int
op_reboot(struct entry *e, const json_t *rq, json_t **ret, struct tt_err **err)
{
	int r = stop(e, patience_of(e, rq), err);

	(void)ret;
	return r < 0 ? r : start(e, err);
}

static int
op_kill(struct entry *e, const json_t *rq, json_t **ret, struct tt_err **err)
{
	const long long sig = tt_json_int(rq, "signal", SIGKILL);

	(void)ret;
	if (e->pid == 0)
		return tt_err_set(
		    err, -EALREADY, "VmStopped", "VM %s is not running.", e->uuid);
	if (sig < 1 || sig > SIGRTMAX || kill(e->pid, (int)sig) < 0)
		return tt_err_set(err, -EINVAL, "InvalidArgument",
		    "signal %lld for VM %s: must be from 1 to %d", sig, e->uuid,
		    SIGRTMAX);
	return 0;
}

static int
op_delete(struct entry *e, const json_t *rq, json_t **ret, struct tt_err **err)
{
	tt_auto(vm) struct tt_vm vm = entry_vm(e);
	int r = 0;

	(void)rq;
	(void)ret;
	if (tt_json_bool(vm.record, "indestructible_zoneroot", false) ||
	    tt_json_bool(vm.record, "indestructible_delegated", false))
		return tt_err_set(err, -EPERM, "VmIndestructible",
		    "VM %s has indestructible_zoneroot or indestructible_delegated set: "
		    "update it first",
		    e->uuid);
	if (e->pid != 0)
		r = stop(e, 0, err);
	if (r == 0)
		r = mach_inst_delete(e->uuid, mach_inst_slot(vm.record), err);
	if (r == 0)
		table_remove(e);
	return r;
}

static int
op_update(struct entry *e, const json_t *rq, json_t **ret, struct tt_err **err)
{
	tt_auto(json) json_t *tags = NULL;
	tt_auto(vm) struct tt_vm old = entry_vm(e);
	tt_auto(vm) struct tt_vm vm = { 0 };
	tt_auto(vm_changes) struct tt_vm_changes changes = { 0 };
	tt_auto(json) json_t *limits = NULL;
	struct tt_vm_facts f;
	int r;

	(void)tt_json_load(NIC_TAGS, NIC_TAGS_MAX, &tags, NULL);
	f = facts(tags);
	f.running = e->pid != 0;
	r = tt_vm_update(
	    &old, json_object_get(rq, "payload"), &f, NULL, NULL, &vm, &changes, err);
	if (r == 0)
		r = mach_inst_save(e->uuid, &vm, err);
	if (r < 0)
		return r;
	limits = mach_inst_limits(vm.record);
	*ret =
	    json_pack("{s:b}", "reboot", tt_vm_changes_reboot(&changes) && e->pid != 0);
	entry_set_vm(e, &vm);
	return e->pid == 0 ? 0 : mach_cgroup_set(e->uuid, limits, err);
}

/* --- whole-node requests --------------------------------------------------------------- */

/* A slot and a place in the table for it; nobody else gets either. */
static int
enter(struct tt_vm *vm, struct entry **ret, struct tt_err **err)
{
	static pthread_mutex_t slots = PTHREAD_MUTEX_INITIALIZER;
	unsigned slot = 0;
	int r;

	pthread_mutex_lock(&slots);
	r = table_free_slot(&slot, err);
	if (r == 0) {
		json_object_set_new(vm->record, "slot", json_integer(slot));
		r = table_add(vm, ret, err);
	}
	pthread_mutex_unlock(&slots);
	return r;
}

/* On the pool, then running unless it shall not; nothing is left of one that cannot. */
static int
bring_up(struct entry *e, struct tt_err **err)
{
	int r = mach_inst_create(&e->vm, err);

	if (r == 0) {
		entry_set_state(e, "stopped", 0);
		if (tt_json_bool(e->vm.record, "autoboot", true))
			r = start(e, err);
		if (r < 0)
			(void)mach_inst_delete(
			    e->uuid, mach_inst_slot(e->vm.record), NULL);
	}
	if (r < 0)
		table_remove(e);
	return r;
}

static int
op_create(const json_t *rq, json_t **ret, struct tt_err **err)
{
	tt_auto(json) json_t *tags = NULL;
	tt_auto(vm) struct tt_vm vm = { 0 };
	struct entry *e = NULL;
	struct tt_vm_facts f;
	int r;

	(void)tt_json_load(NIC_TAGS, NIC_TAGS_MAX, &tags, NULL);
	f = facts(tags);
	r = tt_vm_create(json_object_get(rq, "payload"), &f, NULL, NULL, &vm, err);
	if (r == 0)
		r = enter(&vm, &e, err);
	if (r < 0 || e == NULL)
		return r;
	r = bring_up(e, err);
	*ret = json_pack("{s:s,s:O?}", "uuid", e->uuid, "alias",
	    json_object_get(e->vm.record, "alias"));
	note("create", e->uuid, r, err);
	pthread_mutex_unlock(&e->busy);
	entry_put(e);
	return r;
}

struct user {
	const char *image;
	char uuid[TT_UUID_LEN]; /* of an instance that needs it; "" = none */
};

static void
find_user(const struct entry *e, void *ctx)
{
	struct user *u = ctx;

	if (tt_streq(tt_json_str(e->vm.record, "image_uuid", ""), u->image))
		(void)tt_strcpy(u->uuid, sizeof(u->uuid), e->uuid);
}

/* An instance or a layer above it keeps an image. */
static int
op_image_delete(const json_t *rq, struct tt_err **err)
{
	struct user user = { .image = tt_json_str(rq, "uuid", "") };
	tt_auto(json) json_t *manifest = NULL;
	tt_auto(json) json_t *all = NULL;
	size_t i;
	json_t *v;
	int r = mach_image_get(user.image, &manifest, err);

	if (r == 0)
		r = mach_image_list(&all, err);
	if (r < 0)
		return r;
	json_array_foreach(all, i, v)
	{
		const json_t *m = json_object_get(v, "manifest");

		if (tt_streq(tt_json_str(m, "origin", NULL), user.image))
			return tt_err_set(err, -EBUSY, "ImageHasDependentImages",
			    "image '%s' is the origin of image '%s': delete that first",
			    user.image, tt_json_str(m, "uuid", "?"));
	}
	table_each(find_user, &user);
	if (*user.uuid != '\0')
		return tt_err_set(err, -EBUSY, "ImageHasDependentClones",
		    "image '%s' is used by VM '%s': delete that first", user.image,
		    user.uuid);
	return mach_image_delete(user.image, err);
}

static void
add_to_query(const struct entry *e, void *ctx)
{
	const struct tt_vm_runtime rt = entry_runtime(e);

	(void)tt_vm_query_add(ctx, &e->vm, &rt);
}

static int
op_list(const json_t *rq, json_t **ret, struct tt_err **err)
{
	tt_auto(vm_query) struct tt_vm_query *q = NULL;
	tt_auto(strv) char **filters = NULL;
	size_t i;
	json_t *v;
	int r;

	json_array_foreach(json_object_get(rq, "filters"), i, v)
	{
		if (json_is_string(v))
			tt_strv_add(&filters, json_string_value(v));
	}
	r = tt_vm_query_new(tt_json_str(rq, "fields", NULL),
	    tt_json_str(rq, "sort", NULL), filters, &q, err);
	if (r < 0)
		return r;
	table_each(add_to_query, q);
	*ret = tt_vm_query_take(q);
	return 0;
}

static int
op_get(struct entry *e, json_t **ret)
{
	const struct tt_vm_runtime rt = entry_runtime(e);
	tt_auto(vm) struct tt_vm vm = entry_vm(e);

	*ret = tt_vm_view(&vm, &rt);
	return 0;
}

/* --- dispatch -------------------------------------------------------------------------- */

static const struct {
	const char *name;
	int (*run)(struct entry *e, const json_t *rq, json_t **ret, struct tt_err **err);
} changes_table[] = { { "start", op_start }, { "stop", op_stop }, { "reboot", op_reboot },
	{ "kill", op_kill }, { "delete", op_delete }, { "update", op_update } };

static int
change(size_t i, struct entry *e, const json_t *rq, json_t **ret, struct tt_err **err)
{
	int r;

	pthread_mutex_lock(&e->busy);
	if (e->gone)
		r = tt_err_set(err, -ENOENT, "VmNotFound", "No such zone: '%s'", e->uuid);
	else
		r = changes_table[i].run(e, rq, ret, err);
	pthread_mutex_unlock(&e->busy);
	note(changes_table[i].name, e->uuid, r, err);
	return r;
}

static int
one_instance(const char *op, const json_t *rq, json_t **ret, struct tt_err **err)
{
	struct entry *e = NULL;
	int r = table_get(tt_json_str(rq, "uuid", ""), &e, err);

	if (r < 0)
		return r;
	r = -EOPNOTSUPP;
	if (tt_streq(op, "get"))
		r = op_get(e, ret);
	for (size_t i = 0; i < TT_ARRAY_LEN(changes_table); i++)
		if (tt_streq(op, changes_table[i].name))
			r = change(i, e, rq, ret, err);
	entry_put(e);
	return r != -EOPNOTSUPP ? r
				: tt_err_set(err, r, "InvalidRequest",
				      "there is no operation '%s'", op);
}

int
ops_do(const json_t *rq, json_t **ret, struct tt_err **err)
{
	const char *op = tt_json_str(rq, "op", "");

	if (tt_streq(op, "create"))
		return op_create(rq, ret, err);
	if (tt_streq(op, "list"))
		return op_list(rq, ret, err);
	if (tt_streq(op, "image-delete"))
		return op_image_delete(rq, err);
	return one_instance(op, rq, ret, err);
}

/* --- life without requests ------------------------------------------------------------- */

static void
ended(const char *uuid, pid_t pid, int status)
{
	struct entry *e = NULL;

	if (table_get(uuid, &e, NULL) < 0)
		return;
	pthread_mutex_lock(&e->busy);
	if (e->pid == pid && !e->gone) {
		tt_auto(vm) struct tt_vm vm = entry_vm(e);
		tt_auto(json) json_t *record = json_copy(vm.record);
		char iso[TT_ISO_LEN];

		(void)mach_inst_stop(&vm, 0, NULL);
		json_object_set_new(
		    record, "exit_timestamp", json_string(tt_time_iso(tt_now_us(), iso)));
		if (status >= 0)
			json_object_set_new(record, "exit_status", json_integer(status));
		if (mach_inst_save(uuid, &(struct tt_vm){ .record = record }, NULL) == 0)
			entry_set_vm(e, &(struct tt_vm){ .record = json_incref(record) });
		entry_set_state(e, "stopped", 0);
		tt_log(logger, TT_INFO, "ended", "vm", TT_STR(uuid), "status",
		    TT_INT(status), NULL);
	}
	pthread_mutex_unlock(&e->busy);
	entry_put(e);
}

struct names {
	pthread_mutex_t lock;
	char **v;
	size_t next;
};

static void
note_name(const struct entry *e, void *ctx)
{
	struct names *n = ctx;

	tt_strv_add(&n->v, e->uuid);
}

/* Wait for the end of one that runs, start one that shall. */
static void
boot_one(const char *uuid)
{
	tt_auto(err) struct tt_err *err = NULL;
	struct entry *e = NULL;
	int r = 0;

	if (table_get(uuid, &e, NULL) < 0)
		return;
	pthread_mutex_lock(&e->busy);
	if (e->gone)
		r = 0;
	else if (e->pid != 0)
		r = watch(e, &err);
	else if (tt_json_bool(e->vm.record, "autoboot", false))
		r = start(e, &err);
	if (r < 0)
		tt_log(logger, TT_ERROR, "not started", "vm", TT_STR(uuid), "err",
		    TT_ERR(err), NULL);
	pthread_mutex_unlock(&e->busy);
	entry_put(e);
}

static void *
boot_some(void *arg)
{
	struct names *n = arg;

	for (;;) {
		const char *uuid;

		pthread_mutex_lock(&n->lock);
		uuid = n->v == NULL ? NULL : n->v[n->next];
		n->next += uuid != NULL;
		pthread_mutex_unlock(&n->lock);
		if (uuid == NULL)
			return NULL;
		boot_one(uuid);
	}
}

void
ops_boot(void)
{
	static struct names names = { .lock = PTHREAD_MUTEX_INITIALIZER };
	tt_auto(err) struct tt_err *err = NULL;

	if (watch_start(ended, &err) < 0)
		tt_log(logger, TT_FATAL, "no watch", "err", TT_ERR(err), NULL);
	table_each(note_name, &names);
	for (int i = 0; i < BOOT_THREADS; i++) {
		pthread_t t;

		if (pthread_create(&t, NULL, boot_some, &names) == 0)
			pthread_detach(t);
	}
}
