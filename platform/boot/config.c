// SPDX-License-Identifier: MPL-2.0
/*
 * Steps config and rescue: what of the configuration goes into /etc of the live system. It
 * is written anew at every boot, since /etc is in memory.
 */
#include <errno.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "platform/boot/boot.h"
#include "platform/boot/key.h"
#include "platform/boot/shadow.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/net.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"

#define SHADOW "/etc/shadow"

/* Boot parameter, else configuration; with neither the image's own password stays. */
static int
root_password(struct boot *b, const struct tt_config *c, struct tt_err **err)
{
	tt_auto(buf) struct tt_buf text = TT_BUF_INIT(TT_MIB), out = TT_BUF_INIT(TT_MIB);
	const char *hash = boot_param(&b->params, "root_shadow");
	char old[600] = "";
	int r;

	if (!hash)
		hash = tt_config_get(c, "root_shadow");
	if (!hash || !*hash)
		return 0;
	r = tt_file_read(SHADOW, &text, err);
	if (r < 0)
		return r;
	if (shadow_get(tt_buf_str(&text), text.len, "root", old, sizeof(old)) == 0 &&
	    tt_streq(old, hash))
		return 0;
	r = shadow_set(tt_buf_str(&text), text.len, "root", hash, &out, err);
	if (r == 0)
		r = tt_file_replace(SHADOW, tt_buf_str(&out), out.len, 0600, err);
	if (r == 0)
		boot_did(b, "set root's password");
	explicit_bzero(old, sizeof(old));
	return r;
}

/* config.inc/root.authorized_keys (or what the configuration names) for ssh. */
static int
root_keys(struct boot *b, const struct tt_config *c, struct tt_err **err)
{
	const char *name =
	    tt_config_str(c, "root_authorized_keys_file", "root.authorized_keys");
	const char *dir = tt_config_str(c, "config_inc_dir", BOOT_COPY "/config.inc");
	tt_auto(free) char *from = NULL;
	int r;

	if (strchr(name, '/'))
		return tt_err_set(err, -EINVAL, "InvalidArgument",
		    "root_authorized_keys_file '%s' must be a file name without '/'",
		    name);
	from = tt_path_join(dir, name);
	if (!tt_path_exists(from))
		return 0;
	r = tt_mkdir_p("/root/.ssh", 0700, err);
	if (r == 0)
		r = tt_file_copy(from, "/root/.ssh/authorized_keys", 0600, false, err);
	if (r == 0)
		boot_did(b, "took root's keys from %s", from);
	return r;
}

static bool
plain_host(const char *s)
{
	return *s && strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ01234"
			       "56789.:-_") == strlen(s);
}

/* Servers of the configuration; a headnode also serves its admin network. */
static int
time_servers(const struct boot *b, const struct tt_config *c, struct tt_err **err)
{
	const char *hosts = tt_config_str(c, "ntp_hosts", "");
	const char *net = tt_config_get(c, "admin_network");
	const char *mask = tt_config_get(c, "admin_netmask");
	tt_auto(strv) char **v = tt_split(hosts, ',');
	tt_auto(buf) struct tt_buf out = TT_BUF_INIT(16 * TT_KIB);
	uint32_t m;
	int r;

	for (char **h = v; h && *h; h++)
		if (plain_host(*h))
			(void)tt_buf_addf(&out, "pool %s iburst maxsources 4\n", *h);
	if (b->headnode && net && mask && tt_mask4_parse(mask, &m, NULL) == 0)
		(void)tt_buf_addf(
		    &out, "allow %s/%d\nlocal stratum 10\n", net, tt_mask4_len(m));
	r = tt_mkdir_p("/etc/chrony/conf.d", 0755, err);
	return r < 0 ? r
		     : tt_file_write("/etc/chrony/conf.d/triton.conf", tt_buf_str(&out),
			   out.len, 0644, err);
}

/* Read by shells of people and services: SDC_DATACENTER_NAME='name'. */
static int
dc_info(const struct tt_config *c, struct tt_err **err)
{
	const char *dc = tt_config_get(c, "datacenter_name");
	tt_auto(free) char *line = NULL;

	if (!dc || strchr(dc, '\''))
		return 0;
	line = tt_xprintf("SDC_DATACENTER_NAME='%s'\n", dc);
	return tt_file_write("/.dcinfo", line, strlen(line), 0644, err);
}

int
boot_config(struct boot *b, struct tt_err **err)
{
	tt_auto(config) struct tt_config *c = NULL;
	int r;

	r = boot_load_config(&c, err);
	if (r == -ENOENT && !b->headnode) {
		tt_err_clear(err);
		b->skipped = true;
		return 0;
	}
	if (r < 0)
		return r;
	if (tt_config_warning(c))
		boot_say("%s", tt_config_warning(c));
	r = root_password(b, c, err);
	if (r == 0)
		r = root_keys(b, c, err);
	if (r == 0)
		r = time_servers(b, c, err);
	if (r == 0)
		r = dc_info(c, err);
	if (r < 0)
		return r;
	/* the cache of an earlier state: made anew when it is asked for */
	(void)unlink(BOOT_SYSINFO);
	return tt_file_write(BOOT_CONFIGURED, "", 0, 0644, err);
}

/* First device= line of what init booted from. */
static char *
boot_device(void)
{
	tt_auto(free) char *line = tt_file_line(BOOT_BOOTDEV);
	const char *dev = line ? tt_after_prefix(line, "device=") : NULL;

	return dev && !tt_streq(dev, "none") ? tt_xstrdup(dev) : NULL;
}

/*
 * The rescue login wants root's password: the config's when the key has one, else the
 * image's own. Nothing is imported and nothing stays mounted; whatever fails here only
 * leaves the image's password in place.
 */
int
boot_rescue(struct boot *b, struct tt_err **err)
{
	tt_auto(free) char *dev = boot_device();
	struct tt_config_opts o = { .file = BOOT_KEY "/config" };
	tt_auto(config) struct tt_config *c = NULL;
	int r;

	r = boot_consoles(&b->params, err);
	if (r < 0 || !dev)
		return r;
	r = key_mount(dev, "vfat", BOOT_KEY, err);
	if (r < 0) {
		boot_did(b, "no key: %s", tt_err_message(err ? *err : NULL));
		tt_err_clear(err);
		return 0;
	}
	r = tt_config_load(&o, &c, err);
	if (r == 0)
		r = root_password(b, c, err);
	(void)umount(BOOT_KEY);
	if (r < 0) {
		boot_did(b, "the image's password stays: %s",
		    tt_err_message(err ? *err : NULL));
		tt_err_clear(err);
	}
	return 0;
}
