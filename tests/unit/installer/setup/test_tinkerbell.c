// SPDX-License-Identifier: MPL-2.0
/* Provider metadata to answers: every row of the conversion, and what is missing. */
#include <errno.h>
#include <string.h>

#include "installer/setup/tsetup.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/str.h"
#include "tests/lib/tap.h"

static const char plain[] =
    "{\"facility\":\"ams1\",\"network\":{\"interfaces\":[{\"mac\":\"AA:BB:CC:00:00:01\"},"
    "{\"mac\":\"aa:bb:cc:dd:17:2f\"}],\"addresses\":["
    "{\"address\":\"10.1.1.1\",\"public\":false,\"netmask\":\"255.0.0.0\"},"
    "{\"address\":\"2001:db8::1\",\"public\":true},"
    "{\"address\":\"198.51.100.6\",\"netmask\":\"255.255.255.248\","
    "\"gateway\":\"198.51.100.1\",\"public\":true},"
    "{\"address\":\"198.51.100.9\",\"public\":true}]},"
    "\"ssh_keys\":[\"ssh-ed25519 AAAA one\",\"ssh-rsa BBBB two\"]}";

static const struct {
	const char *key, *value;
} wanted[] = {
	{ "datacenter_name", "ams1" },
	{ "region_name", "ams" },
	{ "admin_nic", "aa:bb:cc:dd:17:2f" },
	{ "external_nic", "aa:bb:cc:00:00:01" },
	{ "admin_ip", "10.23.44.10" },
	{ "admin_netmask", "255.255.252.0" },
	{ "external_ip", "198.51.100.6" },
	{ "external_netmask", "255.255.255.248" },
	{ "external_gateway", "198.51.100.1" },
	{ "datacenter_company_name", "none" },
	{ "datacenter_location", "none" },
	{ "dns_resolver1", "8.8.8.8" },
	{ "dns_resolver2", "8.8.4.4" },
	{ "dns_domain", "triton.local" },
	{ "dns_search", "triton.local" },
	{ "ntp_hosts", "0.smartos.pool.ntp.org" },
	{ "mail_to", "root@localhost" },
	{ "mail_from", "support@triton.local" },
	{ "update_channel", "release" },
	{ "config_console", "serial" },
};

static void
test_plain(void)
{
	tt_auto(err) struct tt_err *err = NULL;
	struct ts_tinkerbell t = { 0 };
	const char *root, *admin;

	TAP_EQ_INT(ts_tinkerbell_convert("t", plain, strlen(plain), &t, &err), 0,
	    "converts: %s", tt_err_message(err));
	for (size_t i = 0; i < TT_ARRAY_LEN(wanted); i++)
		TAP_EQ_STR(tt_json_str(t.answers, wanted[i].key, NULL), wanted[i].value,
		    "%s", wanted[i].key);
	TAP_OK(tt_json_bool(t.answers, "skip_final_confirm", false), "fixed true");
	TAP_OK(!tt_json_bool(t.answers, "simple_headers", true), "fixed false");
	TAP_EQ_INT(tt_json_int(t.answers, "external_vlan_id", 9), 0, "untagged");
	root = tt_json_str(t.answers, "root_password", "");
	admin = tt_json_str(t.answers, "admin_password", "");
	TAP_EQ_INT(strlen(root), 32, "a generated root password");
	TAP_OK(strspn(admin, "0123456789abcdef") == 32 && !tt_streq(root, admin),
	    "another for admin");
	TAP_OK(strstr(t.passwords, root) && strstr(t.passwords, admin),
	    "both are in the file of passwords");
	TAP_OK(!json_object_get(t.stored, "root_password") &&
		   !json_object_get(t.stored, "admin_password"),
	    "and not in the stored answers");
	TAP_OK(tt_after_prefix(tt_json_str(t.stored, "root_password_hash", ""), "$"),
	    "which hold a hash");
	TAP_EQ_STR(t.ssh_keys, "ssh-ed25519 AAAA one\nssh-rsa BBBB two\n", "public keys");
	ts_tinkerbell_release(&t);
}

/* The converted answers must be clean for our own judge, and render. */
static void
test_accepted(void)
{
	tt_auto(findings) struct tt_findings found = { 0 };
	tt_auto(tsetup) struct tsetup *ts = tsetup_new();
	struct ts_tinkerbell t = { 0 };
	tt_auto(free) char *text = NULL;

	if (ts_tinkerbell_convert("t", plain, strlen(plain), &t, NULL) < 0)
		abort();
	text = tt_json_line(t.answers);
	TAP_EQ_INT(
	    tsetup_answers_parse(ts, "t", text, strlen(text), &found), 0, "parses");
	TAP_EQ_INT(tsetup_check_all(ts, true, &found), 0, "judged clean");
	for (size_t i = 0; i < found.n; i++)
		tap_note("%s %s: %s", found.v[i].code, found.v[i].key, found.v[i].text);
	for (size_t i = 0; i < TT_KEY_PKGSRC; i++)
		TAP_OK(!tsetup_asked(ts, (enum tt_key_id)i) || i == TT_KEY_ADMIN_START ||
			   i == TT_KEY_EXTERNAL_START || i == TT_KEY_EXTERNAL_END ||
			   i == TT_KEY_DEFAULT_GATEWAY,
		    "%s is answered", tt_keys[i].name);
	ts_tinkerbell_release(&t);
}

static void
test_custom(void)
{
	static const char custom[] =
	    ",\"customdata\":{\"region_name\":\"emea\",\"company_name\":\"Acme\","
	    "\"dns_domain\":\"acme.example\",\"root_password\":\"given12345\","
	    "\"admin_password\":\"given1234\",\"update_channel\":\"dev\"}}";
	tt_auto(buf) struct tt_buf b = TT_BUF_INIT(8192);
	struct ts_tinkerbell t = { 0 };

	(void)tt_buf_add(&b, plain, strlen(plain) - 1);
	(void)tt_buf_adds(&b, custom);
	TAP_EQ_INT(
	    ts_tinkerbell_convert("t", tt_buf_str(&b), b.len, &t, NULL), 0, "converts");
	TAP_EQ_STR(tt_json_str(t.answers, "region_name", ""), "emea", "given region");
	TAP_EQ_STR(
	    tt_json_str(t.answers, "datacenter_company_name", ""), "Acme", "company");
	TAP_EQ_STR(tt_json_str(t.answers, "dns_search", ""), "acme.example", "search");
	TAP_EQ_STR(
	    tt_json_str(t.answers, "mail_from", ""), "support@acme.example", "sender");
	TAP_EQ_STR(
	    tt_json_str(t.answers, "root_password", ""), "given12345", "root password");
	TAP_EQ_STR(tt_json_str(t.answers, "update_channel", ""), "dev", "channel");
	TAP_EQ_STR(t.passwords, "admin_password=given1234\n",
	    "only what has to be known in clear text is in the file");
	ts_tinkerbell_release(&t);
}

static void
test_bad(void)
{
	static const char *const bad[] = { "", "[]", "{}", "{\"facility\":\"a\"}",
		"{\"facility\":\"a\",\"network\":{\"interfaces\":[{\"mac\":\"x\"}]}}",
		"{\"facility\":\"a\",\"network\":{\"interfaces\":[{\"mac\":\"0:1:2:3:4:"
		"5\"}]}}",
		"{\"facility\":\"a\",\"network\":{\"interfaces\":[{\"mac\":\"0:1:2:3:4:"
		"5\"},"
		"{\"mac\":\"0:1:2:3:4:6\"}],\"addresses\":[]}}",
		"{\"facility\":1}" };

	for (size_t i = 0; i < TT_ARRAY_LEN(bad); i++) {
		tt_auto(err) struct tt_err *err = NULL;
		struct ts_tinkerbell t = { 0 };

		TAP_EQ_INT(
		    ts_tinkerbell_convert("metadata", bad[i], strlen(bad[i]), &t, &err),
		    -EINVAL, "refused: %s", bad[i]);
		TAP_OK(
		    strstr(tt_err_message(err), "metadata"), "%s", tt_err_message(err));
	}
}

int
main(void)
{
	test_plain();
	test_accepted();
	test_custom();
	test_bad();
	return tap_done();
}
