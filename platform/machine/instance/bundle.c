// SPDX-License-Identifier: MPL-2.0
/*
 * An instance's record as an OCI configuration.
 */
#include "platform/machine/instance/bundle.h"

#include <errno.h>
#include <string.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/str.h"
#include "platform/machine/instance/place.h"
#include "platform/machine/instance/seccomp.h"

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define FILES_SOFT   65536
#define FILES_HARD   1048576

/* What root may do inside: on files, processes and networks of its own. */
static const char *const caps[] = { "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FSETID",
	"CAP_FOWNER", "CAP_MKNOD", "CAP_NET_RAW", "CAP_SETGID", "CAP_SETUID",
	"CAP_SETFCAP", "CAP_SETPCAP", "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT",
	"CAP_KILL", "CAP_AUDIT_WRITE" };
/* Beyond that, what an init system needs in its own user namespace. */
static const char *const system_caps[] = { "CAP_SYS_ADMIN", "CAP_NET_ADMIN",
	"CAP_SYS_RESOURCE", "CAP_DAC_READ_SEARCH", "CAP_SYS_PTRACE", "CAP_SYS_BOOT",
	"CAP_SYS_NICE" };

int
mach_kind_of(const json_t *vm, enum mach_kind *ret, struct tt_err **err)
{
	const char *brand = tt_json_str(vm, "brand", "");

	if (tt_json_bool(vm, "docker", false))
		*ret = MACH_DOCKER;
	else if (tt_streq(brand, "joyent-minimal"))
		*ret = MACH_SERVICE;
	else if (tt_streq(brand, "lx") || tt_streq(brand, "joyent"))
		*ret = MACH_SYSTEM;
	else
		return tt_err_set(
		    err, -EINVAL, "InvalidBundle", "brand '%s' is no container", brand);
	return 0;
}

/* A list kept as JSON text in internal_metadata; an empty one when it is not there. */
static int
docker_list(
    const struct mach_bundle *b, const char *key, json_t **ret, struct tt_err **err)
{
	const char *text = tt_json_str(b->internal, key, "[]");
	tt_auto(json) json_t *list = NULL;
	size_t i;
	json_t *v;
	int r = tt_json_parse(key, text, strlen(text), &list, err);

	if (r < 0)
		return r;
	json_array_foreach(list, i, v)
	{
		if (!json_is_string(v))
			break;
	}
	if (!json_is_array(list) || i != json_array_size(list))
		return tt_err_set(err, -EINVAL, "InvalidBundle",
		    "internal_metadata '%s' must be a JSON list of strings", key);
	*ret = json_incref(list);
	return 0;
}

static int
docker_args(const struct mach_bundle *b, json_t *args, struct tt_err **err)
{
	static const char *const keys[] = { "docker:entrypoint", "docker:cmd" };
	int r = 0;

	for (size_t i = 0; r == 0 && i < TT_ARRAY_LEN(keys); i++) {
		tt_auto(json) json_t *list = NULL;

		r = docker_list(b, keys[i], &list, err);
		if (r == 0)
			json_array_extend(args, list);
	}
	if (r == 0 && json_array_size(args) == 0)
		return tt_err_set(err, -EINVAL, "InvalidBundle",
		    "instance %s has no program to run: give docker:cmd or "
		    "docker:entrypoint",
		    tt_json_str(b->vm, "uuid", "?"));
	return r;
}

static const char *
host_name(const json_t *vm)
{
	return tt_json_str(vm, "hostname", tt_json_str(vm, "uuid", ""));
}

/* One variable unless the list sets it already. */
static void
add_env(json_t *env, const char *name, const char *value)
{
	const size_t len = strlen(name);
	size_t i;
	json_t *v;

	json_array_foreach(env, i, v)
	{
		const char *s = json_string_value(v);

		if (strncmp(s, name, len) == 0 && s[len] == '=')
			return;
	}
	json_array_append_new(env, json_sprintf("%s=%s", name, value));
}

static int
environment(
    const struct mach_bundle *b, enum mach_kind kind, json_t **ret, struct tt_err **err)
{
	tt_auto(json) json_t *env = NULL;
	int r = 0;

	if (kind == MACH_DOCKER)
		r = docker_list(b, "docker:env", &env, err);
	else
		env = json_array();
	if (r < 0)
		return r;
	add_env(env, "PATH", DEFAULT_PATH);
	add_env(env, "HOSTNAME", host_name(b->vm));
	if (kind == MACH_DOCKER) {
		if (tt_streq(tt_json_str(b->internal, "docker:tty", ""), "true"))
			add_env(env, "TERM", "xterm");
		add_env(env, "HOME", b->uid == 0 ? "/root" : "/");
	} else { /* how an init system knows where it is */
		add_env(env, "container", "oci");
		add_env(env, "container_uuid", tt_json_str(b->vm, "uuid", ""));
	}
	*ret = tt_take(env);
	return 0;
}

static json_t *
capabilities(enum mach_kind kind)
{
	tt_auto(json) json_t *list = json_array();
	json_t *all = json_object();

	for (size_t i = 0; i < TT_ARRAY_LEN(caps); i++)
		json_array_append_new(list, json_string(caps[i]));
	for (size_t i = 0; kind == MACH_SYSTEM && i < TT_ARRAY_LEN(system_caps); i++)
		json_array_append_new(list, json_string(system_caps[i]));
	json_object_set(all, "bounding", list);
	json_object_set(all, "effective", list);
	json_object_set(all, "permitted", list);
	return all;
}

static json_t *
rlimit(const char *type, long long soft, long long hard)
{
	return json_pack("{s:s,s:I,s:I}", "type", type, "soft", (json_int_t)soft, "hard",
	    (json_int_t)hard);
}

static int
process(
    const struct mach_bundle *b, enum mach_kind kind, json_t **ret, struct tt_err **err)
{
	const long long locked =
	    tt_json_int(b->vm, "max_locked_memory", 0) * (long long)TT_MIB;
	tt_auto(json) json_t *args = json_array();
	tt_auto(json) json_t *env = NULL;
	int r = 0;

	if (kind == MACH_DOCKER)
		r = docker_args(b, args, err);
	else
		json_array_append_new(
		    args, json_string(tt_json_str(b->vm, "init_name", "/sbin/init")));
	if (r == 0)
		r = environment(b, kind, &env, err);
	if (r < 0)
		return r;
	*ret = json_pack("{s:b,s:{s:I,s:I},s:O,s:O,s:s,s:o,s:[o,o],s:b}", "terminal",
	    false, "user", "uid", (json_int_t)b->uid, "gid", (json_int_t)b->gid, "args",
	    args, "env", env, "cwd", tt_json_str(b->internal, "docker:workdir", "/"),
	    "capabilities", capabilities(kind), "rlimits",
	    rlimit("RLIMIT_MEMLOCK", locked, locked),
	    rlimit("RLIMIT_NOFILE", FILES_SOFT, FILES_HARD), "noNewPrivileges",
	    kind == MACH_SERVICE);
	return 0;
}

/* options: words with commas between. */
static void
add_mount(json_t *mounts, const char *at, const char *type, const char *source,
    const char *options)
{
	tt_auto(strv) char **words = tt_split(options, ',');
	json_t *list = json_array();

	for (size_t i = 0; words[i] != NULL; i++)
		json_array_append_new(list, json_string(words[i]));
	json_array_append_new(
	    mounts, json_pack("{s:s,s:s,s:s,s:o}", "destination", at, "type", type,
			"source", source, "options", list));
}

/* Memory of /tmp counts for the instance; a Docker image's own /tmp is kept unless asked for. */
static void
add_tmp(const struct mach_bundle *b, enum mach_kind kind, json_t *mounts)
{
	const long long mib = tt_json_int(b->vm, "tmpfs", 0);
	tt_auto(free) char *options =
	    tt_xprintf("nosuid,nodev,mode=1777,size=%lldm", mib);

	if (mib > 0 && kind != MACH_DOCKER)
		add_mount(mounts, "/tmp", "tmpfs", "tmpfs", options);
}

static void
add_files(const struct mach_bundle *b, enum mach_kind kind, json_t *mounts)
{
	if (b->control != NULL)
		add_mount(mounts,
		    kind == MACH_SERVICE ? "/.zonecontrol" : "/native/.zonecontrol",
		    "bind", b->control, "bind,ro,nosuid,nodev,noexec");
	if (b->data != NULL)
		add_mount(mounts, "/data", "bind", b->data, "bind,nosuid,nodev");
}

static json_t *
mounts_of(const struct mach_bundle *b, enum mach_kind kind)
{
	json_t *m = json_array();

	add_mount(m, "/proc", "proc", "proc", "nosuid,noexec,nodev");
	add_mount(m, "/dev", "tmpfs", "tmpfs", "nosuid,strictatime,mode=755,size=65536k");
	add_mount(m, "/dev/pts", "devpts", "devpts",
	    "nosuid,noexec,newinstance,ptmxmode=0666,mode=0620,gid=5");
	add_mount(
	    m, "/dev/shm", "tmpfs", "shm", "nosuid,noexec,nodev,mode=1777,size=65536k");
	add_mount(m, "/dev/mqueue", "mqueue", "mqueue", "nosuid,noexec,nodev");
	add_mount(m, "/sys", "sysfs", "sysfs", "nosuid,noexec,nodev,ro");
	add_mount(m, "/sys/fs/cgroup", "cgroup", "cgroup",
	    kind == MACH_SYSTEM ? "nosuid,noexec,nodev,relatime,rw"
				: "nosuid,noexec,nodev,relatime,ro");
	if (kind != MACH_DOCKER)
		add_mount(m, "/run", "tmpfs", "tmpfs", "nosuid,nodev,mode=755");
	add_tmp(b, kind, m);
	add_files(b, kind, m);
	return m;
}

static json_t *
namespaces(void)
{
	static const char *const types[] = { "pid", "mount", "ipc", "uts", "cgroup",
		"user", "network" };
	json_t *list = json_array();

	for (size_t i = 0; i < TT_ARRAY_LEN(types); i++)
		json_array_append_new(list, json_pack("{s:s}", "type", types[i]));
	return list;
}

/* Files of /proc and /sys that tell of the node, or change it. */
static json_t *
paths(bool hidden)
{
	static const char *const hide[] = { "/proc/acpi", "/proc/kcore", "/proc/keys",
		"/proc/latency_stats", "/proc/timer_list", "/proc/sched_debug",
		"/proc/scsi", "/sys/firmware", "/sys/dev/block" };
	static const char *const guard[] = { "/proc/asound", "/proc/bus", "/proc/fs",
		"/proc/irq", "/proc/sysrq-trigger" };
	json_t *list = json_array();

	for (size_t i = 0; hidden && i < TT_ARRAY_LEN(hide); i++)
		json_array_append_new(list, json_string(hide[i]));
	for (size_t i = 0; !hidden && i < TT_ARRAY_LEN(guard); i++)
		json_array_append_new(list, json_string(guard[i]));
	return list;
}

static json_t *
sysctls(const json_t *vm)
{
	const long long ids = tt_json_int(vm, "max_shm_ids", 4096);
	const long long shm = tt_json_int(vm, "max_shm_memory", 0);
	json_t *o = json_object();

	json_object_set_new(o, "kernel.shmmni", json_sprintf("%lld", ids));
	json_object_set_new(o, "kernel.msgmni",
	    json_sprintf("%lld", tt_json_int(vm, "max_msg_ids", 4096)));
	/* semaphores a set, in all, operations a call, sets */
	json_object_set_new(o, "kernel.sem",
	    json_sprintf(
		"32000 1024000000 500 %lld", tt_json_int(vm, "max_sem_ids", 4096)));
	if (shm > 0)
		json_object_set_new(
		    o, "kernel.shmmax", json_sprintf("%lld", shm * (long long)TT_MIB));
	/* programs of an unprivileged user serve low ports, as on a machine of their own */
	json_object_set_new(o, "net.ipv4.ip_unprivileged_port_start", json_string("0"));
	return o;
}

static json_t *
linux_part(const struct mach_bundle *b, enum mach_kind kind)
{
	const unsigned slot = (unsigned)tt_json_int(b->vm, "slot", 0);
	json_t *map = json_pack("{s:i,s:I,s:I}", "containerID", 0, "hostID",
	    (json_int_t)mach_id_base(slot), "size", (json_int_t)MACH_ID_RANGE);
	json_t *l = json_pack("{s:o,s:[O],s:[o],s:s,s:{s:O},s:o,s:o}", "namespaces",
	    namespaces(), "uidMappings", map, "gidMappings", map, "rootfsPropagation",
	    "private", "resources", "unified", b->limits, "sysctl", sysctls(b->vm),
	    "maskedPaths", paths(kind != MACH_SYSTEM));

	json_object_set_new(l, "readonlyPaths", paths(false));
	json_object_set_new(
	    l, "cgroupsPath", json_sprintf("/triton/%s", tt_json_str(b->vm, "uuid", "")));
	return l;
}

int
mach_bundle_make(const struct mach_bundle *b, json_t **ret, struct tt_err **err)
{
	tt_auto(free) char *filter = NULL;
	json_t *p = NULL;
	enum mach_kind kind = MACH_DOCKER;
	int r = mach_kind_of(b->vm, &kind, err);

	if (r == 0)
		r = process(b, kind, &p, err);
	if (r < 0)
		return r;
	filter = mach_seccomp_text(kind == MACH_SYSTEM);
	*ret = json_pack("{s:s,s:o,s:{s:s,s:b},s:s,s:o,s:o,s:{s:s}}", "ociVersion",
	    "1.0.2", "process", p, "root", "path", b->root, "readonly", false, "hostname",
	    host_name(b->vm), "mounts", mounts_of(b, kind), "linux", linux_part(b, kind),
	    "annotations", "run.oci.seccomp_bpf_data", filter);
	return 0;
}
