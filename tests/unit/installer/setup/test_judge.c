// SPDX-License-Identifier: MPL-2.0
/*
 * Values as they are typed: the bad inputs at the prompt, defaults that follow their
 * inputs, what is asked, and the journal.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "installer/setup/tsetup.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/random.h"
#include "platform/lib/base/str.h"
#include "tests/lib/tap.h"

static const char nics_text[] =
    "[{\"link\":\"eth0\",\"mac\":\"00:50:56:3d:a7:95\",\"state\":\"up\"},"
    "{\"link\":\"eth1\",\"mac\":\"00:50:56:34:60:4c\",\"state\":\"down\"}]";

static struct tsetup *
session(bool two_nics)
{
	struct tsetup *ts = tsetup_new();
	tt_auto(nics) struct ts_nics nics = { 0 };

	if (ts_nics_parse("nics", nics_text, strlen(nics_text), &nics, NULL) < 0)
		abort();
	if (!two_nics)
		nics.n = 1;
	tsetup_set_nics(ts, &nics);
	return ts;
}

static int
type(struct tsetup *ts, enum tt_key_id id, const char *text)
{
	tt_auto(findings) struct tt_findings found = { 0 };

	return tsetup_set(ts, id, text, TS_TYPED, &found);
}

/* What a person types for CoaL, in the order of the questions. */
static const struct {
	enum tt_key_id id;
	const char *text, *value;
} coal[] = {
	{ TT_KEY_COMPANY, "Clavius", "Clavius" },
	{ TT_KEY_REGION, "orbit", "orbit" },
	{ TT_KEY_DATACENTER, "coal-1", "coal-1" },
	{ TT_KEY_LOCATION, " Moon, Earth ", "Moon, Earth" },
	{ TT_KEY_ADMIN_NIC, "2", "00:50:56:34:60:4c" },
	{ TT_KEY_ADMIN_IP, "10.99.99.7", "10.99.99.7" },
	{ TT_KEY_ADMIN_NETMASK, "", "255.255.255.0" },
	{ TT_KEY_ADMIN_START, "", "10.99.99.8" },
	{ TT_KEY_EXTERNAL, "Y", "true" },
	{ TT_KEY_EXTERNAL_NIC, "1", "00:50:56:3d:a7:95" },
	{ TT_KEY_EXTERNAL_IP, "10.88.88.200", "10.88.88.200" },
	{ TT_KEY_EXTERNAL_NETMASK, "", "255.255.255.0" },
	{ TT_KEY_EXTERNAL_GATEWAY, "10.88.88.2", "10.88.88.2" },
	{ TT_KEY_EXTERNAL_VLAN, "", "none" },
	{ TT_KEY_EXTERNAL_START, "", "10.88.88.3" },
	{ TT_KEY_EXTERNAL_END, "", "10.88.88.199" },
	{ TT_KEY_DEFAULT_GATEWAY, "", "10.88.88.2" },
	{ TT_KEY_DNS1, "", "8.8.8.8" },
	{ TT_KEY_DNS2, "", "8.8.4.4" },
	{ TT_KEY_DNS_DOMAIN, "example.com", "example.com" },
	{ TT_KEY_DNS_SEARCH, "", "example.com" },
	{ TT_KEY_NTP, "", "0.smartos.pool.ntp.org" },
	{ TT_KEY_ROOT_PASSWORD, "rootpass", "rootpass" },
	{ TT_KEY_ADMIN_PASSWORD, "adminpass1", "adminpass1" },
	{ TT_KEY_MAIL_TO, "", "root@localhost" },
	{ TT_KEY_MAIL_FROM, "", "support@example.com" },
	{ TT_KEY_PHONEHOME, "", "false" },
	{ TT_KEY_CHANNEL, "release", "release" },
	{ TT_KEY_PKGSRC, "", "true" },
};

static void
type_coal(struct tsetup *ts)
{
	for (size_t i = 0; i < TT_ARRAY_LEN(coal); i++)
		if (type(ts, coal[i].id, coal[i].text) < 0)
			abort();
}

static void
test_coal(void)
{
	tt_auto(tsetup) struct tsetup *ts = session(true);
	tt_auto(findings) struct tt_findings found = { 0 };
	size_t at = 0;

	tsetup_fill(ts, &found);
	for (size_t i = 0; i < TT_KEY_MAX; i++) {
		if (!tsetup_asked(ts, (enum tt_key_id)i))
			continue;
		if (at == TT_ARRAY_LEN(coal))
			break;
		TAP_EQ_STR(
		    tt_keys[i].name, tt_keys[coal[at].id].name, "question %zu", at + 1);
		TAP_EQ_INT(type(ts, coal[at].id, coal[at].text), 0, "accepted");
		TAP_EQ_STR(tsetup_get(ts, coal[at].id), coal[at].value, "its value");
		TAP_OK(!tsetup_asked(ts, coal[at].id), "not asked again");
		at++;
	}
	TAP_EQ_INT(at, TT_ARRAY_LEN(coal), "every question was asked once");
	TAP_EQ_STR(
	    tsetup_effective(ts, TT_KEY_DHCP_END), "10.99.99.254", "DHCP end, not asked");
	TAP_EQ_INT(tsetup_check_all(ts, true, &found), 0, "complete");
}

/* The bad inputs, each at a prompt of the CoaL session. */
static const struct {
	int row;
	enum tt_key_id id;
	const char *text, *code;
} bad[] = {
	{ 5, TT_KEY_REGION, "US-West", "E_LABEL" },
	{ 6, TT_KEY_REGION, "1234", "E_LABEL" },
	{ 7, TT_KEY_REGION,
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	    "E_LABEL" },
	{ 8, TT_KEY_REGION, "a_b", "E_LABEL" },
	{ 8, TT_KEY_REGION, "-a", "E_LABEL" },
	{ 8, TT_KEY_DATACENTER, "a-", "E_LABEL" },
	{ 9, TT_KEY_DATACENTER, "ca", "E_RESERVED" },
	{ 11, TT_KEY_COMPANY, "a\nb", "E_CONTROL" },
	{ 12, TT_KEY_COMPANY, "<default>", "E_NO_DEFAULT" },
	{ 13, TT_KEY_ROOT_PASSWORD, "<default>", "E_NO_DEFAULT" },
	{ 17, TT_KEY_ADMIN_PASSWORD, "short1", "E_PW_POLICY" },
	{ 18, TT_KEY_ADMIN_PASSWORD, "onlyletters", "E_PW_POLICY" },
	{ 20, TT_KEY_ADMIN_IP, "10.99.99.300", "E_IP" },
	{ 21, TT_KEY_ADMIN_IP, "1.2.3", "E_IP" },
	{ 22, TT_KEY_ADMIN_IP, "1.2.3.4.5", "E_IP" },
	{ 23, TT_KEY_ADMIN_IP, "010.1.1.1", "E_IP" },
	{ 24, TT_KEY_ADMIN_IP, "none", "E_IP" },
	{ 25, TT_KEY_ADMIN_IP, "10.99.99.0/24", "E_IP_ROLE" },
	{ 26, TT_KEY_ADMIN_IP, "10.99.99.255", "E_IP_ROLE" },
	{ 27, TT_KEY_ADMIN_IP, "127.0.0.1", "E_IP_ROLE" },
	{ 27, TT_KEY_ADMIN_IP, "224.0.0.1", "E_IP_ROLE" },
	{ 27, TT_KEY_ADMIN_IP, "0.0.0.0", "E_IP_ROLE" },
	{ 28, TT_KEY_ADMIN_NETMASK, "255.0.255.0", "E_MASK" },
	{ 29, TT_KEY_ADMIN_NETMASK, "255.255.255.254", "E_MASK_RANGE" },
	{ 29, TT_KEY_ADMIN_NETMASK, "0.0.0.0", "E_MASK_RANGE" },
	{ 30, TT_KEY_ADMIN_START, "10.99.98.8", "E_SUBNET" },
	{ 31, TT_KEY_ADMIN_START, "10.99.99.240", "E_SLOTS" },
	{ 32, TT_KEY_ADMIN_NETMASK, "/27", "E_SLOTS" },
	{ 32, TT_KEY_ADMIN_NETMASK, "255.255.255.240", "E_SLOTS" },
	{ 33, TT_KEY_ADMIN_START, "10.99.99.7", "E_SLOTS" },
	{ 34, TT_KEY_DHCP_END, "10.99.99.36", "E_DHCP" },
	{ 35, TT_KEY_ADMIN_NIC, "00:50:56:00:00:01", "E_NIC" },
	{ 35, TT_KEY_ADMIN_NIC, "7", "E_NIC" },
	{ 37, TT_KEY_ADMIN_NIC, "zz:50:56:34:60:4c", "E_MAC" },
	{ 38, TT_KEY_EXTERNAL_NIC, "eth1", "E_NIC_SHARED" },
	{ 39, TT_KEY_EXTERNAL_VLAN, "abc", "E_VLAN" },
	{ 39, TT_KEY_EXTERNAL_VLAN, "4095", "E_VLAN" },
	{ 39, TT_KEY_EXTERNAL_VLAN, "1", "E_VLAN" },
	{ 39, TT_KEY_EXTERNAL_VLAN, "-1", "E_VLAN" },
	{ 41, TT_KEY_EXTERNAL_IP, "10.99.99.20", "E_OVERLAP" },
	{ 42, TT_KEY_EXTERNAL_GATEWAY, "10.88.89.1", "E_GW_SUBNET" },
	{ 43, TT_KEY_EXTERNAL_GATEWAY, "10.88.88.200", "E_GW_SELF" },
	{ 44, TT_KEY_EXTERNAL_END, "10.88.88.2", "E_RANGE_ORDER" },
	{ 45, TT_KEY_EXTERNAL_END, "10.88.88.220", "E_RANGE_HOST" },
	{ 46, TT_KEY_EXTERNAL_END, "10.88.88.3", "E_RANGE_SMALL" },
	{ 47, TT_KEY_DEFAULT_GATEWAY, "192.0.2.1", "E_GW_SUBNET" },
	{ 48, TT_KEY_DNS1, "dns.example", "E_IP" },
	{ 51, TT_KEY_NTP, "a,,b", "E_NAME" },
	{ 51, TT_KEY_NTP, "a,b,c,d,e,f,g,h,i", "E_LENGTH" },
	{ 54, TT_KEY_MAIL_TO, "a b@c.d", "E_MAIL" },
	{ 54, TT_KEY_MAIL_TO, "a@", "E_MAIL" },
	{ 54, TT_KEY_MAIL_TO, "a@b@c", "E_MAIL" },
	{ 55, TT_KEY_CHANNEL, "stable", "E_ENUM" },
	{ 56, TT_KEY_PHONEHOME, "maybe", "E_BOOL" },
	{ 0, TT_KEY_DNS2, "8.8.8.8", "E_IP" },
	{ 0, TT_KEY_DNS_DOMAIN, "a..b", "E_NAME" },
	{ 0, TT_KEY_ROOT_PASSWORD, "seven77", "E_PW_POLICY" },
	{ 0, TT_KEY_EXTERNAL_NETMASK, "/30", "E_MASK_RANGE" },
	{ 0, TT_KEY_ADMIN_IP6, "fe80::zz", "E_IP" },
};

static const char *
first_error(const struct tt_findings *found)
{
	for (size_t i = 0; i < found->n; i++)
		if (found->v[i].severity == TT_ERROR)
			return found->v[i].code;
	return "none";
}

static void
test_bad(void)
{
	tt_auto(tsetup) struct tsetup *ts = session(true);

	type_coal(ts);
	for (size_t i = 0; i < TT_ARRAY_LEN(bad); i++) {
		tt_auto(findings) struct tt_findings found = { 0 };
		tt_auto(free) char *before = tt_xstrdup_null(tsetup_get(ts, bad[i].id));

		TAP_EQ_INT(tsetup_set(ts, bad[i].id, bad[i].text, TS_TYPED, &found),
		    -EINVAL, "row %d: %s '%s' is refused", bad[i].row,
		    tt_keys[bad[i].id].name, bad[i].text);
		TAP_EQ_STR(first_error(&found), bad[i].code, "row %d: %s", bad[i].row,
		    found.n ? found.v[0].text : "");
		TAP_EQ_STR(tsetup_get(ts, bad[i].id), before, "the value stays");
	}
}

static const struct {
	int row;
	enum tt_key_id id;
	const char *text, *value, *warning;
} good[] = {
	{ 10, TT_KEY_COMPANY, "A \"B\" $(id) `x` 'y'", "A \"B\" $(id) `x` 'y'", NULL },
	{ 36, TT_KEY_ADMIN_NIC, "00:50:56:34:60:4C", "00:50:56:34:60:4c", "W_LINK_DOWN" },
	{ 37, TT_KEY_ADMIN_NIC, "0:50:56:34:60:4c", "00:50:56:34:60:4c", "W_LINK_DOWN" },
	{ 37, TT_KEY_ADMIN_NIC, "eth1", "00:50:56:34:60:4c", "W_LINK_DOWN" },
	{ 40, TT_KEY_EXTERNAL_VLAN, "0", "none", NULL },
	{ 46, TT_KEY_EXTERNAL_END, "10.88.88.5", "10.88.88.5", "W_SMALL_RANGE" },
	{ 52, TT_KEY_MAIL_TO, "John@Example.com", "John@Example.com", NULL },
	{ 53, TT_KEY_MAIL_TO, "a&id@c.d", "a&id@c.d", NULL },
	{ 0, TT_KEY_DHCP_END, "10.99.99.40", "10.99.99.40", "W_FEW_LEASES" },
	{ 0, TT_KEY_DNS_SEARCH, "other.example", "other.example", "W_DOMAIN_SPLIT" },
	{ 0, TT_KEY_NTP, "a.b , 10.0.0.1,  fd00::1,local", "a.b,10.0.0.1,fd00::1,local",
	    NULL },
	{ 0, TT_KEY_ADMIN_IP6, "FD00:99:0::7", "fd00:99::7/64", NULL },
	{ 0, TT_KEY_ADMIN_IP6, "addrconf", "addrconf", NULL },
	{ 0, TT_KEY_DNS2, "NONE", "none", NULL },
	{ 0, TT_KEY_DNS2, "2001:DB8::1", "2001:db8::1", NULL },
	{ 0, TT_KEY_DNS_DOMAIN, "123", "123", NULL },
};

static void
test_good(void)
{
	tt_auto(tsetup) struct tsetup *ts = session(true);

	type_coal(ts);
	for (size_t i = 0; i < TT_ARRAY_LEN(good); i++) {
		tt_auto(findings) struct tt_findings found = { 0 };

		TAP_EQ_INT(tsetup_set(ts, good[i].id, good[i].text, TS_TYPED, &found), 0,
		    "row %d: %s '%s' is accepted", good[i].row, tt_keys[good[i].id].name,
		    good[i].text);
		TAP_EQ_STR(tsetup_get(ts, good[i].id), good[i].value, "its normal form");
		TAP_EQ_STR(
		    found.n ? found.v[0].code : NULL, good[i].warning, "its warning");
	}
}

static void
test_suggestions(void)
{
	tt_auto(tsetup) struct tsetup *ts = session(true);
	tt_auto(findings) struct tt_findings found = { 0 };

	type_coal(ts);
	(void)tsetup_judge(ts, TT_KEY_REGION, "US-West", &found);
	TAP_EQ_STR(found.v[0].suggest, "us-west", "the lower-case form is offered");
	tt_findings_release(&found);
	(void)tsetup_judge(ts, TT_KEY_COMPANY, "\u00e4b\033c", &found);
	TAP_EQ_STR(found.v[0].text, "company name: control character at position 3",
	    "positions count characters");
	tt_findings_release(&found);
	(void)tsetup_judge(ts, TT_KEY_ADMIN_START, "10.99.99.240", &found);
	TAP_OK(strstr(found.v[0].text, ".269"), "the last address needed: %s",
	    found.v[0].text);
	tt_findings_release(&found);
	(void)tsetup_judge(ts, TT_KEY_EXTERNAL_VLAN, "4095", &found);
	TAP_EQ_STR(
	    found.v[0].text, "VLAN 4095: 2-4094, or empty for untagged", "the VLAN");
	tt_findings_release(&found);
	(void)tsetup_judge(ts, TT_KEY_ADMIN_START, "10.99.99.7", &found);
	TAP_OK(strstr(found.v[0].text, "slot 0 (assets) is the headnode"), "%s",
	    found.v[0].text);
	tt_findings_release(&found);
	(void)tsetup_judge(ts, TT_KEY_EXTERNAL_END, "10.88.88.220", &found);
	TAP_OK(strstr(found.v[0].text,
		   "10.88.88.3-10.88.88.199 or 10.88.88.201-10.88.88.220"),
	    "both halves are offered: %s", found.v[0].text);
	tt_findings_release(&found);
	(void)tsetup_judge(ts, TT_KEY_ADMIN_NIC, "00:50:56:00:00:01", &found);
	TAP_OK(strstr(found.v[0].text, "present: 00:50:56:3d:a7:95 (eth0)"), "%s",
	    found.v[0].text);
}

/* Errors belong to the question that can still put them right. */
static void
test_order(void)
{
	tt_auto(tsetup) struct tsetup *ts = session(false);
	tt_auto(findings) struct tt_findings found = { 0 };

	tsetup_fill(ts, &found);
	TAP_OK(!tsetup_asked(ts, TT_KEY_ADMIN_NIC),
	    "a single NIC is taken without a question");
	TAP_EQ_STR(tsetup_get(ts, TT_KEY_ADMIN_NIC), "00:50:56:3d:a7:95", "it");
	TAP_EQ_INT(type(ts, TT_KEY_ADMIN_IP, "10.99.99.255"), 0, "no mask yet: accepted");
	TAP_EQ_INT(tsetup_judge(ts, TT_KEY_ADMIN_NETMASK, "", &found), -EINVAL,
	    "the mask makes it the broadcast address");
	TAP_EQ_STR(found.v[0].key, "admin_ip", "and says so");
	TAP_EQ_INT(
	    type(ts, TT_KEY_ADMIN_NETMASK, "255.255.0.0"), 0, "another mask is fine");
	TAP_EQ_INT(type(ts, TT_KEY_ADMIN_IP, "10.99.99.7/24"), 0, "address with length");
	TAP_EQ_STR(
	    tsetup_get(ts, TT_KEY_ADMIN_NETMASK), "255.255.255.0", "sets the mask");
	TAP_OK(!tsetup_asked(ts, TT_KEY_ADMIN_NETMASK), "which is then not asked");
	TAP_EQ_INT(type(ts, TT_KEY_ADMIN_IP, "10.99.99.7/28"), -EINVAL,
	    "its mask is judged too");
	TAP_EQ_INT(type(ts, TT_KEY_ADMIN_START, "10.99.99.100"), 0, "S typed");
	TAP_EQ_INT(
	    type(ts, TT_KEY_ADMIN_IP, "10.1.1.7"), 0, "moving the network is possible");
	TAP_OK(tsetup_asked(ts, TT_KEY_ADMIN_START), "and S is asked again");
	TAP_EQ_INT(type(ts, TT_KEY_ADMIN_IP, "10.99.99.7"), 0, "back");
	TAP_EQ_INT(type(ts, TT_KEY_EXTERNAL, "yes"), 0, "external");
	TAP_EQ_INT(type(ts, TT_KEY_EXTERNAL_NIC, ""), 0, "the only NIC");
	TAP_EQ_INT(type(ts, TT_KEY_EXTERNAL_IP, "10.88.88.200/24"), 0, "its address");
	TAP_EQ_INT(type(ts, TT_KEY_EXTERNAL_GATEWAY, "10.88.88.2"), 0, "its gateway");
	TAP_EQ_INT(type(ts, TT_KEY_EXTERNAL_VLAN, ""), -EINVAL,
	    "untagged on the admin NIC is refused at the VLAN question");
	TAP_EQ_INT(type(ts, TT_KEY_EXTERNAL_VLAN, "102"), 0, "a VLAN is accepted");
	TAP_EQ_INT(type(ts, TT_KEY_DHCP_END, "10.99.99.140"), 0, "a DHCP end");
	TAP_EQ_INT(type(ts, TT_KEY_ADMIN_START, "10.99.99.150"), 0, "S behind it");
	TAP_OK(tsetup_asked(ts, TT_KEY_DHCP_END), "makes the flow stop at the DHCP end");
	TAP_EQ_INT(type(ts, TT_KEY_DEFAULT_GATEWAY, "10.99.99.160"), -EINVAL,
	    "a gateway among the slots");
}

static void
test_following(void)
{
	tt_auto(tsetup) struct tsetup *ts = session(true);
	tt_auto(findings) struct tt_findings found = { 0 };

	type_coal(ts);
	TAP_EQ_INT(
	    type(ts, TT_KEY_EXTERNAL_GATEWAY, "10.88.88.254"), 0, "another gateway");
	TAP_EQ_STR(
	    tsetup_get(ts, TT_KEY_EXTERNAL_START), "10.88.88.1", "the range follows");
	TAP_EQ_STR(
	    tsetup_get(ts, TT_KEY_DEFAULT_GATEWAY), "10.88.88.254", "the route too");
	TAP_EQ_INT(type(ts, TT_KEY_EXTERNAL_START, "10.88.88.50"), 0, "a typed start");
	TAP_EQ_INT(
	    type(ts, TT_KEY_EXTERNAL_GATEWAY, "10.88.88.2"), 0, "the gateway again");
	TAP_EQ_STR(tsetup_get(ts, TT_KEY_EXTERNAL_START), "10.88.88.50", "stays");
	TAP_EQ_STR(
	    tsetup_enter(ts, TT_KEY_EXTERNAL_START), "10.88.88.50", "Enter keeps it");
	TAP_EQ_STR(
	    tsetup_default(ts, TT_KEY_EXTERNAL_START), "10.88.88.3", "its default");
	TAP_EQ_STR(tsetup_enter(ts, TT_KEY_ROOT_PASSWORD), "", "Enter keeps a password");
	TAP_EQ_STR(tsetup_show(ts, TT_KEY_ROOT_PASSWORD), "***", "which is never shown");
	TAP_EQ_INT(type(ts, TT_KEY_ROOT_PASSWORD, ""), 0, "Enter on it");
	TAP_EQ_STR(
	    tsetup_get(ts, TT_KEY_ROOT_PASSWORD), "rootpass", "and it is the same");
	TAP_EQ_INT(type(ts, TT_KEY_EXTERNAL, "n"), 0, "no external network");
	TAP_OK(!tsetup_applies(ts, TT_KEY_EXTERNAL_IP), "its keys have no meaning");
	TAP_OK(!tsetup_asked(ts, TT_KEY_PKGSRC), "packages neither");
	TAP_EQ_STR(tsetup_effective(ts, TT_KEY_DEFAULT_GATEWAY), "none", "and no route");
	TAP_EQ_INT(tsetup_check_all(ts, true, &found), 0, "still complete");
}

static void
test_switches(void)
{
	tt_auto(tsetup) struct tsetup *ts = session(true);
	tt_auto(findings) struct tt_findings found = { 0 };
	tt_auto(strv) char **help = tsetup_help(ts, TT_KEY_ADMIN_IP);
	tt_auto(free) char *all = tt_strv_join(help, "|");

	tsetup_set_coal_image(ts, true);
	TAP_EQ_INT(tsetup_judge(ts, TT_KEY_ROOT_PASSWORD, "root", &found), 0,
	    "a CoaL image takes a short root password");
	TAP_EQ_STR(found.v[0].code, "W_PW_POLICY", "with a warning");
	TAP_OK(tsetup_bool(ts, TT_KEY_KEEP_ANSWERS), "and keeps its answers");
	tsetup_set_external_required(ts, true);
	TAP_EQ_INT(
	    type(ts, TT_KEY_EXTERNAL, "no"), -EINVAL, "over iPXE external is needed");
	TAP_OK(
	    strstr(all, "10.99.99.7") && strstr(all, "admin_network"), "help: %s", all);
}

static void
test_journal(void)
{
	tt_auto(tsetup) struct tsetup *ts = session(true), *again = session(true);
	tt_auto(json) json_t *saved = NULL, *answers = NULL;
	tt_auto(free) char *text = NULL;

	type_coal(ts);
	saved = tsetup_save(ts);
	text = tt_json_line(saved);
	TAP_OK(!strstr(text, "rootpass") && !strstr(text, "adminpass1"),
	    "the journal holds no secrets");
	tsetup_restore(again, saved);
	for (size_t i = 0; i < TT_ARRAY_LEN(coal); i++) {
		bool secret = tt_keys[coal[i].id].flags & TT_KEY_SECRET;

		TAP_EQ_STR(tsetup_get(again, coal[i].id), secret ? NULL : coal[i].value,
		    "%s after a restart", tt_keys[coal[i].id].name);
	}
	TAP_OK(tsetup_asked(again, TT_KEY_ROOT_PASSWORD), "passwords are asked again");
	answers = tsetup_answers_json(ts);
	TAP_EQ_STR(tt_json_str(answers, "admin_ip", ""), "10.99.99.7", "partial answers");
	TAP_EQ_STR(
	    tt_json_str(answers, "admin_netmask", ""), "<default>", "with defaults");
	TAP_OK(!json_object_get(answers, "root_password"), "without passwords");
}

int
main(void)
{
	test_coal();
	test_bad();
	test_good();
	test_suggestions();
	test_order();
	test_following();
	test_switches();
	test_journal();
	return tap_done();
}
