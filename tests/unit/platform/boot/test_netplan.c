// SPDX-License-Identifier: MPL-2.0
/* From configuration texts to network plans. */
#include <errno.h>
#include <string.h>

#include "platform/boot/netplan.h"
#include "platform/lib/base/str.h"
#include "tests/lib/tap.h"

#define ADMIN                                                                            \
	"admin_nic=00:50:56:34:60:4C\nadmin_ip=10.99.99.7\nadmin_netmask=255.255.255."   \
	"0\n"                                                                            \
	"datacenter_name=coal-1\ndns_domain=example.com\ndns_resolvers=8.8.8.8,8.8.4."   \
	"4\n"                                                                            \
	"binder_admin_ips=10.99.99.11\n"
#define EXTERNAL                                                                         \
	"external_nic=00:50:56:3d:a7:95\nexternal_ip=10.88.88.200\n"                     \
	"external_netmask=255.255.255.0\nexternal_mac=02:01:02:03:04:05\n"               \
	"headnode_default_gateway=10.88.88.2\n"

static int
plan(const char *text, bool binder, struct net_plan *p, struct tt_err **err)
{
	struct tt_findings found = { 0 };
	struct tt_config *c = NULL;
	int r;

	tt_config_parse(text, strlen(text), false, &c, &found);
	tt_findings_release(&found);
	r = net_plan_make(c, binder, p, err);
	tt_config_free(c);
	return r;
}

static void
test_coal(void)
{
	struct net_plan p = { 0 }, again = { 0 };

	TAP_EQ_INT(plan(EXTERNAL ADMIN, false, &p, NULL), 0, "two networks");
	TAP_EQ_INT(p.n, 2, "two tags");
	TAP_EQ_STR(
	    p.v[0].tag, "admin", "admin comes first whatever the order of the file");
	TAP_EQ_STR(p.v[0].bridge, "br0", "on br0");
	TAP_EQ_STR(p.v[0].link, "br0", "with the address on the bridge");
	TAP_EQ_STR(p.v[0].nic, "00:50:56:34:60:4c", "the MAC in its normal form");
	TAP_EQ_STR(p.v[1].bridge, "br1", "external has its own bridge");
	TAP_EQ_STR(p.v[1].link, "external0", "and a pair for the address");
	TAP_EQ_STR(p.v[1].port, "hp1", "whose other end is a port");
	TAP_EQ_STR(p.v[1].mac, "02:01:02:03:04:05", "with the configured MAC");
	TAP_EQ_INT(p.v[1].len, 24, "mask to length");
	TAP_EQ_STR(p.gateway, "10.88.88.2", "default route");
	TAP_EQ_STR(p.search, "coal-1.example.com", "search domain");
	TAP_EQ_INT(tt_strv_len(p.resolvers), 2, "two resolvers without binder");
	TAP_EQ_INT(plan(EXTERNAL ADMIN, true, &again, NULL), 0, "with binder");
	TAP_EQ_STR(again.resolvers[0], "10.99.99.11", "it is asked first");
	TAP_EQ_STR(again.v[0].uuid, p.v[0].uuid, "a tag's UUID is the same each time");
	TAP_OK(!tt_streq(p.v[0].uuid, p.v[1].uuid), "and differs between tags");
	net_plan_release(&p);
	net_plan_release(&again);
}

static void
test_shared(void)
{
	struct net_plan p = { 0 };

	TAP_EQ_INT(plan(ADMIN "external_nic=00:50:56:34:60:4c\nexternal_ip=10.88.88.200\n"
			      "external_netmask=/24\nexternal_vlan_id=4\n"
			      "storage_nic=00:50:56:aa:aa:aa\nstorage_mtu=9000\n"
			      "a_very_long_storage_tag_nic=00:50:56:aa:aa:aa\n"
			      "a_very_long_storage_tag_ip=192.168.7.2\n"
			      "a_very_long_storage_tag_netmask=255.255.0.0\n"
			      "admin_ip6=addrconf\nexternal_ip6=2001:db8::7/64\n"
			      "external_gateway6=2001:db8::1\n",
		       false, &p, NULL),
	    0, "one NIC for two, two tags on a third");
	TAP_EQ_INT(p.n, 4, "four tags");
	TAP_EQ_STR(p.v[1].bridge, "br0", "a shared NIC has one bridge");
	TAP_EQ_INT(p.v[1].vlan, 4, "and a VLAN");
	TAP_EQ_STR(p.v[2].bridge, "br1", "the next NIC the next bridge");
	TAP_EQ_STR(p.v[2].link, "", "no address, no link");
	TAP_EQ_INT(p.v[2].mtu, 9000, "its MTU");
	TAP_EQ_STR(p.v[3].bridge, "br1", "shared as well");
	TAP_EQ_STR(p.v[3].link, "tag3", "a long tag does not fit a link's name");
	TAP_OK(p.v[0].addrconf, "IPv6 by advertisement");
	TAP_EQ_STR(p.v[1].ip6, "2001:db8::7", "IPv6 address");
	TAP_EQ_INT(p.v[1].len6, 64, "and length");
	TAP_EQ_STR(p.v[1].gateway6, "2001:db8::1", "and gateway");
	net_plan_release(&p);
}

static void
test_bad(void)
{
	static const char *const bad[][2] = {
		{ "dns_domain=x\n", "no admin_nic" },
		{ "admin_nic=zz\n", "is no MAC" },
		{ ADMIN "external_nic=00:50:56:34:60:4c\nexternal_vlan_id=1\n",
		    "0 or 2 to 4094" },
		{ ADMIN "external_nic=00:50:56:34:60:4c\nexternal_vlan_id=4095\n",
		    "0 or 2 to 4094" },
		{ ADMIN "admin_vlan_id=5\n", "never tagged" },
		{ ADMIN "admin_ip6=nonsense\n", "neither addrconf" },
		{ "admin_nic=00:50:56:34:60:4c\nadmin_ip=10.0.0.300\n", "admin_ip" },
		{ "admin_nic=00:50:56:34:60:4c\nadmin_ip=10.0.0.3\n", "netmask" },
		{ ADMIN "headnode_default_gateway=x\n", "headnode_default_gateway" },
	};
	struct net_plan p = { 0 };

	for (size_t i = 0; i < TT_ARRAY_LEN(bad); i++) {
		tt_auto(err) struct tt_err *err = NULL;

		TAP_OK(plan(bad[i][0], false, &p, &err) == -EINVAL &&
			   strstr(tt_err_message(err), bad[i][1]),
		    "refused: %s", tt_err_message(err));
	}
}

int
main(void)
{
	test_coal();
	test_shared();
	test_bad();
	return tap_done();
}
