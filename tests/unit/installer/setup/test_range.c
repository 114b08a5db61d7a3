// SPDX-License-Identifier: MPL-2.0
/* The default range of the external network, service slots, and crypt strings. */
#include <crypt.h>
#include <errno.h>
#include <string.h>

#include "installer/setup/tsetup.h"
#include "platform/lib/base/net.h"
#include "platform/lib/base/random.h"
#include "platform/lib/base/str.h"
#include "platform/lib/conf/confkeys.h"
#include "tests/lib/tap.h"

static uint32_t
ip(const char *text)
{
	uint32_t v = 0;

	if (*text && tt_ip4_parse(text, &v, NULL) < 0)
		abort();
	return v;
}

static void
test_range(void)
{
	static const struct {
		const char *gateway, *headnode, *mask, *first, *last;
	} cases[] = {
		{ "10.88.88.2", "10.88.88.200", "/24", "10.88.88.3", "10.88.88.199" },
		{ "10.88.88.1", "10.88.88.2", "/24", "10.88.88.3", "10.88.88.254" },
		{ "10.88.88.254", "10.88.88.1", "/24", "10.88.88.2", "10.88.88.253" },
		{ "10.88.88.254", "10.88.88.200", "/24", "10.88.88.1", "10.88.88.199" },
		{ "10.88.88.1", "10.88.88.128", "/24", "10.88.88.2", "10.88.88.127" },
		{ "10.88.88.1", "10.88.88.1", "/24", "10.88.88.2", "10.88.88.254" },
		{ "", "10.88.88.200", "/24", "10.88.88.1", "10.88.88.199" },
		{ "", "10.88.88.2", "/24", "10.88.88.3", "10.88.88.254" },
		{ "10.0.0.1", "10.200.0.1", "/8", "10.0.0.2", "10.200.0.0" },
		{ "10.88.88.2", "10.88.88.1", "/30", NULL, NULL },
		{ "192.168.1.1", "10.88.88.1", "/24", NULL, NULL },
		{ "10.88.88.255", "10.88.88.1", "/24", NULL, NULL },
		{ "10.88.88.1", "10.88.88.0", "/24", NULL, NULL },
		{ "10.88.88.1", "10.88.88.1", "/32", NULL, NULL },
	};

	for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++) {
		uint32_t mask = 0, first = 0, last = 0;
		char a[TT_IP4_LEN], b[TT_IP4_LEN];
		int r;

		(void)tt_mask4_parse(cases[i].mask, &mask, NULL);
		r = tt_external_range(
		    ip(cases[i].headnode), ip(cases[i].gateway), mask, &first, &last);
		TAP_EQ_INT(r, cases[i].first ? 0 : -ENOENT, "gateway %s headnode %s %s",
		    cases[i].gateway, cases[i].headnode, cases[i].mask);
		if (r < 0)
			continue;
		TAP_EQ_STR(tt_ip4_fmt(first, a), cases[i].first, "its first address");
		TAP_EQ_STR(tt_ip4_fmt(last, b), cases[i].last, "its last address");
	}
}

static void
test_slots(void)
{
	static const struct {
		const char *service;
		int offset;
	} slots[] = { { "assets", 0 }, { "dhcpd", 1 }, { "napi", 2 }, { "binder", 3 },
		{ "manatee", 8 }, { "moray", 9 }, { "ufds", 10 }, { "workflow", 11 },
		{ "rabbitmq", 12 }, { "imgapi", 13 }, { "cnapi", 14 },
		{ "amonredis", 15 }, { "amon", 16 }, { "fwapi", 17 }, { "vmapi", 18 },
		{ "sdc", 19 }, { "papi", 20 }, { "adminui", 22 }, { "sapi", 23 },
		{ "mahi", 24 }, { "nothing", -1 } };

	for (size_t i = 0; i < TT_ARRAY_LEN(slots); i++)
		TAP_EQ_INT(tt_slot_of(slots[i].service), slots[i].offset, "slot of %s",
		    slots[i].service);
}

static void
test_secret_keys(void)
{
	static const char *const secret[] = { "root_shadow", "ufds_admin_pw",
		"ufds_ldap_root_pw", "rabbitmq", "capi_http_admin_pw" };
	static const char *const open[] = { "admin_ip", "ufds_admin_login",
		"rabbitmq_admin_ip" };

	for (size_t i = 0; i < TT_ARRAY_LEN(secret); i++)
		TAP_OK(tt_conf_key_secret(secret[i]), "%s is secret", secret[i]);
	for (size_t i = 0; i < TT_ARRAY_LEN(open); i++)
		TAP_OK(!tt_conf_key_secret(open[i]), "%s is not", open[i]);
}

static const char yescrypt_vector[] =
    "$y$j9T$TritonCoaLdemo01$LrfThNHkm.uFjrFchh6zUdd8l6szo0m/yVqf0oHGQr6";
static const char sha512_vector[] =
    "$6$TritonCoaLdemo01$UlQTMe2t22wulgl0tWCsSdKWy49bH1AhoAqVlnXKetPgQznpTpwmZXF2xdX"
    "ybaB6VNfVD4dHOgbxxOmwyawXJ0";
static const char bad_character[] =
    "$6$TritonCoaLdemo01$UlQTMe2t22wulgl0tWCsSdKWy49bH1AhoAqVlnXKetPgQznpTpwmZXF2xdX"
    "ybaB6VNfVD4dHOgbxxOmwyawXJ:";
static const char long_salt[] =
    "$6$TritonCoaLdemo01x$UlQTMe2t22wulgl0tWCsSdKWy49bH1AhoAqVlnXKetPgQznpTpwmZXF2xd"
    "XybaB6VNfVD4dHOgbxxOmwyawXJ0";

/* The vectors: our strings must be what crypt(3) makes, and our rule must take them. */
static void
test_vectors(void)
{
	static const char *const vectors[] = { yescrypt_vector, sha512_vector };
	struct crypt_data data = { 0 };

	for (size_t i = 0; i < TT_ARRAY_LEN(vectors); i++) {
		tt_auto(judgement) struct tt_judgement j = { 0 };

		TAP_EQ_STR(crypt_r("rootpass", vectors[i], &data), vectors[i],
		    "vector %zu", i + 1);
		tt_keys[TT_KEY_ROOT_HASH].rule(
		    &tt_keys[TT_KEY_ROOT_HASH], vectors[i], &j);
		TAP_OK(!j.code, "our rule takes it");
	}
}

static void
test_crypt(void)
{
	static const struct {
		enum ts_crypt method;
		const char *prefix;
	} methods[] = { { TS_YESCRYPT, "$y$j9T$" }, { TS_SHA512, "$6$" } };
	struct crypt_data data = { 0 };
	char one[384], two[384];

	for (size_t i = 0; i < TT_ARRAY_LEN(methods); i++) {
		tt_auto(judgement) struct tt_judgement j = { 0 };

		tt_random_seed("01");
		TAP_EQ_INT(
		    tsetup_crypt("rootpass", methods[i].method, one, NULL), 0, "hashes");
		TAP_OK(tt_after_prefix(one, methods[i].prefix), "with %s",
		    methods[i].prefix);
		TAP_EQ_STR(crypt_r("rootpass", one, &data), one, "crypt(3) verifies it");
		tt_keys[TT_KEY_ROOT_HASH].rule(&tt_keys[TT_KEY_ROOT_HASH], one, &j);
		TAP_OK(!j.code, "our rule takes it: %s", one);
		tt_random_seed("01");
		(void)tsetup_crypt("rootpass", methods[i].method, two, NULL);
		TAP_EQ_STR(two, one, "a seed gives the same salt");
		tt_random_seed(NULL);
		(void)tsetup_crypt("rootpass", methods[i].method, two, NULL);
		TAP_OK(!tt_streq(two, one), "without one it is another");
	}
}

static void
test_bad_hashes(void)
{
	static const char *const bad[] = { "$1$abc$def", "$5$salt$hash", "$6$salt$short",
		"$y$j9T", "$y$j9T$salt$", "$2b$3$x", "rootpass", bad_character, long_salt,
		"$2a$10$abcdefghijklmnopqrstuuabcdefghijklmnopqrstuvwxyz01234" };

	for (size_t i = 0; i < TT_ARRAY_LEN(bad); i++) {
		tt_auto(judgement) struct tt_judgement j = { 0 };

		tt_keys[TT_KEY_ROOT_HASH].rule(&tt_keys[TT_KEY_ROOT_HASH], bad[i], &j);
		TAP_EQ_STR(j.code, "E_HASH", "%s", bad[i]);
	}
}

int
main(void)
{
	test_range();
	test_slots();
	test_secret_keys();
	test_vectors();
	test_crypt();
	test_bad_hashes();
	return tap_done();
}
