// SPDX-License-Identifier: MPL-2.0
/*
 * A config repeats facts: networks beside addresses, URLs beside addresses, names beside
 * the domain. An edit of one and not of the others is the usual mistake.
 */
#include <string.h>

#include "installer/setup/checkconfig.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/str.h"
#include "platform/lib/conf/keys.h"

#define MISMATCH "E_CFG_MISMATCH"

static const char *
get(const struct ts_config_check *c, const char *key)
{
	return tt_config_get(c->config, key);
}

static bool
get_ip(const struct ts_config_check *c, const char *key, uint32_t *ret)
{
	const char *text = get(c, key);

	return text && tt_ip4_parse(text, ret, NULL) == 0;
}

/* The key must have the value wanted; because names what it was computed from. */
static void
expect(
    struct ts_config_check *c, const char *key, const char *wanted, const char *because)
{
	const char *value = get(c, key);

	if (value && !tt_streq(value, wanted))
		(void)ts_config_add(
		    c, MISMATCH, key, "%s is accepted, because of %s", wanted, because);
}

static void
check_network(struct ts_config_check *c, const char *net)
{
	tt_auto(free) char *ip_key = tt_xprintf("%s_ip", net);
	tt_auto(free) char *mask_key = tt_xprintf("%s_netmask", net);
	tt_auto(free) char *net_key = tt_xprintf("%s_network", net);
	tt_auto(free) char *because = tt_xprintf("%s and %s", ip_key, mask_key);
	const char *mask_text = get(c, mask_key);
	char text[TT_IP4_LEN];
	uint32_t ip, mask;

	if (get_ip(c, ip_key, &ip) && mask_text &&
	    tt_mask4_parse(mask_text, &mask, NULL) == 0)
		expect(c, net_key, tt_ip4_fmt(ip & mask, text), because);
}

/* --- service addresses --- */

struct owner {
	uint32_t ip;
	const char *service;
};

/* In the admin network, or reported; false when it is not. */
static bool
check_inside(struct ts_config_check *c, const char *key, uint32_t ip)
{
	const char *mask_text = get(c, "admin_netmask");
	char text[TT_IP4_LEN], net[TT_IP4_LEN];
	uint32_t admin, mask;

	if (!get_ip(c, "admin_ip", &admin) || !mask_text ||
	    tt_mask4_parse(mask_text, &mask, NULL) < 0 || tt_in_net4(ip, admin, mask))
		return true;
	(void)ts_config_add(c, "E_SUBNET", key, "%s is not in %s/%d",
	    tt_ip4_fmt(ip, text), tt_ip4_fmt(admin & mask, net), tt_mask4_len(mask));
	return false;
}

/* An address of the admin network that is not the headnode's. */
static void
check_service(struct ts_config_check *c, const char *key, uint32_t ip)
{
	char text[TT_IP4_LEN];
	uint32_t admin;

	if (check_inside(c, key, ip) && get_ip(c, "admin_ip", &admin) && ip == admin)
		(void)ts_config_add(c, MISMATCH, key, "%s is the headnode's own address",
		    tt_ip4_fmt(ip, text));
}

static void
claim(struct ts_config_check *c, const char *key, const char *service,
    const char *address, struct owner *owners, size_t *n, size_t max)
{
	uint32_t ip;

	if (tt_ip4_parse(address, &ip, NULL) < 0)
		return;
	check_service(c, key, ip);
	for (size_t i = 0; i < *n; i++)
		if (owners[i].ip == ip) {
			(void)ts_config_add(c, MISMATCH, key,
			    "%s belongs to %s already; an address of its own is accepted",
			    address, owners[i].service);
			return;
		}
	if (*n < max)
		owners[(*n)++] = (struct owner){ ip, service };
}

/* Every X_admin_ips in the admin network, each address with one owner. */
static void
check_services(struct ts_config_check *c)
{
	struct owner owners[256];
	size_t n = 0;

	for (size_t i = 0; i < tt_conf_keys_len; i++) {
		const struct tt_conf_key *k = &tt_conf_keys[i];
		const char *value = get(c, k->name);
		tt_auto(strv) char **list = NULL;

		if (k->src != TT_SRC_SLOT || !value || !tt_ends_with(k->name, "_ips"))
			continue;
		list = tt_split(value, ',');
		for (size_t a = 0; list && list[a]; a++)
			claim(c, k->name, k->arg, list[a], owners, &n,
			    TT_ARRAY_LEN(owners));
	}
}

static void
check_resolvers(struct ts_config_check *c)
{
	const char *value = get(c, "binder_resolver_ips");
	tt_auto(strv) char **list = value ? tt_split(value, ',') : NULL;
	uint32_t ip;

	for (size_t i = 0; list && list[i]; i++)
		if (tt_ip4_parse(list[i], &ip, NULL) == 0)
			check_service(c, "binder_resolver_ips", ip);
}

/* The first of a comma list into out. */
static const char *
first_of(const char *list, char *out, size_t size)
{
	size_t n = strcspn(list, ",");

	if (n >= size)
		return list;
	memcpy(out, list, n);
	out[n] = '\0';
	return out;
}

/* Rows that are made of a service's address or of the domain. */
static void
check_derived(struct ts_config_check *c)
{
	const char *dc = get(c, "datacenter_name"), *domain = get(c, "dns_domain");

	for (size_t i = 0; i < tt_conf_keys_len; i++) {
		const struct tt_conf_key *k = &tt_conf_keys[i];
		tt_auto(free) char *ips_key =
		    tt_xprintf("%s_admin_ips", k->arg ? k->arg : "");
		tt_auto(free) char *wanted = NULL;
		const char *ips = get(c, ips_key);
		char text[64];

		if (k->src == TT_SRC_DOMAIN && dc && domain) {
			wanted = tt_xprintf("%s.%s.%s", k->arg, dc, domain);
			expect(c, k->name, wanted, "datacenter_name and dns_domain");
		} else if (k->src == TT_SRC_URL && ips) {
			wanted = tt_xprintf(
			    "http://%s:%d", first_of(ips, text, sizeof(text)), k->id);
			expect(c, k->name, wanted, ips_key);
		} else if (k->src == TT_SRC_SLOT && ips && tt_ends_with(k->name, "_ip")) {
			expect(c, k->name, first_of(ips, text, sizeof(text)), ips_key);
		}
	}
}

/* USER:PASSWORD:ADDRESS:PORT */
static void
check_rabbitmq(struct ts_config_check *c)
{
	const char *value = get(c, "rabbitmq"), *ip = get(c, "rabbitmq_admin_ip");
	tt_auto(strv) char **parts = NULL;

	if (!value || !*value)
		return;
	parts = tt_split(value, ':');
	if (tt_strv_len(parts) != 4 || !*parts[0] || !*parts[1])
		(void)ts_config_add(
		    c, "E_TYPE", "rabbitmq", "USER:PASSWORD:ADDRESS:PORT is accepted");
	else if (ip && !tt_streq(parts[2], ip))
		(void)ts_config_add(c, MISMATCH, "rabbitmq",
		    "its address differs from rabbitmq_admin_ip %s", ip);
	for (size_t i = 0; parts && parts[i]; i++)
		explicit_bzero(parts[i], strlen(parts[i]));
}

static void
check_dhcp(struct ts_config_check *c)
{
	uint32_t start, end;

	if (!get_ip(c, "dhcp_range_start", &start))
		return;
	(void)check_inside(c, "dhcp_range_start", start);
	if (!c->start && get_ip(c, "dhcp_range_end", &end) && end < start)
		(void)ts_config_add(c, "E_DHCP", "dhcp_range_end",
		    "before dhcp_range_start; that address or a later one is accepted");
}

static void
check_vlan(struct ts_config_check *c)
{
	const char *vlan = get(c, "external_vlan_id");

	if (!vlan)
		return;
	expect(c, "adminui_external_vlan", vlan, "external_vlan_id");
	expect(c, "cloudapi_external_vlan", vlan, "external_vlan_id");
}

void
ts_config_same(struct ts_config_check *c)
{
	const char *mail = get(c, "mail_to");

	check_network(c, "admin");
	check_network(c, "external");
	check_services(c);
	check_resolvers(c);
	check_derived(c);
	check_rabbitmq(c);
	check_dhcp(c);
	check_vlan(c);
	if (mail)
		expect(c, "ufds_admin_email", mail, "mail_to");
}
