// SPDX-License-Identifier: MPL-2.0
/* Whom rules touch, their order, what a server must fetch, and the stored objects. */
#include "platform/lib/model/fwmatch.h"
#include "platform/lib/model/fwobject.h"

#include <errno.h>
#include <string.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/json.h"
#include "tests/lib/tap.h"

#define A     "aaaaaaaa-4d0f-4a6b-9d0c-0f3c5f0a1b2c" /* owners */
#define B     "bbbbbbbb-4d0f-4a6b-9d0c-0f3c5f0a1b2c"
#define V1    "11111111-a42a-4a27-a9c5-800f57d1e8ed" /* VMs */
#define V2    "22222222-a42a-4a27-a9c5-800f57d1e8ed"
#define RULE  "cccccccc-6272-11e3-a746-131978000f45"
#define VALID "FROM ip 10.0.0.1 TO all vms ALLOW tcp PORT 53"

static struct tt_fw_rule *
rule_of(const char *text)
{
	struct tt_fw_rule *rule = NULL;
	tt_auto(err) struct tt_err *err = NULL;

	if (tt_fw_rule_parse(text, strlen(text), NULL, &rule, &err) < 0) {
		tap_note("%s: %s", text, tt_err_message(err));
		abort();
	}
	return rule;
}

static void
test_touches(void)
{
	static const struct {
		const char *rule, *owner;
		unsigned want;
	} cases[] = {
		{ "FROM vm " V1 " TO any ALLOW ah", A, TT_FW_OUT },
		{ "FROM vm " V2 " TO any ALLOW ah", A, 0 },
		{ "FROM vm " V1 " TO any ALLOW ah", B, 0 },
		{ "FROM vm " V1 " TO any ALLOW ah", NULL, TT_FW_OUT },
		{ "FROM ip 10.0.0.5 TO vm " V1 " ALLOW ah", A, TT_FW_IN },
		{ "FROM ip 10.0.0.5 TO vm " V2 " ALLOW ah", A, 0 },
		{ "FROM tag role TO tag role ALLOW ah", A, TT_FW_IN | TT_FW_OUT },
		{ "FROM tag role = web TO tag role = db ALLOW ah", A, TT_FW_OUT },
		{ "FROM tag n = 42 TO tag n = 43 ALLOW ah", A, TT_FW_OUT },
		{ "FROM tag yes = true TO tag yes = false ALLOW ah", A, TT_FW_OUT },
		{ "FROM tag \"r\" = \"0.1\" TO tag r = 1 ALLOW ah", A, TT_FW_OUT },
		{ "FROM all vms TO all vms ALLOW ah", A, TT_FW_IN | TT_FW_OUT },
		{ "FROM any TO all vms ALLOW ah", A, TT_FW_IN },
		{ "FROM (tag nothing OR tag role = web) TO any ALLOW ah", A, TT_FW_OUT },
	};
	tt_auto(json) json_t *tags =
	    json_pack("{s:s, s:i, s:b, s:f}", "role", "web", "n", 42, "yes", 1, "r", 0.1);
	tt_auto(json) json_t *ips = json_pack("[s]", "10.0.0.5");
	struct tt_fw_vm vm = { V1, A, tags, ips, true };

	for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++) {
		tt_auto(fw_rule) struct tt_fw_rule *rule = rule_of(cases[i].rule);

		vm.firewall = true;
		TAP_EQ_INT(tt_fw_touches(rule, cases[i].owner, &vm), cases[i].want, "%s",
		    cases[i].rule);
		vm.firewall = false;
		TAP_EQ_INT(tt_fw_touches(rule, cases[i].owner, &vm), 0,
		    "and nobody whose firewall is off");
	}
}

static void
test_restates(void)
{
	tt_auto(fw_rule) struct tt_fw_rule *allow =
	    rule_of("FROM all vms TO all vms ALLOW tcp PORT 1");
	tt_auto(fw_rule) struct tt_fw_rule *block =
	    rule_of("FROM all vms TO all vms BLOCK tcp PORT 1");
	tt_auto(fw_rule) struct tt_fw_rule *higher =
	    rule_of("FROM all vms TO all vms BLOCK tcp PORT 1 PRIORITY 1");

	TAP_OK(tt_fw_restates(allow, TT_FW_OUT) && !tt_fw_restates(allow, TT_FW_IN),
	    "out is allowed anyway");
	TAP_OK(tt_fw_restates(block, TT_FW_IN) && !tt_fw_restates(block, TT_FW_OUT),
	    "in is blocked anyway");
	TAP_OK(!tt_fw_restates(higher, TT_FW_IN), "a priority makes a rule count");
}

/* Each list is in its order already; every pair must compare so. */
static void
test_order(void)
{
	static const char *const out[] = {
		"FROM tag a TO any ALLOW tcp PORT 9 PRIORITY 100",
		"FROM tag a TO any BLOCK tcp PORT 1 PRIORITY 2",
		"FROM tag a TO ip 10.0.0.1 BLOCK tcp PORT 1",
		"FROM tag a TO any BLOCK tcp PORT 1",
		"FROM tag a TO any BLOCK tcp PORTS 1-3",
		"FROM tag a TO any BLOCK tcp PORT 2",
		"FROM tag a TO any BLOCK tcp (PORT 2 AND PORT 3)",
		"FROM tag a TO any BLOCK tcp PORT all",
		"FROM tag a TO any ALLOW tcp PORT 1",
		"FROM tag a TO any BLOCK udp PORT 1",
	};
	static const char *const in[] = {
		"FROM any TO tag a BLOCK icmp TYPE 3 PRIORITY 1",
		"FROM any TO tag a ALLOW icmp TYPE 3",
		"FROM any TO tag a ALLOW icmp TYPE 3 CODE 1",
		"FROM any TO tag a BLOCK icmp TYPE 3",
	};
	const struct {
		const char *const *texts;
		size_t n;
		enum tt_fw_dir dir;
	} lists[] = { { out, TT_ARRAY_LEN(out), TT_FW_OUT },
		{ in, TT_ARRAY_LEN(in), TT_FW_IN } };

	for (size_t l = 0; l < 2; l++)
		for (size_t i = 0; i < lists[l].n; i++)
			for (size_t k = 0; k < lists[l].n; k++) {
				tt_auto(fw_rule) struct tt_fw_rule *a =
				    rule_of(lists[l].texts[i]);
				tt_auto(fw_rule) struct tt_fw_rule *b =
				    rule_of(lists[l].texts[k]);
				int c = tt_fw_compare(a, b, lists[l].dir);

				TAP_OK((c > 0) - (c < 0) == (i > k) - (i < k),
				    "list %zu: %zu against %zu", l, i, k);
			}
}

static void
test_resolve(void)
{
	static const struct {
		const char *owner, *text;
	} rules[] = {
		{ A, "FROM tag web TO tag db = primary ALLOW tcp PORT 1" },
		{ A, "FROM tag web TO tag db = backup ALLOW tcp PORT 2" },
		{ A, "FROM (tag ops OR vm " V2 ") TO vm " V1 " ALLOW tcp PORT 3" },
		{ B, "FROM tag web TO tag theirs ALLOW tcp PORT 4" },
		{ NULL, "FROM all vms TO tag global ALLOW tcp PORT 5" },
		{ A, "FROM tag other TO tag none ALLOW tcp PORT 6" },
	};
	static const struct {
		const char *query, *want;
	} cases[] = {
		{ "{\"owner_uuid\":\"" A "\",\"tags\":{\"web\":true}}",
		    "{\"rules\":[0,1,4],\"tags\":{\"db\":[\"backup\",\"primary\"],"
		    "\"global\":true},"
		    "\"vms\":[],\"allVMs\":false,\"owner_uuid\":\"" A "\"}" },
		{ "{\"owner_uuid\":\"" A "\",\"vms\":[\"" V1 "\"]}",
		    "{\"rules\":[2,4],\"tags\":{\"global\":true,\"ops\":true},\"vms\":["
		    "\"" V2 "\"],\"allVMs\":false,\"owner_uuid\":\"" A "\"}" },
		{ "{\"owner_uuid\":\"" A "\",\"tags\":{\"db\":\"backup\"}}",
		    "{\"rules\":[1,4],\"tags\":{\"global\":true,\"web\":true},\"vms\":[],"
		    "\"allVMs\":false,\"owner_uuid\":\"" A "\"}" },
		{ "{\"owner_uuid\":\"" A "\",\"tags\":{\"db\":[\"x\",\"primary\"],"
		  "\"global\":true}}",
		    "{\"rules\":[0,4],\"tags\":{\"global\":true,\"web\":true},\"vms\":[],"
		    "\"allVMs\":true,\"owner_uuid\":\"" A "\"}" },
		{ "{\"owner_uuid\":\"" A "\"}",
		    "{\"rules\":[],\"tags\":{},\"vms\":[],\"allVMs\":false,\"owner_"
		    "uuid\":\"" A "\"}" },
	};
	struct tt_fw_entry entries[TT_ARRAY_LEN(rules)];
	tt_auto(json) json_t *numbers = json_array(), *bad = json_pack("{s:i}", "vms", 1);
	tt_auto(err) struct tt_err *err = NULL;
	json_t *none = NULL;

	for (size_t i = 0; i < TT_ARRAY_LEN(rules); i++) {
		json_array_append_new(numbers, json_integer((json_int_t)i));
		entries[i] = (struct tt_fw_entry){ RULE, rules[i].owner,
			rule_of(rules[i].text), json_array_get(numbers, i) };
	}
	for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++) {
		tt_auto(json) json_t *query = json_loads(cases[i].query, 0, NULL),
				     *ret = NULL;
		tt_auto(free) char *got = NULL;

		TAP_EQ_INT(tt_fw_resolve(entries, TT_ARRAY_LEN(rules), query, &ret, NULL),
		    0, "query %zu", i);
		got = tt_json_line(ret);
		TAP_EQ_STR(got, cases[i].want, "its answer");
	}
	TAP_EQ_INT(tt_fw_resolve(entries, 1, bad, &none, &err), -EINVAL, "vms: 1");
	TAP_EQ_STR(tt_err_message(err), "vms must be a list of UUIDs", "is refused");
	for (size_t i = 0; i < TT_ARRAY_LEN(rules); i++) {
		struct tt_fw_rule *rule = NULL;

		memcpy(&rule, &entries[i].rule, sizeof(rule));
		tt_fw_rule_free(rule);
	}
}

static void
check_object(const char *payload, const char *old, bool need_owner, const char *want)
{
	tt_auto(json) json_t *in = json_loads(payload, 0, NULL);
	tt_auto(json) json_t *before = old != NULL ? json_loads(old, 0, NULL) : NULL;
	tt_auto(json) json_t *errors = json_array(), *ret = NULL, *fields = json_array();
	tt_auto(err) struct tt_err *err = NULL;
	tt_auto(free) char *got = NULL;
	const struct tt_fw_object_opts opts = { .language = { .strict_mask = true },
		.need_owner = need_owner,
		.uuid = RULE,
		.version = "7.000001" };
	json_t *e;
	size_t i;

	if (tt_fw_object(in, before, &opts, &ret, NULL, errors, &err) == 0) {
		got = tt_json_line(ret);
	} else {
		json_array_foreach(errors, i, e)
		{
			json_array_append(fields, json_object_get(e, "field"));
			json_array_append(fields, json_object_get(e, "message"));
		}
		got = tt_json_line(fields);
	}
	TAP_EQ_STR(got, want, "%.100s", payload);
}

#define OWNED  "\"owner_uuid\":\"" A "\""
#define WITH   "{\"rule\":\"" VALID "\","
#define STORED "{\"uuid\":\"" RULE "\",\"rule\":\"" VALID "\",\"enabled\":"

static void
test_object(void)
{
	check_object(WITH OWNED "}", NULL, true,
	    STORED "false,\"version\":\"7.000001\"," OWNED ",\"log\":false}");
	check_object(WITH
	    "\"global\":true,\"enabled\":\"true\",\"log\":true,\"version\":\"1.2\","
	    "\"description\":\"d\",\"created_by\":\"c\",\"more\":1}",
	    NULL, true,
	    STORED "true,\"version\":\"1.2\",\"global\":true,\"description\":\"d\","
		   "\"created_by\":\"c\",\"log\":true}");
	check_object(WITH "\"enabled\":true}", NULL, false,
	    STORED "true,\"version\":\"7.000001\",\"global\":true,\"log\":false}");
	check_object("{\"enabled\":true,\"description\":\"new\"}",
	    STORED "false,\"version\":\"1.2\"," OWNED
		   ",\"description\":\"d\",\"log\":true}",
	    true,
	    STORED "true,\"version\":\"7.000001\"," OWNED
		   ",\"description\":\"new\",\"log\":true}");
	check_object("{\"rule\":\"from tag b to any block ah\"," OWNED ",\"uuid\":\"" V1
		     "\"}",
	    NULL, true,
	    "{\"uuid\":\"" V1
	    "\",\"rule\":\"FROM tag \\\"b\\\" TO any BLOCK ah\",\"enabled\":false,"
	    "\"version\":\"7.000001\"," OWNED ",\"log\":false}");
	check_object("{\"enabled\":\"invalid\",\"log\":\"invalid\",\"rule\":\"invalid\","
		     "\"owner_uuid\":\"invalid\",\"uuid\":\"invalid\"}",
	    NULL, false,
	    "[\"rule\",\"Error at character 0: 'invalid', expected: 'FROM', found: "
	    "word\","
	    "\"uuid\",\"Invalid rule UUID\",\"owner_uuid\",\"Invalid owner UUID\","
	    "\"enabled\",\"enabled must be true or false\",\"log\",\"log must be true or "
	    "false\"]");
	check_object("{}", NULL, false, "[\"rule\",\"No rule specified\"]");
	check_object("{\"rule\":\"\"}", NULL, false, "[\"rule\",\"No rule specified\"]");
	check_object("{\"rule\":7}", NULL, false, "[\"rule\",\"rule must be a string\"]");
	check_object("[]", NULL, false, "[\"rule\",\"a rule must be an object\"]");
	check_object("{\"rule\":\"" VALID "\"}", NULL, true,
	    "[\"owner_uuid\",\"owner_uuid required\"]");
	check_object(WITH "\"global\":false}", NULL, true,
	    "[\"owner_uuid\",\"owner_uuid required\"]");
	check_object(WITH "\"global\":\"asdf\"}", NULL, true,
	    "[\"global\",\"global must be true or false\"]");
	check_object(WITH "\"global\":true," OWNED "}", NULL, true,
	    "[\"global\",\"cannot specify both global and owner_uuid\"]");
	check_object(WITH "\"created_by\":{}}", NULL, false,
	    "[\"created_by\",\"created_by must be a string\"]");
	check_object(WITH "\"description\":[\"x\"]}", NULL, false,
	    "[\"description\",\"description must be a string\"]");
	check_object(WITH "\"description\":42}", NULL, false,
	    "[\"description\",\"description must be a string\"]");
}

static void
test_long_strings(void)
{
	tt_auto(free) char *longest = tt_xalloc(257), *bad = NULL, *good = NULL,
			   *want = NULL;

	memset(longest, '0', 256);
	bad = tt_xprintf(WITH "\"description\":\"%s\"}", longest);
	check_object(bad, NULL, false,
	    "[\"description\",\"description must be shorter than 255 characters\"]");
	longest[255] = '\0';
	good = tt_xprintf(WITH "\"created_by\":\"%s\"}", longest);
	want = tt_xprintf(STORED "false,\"version\":\"7.000001\",\"global\":true,"
				 "\"created_by\":\"%s\",\"log\":false}",
	    longest);
	check_object(good, NULL, false, want);
}

static void
test_parsed(void)
{
	static const char *const cases[][2] = {
		{ "FROM tag b TO (tag a = 1 OR tag a = 2 OR tag b) BLOCK tcp PORTS 1-2, "
		  "9",
		    "{\"action\":\"block\",\"protocol\":\"tcp\",\"ports\":[{\"start\":1,"
		    "\"end\":2},9],"
		    "\"tags\":[\"b\",[\"a\",\"1\"],[\"a\",\"2\"]]}" },
		{ "FROM any TO all vms ALLOW icmp (TYPE 8 CODE 0 AND TYPE 3)",
		    "{\"action\":\"allow\",\"protocol\":\"icmp\",\"types\":[\"3\",\"8:"
		    "0\"],"
		    "\"tags\":[]}" },
		{ "FROM any TO all vms ALLOW esp",
		    "{\"action\":\"allow\",\"protocol\":\"esp\",\"ports\":[\"all\"],"
		    "\"tags\":[]}" },
	};
	char version[TT_FW_VERSION_LEN];

	for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++) {
		tt_auto(fw_rule) struct tt_fw_rule *rule = rule_of(cases[i][0]);
		tt_auto(json) json_t *parsed = tt_fw_parsed(rule);
		tt_auto(free) char *got = tt_json_line(parsed);

		TAP_EQ_STR(got, cases[i][1], "parsed: %s", cases[i][0]);
	}
	TAP_EQ_STR(tt_fw_version(1700000000123, 42, version), "1700000000123.000042",
	    "a version tells time and process");
}

int
main(void)
{
	test_touches();
	test_restates();
	test_order();
	test_resolve();
	test_object();
	test_long_strings();
	test_parsed();
	return tap_done();
}
