// SPDX-License-Identifier: MPL-2.0
/*
 * The generated config, key by key. Order and group breaks are those of the reference's
 * file, because people and scripts compare the two.
 */
#include "platform/lib/conf/confkeys.h"

#include "platform/lib/base/str.h"

#define GROUP           .group = true
#define CONSTANT(n, v)  .name = n, .src = TT_SRC_CONST, .arg = v
#define ANSWER(n, i)    .name = n, .src = TT_SRC_ANSWER, .id = i
#define ADMIN_IPS(s)    .name = s "_admin_ips", .src = TT_SRC_SLOT, .arg = s
#define ADMIN_IP(s)     .name = s "_admin_ip", .src = TT_SRC_SLOT, .arg = s
#define DOMAIN(s)       .name = s "_domain", .src = TT_SRC_DOMAIN, .arg = s
#define URL(n, s, port) .name = n, .src = TT_SRC_URL, .arg = s, .id = port
#define EXTERNAL(n, i)  ANSWER(n, i), .when = TT_IF_EXTERNAL
#define MADE(n, s)      .name = n, .src = s

const struct tt_conf_key tt_conf_keys[] = {
	{ CONSTANT("coal", "true"), .when = TT_IF_COAL, GROUP },
	{ CONSTANT("swap", "0.25x") },
	{ CONSTANT("compute_node_swap", "0.25x") },

	{ ADMIN_IPS("binder"), GROUP },
	{ ADMIN_IPS("manatee") },

	{ ADMIN_IPS("moray"), GROUP },
	{ DOMAIN("moray") },
	{ ADMIN_IPS("ufds") },
	{ DOMAIN("ufds") },
	{ ADMIN_IPS("workflow") },
	{ DOMAIN("workflow") },
	{ ADMIN_IPS("imgapi") },
	{ DOMAIN("imgapi") },
	{ ADMIN_IPS("cnapi") },
	{ DOMAIN("cnapi") },
	{ ADMIN_IPS("fwapi") },
	{ DOMAIN("fwapi") },
	{ ADMIN_IPS("vmapi") },
	{ DOMAIN("vmapi") },
	{ ADMIN_IPS("sdc") },
	{ DOMAIN("sdc") },
	{ ADMIN_IPS("papi") },
	{ DOMAIN("papi") },
	{ ADMIN_IPS("adminui") },
	{ DOMAIN("adminui") },
	{ ADMIN_IPS("mahi") },
	{ DOMAIN("mahi") },

	{ ANSWER("region_name", TT_KEY_REGION), GROUP },
	{ ANSWER("datacenter_name", TT_KEY_DATACENTER) },
	{ ANSWER("datacenter_company_name", TT_KEY_COMPANY) },
	{ ANSWER("datacenter_location", TT_KEY_LOCATION) },

	{ CONSTANT("default_rack_name", "RACK1"), GROUP },
	{ CONSTANT("default_rack_size", "30") },
	{ CONSTANT("default_server_role", "pro") },
	{ CONSTANT("default_package_sizes", "128,256,512,1024") },

	{ ANSWER("mail_to", TT_KEY_MAIL_TO), GROUP },
	{ ANSWER("mail_from", TT_KEY_MAIL_FROM) },

	{ ANSWER("admin_nic", TT_KEY_ADMIN_NIC), GROUP },
	{ ANSWER("admin_ip", TT_KEY_ADMIN_IP) },
	{ ANSWER("admin_netmask", TT_KEY_ADMIN_NETMASK) },
	{ .name = "admin_network", .src = TT_SRC_NETWORK, .id = TT_KEY_ADMIN_IP },

	{ EXTERNAL("external_nic", TT_KEY_EXTERNAL_NIC), GROUP },
	{ EXTERNAL("external_ip", TT_KEY_EXTERNAL_IP) },
	{ MADE("external_mac", TT_SRC_EXTERNAL_MAC), .when = TT_IF_EXTERNAL },
	{ EXTERNAL("external_gateway", TT_KEY_EXTERNAL_GATEWAY) },
	{ EXTERNAL("external_netmask", TT_KEY_EXTERNAL_NETMASK) },
	{ ANSWER("external_vlan_id", TT_KEY_EXTERNAL_VLAN), .when = TT_IF_TAGGED },
	{ .name = "external_network",
	    .src = TT_SRC_NETWORK,
	    .id = TT_KEY_EXTERNAL_IP,
	    .when = TT_IF_EXTERNAL },
	{ EXTERNAL("external_provisionable_start", TT_KEY_EXTERNAL_START) },
	{ EXTERNAL("external_provisionable_end", TT_KEY_EXTERNAL_END) },

	{ ANSWER("headnode_default_gateway", TT_KEY_DEFAULT_GATEWAY), .when = TT_IF_GIVEN,
	    GROUP },

	{ MADE("binder_resolver_ips", TT_SRC_RESOLVERS), GROUP },

	{ MADE("dns_resolvers", TT_SRC_DNS), GROUP },
	{ ANSWER("dns_domain", TT_KEY_DNS_SEARCH) },

	{ MADE("dhcp_range_start", TT_SRC_DHCP_START), GROUP },
	{ ANSWER("dhcp_range_end", TT_KEY_DHCP_END) },
	{ CONSTANT("dhcp_lease_time", "2592000") },

	{ MADE("root_shadow", TT_SRC_ROOT_SHADOW), .secret = true, GROUP },

	{ ANSWER("ntp_hosts", TT_KEY_NTP), GROUP },
	{ ANSWER("compute_node_ntp_hosts", TT_KEY_ADMIN_IP) },

	{ ANSWER("adminui_external_vlan", TT_KEY_EXTERNAL_VLAN), .when = TT_IF_TAGGED,
	    GROUP },
	{ MADE("adminui_help_url", TT_SRC_HELP_URL), GROUP },

	{ ADMIN_IPS("amon"), GROUP },
	{ DOMAIN("amon") },
	{ ADMIN_IPS("amonredis") },
	{ DOMAIN("amonredis") },

	{ ADMIN_IP("assets"), GROUP },
	{ ADMIN_IPS("assets") },

	{ ADMIN_IP("dhcpd"), GROUP },
	{ ADMIN_IPS("dhcpd") },
	{ DOMAIN("dhcpd") },

	{ ANSWER("cloudapi_external_vlan", TT_KEY_EXTERNAL_VLAN), .when = TT_IF_TAGGED,
	    GROUP },

	{ ADMIN_IP("rabbitmq"), GROUP },
	{ ADMIN_IPS("rabbitmq") },
	{ MADE("rabbitmq", TT_SRC_RABBITMQ), .secret = true },
	{ DOMAIN("rabbitmq") },

	{ CONSTANT("ufds_is_master", "true"), GROUP },
	{ CONSTANT("ufds_ldap_root_dn", "cn=root") },
	{ MADE("ufds_ldap_root_pw", TT_SRC_RANDOM), .secret = true },
	{ CONSTANT("ufds_admin_login", "admin") },
	{ ANSWER("ufds_admin_pw", TT_KEY_ADMIN_PASSWORD), .secret = true },
	{ ANSWER("ufds_admin_email", TT_KEY_MAIL_TO) },
	{ CONSTANT("ufds_admin_uuid", "930896af-bf8c-48d4-885c-6573a94b1853") },
	{ URL("capi_client_url", "ufds", 8080) },

	{ URL("cnapi_client_url", "cnapi", 80), GROUP },
	{ URL("fwapi_client_url", "fwapi", 80) },

	{ ADMIN_IPS("napi"), GROUP },
	{ URL("napi_client_url", "napi", 80) },
	{ CONSTANT("napi_mac_prefix", "90b8d0") },
	{ DOMAIN("napi") },

	{ ADMIN_IPS("sapi"), GROUP },
	{ DOMAIN("sapi") },

	{ ANSWER("install_pkgsrc", TT_KEY_PKGSRC), .when = TT_IF_TRUE, GROUP },
	{ ANSWER("phonehome_automatic", TT_KEY_PHONEHOME) },
	{ ANSWER("update_channel", TT_KEY_CHANNEL) },
	{ CONSTANT("show_setup_timers", "true") },
	{ ANSWER("dtrace_zone_setup", TT_KEY_DTRACE), .when = TT_IF_TRUE },

	{ ANSWER("admin_ip6", TT_KEY_ADMIN_IP6), .when = TT_IF_GIVEN, GROUP },
	{ ANSWER("admin_gateway6", TT_KEY_ADMIN_GATEWAY6), .when = TT_IF_GIVEN },
	{ ANSWER("external_ip6", TT_KEY_EXTERNAL_IP6), .when = TT_IF_GIVEN },
	{ ANSWER("external_gateway6", TT_KEY_EXTERNAL_GATEWAY6), .when = TT_IF_GIVEN },
};

const size_t tt_conf_keys_len = TT_ARRAY_LEN(tt_conf_keys);

const char *const tt_node_config_keys[] = { "datacenter_name",
	"root_authorized_keys_file", "assets_admin_ip", "dns_domain", "dns_resolvers",
	"ntp_conf_file", "ntp_hosts", "swap", "rabbitmq", "root_shadow", "ufds_admin_ips",
	"ufds_admin_uuid", "dhcp_lease_time", "capi_client_url", "capi_http_admin_user",
	"capi_http_admin_pw", "binder_admin_ips", "imgapi_admin_ips", "imgapi_domain",
	"fwapi_domain", "sapi_domain", "vmapi_admin_ips", "vmapi_domain", NULL };

const struct tt_conf_key *
tt_conf_key_find(const char *name)
{
	for (size_t i = 0; i < tt_conf_keys_len; i++)
		if (tt_streq(tt_conf_keys[i].name, name))
			return &tt_conf_keys[i];
	return NULL;
}

bool
tt_conf_key_secret(const char *name)
{
	const struct tt_conf_key *k = tt_conf_key_find(name);

	/* Keys that an operator may have added and that are passwords by their name. */
	return k ? k->secret
		 : tt_ends_with(name, "_pw") || tt_ends_with(name, "_password") ||
		       tt_ends_with(name, "_secret");
}
