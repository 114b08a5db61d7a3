// SPDX-License-Identifier: MPL-2.0
/*
 * sysinfo: NICs with their tags, the host's virtual NICs, link aggregations. Tags and where
 * the host's addresses are come from nictags.json, which the network step writes.
 */
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <string.h>

#include "platform/cmd/sysinfo.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/net.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"

#define TAGS     "/run/triton/nictags.json"
#define TAGS_MAX TT_MIB

static char *
attr(const struct sysinfo_ctx *x, const char *link, const char *file)
{
	tt_auto(free) char *path = tt_xprintf("/sys/class/net/%s/%s", link, file);

	return sysinfo_line(x, path);
}

/* First IPv4 address of a link, "" when it has none. */
static char *
address_of(const struct sysinfo_ctx *x, const char *link)
{
	struct ifaddrs *list = NULL;
	char text[TT_IP4_LEN] = "";

	if (*x->root || getifaddrs(&list) < 0)
		return tt_xstrdup("");
	for (const struct ifaddrs *a = list; a && !*text; a = a->ifa_next) {
		struct sockaddr_in in;

		if (!a->ifa_addr || a->ifa_addr->sa_family != AF_INET ||
		    !tt_streq(a->ifa_name, link))
			continue;
		memcpy(&in, a->ifa_addr, sizeof(in));
		(void)inet_ntop(AF_INET, &in.sin_addr, text, sizeof(text));
	}
	freeifaddrs(list);
	return tt_xstrdup(text);
}

static json_t *
link_json(const struct sysinfo_ctx *x, const char *link, const char *address_link)
{
	tt_auto(free) char *mac = attr(x, link, "address"),
			   *state = attr(x, link, "operstate");
	tt_auto(free) char *ip = address_of(x, address_link);
	json_t *o = json_object();

	sysinfo_text(o, "MAC Address", mac);
	sysinfo_text(o, "ip4addr", ip);
	sysinfo_text(o, "Link Status", tt_streq(state, "up") ? "up" : "down");
	return o;
}

/* NIC names of the tags on a physical link; the admin address is that of its bridge. */
static json_t *
nic_json(const struct sysinfo_ctx *x, const char *link, json_t *tags)
{
	const char *address = link, *tag;
	json_t *names = json_array(), *o;
	json_t *t;

	json_object_foreach(tags, tag, t)
	{
		const char *host = tt_json_str(t, "link", "");

		if (!tt_streq(tt_json_str(t, "uplink", NULL), link))
			continue;
		json_array_append_new(names, json_string(tag));
		if (tt_streq(host, tt_json_str(t, "bridge", NULL)))
			address = host;
	}
	o = link_json(x, link, address);
	json_object_set_new(o, "NIC Names", names);
	return o;
}

/* NICs are links with a device behind them; virtual NICs are the host's own on a tag. */
static void
links(const struct sysinfo_ctx *x, json_t *tags, json_t *o)
{
	tt_auto(free) char *dir = tt_xprintf("%s/sys/class/net", x->root);
	tt_auto(strv) char **names = NULL;
	json_t *nics = json_object(), *vnics = json_object(), *aggrs = json_object();
	const char *tag;
	json_t *t;

	(void)tt_dir_list(dir, &names, NULL);
	for (char **n = names; n && *n; n++) {
		tt_auto(free) char *device = tt_xprintf("%s/%s/device", dir, *n);
		tt_auto(free) char *bonding = tt_xprintf("%s/%s/bonding", dir, *n);
		tt_auto(free) char *mode = NULL, *slaves = NULL;

		if (tt_path_exists(device))
			json_object_set_new(nics, *n, nic_json(x, *n, tags));
		if (!tt_path_exists(bonding))
			continue;
		mode = attr(x, *n, "bonding/ad_select");
		slaves = attr(x, *n, "bonding/slaves");
		json_object_set_new(aggrs, *n,
		    json_pack("{s:s, s:[s]}", "LACP mode", mode, "Interfaces", slaves));
	}
	json_object_foreach(tags, tag, t)
	{
		const char *link = tt_json_str(t, "link", NULL);
		json_t *v;

		if (!link || tt_streq(link, tt_json_str(t, "bridge", NULL)))
			continue;
		v = link_json(x, link, link);
		sysinfo_text(v, "Host Interface", tt_json_str(t, "uplink", ""));
		json_object_set_new(v, "VLAN", json_integer(tt_json_int(t, "vlan", 0)));
		json_object_set_new(vnics, link, v);
	}
	json_object_set_new(o, "Network Interfaces", nics);
	json_object_set_new(o, "Virtual Network Interfaces", vnics);
	json_object_set_new(o, "Link Aggregations", aggrs);
}

void
sysinfo_network(const struct sysinfo_ctx *x, json_t *o)
{
	tt_auto(free) char *path = tt_xprintf("%s" TAGS, x->root);
	tt_auto(json) json_t *tags = NULL;
	tt_auto(free) char *ip = NULL;
	const json_t *admin;

	if (tt_json_load(path, TAGS_MAX, &tags, NULL) < 0 || !json_is_object(tags)) {
		json_decref(tags);
		tags = json_object();
	}
	admin = json_object_get(tags, "admin");
	if (admin)
		ip = address_of(x, tt_json_str(admin, "link", ""));
	sysinfo_text(o, "Admin NIC Tag", "admin");
	sysinfo_text(o, "Admin IP",
	    ip && *ip   ? ip
	    : x->config ? tt_config_str(x->config, "admin_ip", "")
			: "");
	links(x, tags, o);
}
