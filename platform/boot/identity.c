// SPDX-License-Identifier: MPL-2.0
/*
 * Step identity: the host name. Of the configuration, else the boot parameter, else
 * "headnode"; on other nodes the first MAC with dashes.
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "platform/boot/boot.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/net.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"

/* RFC 1123: letters, digits, inner dashes; dots between labels. */
static bool
valid(const char *s)
{
	size_t n = s ? strlen(s) : 0, label = 0;

	if (n == 0 || n > 64)
		return false;
	for (size_t i = 0; i < n; i++) {
		bool edge = label == 0 || s[i + 1] == '.' || s[i + 1] == '\0';

		if (s[i] == '.') {
			if (label == 0)
				return false;
			label = 0;
			continue;
		}
		if (!isalnum((unsigned char)s[i]) && (s[i] != '-' || edge))
			return false;
		label++;
	}
	return label > 0;
}

/* The MAC of the admin NIC, else of the first one, with dashes; NULL when there is none. */
static char *
mac_name(const struct boot *b)
{
	const char *admin = boot_param(&b->params, "admin_nic");
	tt_auto(strv) char **nics = NULL;
	tt_auto(free) char *found = NULL;
	char mac[TT_MAC_LEN];

	(void)tt_dir_list("/sys/class/net", &nics, NULL);
	for (char **n = nics; !admin && !found && n && *n; n++) {
		tt_auto(free) char *dev = tt_xprintf("/sys/class/net/%s/device", *n);
		tt_auto(free) char *address = tt_xprintf("/sys/class/net/%s/address", *n);

		if (tt_path_exists(dev))
			found = tt_file_line(address);
	}
	if (tt_mac_parse(admin ? admin : found ? found : "", mac) < 0)
		return NULL;
	for (char *p = mac; *p; p++)
		if (*p == ':')
			*p = '-';
	return tt_xstrdup(mac);
}

static char *
choose(const struct boot *b, const struct tt_config *c)
{
	const char *conf = c ? tt_config_get(c, "hostname") : NULL;
	const char *param = boot_param(&b->params, "hostname");
	char *mac;

	if (valid(conf))
		return tt_xstrdup(conf);
	if (valid(param))
		return tt_xstrdup(param);
	if (b->headnode)
		return tt_xstrdup("headnode");
	mac = mac_name(b);
	return mac ? mac : tt_xstrdup("unknown");
}

static int
write_hosts(const char *name, const struct tt_config *c, struct tt_err **err)
{
	const char *ip = c ? tt_config_get(c, "admin_ip") : NULL;
	const char *dc = c ? tt_config_get(c, "datacenter_name") : NULL;
	const char *domain = c ? tt_config_get(c, "dns_domain") : NULL;
	tt_auto(buf) struct tt_buf h = TT_BUF_INIT(4096);

	(void)tt_buf_addf(&h, "127.0.0.1\tlocalhost%s%s\n::1\tlocalhost ip6-localhost\n",
	    ip ? "" : " ", ip ? "" : name);
	if (ip && dc && domain)
		(void)tt_buf_addf(&h, "%s\t%s %s.%s.%s\n", ip, name, name, dc, domain);
	else if (ip)
		(void)tt_buf_addf(&h, "%s\t%s\n", ip, name);
	return tt_file_write("/etc/hosts", tt_buf_str(&h), h.len, 0644, err);
}

int
boot_identity(struct boot *b, struct tt_err **err)
{
	tt_auto(config) struct tt_config *c = NULL;
	tt_auto(free) char *name = NULL, *line = NULL;
	char old[256] = "";
	int r;

	r = boot_load_config(&c, err);
	if (r == -ENOENT && !b->headnode)
		r = 0;
	if (r < 0)
		return r;
	name = choose(b, c);
	line = tt_xprintf("%s\n", name);
	(void)gethostname(old, sizeof(old) - 1);
	if (!tt_streq(old, name)) {
		if (sethostname(name, strlen(name)) < 0)
			return tt_err_errno(
			    err, -errno, "setting the host name '%s'", name);
		boot_did(b, "host name %s", name);
	}
	r = tt_file_write("/etc/hostname", line, strlen(line), 0644, err);
	return r < 0 ? r : write_hosts(name, c, err);
}
