// SPDX-License-Identifier: MPL-2.0
/*
 * The instances of this node in memory.
 */
#include "platform/daemon/vmadmd/table.h"

#include <errno.h>
#include <string.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/time.h"
#include "platform/machine/instance/instance.h"
#include "platform/machine/instance/place.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct entry *first;

static struct entry *
find(const char *uuid)
{
	struct entry *e = first;

	while (e != NULL && !tt_streq(e->uuid, uuid))
		e = e->next;
	return e;
}

static void
release(struct entry *e)
{
	tt_vm_release(&e->vm);
	pthread_mutex_destroy(&e->busy);
	free(e);
}

int
table_get(const char *uuid, struct entry **ret, struct tt_err **err)
{
	struct entry *e;

	pthread_mutex_lock(&lock);
	e = find(uuid);
	if (e != NULL)
		e->refs++;
	pthread_mutex_unlock(&lock);
	if (e == NULL)
		return tt_err_set(err, -ENOENT, "VmNotFound", "No such zone: '%s'", uuid);
	*ret = e;
	return 0;
}

void
entry_put(struct entry *e)
{
	bool last;

	pthread_mutex_lock(&lock);
	last = --e->refs == 0 && e->gone;
	pthread_mutex_unlock(&lock);
	if (last)
		release(e);
}

int
table_add(struct tt_vm *vm, struct entry **ret, struct tt_err **err)
{
	const char *uuid = tt_json_str(vm->record, "uuid", "");
	struct entry *e = tt_xalloc(sizeof(*e));
	bool there;

	(void)tt_strcpy(e->uuid, sizeof(e->uuid), uuid);
	pthread_mutex_init(&e->busy, NULL);
	pthread_mutex_lock(&e->busy);
	e->state = "provisioning";
	e->refs = 1;
	pthread_mutex_lock(&lock);
	there = find(uuid) != NULL;
	if (!there) {
		e->vm = *vm;
		*vm = (struct tt_vm){ 0 };
		e->next = first;
		first = e;
	}
	pthread_mutex_unlock(&lock);
	if (there) {
		pthread_mutex_unlock(&e->busy);
		release(e);
		return tt_err_set(
		    err, -EEXIST, "VmExists", "there is an instance '%s' already", uuid);
	}
	*ret = e;
	return 0;
}

void
table_remove(struct entry *e)
{
	pthread_mutex_lock(&lock);
	for (struct entry **at = &first; *at != NULL; at = &(*at)->next)
		if (*at == e) {
			*at = e->next;
			break;
		}
	e->gone = true;
	pthread_mutex_unlock(&lock);
}

int
table_free_slot(unsigned *ret, struct tt_err **err)
{
	tt_auto(free) bool *used = tt_xcalloc(MACH_SLOT_MAX + 1, sizeof(bool));

	pthread_mutex_lock(&lock);
	for (const struct entry *e = first; e != NULL; e = e->next)
		used[mach_inst_slot(e->vm.record)] = true;
	pthread_mutex_unlock(&lock);
	for (unsigned i = 0; i <= MACH_SLOT_MAX; i++) {
		if (used[i])
			continue;
		*ret = i;
		return 0;
	}
	return tt_err_set(err, -ENOSPC, "NoSlot",
	    "this node has %u instances, the most it can", MACH_SLOT_MAX + 1);
}

void
entry_set_state(struct entry *e, const char *state, pid_t pid)
{
	pthread_mutex_lock(&lock);
	e->state = state;
	e->pid = pid;
	e->boot_us = pid > 0 ? tt_now_us() : 0;
	pthread_mutex_unlock(&lock);
}

static void
replace(json_t **to, json_t **from)
{
	if (*from == NULL)
		return;
	json_decref(*to);
	*to = *from;
	*from = NULL;
}

void
entry_set_vm(struct entry *e, struct tt_vm *vm)
{
	pthread_mutex_lock(&lock);
	replace(&e->vm.record, &vm->record);
	replace(&e->vm.metadata, &vm->metadata);
	replace(&e->vm.tags, &vm->tags);
	pthread_mutex_unlock(&lock);
}

struct tt_vm
entry_vm(struct entry *e)
{
	struct tt_vm vm;

	pthread_mutex_lock(&lock);
	vm = (struct tt_vm){ json_incref(e->vm.record), json_incref(e->vm.metadata),
		json_incref(e->vm.tags) };
	pthread_mutex_unlock(&lock);
	return vm;
}

void
table_each(void (*fn)(const struct entry *e, void *ctx), void *ctx)
{
	pthread_mutex_lock(&lock);
	for (const struct entry *e = first; e != NULL; e = e->next)
		fn(e, ctx);
	pthread_mutex_unlock(&lock);
}

struct tt_vm_runtime
entry_runtime(const struct entry *e)
{
	return (struct tt_vm_runtime){
		.state = e->state, .pid = e->pid, .boot_us = e->boot_us
	};
}

int
table_load(struct tt_err **err)
{
	tt_auto(strv) char **uuids = NULL;
	int r = mach_inst_list(&uuids, err);

	for (char **u = uuids; r == 0 && u != NULL && *u != NULL; u++) {
		tt_auto(vm) struct tt_vm vm = { 0 };
		struct entry *e = NULL;
		pid_t pid;

		if (mach_inst_sweep(*u, NULL))
			continue;
		r = mach_inst_load(*u, &vm, err);
		if (r == 0)
			r = table_add(&vm, &e, err);
		if (r < 0 || e == NULL)
			break;
		pid = mach_inst_running(*u);
		entry_set_state(e, pid > 0 ? "running" : "stopped", pid);
		pthread_mutex_unlock(&e->busy);
		entry_put(e);
	}
	return r;
}
