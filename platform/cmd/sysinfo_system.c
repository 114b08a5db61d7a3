// SPDX-License-Identifier: MPL-2.0
/*
 * sysinfo: image, firmware tables, boot, name, state of the setup.
 */
#include <ctype.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "platform/cmd/sysinfo.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/num.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/uuid.h"
#include "platform/lib/conf/setupjson.h"

#define DMI "/sys/class/dmi/id/"

static void
dmi(const struct sysinfo_ctx *x, json_t *o, const char *key, const char *file)
{
	tt_auto(free) char *path = tt_path_join(DMI, file);
	tt_auto(free) char *v = sysinfo_line(x, path);

	sysinfo_text(o, key, v);
}

/* Words of the command line; those that may hold a secret have no value here. */
static json_t *
boot_parameters(const struct sysinfo_ctx *x)
{
	tt_auto(free) char *line = sysinfo_line(x, "/proc/cmdline");
	tt_auto(strv) char **words = tt_split(line, ' ');
	json_t *o = json_object();

	for (char **w = words; w && *w; w++) {
		char *eq = strchr(*w, '=');

		if (!**w)
			continue;
		if (eq)
			*eq++ = '\0';
		if (tt_streq(*w, "root_shadow") || tt_streq(*w, "rabbitmq") ||
		    tt_streq(*w, "triton.answers"))
			eq = NULL;
		sysinfo_text(o, *w, eq ? eq : "");
	}
	return o;
}

/* Stamp of /os/STAMP/root.img. */
static char *
live_image(const json_t *params)
{
	const char *root = tt_json_str(params, "triton.root", "");
	tt_auto(strv) char **parts = tt_split(root, '/');
	size_t n = tt_strv_len(parts);

	return tt_xstrdup(n >= 2 ? parts[n - 2] : "");
}

static char *
boot_time(const struct sysinfo_ctx *x)
{
	tt_auto(free) char *path = tt_xprintf("%s/proc/stat", x->root);
	tt_auto(buf) struct tt_buf b = TT_BUF_INIT(4 * TT_MIB);
	const char *p;

	if (tt_file_read(path, &b, NULL) < 0)
		return tt_xstrdup("");
	p = strstr(tt_buf_str(&b), "\nbtime ");
	return p ? tt_xstrndup(p + 7, strcspn(p + 7, "\n")) : tt_xstrdup("");
}

/* Of the firmware; machines without one keep a UUID on the pool. */
static char *
machine_uuid(const struct sysinfo_ctx *x)
{
	char *uuid = sysinfo_line(x, DMI "product_uuid");

	for (char *p = uuid; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	if (tt_uuid_valid(uuid))
		return uuid;
	free(uuid);
	uuid = sysinfo_line(x, "/usbkey/.uuid");
	if (!tt_uuid_valid(uuid) && !*x->root && tt_path_is_dir("/usbkey") &&
	    geteuid() == 0) {
		char fresh[TT_UUID_LEN];

		free(uuid);
		uuid = tt_xstrdup(tt_uuid_new(fresh));
		(void)tt_file_replace("/usbkey/.uuid", uuid, strlen(uuid), 0644, NULL);
	}
	return uuid;
}

static const char *
setup_state(const struct sysinfo_ctx *x)
{
	tt_auto(free) char *path = tt_xprintf("%s" TT_SETUP_PATH, x->root);
	tt_auto(setup) struct tt_setup *s = NULL;

	return tt_setup_load(path, &s, NULL) == 0 && s->complete ? "true" : "false";
}

void
sysinfo_system(const struct sysinfo_ctx *x, json_t *o)
{
	json_t *params = boot_parameters(x);
	tt_auto(free) char *image = live_image(params), *boot = boot_time(x);
	tt_auto(free) char *version = sysinfo_line(x, "/.smartdc_version");
	tt_auto(free) char *uuid = machine_uuid(x);
	tt_auto(free) char *name = sysinfo_line(x, "/proc/sys/kernel/hostname");
	struct utsname u;

	sysinfo_text(o, "Live Image", image);
	sysinfo_text(o, "System Type", uname(&u) == 0 ? u.sysname : "Linux");
	sysinfo_text(o, "Boot Time", boot);
	sysinfo_text(o, "Datacenter Name",
	    x->config ? tt_config_get(x->config, "datacenter_name") : "");
	if (tt_streq(tt_json_str(params, "headnode", NULL), "true"))
		sysinfo_text(o, "Headnode ID", tt_json_str(params, "headnode_id", "0"));
	sysinfo_text(o, "SDC Version", version);
	dmi(x, o, "Manufacturer", "sys_vendor");
	dmi(x, o, "Product", "product_name");
	dmi(x, o, "Serial Number", "product_serial");
	dmi(x, o, "SKU Number", "product_sku");
	dmi(x, o, "HW Version", "product_version");
	dmi(x, o, "HW Family", "product_family");
	sysinfo_text(o, "Setup", setup_state(x));
	sysinfo_text(o, "UUID", uuid);
	sysinfo_text(o, "Hostname", name);
	json_object_set_new(o, "Boot Parameters", params);
	json_object_set_new(o, "SDC Agents", json_array());
}
