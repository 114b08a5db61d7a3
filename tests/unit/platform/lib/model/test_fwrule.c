// SPDX-License-Identifier: MPL-2.0
/* The firewall rule language: accepted rules with their canonical texts, refused ones. */
#include "platform/lib/model/fwrule.h"

#include <errno.h>
#include <string.h>

#include "platform/lib/base/alloc.h"
#include "tests/lib/tap.h"

#define U1 "2b7ab6e0-4d0f-4a6b-9d0c-0f3c5f0a1b2c"
#define U2 "9a343ca8-b42a-4a27-a9c5-800f57d1e8ed"

/* An empty canonical text means: the rule is canonical already. */
static const struct {
	const char *text, *canonical;
} valid[] = {
	{ "FROM any TO all vms ALLOW icmp TYPE 8 CODE 0", "" },
	{ "FROM any TO tag edge ALLOW tcp PORT 443",
	    "FROM any TO tag \"edge\" ALLOW tcp PORT 443" },
	{ "from any to tag edge allow tcp (port 80 and port 443)",
	    "FROM any TO tag \"edge\" ALLOW tcp (PORT 80 AND PORT 443)" },
	{ "FROM any TO tag edge ALLOW tcp PORTS 443, 8000-8099",
	    "FROM any TO tag \"edge\" ALLOW tcp PORTS 443, 8000 - 8099" },
	{ "FROM any TO tag edge ALLOW tcp PORTS 8000 - 8099",
	    "FROM any TO tag \"edge\" ALLOW tcp PORTS 8000 - 8099" },
	{ "FROM any TO tag edge ALLOW tcp PORTS 8000 -8099",
	    "FROM any TO tag \"edge\" ALLOW tcp PORTS 8000 - 8099" },
	{ "FROM tag tier = app TO tag tier = store ALLOW tcp PORT 5432",
	    "FROM tag \"tier\" = \"app\" TO tag \"tier\" = \"store\" ALLOW tcp PORT "
	    "5432" },
	{ "FROM tag \"build host\" TO all vms ALLOW tcp PORT 22", "" },
	{ "FROM tag \"k\\(1\\)\" = \"a\\\"b\" TO all vms ALLOW udp PORT 69", "" },
	{ "FROM vm " U1 " TO vm " U2 " ALLOW tcp PORT all", "" },
	{ "FROM (vm " U1 " OR tag ops OR ip 198.51.100.7) TO all vms ALLOW tcp PORT 22",
	    "FROM (ip 198.51.100.7 OR tag \"ops\" OR vm " U1
	    ") TO all vms ALLOW tcp PORT 22" },
	{ "FROM subnet 203.0.113.0/24 TO tag mail BLOCK tcp PORT 25 PRIORITY 1",
	    "FROM subnet 203.0.113.0/24 TO tag \"mail\" BLOCK tcp PORT 25 PRIORITY 1" },
	{ "FROM all vms TO any BLOCK tcp PORT all", "" },
	{ "FROM all vms TO any ALLOW tcp PORT 53 PRIORITY 100", "" },
	{ "FROM all vms TO subnet 192.0.2.0/25 BLOCK udp PORTS 1-65535",
	    "FROM all vms TO subnet 192.0.2.0/25 BLOCK udp PORTS 1 - 65535" },
	{ "FROM all vms TO ip 2001:db8::25 BLOCK tcp PORT 25", "" },
	{ "FROM subnet 2001:db8:40::/48 TO tag web ALLOW tcp PORT 443",
	    "FROM subnet 2001:db8:40::/48 TO tag \"web\" ALLOW tcp PORT 443" },
	{ "FROM any TO all vms ALLOW icmp6 TYPE 128 CODE 0", "" },
	{ "FROM any TO tag router ALLOW icmp6 (TYPE 136 AND TYPE 134 AND TYPE 135)",
	    "FROM any TO tag \"router\" ALLOW icmp6 (TYPE 134 AND TYPE 135 AND TYPE "
	    "136)" },
	{ "FROM all vms TO any BLOCK icmp TYPE all", "" },
	{ "FROM any TO tag vpn ALLOW ah", "FROM any TO tag \"vpn\" ALLOW ah" },
	{ "FROM any TO tag vpn ALLOW esp PRIORITY 5",
	    "FROM any TO tag \"vpn\" ALLOW esp PRIORITY 5" },
	{ "FROM any TO tag vpn ALLOW udp (PORT 500 AND PORT 4500)",
	    "FROM any TO tag \"vpn\" ALLOW udp (PORT 500 AND PORT 4500)" },
	{ "FROM (all vms) TO (any) BLOCK udp PORT 123",
	    "FROM all vms TO any BLOCK udp PORT 123" },
	{ "FROM any TO all vms ALLOW tcp PORT ALL PRIORITY 0",
	    "FROM any TO all vms ALLOW tcp PORT all" },
	{ "FROM any TO all vms ALLOW tcp (PORT ALL)",
	    "FROM any TO all vms ALLOW tcp PORT all" },
	{ "FROM ip 198.51.100.7 TO tag db=primary ALLOW tcp PORT 3306",
	    "FROM ip 198.51.100.7 TO tag \"db\" = \"primary\" ALLOW tcp PORT 3306" },
	{ "FROM tag 42 TO tag x ALLOW tcp PORT 9",
	    "FROM tag \"42\" TO tag \"x\" ALLOW tcp PORT 9" },
	{ "FROM any TO tag a ALLOW tcp PORTS 22",
	    "FROM any TO tag \"a\" ALLOW tcp PORT 22" },
	{ "FROM subnet 0.0.0.0/0 TO all vms ALLOW tcp PORT 80", "" },
	{ "FROM tag a TO tag b BLOCK icmp (TYPE 3 CODE 1 AND TYPE 11)",
	    "FROM tag \"a\" TO tag \"b\" BLOCK icmp (TYPE 3 CODE 1 AND TYPE 11)" },
	{ "FROM any TO all vms ALLOW tcp PORTS 20 - 20", "" },
	{ "FROM any TO all vms ALLOW tcp PORTS 30 - 30, 7",
	    "FROM any TO all vms ALLOW tcp PORTS 7, 30 - 30" },
	{ "FROM subnet 10.0.0.1/8 TO all vms ALLOW tcp PORT 80", "" },
	/* beyond the list: duplicates, order, absorption, escapes, blanks */
	{ "FROM (tag a = 1 OR tag b OR tag a = 2 OR tag a) TO all vms ALLOW tcp PORT 1",
	    "FROM (tag \"a\" OR tag \"b\") TO all vms ALLOW tcp PORT 1" },
	{ "FROM (tag a OR tag a = 2) TO all vms ALLOW tcp PORT 1",
	    "FROM tag \"a\" TO all vms ALLOW tcp PORT 1" },
	{ "FROM (ip fd00::1 OR ip fd00:0::1 OR ip 10.0.0.9 OR ip 10.0.0.10) TO all vms "
	  "ALLOW tcp PORT 1",
	    "FROM (ip 10.0.0.10 OR ip 10.0.0.9 OR ip fd00::1) TO all vms ALLOW tcp PORT "
	    "1" },
	{ "FROM subnet fd00::/008 TO all vms ALLOW tcp PORT 022",
	    "FROM subnet fd00::/8 TO all vms ALLOW tcp PORT 22" },
	{ "FROM any TO all vms ALLOW icmp (TYPE 8 CODE 0 AND TYPE 3 CODE 11 AND TYPE 40 "
	  "AND TYPE 3 CODE 1 AND TYPE 30 AND TYPE 3 CODE 5)",
	    "FROM any TO all vms ALLOW icmp (TYPE 3 CODE 1 AND TYPE 3 CODE 5 AND "
	    "TYPE 3 CODE 11 AND TYPE 8 CODE 0 AND TYPE 30 AND TYPE 40)" },
	{ "FROM tag \"\\u2603\" = \"\\uD83D\\uDE00/\" TO tag \"\xe2\x98\x83\" ALLOW ah",
	    "FROM tag \"\xe2\x98\x83\" = \"\xf0\x9f\x98\x80/\" TO tag \"\xe2\x98\x83\" "
	    "ALLOW ah" },
	{ "FROM tag \"(\" = \"\\/\\n\\u0001\" TO tag \")\" BLOCK udp PORT 53",
	    "FROM tag \"\\(\" = \"/\\n\\u0001\" TO tag \"\\)\" BLOCK udp PORT 53" },
	{ "FROM(tag port-80 OR tag From)TO\n\tany\r\nBLOCK udp(PORT 1)",
	    "FROM (tag \"From\" OR tag \"port-80\") TO any BLOCK udp PORT 1" },
	{ "FROM ip 10.99.99.99 TO tag \"\" ALLOW tcp PORT 22", "" },
};

#define EXPECT_ADDRESS "expected: 'IPV4ADDR', 'IPV6ADDR', found: "
#define IS_INVALID(n)  " TO all vms ALLOW tcp PORT " n

/* All are judged by version 4 with masks enforced. */
static const struct {
	const char *text, *message;
} invalid[] = {
	{ "", "Error at character 0: '', expected: 'FROM', found: empty string" },
	{ "invalid", "Error at character 0: 'invalid', expected: 'FROM', found: word" },
	{ "FROM any TO any ALLOW tcp PORT 22", "rule does not affect VMs" },
	{ "FROM ip 198.51.100.7 TO subnet 203.0.113.0/24 BLOCK udp PORT 53",
	    "rule does not affect VMs" },
	{ "From any To all vms Allow tcp Port 22",
	    "Error at character 0: 'From', expected: 'FROM', found: word" },
	{ "FROM any TO all vms PERMIT tcp PORT 22",
	    "Error at character 19: 'PERMIT', expected: 'TO', 'BLOCK', 'ALLOW', found: "
	    "word" },
	{ "FROM any TO all vms ALLOW sctp PORT 22",
	    "Error at character 25: 'sctp', expected: 'TCP', 'UDP', 'ICMP', 'ICMP6', "
	    "'AH', "
	    "'ESP', found: word" },
	{ "FROM any TO all vms ALLOW tcp",
	    "Error at character 29: '', expected: '(', 'PORT', 'PORTS', found: EOF" },
	{ "FROM any TO all vms ALLOW tcp PORT 0", "Port number \"0\" is invalid" },
	{ "FROM any TO all vms ALLOW tcp PORT 65536",
	    "Port number \"65536\" is invalid" },
	{ "FROM any TO all vms ALLOW tcp PORT 99999999999999999999",
	    "Port number \"99999999999999999999\" is invalid" },
	{ "FROM any TO all vms ALLOW tcp PORT 22-25",
	    "Port number \"22-25\" is invalid" },
	{ "FROM any TO all vms ALLOW tcp PORTS 25-22",
	    "The end of the range (22) cannot be less than the start (25)" },
	{ "FROM any TO all vms ALLOW tcp PORTS 20 - 10",
	    "The end of the range (10) cannot be less than the start (20)" },
	{ "FROM any TO all vms ALLOW tcp PORTS all",
	    "Error at character 35: 'all', expected: 'WORD', found: ALL" },
	{ "FROM any TO all vms ALLOW tcp PORTS 1-20-30",
	    "\"1-20-30\" is not a valid port number or range" },
	{ "FROM any TO all vms ALLOW tcp PORTS 0-20", "Port number \"0\" is invalid" },
	{ "FROM any TO all vms ALLOW tcp PORTS 20-65537",
	    "Port number \"65537\" is invalid" },
	{ "FROM any TO all vms ALLOW tcp PORTS 20-bar",
	    "Port number \"bar\" is invalid" },
	{ "FROM any TO all vms ALLOW tcp PORTS bar-20",
	    "Port number \"bar\" is invalid" },
	{ "FROM any TO all vms ALLOW tcp PORTS 1-", "Port number \"\" is invalid" },
	{ "FROM any TO all vms ALLOW tcp (PORT all AND PORT 22)",
	    "Error at character 39: 'AND', expected: 'EOF', 'PRIORITY', ')', found: "
	    "AND" },
	{ "FROM ip 10.0.0.1 TO all vms ALLOW TCP (port ALL AND port 53)",
	    "Error at character 47: 'AND', expected: 'EOF', 'PRIORITY', ')', found: "
	    "AND" },
	{ "FROM ip 10.0.0.1 TO all vms ALLOW TCP (port 53 AND port ALL)",
	    "Error at character 55: 'ALL', expected: 'WORD', found: ALL" },
	{ "FROM any TO all vms ALLOW tcp (PORT 1",
	    "Error at character 37: '', expected: ')', 'AND', found: EOF" },
	{ "FROM any TO all vms ALLOW tcp PORT 1 AND PORT 2",
	    "Error at character 36: 'AND', expected: 'EOF', 'PRIORITY', found: AND" },
	{ "FROM (all vms OR tag one) TO ip 10.0.0.1 ALLOW udp port 53",
	    "Error at character 13: 'OR', expected: ')', found: OR" },
	{ "FROM tag one TO (all vms OR tag two) ALLOW udp port 53",
	    "Error at character 24: 'OR', expected: ')', found: OR" },
	{ "FROM (any OR tag one) TO ip 10.0.0.1 ALLOW udp port 53",
	    "Error at character 9: 'OR', expected: ')', found: OR" },
	{ "FROM ip 10.0.0.1 TO (any OR tag one) ALLOW udp port 53",
	    "Error at character 24: 'OR', expected: ')', found: OR" },
	{ "FROM tag a, tag b TO all vms ALLOW ah",
	    "Error at character 10: ',', expected: 'TO', ')', 'OR', '=', 'BLOCK', "
	    "'ALLOW', "
	    "found: ," },
	{ "FROM (tag a AND tag b) TO all vms ALLOW ah",
	    "Error at character 11: 'AND', expected: 'TO', ')', 'OR', '=', 'BLOCK', "
	    "'ALLOW', found: AND" },
	{ "FROM ip 10.0.0.1 OR ip 10.0.0.2 TO all vms ALLOW ah",
	    "Error at character 16: 'OR', expected: 'TO', 'BLOCK', 'ALLOW', found: OR" },
	{ "FROM (tag a TO all vms ALLOW ah",
	    "Error at character 11: 'TO', expected: ')', 'OR', found: TO" },
	{ "FROM tag a ALLOW ah",
	    "Error at character 10: 'ALLOW', expected: 'TO', found: ALLOW" },
	{ "FROM tag a TO tag b TO tag c ALLOW ah",
	    "Error at character 19: 'TO', expected: 'BLOCK', 'ALLOW', found: TO" },
	{ "FROM foo TO ip 8.8.8.8 ALLOW udp port 53",
	    "Error at character 4: 'foo', expected: '(', 'all', 'any', 'ip', 'subnet', "
	    "'vm', "
	    "'tag', found: word" },
	{ "FROM ip 10.99.99.99.254 TO tag smartdc_role ALLOW tcp port 22",
	    "Error at character 19: '.254 TO tag smartdc_', found: unexpected text" },
	{ "FROM ip 300.1.2.3" IS_INVALID("1"), "IPv4 address \"300.1.2.3\" is invalid" },
	{ "FROM ip 10.01.2.3" IS_INVALID("1"), "IPv4 address \"10.01.2.3\" is invalid" },
	{ "FROM ip 0.0.0.0" IS_INVALID("1"), "IPv4 address \"0.0.0.0\" is invalid" },
	{ "FROM ip 255.255.255.255" IS_INVALID("1"),
	    "IPv4 address \"255.255.255.255\" is invalid" },
	{ "FROM ip 2001:DB8::1" IS_INVALID("1"),
	    "Error at character 7: '2001', " EXPECT_ADDRESS "word" },
	{ "FROM tag foo TO ip fd00::12345 ALLOW udp port 53",
	    "IPv6 address \"fd00::12345\" is invalid" },
	{ "FROM ip 1:2:3:4:5:6:7:8:9:a:b:c:d:e:f:1:2:3:4:5:6:7:8:9:0:1:2:3" IS_INVALID(
	      "1"),
	    "IPv6 address \"1:2:3:4:5:6:7:8:9:a:b:c:d:e:f:1:2:3:4:5:6:7:8:9:0:1:2:3\" is "
	    "invalid" },
	{ "FROM subnet 192.0.2.9" IS_INVALID("1"),
	    "Error at character 21: 'TO', expected: 'CIDRSUFFIX', found: TO" },
	{ "FROM subnet 192.0.2.0/33" IS_INVALID("1"),
	    "Subnet \"192.0.2.0/33\" is invalid (bad prefix length)" },
	{ "FROM subnet 10.350.0.0/24" IS_INVALID("1"),
	    "Subnet \"10.350.0.0/24\" is invalid (bad address component)" },
	{ "FROM subnet 10.8.0.0/5" IS_INVALID("1"),
	    "Subnet \"10.8.0.0/5\" is invalid (bits set to right of mask)" },
	{ "FROM subnet fd005::/64" IS_INVALID("1"),
	    "Subnet \"fd005::/64\" is invalid (bad address component)" },
	{ "FROM subnet fd00::/130" IS_INVALID("1"),
	    "Subnet \"fd00::/130\" is invalid (bad prefix length)" },
	{ "FROM subnet fd00::/2" IS_INVALID("1"),
	    "Subnet \"fd00::/2\" is invalid (bits set to right of mask)" },
	{ "FROM vm 1234" IS_INVALID("1"), "UUID \"1234\" is invalid" },
	{ "FROM all vms TO any BLOCK icmp TYPE 256", "ICMP type \"256\" is invalid" },
	{ "FROM all vms TO any BLOCK icmp TYPE 8 CODE 256",
	    "ICMP code \"256\" is invalid" },
	{ "FROM all vms TO any BLOCK icmp6 TYPE foo", "ICMP type \"foo\" is invalid" },
	{ "FROM all vms TO any BLOCK icmp PORT 8",
	    "Error at character 30: 'PORT', expected: '(', 'TYPE', found: PORT" },
	{ "FROM all vms TO any BLOCK ah PORT 1",
	    "Error at character 28: 'PORT', expected: 'EOF', 'PRIORITY', found: PORT" },
	{ "FROM all vms TO ip 2001:db8::1 BLOCK icmp TYPE 8",
	    "rule affects ICMPv4 but contains a non-IPv4 address" },
	{ "FROM all vms TO subnet fe80::/64 BLOCK ICMP TYPE 8",
	    "rule affects ICMPv4 but contains a non-IPv4 subnet" },
	{ "FROM all vms TO ip 1.2.3.4 BLOCK ICMP6 TYPE 128",
	    "rule affects ICMPv6 but contains a non-IPv6 address" },
	{ "FROM all vms TO subnet 10.0.0.0/8 BLOCK ICMP6 TYPE 128",
	    "rule affects ICMPv6 but contains a non-IPv6 subnet" },
	{ "FROM tag a TO tag b ALLOW TCP PORT all PRIORITY 101",
	    "Priority level \"101\" is invalid" },
	{ "FROM tag a TO tag b ALLOW TCP PORT all PRIORITY immediate",
	    "Priority level \"immediate\" is invalid" },
	{ "FROM tag a TO tag b ALLOW ah PRIORITY -1",
	    "Error at character 37: '-', expected: 'WORD', found: -" },
	{ "PRIORITY 1 FROM tag a TO tag b ALLOW ah",
	    "Error at character 0: 'PRIORITY', expected: 'FROM', found: PRIORITY" },
	{ "FROM tag a TO tag b ALLOW ah PRIORITY 1 PRIORITY 2",
	    "Error at character 39: 'PRIORITY', expected: 'EOF', found: PRIORITY" },
	{ "FROM tag \"a TO tag b ALLOW ah",
	    "Error at character 9: '\"a TO tag b ALLOW ah', found: unexpected text" },
	{ "FROM tag \"\\q\" TO tag b ALLOW ah",
	    "Error at character 9: '\"\\q\" TO tag b ALLOW ', found: unexpected text" },
	{ "FROM tag \"\\u0000\" TO tag b ALLOW ah",
	    "\"\\u0000\" is not a valid tag text (an escape in it is no character)" },
	{ "FROM tag \"\\ud800x\" TO tag b ALLOW ah",
	    "\"\\ud800x\" is not a valid tag text (an escape in it is no character)" },
	{ "FROM tag a b TO all vms ALLOW ah", "Error at character 10: 'b', expected: "
					      "'TO', ')', 'OR', '=', 'BLOCK', 'ALLOW', "
					      "found: word" },
	{ "FROM tag a = b = c TO all vms ALLOW ah",
	    "Error at character 14: '=', expected: 'TO', ')', 'OR', 'BLOCK', 'ALLOW', "
	    "found: =" },
	{ "FROM tag port TO all vms ALLOW ah",
	    "Error at character 8: 'port', expected: 'WORD', 'STRING', found: PORT" },
	{ "FROM tag a TO all vms ALLOW tcp PORT 22 udp PORT 53",
	    "Error at character 39: 'udp', expected: 'EOF', 'PRIORITY', ')', 'AND', "
	    "found: UDP" },
	{ "FROM tag \"\xe2\x98\x83\" TO all vms ALLOW sctp",
	    "Error at character 29: 'sctp', expected: 'TCP', 'UDP', 'ICMP', 'ICMP6', "
	    "'AH', "
	    "'ESP', found: word" },
	{ "FROM tag \xff TO all vms ALLOW ah", "rule text is not valid UTF-8 at byte 9" },
};

static int
parse(const char *text, unsigned version, bool strict, char **ret, struct tt_err **err)
{
	const struct tt_fw_opts opts = { .version = version, .strict_mask = strict };
	tt_auto(fw_rule) struct tt_fw_rule *rule = NULL;
	tt_auto(buf) struct tt_buf out = TT_BUF_INIT(TT_FW_TEXT_MAX);
	/* exactly as long as the text, so that the sanitizer sees a read behind its end */
	const size_t len = strlen(text);
	tt_auto(free) char *copy = tt_xalloc(len + 1);
	int r;

	memcpy(copy, text, len);
	copy = tt_xrealloc(copy, len > 0 ? len : 1);
	r = tt_fw_rule_parse(copy, len, &opts, &rule, err);
	if (r < 0)
		return r;
	r = tt_fw_rule_text(rule, &out);
	*ret = tt_buf_detach(&out);
	return r;
}

static void
test_valid(void)
{
	for (size_t i = 0; i < TT_ARRAY_LEN(valid); i++) {
		tt_auto(free) char *text = NULL, *again = NULL;
		tt_auto(err) struct tt_err *err = NULL;
		const char *want =
		    valid[i].canonical[0] ? valid[i].canonical : valid[i].text;

		if (parse(valid[i].text, 0, false, &text, &err) < 0) {
			TAP_EQ_STR(tt_err_message(err), "no error", "rule %zu", i + 1);
			continue;
		}
		TAP_EQ_STR(text, want, "canonical of rule %zu", i + 1);
		TAP_EQ_INT(parse(text, 0, false, &again, NULL), 0, "accepted again");
		TAP_EQ_STR(again, text, "and the same");
	}
}

static void
test_invalid(void)
{
	for (size_t i = 0; i < TT_ARRAY_LEN(invalid); i++) {
		tt_auto(free) char *text = NULL;
		tt_auto(err) struct tt_err *err = NULL;

		TAP_EQ_INT(parse(invalid[i].text, 0, true, &text, &err), -EINVAL,
		    "refused: %s", invalid[i].text);
		TAP_EQ_STR(tt_err_message(err), invalid[i].message, "with its reason");
	}
}

static void
test_versions(void)
{
	static const struct {
		unsigned version;
		const char *text, *message;
	} cases[] = {
		{ 1, "FROM tag foo TO tag bar ALLOW TCP PORTS 20-30", "port ranges" },
		{ 2, "FROM tag a to ip fd00::1 ALLOW tcp PORT 80", "IPv6" },
		{ 2, "FROM tag a to subnet fd00::/64 ALLOW tcp PORT 80", "IPv6" },
		{ 2, "FROM tag a to tag b ALLOW icmp6 TYPE 135", "IPv6" },
		{ 2, "FROM tag a to tag b ALLOW icmp TYPE ALL", "all ICMP types" },
		{ 3, "FROM tag a to tag b ALLOW ah", "the AH and ESP protocols" },
		{ 3, "FROM tag a to tag b ALLOW udp PORT 1 PRIORITY 1",
		    "priority levels" },
	};
	tt_auto(free) char *text = NULL, *lower = NULL;

	for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++) {
		tt_auto(free) char *want =
		    tt_xprintf("The rule uses a feature (%s) newer than this API allows",
			cases[i].message);
		tt_auto(free) char *out = NULL, *next = NULL;
		tt_auto(err) struct tt_err *err = NULL;

		(void)parse(cases[i].text, cases[i].version, false, &out, &err);
		TAP_EQ_STR(tt_err_message(err), want, "version %u", cases[i].version);
		TAP_EQ_INT(parse(cases[i].text, cases[i].version + 1, false, &next, NULL),
		    0, "the next accepts it");
	}
	TAP_EQ_INT(
	    parse("From (IP 2001:DB8::1 or Vm 2B7AB6E0-4D0F-4A6B-9D0C-0F3C5F0A1B2C) tO "
		  "All vms alLow tcp poRt 1",
		TT_FW_V5, true, &text, NULL),
	    0, "version 5 takes any case");
	TAP_EQ_STR(text, "FROM (ip 2001:db8::1 OR vm " U1 ") TO all vms ALLOW tcp PORT 1",
	    "and writes it as the others do");
	TAP_EQ_INT(parse("FROM vm 2B7AB6E0-4D0F-4A6B-9D0C-0F3C5F0A1B2C TO any ALLOW ah",
		       TT_FW_V4, true, &lower, NULL),
	    -EINVAL, "version 4 does not");
}

/* word(1) join word(2) ... with brackets when there is more than one */
static char *
many(unsigned n, const char *word, const char *join)
{
	tt_auto(buf) struct tt_buf b = TT_BUF_INIT(TT_FW_TEXT_MAX);

	for (unsigned i = 1; i <= n; i++)
		tt_buf_addf(&b, "%s%s%u", i > 1 ? join : "(", word, i);
	tt_buf_addc(&b, ')');
	return tt_buf_detach(&b);
}

static void
test_limits(void)
{
	static const struct {
		unsigned version, n;
		const char *fmt, *word, *join, *message;
	} cases[] = {
		{ 4, 24, "FROM %s TO all vms ALLOW ah", "ip 10.0.0.", " OR ",
		    "no error" },
		{ 4, 25, "FROM %s TO all vms ALLOW ah", "ip 10.0.0.", " OR ",
		    "maximum of 24 targets allowed per side" },
		{ 4, 25, "FROM all vms TO %s BLOCK ah", "tag t", " OR ",
		    "maximum of 24 targets allowed per side" },
		{ 4, 24, "FROM any TO all vms ALLOW tcp %s", "port ", " AND ",
		    "no error" },
		{ 4, 25, "FROM any TO all vms ALLOW tcp %s", "port ", " AND ",
		    "maximum of 24 ports allowed" },
		{ 3, 8, "FROM any TO all vms ALLOW tcp %s", "port ", " AND ",
		    "no error" },
		{ 3, 9, "FROM any TO all vms ALLOW tcp %s", "port ", " AND ",
		    "maximum of 8 ports allowed" },
		{ 4, 25, "FROM any TO all vms ALLOW icmp %s", "type ", " AND ",
		    "maximum of 24 types allowed" },
		{ 3, 9, "FROM any TO all vms ALLOW icmp6 %s", "type ", " AND ",
		    "maximum of 8 types allowed" },
		{ 4, 600, "FROM any TO all vms ALLOW icmp %s", "type ", " AND ",
		    "ICMP type \"256\" is invalid" },
	};
	tt_auto(free) char *long_text = tt_xalloc(TT_FW_TEXT_MAX + 2), *out = NULL;
	tt_auto(err) struct tt_err *err = NULL;

	for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++) {
		tt_auto(free) char *list = many(cases[i].n, cases[i].word, cases[i].join);
		const char *gap = strstr(cases[i].fmt, "%s");
		tt_auto(free) char *text = tt_xprintf(
		    "%.*s%s%s", (int)(gap - cases[i].fmt), cases[i].fmt, list, gap + 2);
		tt_auto(free) char *canonical = NULL;
		tt_auto(err) struct tt_err *e = NULL;

		(void)parse(text, cases[i].version, true, &canonical, &e);
		TAP_EQ_STR(tt_err_message(e), cases[i].message,
		    "%u of '%s' in version %u", cases[i].n, cases[i].word,
		    cases[i].version);
	}
	memset(long_text, ' ', TT_FW_TEXT_MAX + 1);
	TAP_EQ_INT(parse(long_text, 0, true, &out, &err), -EINVAL, "a text without end");
	TAP_EQ_STR(tt_err_message(err),
	    "rule text has 32769 bytes, at most 32768 are allowed",
	    "is refused by its length");
}

int
main(void)
{
	test_valid();
	test_invalid();
	test_versions();
	test_limits();
	return tap_done();
}
