// SPDX-License-Identifier: MPL-2.0
/*
 * The key table. The order is that of enum tt_key_id: questions first.
 */
#include "platform/lib/conf/keys.h"

#include <string.h>

#include "platform/lib/base/str.h"
#include "platform/lib/conf/defaults.h"
#include "platform/lib/conf/rules.h"

static const char *const ntp_aliases[] = { "ntp_host", NULL };
static const char *const channels[] = { "dev", "release", "support", NULL };

#define IP_RULE   "an IPv4 host address, four decimal numbers without leading zeros"
#define BOOL_RULE "y, yes, true, n, no or false"
#define FLAG(i, n, l)                                                                        \
	[i] = { .id = i, .name = n, .sets = "", .type = TT_TYPE_BOOL, .ask = TT_ASK_NEVER,   \
		.label = l, .prompt = l, .rule_text = BOOL_RULE, .example = "true",          \
		.def = tt_def_false, .rule = tt_rule_bool }

const struct tt_key tt_keys[TT_KEY_MAX] = {
	[TT_KEY_COMPANY] = { .id = TT_KEY_COMPANY, .name = "datacenter_company_name",
	    .sets = "datacenter_company_name", .type = TT_TYPE_TEXT, .section = 1, .number = 1,
	    .label = "company name", .prompt = "Company name",
	    .rule_text = "1 to 255 printable characters", .example = "Clavius", .max = 255,
	    .rule = tt_rule_text },
	[TT_KEY_REGION] = { .id = TT_KEY_REGION, .name = "region_name", .sets = "region_name",
	    .type = TT_TYPE_LABEL, .section = 1, .number = 2, .label = "region name",
	    .prompt = "Region of the data center",
	    .rule_text = "a DNS label: a-z, 0-9 and '-', 1 to 63 characters, no hyphen at "
			 "either end, not all digits",
	    .example = "us-west",
	    .help = "Several data centers can share a region and its accounts.",
	    .rule = tt_rule_label },
	[TT_KEY_DATACENTER] = { .id = TT_KEY_DATACENTER, .name = "datacenter_name",
	    .sets = "datacenter_name", .type = TT_TYPE_LABEL, .section = 1, .number = 3,
	    .label = "data center name", .prompt = "Name of the data center",
	    .rule_text = "a DNS label: a-z, 0-9 and '-', 1 to 63 characters, no hyphen at "
			 "either end, not all digits, not 'ca'",
	    .example = "us-west-1",
	    .help = "Part of every service's name: SERVICE.DATACENTER.DOMAIN.",
	    .rule = tt_rule_datacenter },
	[TT_KEY_LOCATION] = { .id = TT_KEY_LOCATION, .name = "datacenter_location",
	    .sets = "datacenter_location", .type = TT_TYPE_TEXT, .section = 1, .number = 4,
	    .label = "location", .prompt = "City and state of the data center",
	    .rule_text = "1 to 255 printable characters", .example = "Moon, Earth", .max = 255,
	    .rule = tt_rule_text },

	[TT_KEY_ADMIN_NIC] = { .id = TT_KEY_ADMIN_NIC, .name = "admin_nic",
	    .sets = "admin_nic", .type = TT_TYPE_NIC, .section = 2, .number = 5,
	    .label = "admin_nic", .prompt = "NIC of the admin network",
	    .rule_text = "the number, link name or MAC address of a NIC of this machine",
	    .example = "00:50:56:34:60:4c",
	    .help = "The admin network is untagged: compute nodes boot from it.",
	    .def = tt_def_nic, .rule = tt_rule_nic },
	[TT_KEY_ADMIN_IP] = { .id = TT_KEY_ADMIN_IP, .name = "admin_ip",
	    .sets = "admin_ip admin_network compute_node_ntp_hosts", .type = TT_TYPE_IP4,
	    .flags = TT_KEY_WITH_LEN, .section = 2, .number = 6, .label = "admin_ip",
	    .prompt = "Headnode address on the admin network",
	    .rule_text = IP_RULE "; with /LEN the netmask is not asked",
	    .example = "10.99.99.7", .rule = tt_rule_ip4 },
	[TT_KEY_ADMIN_NETMASK] = { .id = TT_KEY_ADMIN_NETMASK, .name = "admin_netmask",
	    .sets = "admin_netmask admin_network", .type = TT_TYPE_MASK, .section = 2,
	    .number = 7, .label = "admin_netmask", .prompt = "Netmask of the admin network",
	    .rule_text = "a contiguous mask, /8 to /26, dotted or as /LEN",
	    .example = "255.255.255.0", .min = 8, .max = 26, .def = tt_def_mask,
	    .rule = tt_rule_mask },
	[TT_KEY_ADMIN_START] = { .id = TT_KEY_ADMIN_START,
	    .name = "admin_provisionable_start",
	    .sets = "*_admin_ips *_admin_ip *_client_url binder_resolver_ips dhcp_range_start "
		    "rabbitmq",
	    .type = TT_TYPE_IP4, .section = 2, .number = 8,
	    .label = "admin_provisionable_start", .prompt = "First address for service zones",
	    .rule_text = "an address S of the admin network; S to S+28 belong to services, "
			 "DHCP begins at S+29",
	    .example = "10.99.99.8", .def = tt_def_admin_start, .rule = tt_rule_ip4 },
	[TT_KEY_DHCP_END] = { .id = TT_KEY_DHCP_END, .name = "dhcp_range_end",
	    .sets = "dhcp_range_end", .type = TT_TYPE_IP4, .ask = TT_ASK_MENU, .section = 2,
	    .number = 9, .label = "dhcp_range_end",
	    .prompt = "Last DHCP address for compute nodes",
	    .rule_text = "an address of the admin network, S+29 or later, not the headnode's",
	    .example = "10.99.99.253", .def = tt_def_dhcp_end, .rule = tt_rule_ip4 },

	[TT_KEY_EXTERNAL] = { .id = TT_KEY_EXTERNAL, .name = "setup_external_network",
	    .sets = "external_* headnode_default_gateway", .type = TT_TYPE_BOOL, .section = 3,
	    .number = 10, .label = "external network", .prompt = "Add an external network now?",
	    .rule_text = BOOL_RULE, .example = "yes", .def = tt_def_true,
	    .rule = tt_rule_bool },
	[TT_KEY_EXTERNAL_NIC] = { .id = TT_KEY_EXTERNAL_NIC, .name = "external_nic",
	    .sets = "external_nic", .type = TT_TYPE_NIC, .when = TT_WHEN_EXTERNAL,
	    .section = 3, .number = 11, .label = "external_nic",
	    .prompt = "NIC of the external network",
	    .rule_text = "the number, link name or MAC address of a NIC of this machine; the "
			 "admin NIC only together with a VLAN",
	    .example = "00:50:56:3d:a7:95", .def = tt_def_nic, .rule = tt_rule_nic },
	[TT_KEY_EXTERNAL_IP] = { .id = TT_KEY_EXTERNAL_IP, .name = "external_ip",
	    .sets = "external_ip external_network", .type = TT_TYPE_IP4,
	    .flags = TT_KEY_WITH_LEN, .when = TT_WHEN_EXTERNAL, .section = 3, .number = 12,
	    .label = "external_ip", .prompt = "Headnode address on the external network",
	    .rule_text = IP_RULE ", outside the admin network; with /LEN the netmask is not "
				 "asked",
	    .example = "10.88.88.200", .rule = tt_rule_ip4 },
	[TT_KEY_EXTERNAL_NETMASK] = { .id = TT_KEY_EXTERNAL_NETMASK,
	    .name = "external_netmask", .sets = "external_netmask external_network",
	    .type = TT_TYPE_MASK, .when = TT_WHEN_EXTERNAL, .section = 3, .number = 13,
	    .label = "external_netmask", .prompt = "Netmask of the external network",
	    .rule_text = "a contiguous mask, /8 to /29, dotted or as /LEN",
	    .example = "255.255.255.0", .min = 8, .max = 29, .def = tt_def_mask,
	    .rule = tt_rule_mask },
	[TT_KEY_EXTERNAL_GATEWAY] = { .id = TT_KEY_EXTERNAL_GATEWAY,
	    .name = "external_gateway", .sets = "external_gateway", .type = TT_TYPE_IP4,
	    .flags = TT_KEY_NONE_OK, .when = TT_WHEN_EXTERNAL, .section = 3, .number = 14,
	    .label = "external_gateway", .prompt = "Gateway of the external network",
	    .rule_text = "a host address of the external network other than the headnode's, "
			 "or none",
	    .example = "10.88.88.2", .rule = tt_rule_ip4 },
	[TT_KEY_EXTERNAL_VLAN] = { .id = TT_KEY_EXTERNAL_VLAN, .name = "external_vlan_id",
	    .sets = "external_vlan_id adminui_external_vlan cloudapi_external_vlan",
	    .type = TT_TYPE_VLAN, .flags = TT_KEY_NONE_OK | TT_KEY_EMPTY_OK,
	    .when = TT_WHEN_EXTERNAL, .section = 3, .number = 15, .label = "external_vlan_id",
	    .prompt = "VLAN of the external network",
	    .rule_text = "2 to 4094; none or 0 for untagged", .example = "102",
	    .def = tt_def_none, .rule = tt_rule_vlan },
	[TT_KEY_EXTERNAL_START] = { .id = TT_KEY_EXTERNAL_START,
	    .name = "external_provisionable_start", .sets = "external_provisionable_start",
	    .type = TT_TYPE_IP4, .when = TT_WHEN_EXTERNAL, .section = 3, .number = 16,
	    .label = "external_provisionable_start",
	    .prompt = "First external address for instances",
	    .rule_text = "a host address of the external network", .example = "10.88.88.3",
	    .def = tt_def_external_start, .rule = tt_rule_ip4 },
	[TT_KEY_EXTERNAL_END] = { .id = TT_KEY_EXTERNAL_END,
	    .name = "external_provisionable_end", .sets = "external_provisionable_end",
	    .type = TT_TYPE_IP4, .when = TT_WHEN_EXTERNAL, .section = 3, .number = 17,
	    .label = "external_provisionable_end",
	    .prompt = "Last external address for instances",
	    .rule_text = "a host address of the external network behind the first; the range "
			 "holds neither the headnode nor the gateway",
	    .example = "10.88.88.199",
	    .help = "Each core service with an external NIC takes one address of the range.",
	    .def = tt_def_external_end, .rule = tt_rule_ip4 },

	[TT_KEY_DEFAULT_GATEWAY] = { .id = TT_KEY_DEFAULT_GATEWAY,
	    .name = "headnode_default_gateway", .sets = "headnode_default_gateway",
	    .type = TT_TYPE_IP4, .flags = TT_KEY_NONE_OK, .section = 4, .number = 18,
	    .label = "headnode_default_gateway", .prompt = "Default gateway of the headnode",
	    .rule_text = "a host address of the admin or external network, or none",
	    .example = "10.88.88.2", .def = tt_def_gateway, .rule = tt_rule_ip4 },
	[TT_KEY_DNS1] = { .id = TT_KEY_DNS1, .name = "dns_resolver1", .sets = "dns_resolvers",
	    .type = TT_TYPE_IP, .section = 4, .number = 19, .label = "dns_resolver1",
	    .prompt = "First DNS resolver", .rule_text = "an IP address",
	    .example = "8.8.8.8", .def = tt_def_dns1, .rule = tt_rule_ip },
	[TT_KEY_DNS2] = { .id = TT_KEY_DNS2, .name = "dns_resolver2", .sets = "dns_resolvers",
	    .type = TT_TYPE_IP, .flags = TT_KEY_NONE_OK, .section = 4, .number = 20,
	    .label = "dns_resolver2", .prompt = "Second DNS resolver",
	    .rule_text = "an IP address other than the first, or none", .example = "8.8.4.4",
	    .def = tt_def_dns2, .rule = tt_rule_ip },
	[TT_KEY_DNS_DOMAIN] = { .id = TT_KEY_DNS_DOMAIN, .name = "dns_domain", .sets = "",
	    .type = TT_TYPE_NAME, .section = 4, .number = 21, .label = "domain name",
	    .prompt = "Domain name of the headnode",
	    .rule_text = "labels of a-z, 0-9 and '-' joined by dots, at most 253 characters",
	    .example = "example.com",
	    .help = "Only the default sender of mail comes from it: the search domain is "
		    "what service names end in.",
	    .rule = tt_rule_name },
	[TT_KEY_DNS_SEARCH] = { .id = TT_KEY_DNS_SEARCH, .name = "dns_search",
	    .sets = "dns_domain *_domain", .type = TT_TYPE_NAME, .section = 4, .number = 22,
	    .label = "search domain", .prompt = "Search domain",
	    .rule_text = "labels of a-z, 0-9 and '-' joined by dots, at most 253 characters",
	    .example = "example.com",
	    .help = "Written as dns_domain; every service is SERVICE.DATACENTER.SEARCHDOMAIN.\n"
		    "Use a domain that public DNS does not answer for.",
	    .def = tt_def_search, .rule = tt_rule_name },
	[TT_KEY_NTP] = { .id = TT_KEY_NTP, .name = "ntp_hosts", .aliases = ntp_aliases,
	    .sets = "ntp_hosts", .type = TT_TYPE_HOSTS, .section = 4, .number = 23,
	    .label = "ntp_hosts", .prompt = "NTP servers",
	    .rule_text = "1 to 8 IP addresses or host names joined by commas; local = the "
			 "headnode's own clock",
	    .example = "0.smartos.pool.ntp.org", .def = tt_def_ntp, .rule = tt_rule_hosts },

	[TT_KEY_ROOT_PASSWORD] = { .id = TT_KEY_ROOT_PASSWORD, .name = "root_password",
	    .sets = "root_shadow", .type = TT_TYPE_PASSWORD, .flags = TT_KEY_SECRET,
	    .section = 5, .number = 24, .label = "root password", .prompt = "Root password",
	    .rule_text = "at least 8 characters, no control characters", .example = "",
	    .help = "For root on the headnode and on every compute node.",
	    .rule = tt_rule_root_password },
	[TT_KEY_ADMIN_PASSWORD] = { .id = TT_KEY_ADMIN_PASSWORD, .name = "admin_password",
	    .sets = "ufds_admin_pw", .type = TT_TYPE_PASSWORD, .flags = TT_KEY_SECRET,
	    .section = 5, .number = 25, .label = "admin password", .prompt = "Admin password",
	    .rule_text = "7 to 128 characters, at least one letter A-Z or a-z and one digit",
	    .example = "", .help = "For the user 'admin' of the operator portal.",
	    .rule = tt_rule_admin_password },
	[TT_KEY_MAIL_TO] = { .id = TT_KEY_MAIL_TO, .name = "mail_to",
	    .sets = "mail_to ufds_admin_email", .type = TT_TYPE_MAIL, .section = 5,
	    .number = 26, .label = "mail_to", .prompt = "Operator's mail address",
	    .rule_text = "NAME@HOST, at most 254 characters, no blanks",
	    .example = "root@localhost", .def = tt_def_mail_to, .rule = tt_rule_mail },
	[TT_KEY_MAIL_FROM] = { .id = TT_KEY_MAIL_FROM, .name = "mail_from",
	    .sets = "mail_from", .type = TT_TYPE_MAIL, .section = 5, .number = 27,
	    .label = "mail_from", .prompt = "Sender of the system's mail",
	    .rule_text = "NAME@HOST, at most 254 characters, no blanks",
	    .example = "support@example.com", .def = tt_def_mail_from, .rule = tt_rule_mail },

	[TT_KEY_PHONEHOME] = { .id = TT_KEY_PHONEHOME, .name = "phonehome_automatic",
	    .sets = "phonehome_automatic", .type = TT_TYPE_BOOL, .section = 6, .number = 28,
	    .label = "telemetry", .prompt = "Send usage data?", .rule_text = BOOL_RULE,
	    .example = "no", .def = tt_def_false, .rule = tt_rule_bool },
	[TT_KEY_CHANNEL] = { .id = TT_KEY_CHANNEL, .name = "update_channel",
	    .sets = "update_channel", .type = TT_TYPE_ENUM, .section = 6, .number = 29,
	    .label = "update_channel", .prompt = "Update channel",
	    .rule_text = "dev, release or support", .example = "release", .choices = channels,
	    .def = tt_def_channel, .rule = tt_rule_enum },
	[TT_KEY_PKGSRC] = { .id = TT_KEY_PKGSRC, .name = "install_pkgsrc",
	    .sets = "install_pkgsrc", .type = TT_TYPE_BOOL, .when = TT_WHEN_EXTERNAL,
	    .section = 6, .number = 30, .label = "operator packages",
	    .prompt = "Install extra operator packages?", .rule_text = BOOL_RULE,
	    .example = "yes",
	    .help = "An optional set of Debian tools; they come over the external network.",
	    .def = tt_def_true, .rule = tt_rule_bool },

	[TT_KEY_ROOT_HASH] = { .id = TT_KEY_ROOT_HASH, .name = "root_password_hash",
	    .sets = "root_shadow", .type = TT_TYPE_HASH, .flags = TT_KEY_SECRET,
	    .ask = TT_ASK_NEVER, .section = 5, .label = "root_password_hash",
	    .prompt = "Hash of the root password",
	    .rule_text = "a crypt string of method $y$, $6$ or $2b$", .example = "",
	    .rule = tt_rule_hash },
	[TT_KEY_ADMIN_PASSWORD_FILE] = { .id = TT_KEY_ADMIN_PASSWORD_FILE,
	    .name = "admin_password_file", .sets = "ufds_admin_pw", .type = TT_TYPE_PATH,
	    .ask = TT_ASK_NEVER, .section = 5, .label = "admin_password_file",
	    .prompt = "File that holds the admin password",
	    .rule_text = "a path on the media, or one below /run",
	    .example = "private/admin-password", .rule = tt_rule_path },
	[TT_KEY_SSH_KEYS] = { .id = TT_KEY_SSH_KEYS, .name = "root_ssh_keys", .sets = "",
	    .type = TT_TYPE_SSH_KEYS, .ask = TT_ASK_NEVER, .section = 5,
	    .label = "root_ssh_keys", .prompt = "Public keys of root",
	    .rule_text = "an array of OpenSSH public keys",
	    .example = "ssh-ed25519 AAAA... name", .def = tt_def_empty,
	    .rule = tt_rule_ssh_keys },
	[TT_KEY_ADMIN_IP6] = { .id = TT_KEY_ADMIN_IP6, .name = "admin_ip6",
	    .sets = "admin_ip6", .type = TT_TYPE_IP6, .ask = TT_ASK_MENU, .section = 2,
	    .label = "admin_ip6", .prompt = "IPv6 address on the admin network",
	    .rule_text = "addrconf, or an address with /LEN (64 when left out)",
	    .example = "fd00:99::7/64", .rule = tt_rule_ip6 },
	[TT_KEY_ADMIN_GATEWAY6] = { .id = TT_KEY_ADMIN_GATEWAY6, .name = "admin_gateway6",
	    .sets = "admin_gateway6", .type = TT_TYPE_IP6, .ask = TT_ASK_MENU, .section = 2,
	    .label = "admin_gateway6", .prompt = "IPv6 gateway on the admin network",
	    .rule_text = "an IPv6 address", .example = "fd00:99::1",
	    .rule = tt_rule_gateway6 },
	[TT_KEY_EXTERNAL_IP6] = { .id = TT_KEY_EXTERNAL_IP6, .name = "external_ip6",
	    .sets = "external_ip6", .type = TT_TYPE_IP6, .when = TT_WHEN_EXTERNAL,
	    .ask = TT_ASK_MENU, .section = 3, .label = "external_ip6",
	    .prompt = "IPv6 address on the external network",
	    .rule_text = "addrconf, or an address with /LEN (64 when left out)",
	    .example = "2001:db8:88::200/64", .rule = tt_rule_ip6 },
	[TT_KEY_EXTERNAL_GATEWAY6] = { .id = TT_KEY_EXTERNAL_GATEWAY6,
	    .name = "external_gateway6", .sets = "external_gateway6", .type = TT_TYPE_IP6,
	    .when = TT_WHEN_EXTERNAL, .ask = TT_ASK_MENU, .section = 3,
	    .label = "external_gateway6", .prompt = "IPv6 gateway on the external network",
	    .rule_text = "an IPv6 address", .example = "2001:db8:88::2",
	    .rule = tt_rule_gateway6 },

	FLAG(TT_KEY_DTRACE, "dtrace_zone_setup", "trace zone setup"),
	FLAG(TT_KEY_UNATTENDED, "unattended", "unattended setup"),
	[TT_KEY_CONSOLE] = { .id = TT_KEY_CONSOLE, .name = "config_console", .sets = "",
	    .type = TT_TYPE_CONSOLE, .ask = TT_ASK_NEVER, .label = "config_console",
	    .prompt = "Console of the setup",
	    .rule_text = "vga, serial, any, or the name of a tty", .example = "serial",
	    .rule = tt_rule_console },
	FLAG(TT_KEY_SKIP_INSTRUCTIONS, "skip_instructions", "skip the welcome screen"),
	FLAG(TT_KEY_SIMPLE_HEADERS, "simple_headers", "plain section headers"),
	FLAG(TT_KEY_SKIP_SUMMARY, "skip_final_summary", "skip the summary"),
	FLAG(TT_KEY_SKIP_CONFIRM, "skip_final_confirm", "skip the final question"),
	FLAG(TT_KEY_SKIP_EDIT, "skip_edit_config", "skip the edit question"),
	FLAG(TT_KEY_SKIP_DNS_CHECK, "skip_dns_check", "skip the DNS checks"),
	FLAG(TT_KEY_SKIP_NTP_CHECK, "skip_ntp_check", "skip the NTP checks"),
	FLAG(TT_KEY_REQUIRE_CONNECTIVITY, "require_connectivity", "require connectivity"),
	[TT_KEY_KEEP_ANSWERS] = { .id = TT_KEY_KEEP_ANSWERS, .name = "keep_answers",
	    .sets = "", .type = TT_TYPE_BOOL, .ask = TT_ASK_NEVER, .label = "keep_answers",
	    .prompt = "Keep the passwords in the answers?", .rule_text = BOOL_RULE,
	    .example = "false", .def = tt_def_keep, .rule = tt_rule_bool },
	[TT_KEY_DESTROY_POOLS] = { .id = TT_KEY_DESTROY_POOLS, .name = "destroy_pools",
	    .sets = "", .type = TT_TYPE_BOOL, .ask = TT_ASK_NEVER, .label = "destroy_pools",
	    .prompt = "Wipe disks that hold a foreign pool?", .rule_text = BOOL_RULE,
	    .example = "false", .rule = tt_rule_bool },
	[TT_KEY_CONFIG_EXTRA] = { .id = TT_KEY_CONFIG_EXTRA, .name = "config_extra",
	    .sets = "", .type = TT_TYPE_EXTRA, .ask = TT_ASK_NEVER, .label = "config_extra",
	    .prompt = "More config keys",
	    .rule_text = "an object of config keys and text values", .example = "",
	    .rule = tt_rule_any },
	[TT_KEY_ADMIN_GATEWAY] = { .id = TT_KEY_ADMIN_GATEWAY, .name = "admin_gateway",
	    .sets = "", .type = TT_TYPE_IGNORED, .ask = TT_ASK_NEVER,
	    .label = "admin_gateway", .prompt = "", .rule_text = "accepted, without effect",
	    .example = "none", .def = tt_def_empty, .rule = tt_rule_any },
	[TT_KEY_API_PASSWORD] = { .id = TT_KEY_API_PASSWORD, .name = "api_password",
	    .sets = "", .type = TT_TYPE_IGNORED, .flags = TT_KEY_SECRET,
	    .ask = TT_ASK_NEVER, .label = "api_password", .prompt = "",
	    .rule_text = "accepted, without effect", .example = "", .def = tt_def_empty,
	    .rule = tt_rule_any },
};

const struct tt_key *
tt_key_find(const char *name, bool *ret_alias)
{
	for (size_t i = 0; i < TT_KEY_MAX; i++) {
		const struct tt_key *k = &tt_keys[i];
		bool alias = false;
		bool same = tt_streq(k->name, name);

		for (size_t a = 0; !same && k->aliases && k->aliases[a]; a++)
			same = alias = tt_streq(k->aliases[a], name);
		if (!same)
			continue;
		if (ret_alias)
			*ret_alias = alias;
		return k;
	}
	return NULL;
}

const char *
tt_key_nearest(const char *name)
{
	const char *names[TT_KEY_MAX];

	/* Distances cost the product of the lengths; no key is near to a very long one. */
	if (strlen(name) > 64)
		return NULL;
	for (size_t i = 0; i < TT_KEY_MAX; i++)
		names[i] = tt_keys[i].name;
	return tt_nearest(name, names, TT_ARRAY_LEN(names), 2);
}

const char *
tt_section_title(int section)
{
	static const char *const titles[] = { "", "Datacenter", "Admin network",
		"External network", "Routing, names, time", "Accounts", "Operation", "Review" };

	return section >= 1 && section < (int)TT_ARRAY_LEN(titles) ? titles[section] : "";
}

static const char *const slots[TT_SLOT_COUNT] = { "assets", "dhcpd", "napi", "binder",
	"resolver", "resolver", "resolver", "resolver", "manatee", "moray", "ufds", "workflow",
	"rabbitmq", "imgapi", "cnapi", "amonredis", "amon", "fwapi", "vmapi", "sdc", "papi",
	"reserved", "adminui", "sapi", "mahi", "spare", "spare", "spare", "spare" };

const char *
tt_slot_name(unsigned offset)
{
	return offset < TT_SLOT_COUNT ? slots[offset] : "dhcp";
}

int
tt_slot_of(const char *service)
{
	for (int i = 0; i < TT_SLOT_COUNT; i++)
		if (tt_streq(slots[i], service))
			return i;
	return -1;
}
