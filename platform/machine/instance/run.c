// SPDX-License-Identifier: MPL-2.0
/*
 * Starting and stopping a container: what is volatile of an instance.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/num.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "platform/machine/instance/bundle.h"
#include "platform/machine/instance/cgroup.h"
#include "platform/machine/instance/crun.h"
#include "platform/machine/instance/idmap.h"
#include "platform/machine/instance/image.h"
#include "platform/machine/instance/instance.h"
#include "platform/machine/instance/nic.h"
#include "platform/machine/instance/place.h"
#include "platform/machine/instance/root.h"

#define LOG_NAME     "console.log"
#define HALT_SIGNAL  37 /* SIGRTMIN+3: what systemd takes for "power off" */
#define KILL_WAIT_MS 10000U

/* --- limits ---------------------------------------------------------------------------- */

static void
put_u64(json_t *o, const char *file, uint64_t value)
{
	json_object_set_new(o, file, json_sprintf("%llu", (unsigned long long)value));
}

/* io.max wants each disk named: the pool's, which carry all of an instance's reads and writes. */
json_t *
mach_inst_limits(const json_t *record)
{
	json_t *o = json_object();
	struct tt_vm_limits l;

	tt_vm_limits(record, &l);
	put_u64(o, "memory.max", l.memory_max);
	put_u64(o, "memory.swap.max", l.swap_max);
	put_u64(o, "pids.max", l.pids_max);
	put_u64(o, "cpu.weight", l.cpu_weight);
	put_u64(o, "io.weight", l.io_weight);
	if (l.cpu_max_us > 0)
		json_object_set_new(o, "cpu.max",
		    json_sprintf("%llu %llu", (unsigned long long)l.cpu_max_us,
			(unsigned long long)l.cpu_period_us));
	else
		json_object_set_new(o, "cpu.max", json_string("max 100000"));
	return o;
}

/* --- starting -------------------------------------------------------------------------- */

struct starting {
	const struct tt_vm *vm;
	const char *uuid;
	unsigned slot;
	enum mach_kind kind;
	char *run;  /* /run/triton/<uuid> */
	char *root; /* .../root */
	char *data; /* .../data, NULL = none */
	struct tt_err **err;
};

static const char *
image_of(const struct starting *s)
{
	return tt_json_str(s->vm->record, "image_uuid", "");
}

static int
mount_root(struct starting *s)
{
	tt_auto(free) char *subvol = mach_zone_path(s->uuid, "root");
	tt_auto(free) char *staging = mach_run_path(s->uuid, "layers");
	tt_auto(strv) char **layers = NULL;
	int r = tt_mkdir_p(s->root, 0755, s->err);

	if (r == 0 && s->kind != MACH_SYSTEM)
		r = mach_image_layers(image_of(s), &layers, s->err);
	if (r < 0)
		return r;
	return mach_root_mount(&(struct mach_root){ .slot = s->slot,
				   .subvol = subvol,
				   .layers = (const char *const *)layers,
				   .staging = staging,
				   .target = s->root },
	    s->err);
}

static int
mount_data(struct starting *s)
{
	tt_auto(free) char *subvol = mach_zone_path(s->uuid, "data");
	tt_auto(close) int userns = -1;
	tt_auto(close) int mount = -1;
	int r;

	if (!tt_json_bool(s->vm->record, "delegate_dataset", false))
		return 0;
	s->data = mach_run_path(s->uuid, "data");
	r = tt_mkdir_p(s->data, 0755, s->err);
	if (r == 0)
		r = mach_userns_new(s->slot, &userns, s->err);
	if (r == 0)
		r = mach_idmap_clone(subvol, userns, false, &mount, s->err);
	return r < 0 ? r : mach_mount_attach(mount, AT_FDCWD, s->data, s->err);
}

/* "uid[:gid]" of a Docker container; names are looked up by whoever knows the image. */
static int
user_of(const struct starting *s, struct mach_bundle *b)
{
	const json_t *internal = json_object_get(s->vm->metadata, "internal_metadata");
	tt_auto(strv) char **parts =
	    tt_split(tt_json_str(internal, "docker:user", "0"), ':');

	if (*parts[0] == '\0')
		return 0;
	if (tt_parse_u32(parts[0], 0, MACH_ID_RANGE - 1, &b->uid) < 0 ||
	    (parts[1] != NULL &&
		tt_parse_u32(parts[1], 0, MACH_ID_RANGE - 1, &b->gid) < 0))
		return tt_err_set(s->err, -EINVAL, "InvalidBundle",
		    "docker:user '%s' of %s must be numbers, uid or uid:gid, from 0 to "
		    "%u",
		    tt_json_str(internal, "docker:user", ""), s->uuid, MACH_ID_RANGE - 1);
	return 0;
}

/*
 * The folder of the metadata socket, which the metadata agent keeps: it must be there and
 * the instance's before it is bound into the container.
 */
static int
make_control(const struct starting *s, const char *control)
{
	const uint32_t base = mach_id_base(s->slot);
	int r = tt_mkdir_p(MACH_CONTROL, 0700, s->err);

	if (r == 0)
		r = tt_mkdir_p(control, 0700, s->err);
	if (r == 0 && chown(control, base, base) < 0)
		r = tt_err_errno(s->err, -errno, "giving '%s' to its instance", control);
	return r;
}

static int
write_bundle(struct starting *s)
{
	tt_auto(free) char *path = mach_run_path(s->uuid, "config.json");
	tt_auto(free) char *control = tt_xprintf(MACH_CONTROL "/%s", s->uuid);
	tt_auto(json) json_t *limits = mach_inst_limits(s->vm->record);
	tt_auto(json) json_t *config = NULL;
	tt_auto(free) char *text = NULL;
	struct mach_bundle b = {
		.vm = s->vm->record,
		.internal = json_object_get(s->vm->metadata, "internal_metadata"),
		.limits = limits,
		.root = s->root,
		.control = control,
		.data = s->data,
	};
	int r = s->kind == MACH_DOCKER ? user_of(s, &b) : 0;

	if (r == 0)
		r = make_control(s, control);
	if (r == 0)
		r = mach_bundle_make(&b, &config, s->err);
	if (r < 0)
		return r;
	text = tt_json_line(config);
	return tt_file_write(path, text, strlen(text), 0600, s->err);
}

static int
run(struct starting *s, pid_t *ret_pid)
{
	tt_auto(free) char *log = mach_zone_path(s->uuid, LOG_NAME);
	tt_auto(close) int out =
	    open(log, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
	int r;

	if (out < 0)
		return tt_err_errno(s->err, -errno, "opening '%s'", log);
	r = mach_crun_create(s->uuid, out, ret_pid, s->err);
	if (r == 0)
		r = mach_nics_attach(s->vm->record, *ret_pid, s->err);
	return r < 0 ? r : mach_crun_start(s->uuid, s->err);
}

/* What starting makes, whatever of it there is. */
static int
undo(const char *uuid, struct tt_err **err)
{
	static const char *const mounts[] = { "root", "data" };
	tt_auto(free) char *dir = mach_run_path(uuid, NULL);
	int r = mach_cgroup_kill(uuid, err);

	if (r == 0 && mach_cgroup_wait_empty(uuid, KILL_WAIT_MS) == -ETIME)
		r = tt_err_set(err, -ETIME, "StillRunning",
		    "processes of %s did not end within %u s of being killed", uuid,
		    KILL_WAIT_MS / 1000);
	if (r == 0)
		r = mach_crun_delete(uuid, err);
	for (size_t i = 0; r == 0 && i < TT_ARRAY_LEN(mounts); i++) {
		tt_auto(free) char *path = mach_run_path(uuid, mounts[i]);

		r = mach_root_umount(path, err);
	}
	if (r == 0)
		r = mach_cgroup_remove(uuid, err);
	return r < 0 ? r : tt_remove_tree(dir, err);
}

int
mach_inst_start(const struct tt_vm *vm, pid_t *ret_pid, struct tt_err **err)
{
	struct starting s = { .vm = vm,
		.uuid = tt_json_str(vm->record, "uuid", ""),
		.slot = mach_inst_slot(vm->record),
		.err = err };
	int r = mach_kind_of(vm->record, &s.kind, err);

	if (r == 0)
		r = undo(s.uuid, err); /* left over of a daemon that was killed */
	if (r < 0)
		return r;
	s.run = mach_run_path(s.uuid, NULL);
	s.root = mach_run_path(s.uuid, "root");
	r = tt_mkdir_p(s.run, 0711, err);
	if (r == 0)
		r = mount_root(&s);
	if (r == 0)
		r = mount_data(&s);
	if (r == 0)
		r = write_bundle(&s);
	if (r == 0)
		r = run(&s, ret_pid);
	if (r < 0)
		(void)undo(s.uuid, NULL);
	free(s.run);
	free(s.root);
	free(s.data);
	return r;
}

/* --- stopping -------------------------------------------------------------------------- */

/* The number that crun left may be another's by now: it must be in the instance's group. */
static bool
is_member(pid_t pid, const char *uuid)
{
	tt_auto(free) char *path = tt_xprintf("/proc/%d/cgroup", (int)pid);
	tt_auto(free) char *line = tt_file_line(path);
	tt_auto(free) char *group = tt_xprintf("0::/triton/%s", uuid);

	return line != NULL && tt_after_prefix(line, group) != NULL;
}

pid_t
mach_inst_running(const char *uuid)
{
	tt_auto(free) char *path = mach_run_path(uuid, "pid");
	tt_auto(free) char *line = tt_file_line(path);
	uint32_t pid;

	if (line == NULL || tt_parse_u32(line, 2, INT32_MAX, &pid) < 0 ||
	    !is_member((pid_t)pid, uuid))
		return 0;
	return (pid_t)pid;
}

int
mach_inst_stop(const struct tt_vm *vm, unsigned timeout_ms, struct tt_err **err)
{
	const char *uuid = tt_json_str(vm->record, "uuid", "");
	const pid_t pid = mach_inst_running(uuid);
	enum mach_kind kind = MACH_DOCKER;
	int r = mach_kind_of(vm->record, &kind, err);

	if (r < 0)
		return r;
	if (timeout_ms > 0 && pid > 0) {
		(void)kill(pid, kind == MACH_SYSTEM ? HALT_SIGNAL : SIGTERM);
		(void)mach_cgroup_wait_empty(uuid, timeout_ms);
	}
	return undo(uuid, err);
}
