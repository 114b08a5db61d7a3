// SPDX-License-Identifier: MPL-2.0
/*
 * Stages that put files and links where compute nodes and operators look for them.
 */
#include "installer/setupd/stages.h"

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "platform/lib/conf/encode.h"
#include "platform/lib/conf/loader.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#define FREE_MIN (16 * TT_MIB)

/* ---- prepare: what every other stage stands on ---- */

static int
enough_room(struct stage_run *run, const char *dir, struct tt_err **err)
{
	tt_auto(free) char *full = run_path(run, dir);
	struct statvfs fs;
	unsigned long long room;

	if (statvfs(full, &fs) < 0)
		return tt_err_errno(err, -errno, "'%s', which setup writes to", dir);
	if ((fs.f_flag & ST_RDONLY) != 0)
		return tt_err_set(err, -EROFS, "ReadOnly",
		    "'%s' is read-only; see why in the log of the pool step (triton-boot "
		    "pool)",
		    dir);
	room = (unsigned long long)fs.f_bavail * fs.f_frsize;
	if (room < FREE_MIN)
		return tt_err_set(err, -ENOSPC, "NoSpace",
		    "'%s' has %llu MiB left, setup needs %llu; remove something below it",
		    dir, room / TT_MIB, FREE_MIN / TT_MIB);
	return 0;
}

int
prepare_check(struct stage_run *run, struct tt_err **err)
{
	static const char *const dirs[] = { "/var", "/opt", "/usbkey" };
	tt_auto(free) char *marker = run_path(run, "/zones/.system_pool");

	if (!tt_path_exists(marker))
		return tt_err_set(err, -ENODEV, "NoPool",
		    "'zones' zpool state is not ONLINE: it is not mounted at /zones; see "
		    "the log of "
		    "the pool step (triton-boot pool)");
	for (size_t i = 0; i < TT_ARRAY_LEN(dirs); i++) {
		int r = enough_room(run, dirs[i], err);

		if (r < 0)
			return r;
	}
	return 1;
}

/* ---- node.config: the keys that compute nodes get ---- */

#define NODE_CONFIG "/usbkey/extra/joysetup/node.config"

/* In the order of the reference's file. */
static const char *const node_keys[] = {
	"datacenter_name",
	"root_authorized_keys_file",
	"assets_admin_ip",
	"dns_domain",
	"dns_resolvers",
	"ntp_conf_file",
	"ntp_hosts",
	"swap",
	"rabbitmq",
	"root_shadow",
	"ufds_admin_ips",
	"ufds_admin_uuid",
	"dhcp_lease_time",
	"capi_client_url",
	"capi_http_admin_user",
	"capi_http_admin_pw",
	"binder_admin_ips",
	"imgapi_admin_ips",
	"imgapi_domain",
	"fwapi_domain",
	"sapi_domain",
	"vmapi_admin_ips",
	"vmapi_domain",
};

/* compute_node_KEY wins over KEY. NULL when there is neither. */
static const char *
node_value(const struct tt_config *c, const char *key)
{
	tt_auto(free) char *special = tt_xprintf("compute_node_%s", key);
	const char *v = tt_config_get(c, special);

	return v != NULL ? v : tt_config_get(c, key);
}

static int
add_assignment(
    struct tt_buf *out, const char *key, const char *value, struct tt_err **err)
{
	size_t space = TT_ENCODE_SPACE(strlen(value));
	tt_auto(free) char *text = tt_xalloc(space);
	ssize_t r = tt_conf_encode(value, false, text, space);

	if (r < 0)
		return tt_err_set(err, (int)r, "InvalidConfig",
		    "the value of '%s' cannot be written to node.config; correct it in "
		    "the config",
		    key);
	return tt_buf_addf(out, "%s=%s\n", key, text);
}

static int
make_node_config(struct stage_run *run, struct tt_buf *out, struct tt_err **err)
{
	const struct tt_config *c;
	int r;

	r = run_config(run, &c, err);
	for (size_t i = 0; i < TT_ARRAY_LEN(node_keys) && r >= 0; i++) {
		const char *v = node_value(c, node_keys[i]);

		if (v != NULL)
			r = add_assignment(out, node_keys[i], v, err);
	}
	return r < 0 ? r : 0;
}

static bool
file_holds(const char *path, const struct tt_buf *want)
{
	tt_auto(buf) struct tt_buf b = TT_BUF_INIT(want->len);
	struct stat st;

	return stat(path, &st) == 0 && (size_t)st.st_size == want->len &&
	       tt_file_read(path, &b, NULL) == 0 &&
	       memcmp(tt_buf_str(&b), tt_buf_str(want), want->len) == 0;
}

int
node_config_check(struct stage_run *run, struct tt_err **err)
{
	tt_auto(buf) struct tt_buf want = TT_BUF_INIT(TT_MIB);
	tt_auto(free) char *path = run_path(run, NODE_CONFIG);
	int r;

	r = make_node_config(run, &want, err);
	if (r < 0)
		return r;
	return file_holds(path, &want);
}

int
node_config_run(struct stage_run *run, struct tt_err **err)
{
	tt_auto(buf) struct tt_buf want = TT_BUF_INIT(TT_MIB);
	int r;

	r = make_node_config(run, &want, err);
	if (r < 0)
		return r;
	return run_put_file(run, NODE_CONFIG, tt_buf_str(&want), want.len, 0600, err);
}

/* ---- the operator's commands below /opt/smartdc ---- */

#define TOOLS_DIR "/opt/smartdc/bin"

static const struct {
	const char *name, *target;
} tools[] = {
	{ "sdcadm", "/usr/sbin/sdcadm" },
	{ "sdc-config", "/usr/sbin/sdc-config" },
	{ "triton-setup", "/usr/sbin/triton-setup" },
	{ "sysinfo", "/usr/sbin/sysinfo" },
	{ "disklayout", "/usr/sbin/disklayout" },
};

/* A platform without one of them is a platform without that command, not a failed setup. */
static bool
tool_exists(const struct stage_run *run, size_t i)
{
	tt_auto(free) char *target = run_path(run, tools[i].target);

	return tt_path_exists(target);
}

int
tools_check(struct stage_run *run, struct tt_err **err)
{
	for (size_t i = 0; i < TT_ARRAY_LEN(tools); i++) {
		tt_auto(free) char *path = tt_path_join(TOOLS_DIR, tools[i].name);

		if (tool_exists(run, i) && !run_link_is(run, path, tools[i].target))
			return tt_err_set(err, -ENOENT, "ToolMissing",
			    "'%s' does not lead to '%s'", path, tools[i].target);
	}
	return 1;
}

int
tools_run(struct stage_run *run, struct tt_err **err)
{
	for (size_t i = 0; i < TT_ARRAY_LEN(tools); i++) {
		tt_auto(free) char *path = tt_path_join(TOOLS_DIR, tools[i].name);
		int r;

		if (!tool_exists(run, i)) {
			run_warn(run, "this platform has no '%s'", tools[i].target);
			continue;
		}
		r = run_put_link(run, path, tools[i].target, err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* ---- /usbkey/os/latest ---- */

#define OS_DIR    "/usbkey/os"
#define OS_LATEST "/usbkey/os/latest"

/* YYYYMMDDTHHMMSSZ */
static bool
is_stamp(const char *s)
{
	static const char shape[] = "00000000T000000Z";

	if (strlen(s) != sizeof(shape) - 1)
		return false;
	for (size_t i = 0; i < sizeof(shape) - 1; i++) {
		bool digit = s[i] >= '0' && s[i] <= '9';

		if (shape[i] == '0' ? !digit : s[i] != shape[i])
			return false;
	}
	return true;
}

/* Name of the newest platform, NULL when there is none; caller frees. */
static char *
newest_platform(const struct stage_run *run)
{
	tt_auto(free) char *dir = run_path(run, OS_DIR);
	tt_auto(strv) char **names = NULL;
	const char *newest = NULL;

	if (tt_dir_list(dir, &names, NULL) < 0)
		return NULL;
	for (size_t i = 0; i < tt_strv_len(names); i++) {
		if (is_stamp(names[i]))
			newest = names[i]; /* sorted, so the last one wins */
	}
	return tt_xstrdup_null(newest);
}

int
os_latest_check(struct stage_run *run, struct tt_err **err)
{
	tt_auto(free) char *newest = newest_platform(run);

	(void)err;
	return newest == NULL || run_link_is(run, OS_LATEST, newest);
}

int
os_latest_run(struct stage_run *run, struct tt_err **err)
{
	tt_auto(free) char *newest = newest_platform(run);

	return newest != NULL ? run_put_link(run, OS_LATEST, newest, err) : 0;
}
