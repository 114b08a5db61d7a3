// SPDX-License-Identifier: MPL-2.0
/*
 * The packet filter's text: beside expected files, and read by nftables in a network namespace
 * of our own, where a table with its delta must list as the later table loaded whole.
 * `test_nft write` writes the expected files, to be read before they are committed.
 */
#include "platform/machine/nft.h"

#include <errno.h>
#include <nftables/libnftables.h>
#include <sched.h>
#include <string.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/str.h"
#include "tests/lib/tap.h"

#define DIR "tests/unit/platform/machine/nft/"

static struct mach_nft *
table_of(const json_t *world, json_t *skipped)
{
	const struct mach_nft_world w = {
		.vms = json_object_get(world, "vms"),
		.rules = json_object_get(world, "rules"),
		.rvms = json_object_get(world, "rvms"),
		.nictags = json_object_get(world, "nictags"),
	};
	tt_auto(err) struct tt_err *err = NULL;
	struct mach_nft *nft = NULL;

	TAP_EQ_INT(
	    mach_nft_new(&w, skipped, &nft, &err), 0, "a table: %s", tt_err_message(err));
	return nft;
}

static json_t *
load(const char *path)
{
	tt_auto(err) struct tt_err *err = NULL;
	json_t *j = NULL;

	TAP_EQ_INT(
	    tt_json_load(path, TT_MIB, &j, &err), 0, "%s: %s", path, tt_err_message(err));
	return j;
}

static char *
whole_text(const struct mach_nft *nft)
{
	tt_auto(buf) struct tt_buf out = TT_BUF_INIT(MACH_NFT_TEXT_MAX);

	TAP_EQ_INT(mach_nft_whole(nft, &out), 0, "whole");
	return tt_buf_detach(&out);
}

static char *
delta_text(const struct mach_nft *before, const struct mach_nft *after)
{
	tt_auto(buf) struct tt_buf out = TT_BUF_INIT(MACH_NFT_TEXT_MAX);

	TAP_EQ_INT(mach_nft_delta(before, after, &out), 0, "delta");
	return tt_buf_detach(&out);
}

static void
check_file(const char *path, const char *text, bool write)
{
	tt_auto(buf) struct tt_buf want = TT_BUF_INIT(TT_MIB);

	if (write)
		(void)tt_file_write(path, text, strlen(text), 0644, NULL);
	TAP_EQ_INT(tt_file_read(path, &want, NULL), 0, "%s is there", path);
	TAP_EQ_STR(text, tt_buf_str(&want), "and says the same");
}

/*
 * Where the kernel has no conntrack for bridges the lines that need it are left out: every
 * other line is still loaded. What they say is then checked in family inet.
 */
static bool with_ct;

static char *
loadable(const char *text)
{
	tt_auto(buf) struct tt_buf out = TT_BUF_INIT(MACH_NFT_TEXT_MAX);
	const char *end;

	for (; *text != '\0'; text = end + 1) {
		end = strchrnul(text, '\n');
		if (with_ct || memmem(text, (size_t)(end - text), " ct ", 4) == NULL ||
		    memmem(text, (size_t)(end - text), "add map", 7) != NULL)
			tt_buf_addf(&out, "%.*s\n", (int)(end - text), text);
		if (*end == '\0')
			break;
	}
	return tt_buf_detach(&out);
}

static bool
apply(const char *text, const char *what)
{
	tt_auto(free) char *lines = loadable(text);
	tt_auto(err) struct tt_err *err = NULL;
	int r = mach_nft_apply(lines, &err);

	return tap_result(r == 0, "%s: %s", what, tt_err_message(err));
}

static int
compare_strings(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Sets, maps and chains are listed as old as they are: bring them in order of their names. */
static char *
sorted_blocks(const char *text)
{
	tt_auto(buf) struct tt_buf out = TT_BUF_INIT(MACH_NFT_TEXT_MAX);
	char *blocks[512] = { 0 };
	const char *end;
	size_t n = 0;

	text = strchrnul(text, '\n'); /* behind "table bridge tfw {" */
	while (*text == '\n' && n < TT_ARRAY_LEN(blocks)) {
		text += strspn(text, "\n");
		end = strstr(text, "\n\n");
		end = end != NULL ? end : strchrnul(text, '\0');
		blocks[n] = tt_xstrndup(text, (size_t)(end - text));
		if (*end == '\0' && strrchr(blocks[n], '}') != NULL)
			*strrchr(blocks[n], '}') = '\0'; /* the table's */
		while (tt_ends_with(blocks[n], "\n"))
			blocks[n][strlen(blocks[n]) - 1] = '\0';
		n++;
		text = end;
	}
	qsort(blocks, n, sizeof(*blocks), compare_strings);
	for (size_t i = 0; i < n; i++) {
		tt_buf_addf(&out, "%s\n", blocks[i]);
		free(blocks[i]);
	}
	return tt_buf_detach(&out);
}

/* nft's own text of the table that the kernel has, without handles and counts. */
static char *
listed(void)
{
	struct nft_ctx *ctx = nft_ctx_new(NFT_CTX_DEFAULT);
	char *text;

	nft_ctx_output_set_flags(ctx, NFT_CTX_OUTPUT_STATELESS);
	nft_ctx_buffer_output(ctx);
	nft_ctx_buffer_error(ctx);
	TAP_EQ_INT(nft_run_cmd_from_buffer(ctx, "list table bridge tfw"), 0, "listed");
	text = sorted_blocks(nft_ctx_get_output_buffer(ctx));
	nft_ctx_free(ctx);
	return text;
}

static void
check_kernel(const char *before, const char *delta, const char *after)
{
	tt_auto(free) char *changed = NULL, *fresh = NULL, *twice = NULL;

	if (!apply(before, "the kernel takes the table"))
		return;
	apply(delta, "and the change");
	changed = listed();
	apply(after, "and the later table whole, over it");
	fresh = listed();
	TAP_OK(strlen(fresh) > 1000, "which is all there");
	TAP_EQ_STR(changed, fresh, "the change leads to the same");
	apply(after, "and once more");
	twice = listed();
	TAP_EQ_STR(twice, fresh, "which changes nothing");
}

/* A change that does not fit leaves everything as it was. */
static void
check_refused(void)
{
	tt_auto(free) char *before = listed(), *after = NULL;
	tt_auto(err) struct tt_err *err = NULL;

	TAP_EQ_INT(mach_nft_apply("add chain bridge tfw n_new\n"
				  "add rule bridge tfw n_missing drop\n",
		       &err),
	    -EIO, "a transaction with a bad end is refused");
	TAP_OK(strstr(tt_err_message(err), "the old rules stay") != NULL,
	    "and says so: %s", tt_err_message(err));
	after = listed();
	TAP_EQ_STR(after, before, "nothing of it is done");
}

/*
 * Frames in the forward hook carry their VLAN tag: a match on the Ethernet type (two bytes at
 * 12 of the link header) would read 802.1Q there. Only the zones of uplinks look at tags.
 */
static void
check_tagged(const char *text)
{
	static const char type[] = "payload load 2b @ link header + 12";
	struct nft_ctx *ctx = nft_ctx_new(NFT_CTX_DEFAULT);
	tt_auto(free) char *lines = loadable(text);
	const char *said;
	unsigned n = 0;

	nft_ctx_set_dry_run(ctx, true);
	nft_ctx_output_set_debug(ctx, NFT_DEBUG_NETLINK);
	nft_ctx_buffer_output(ctx);
	nft_ctx_buffer_error(ctx);
	TAP_EQ_INT(nft_run_cmd_from_buffer(ctx, lines), 0, "checked without loading");
	said = nft_ctx_get_output_buffer(ctx);
	TAP_OK(strstr(said, "meta load protocol") != NULL, "matches are shown");
	for (const char *at = said; (at = strstr(at, type)) != NULL; at++)
		n++;
	TAP_EQ_INT(n, with_ct ? 1 : 0, "no rule reads the Ethernet type");
	nft_ctx_free(ctx);
}

/* The conntrack lines, in a family whose conntrack every kernel has. */
static void
check_ct_inet(void)
{
	tt_auto(err) struct tt_err *err = NULL;

	TAP_EQ_INT(
	    mach_nft_apply(
		"add table inet t\n"
		"add map inet t zones { typeof iifname . tcp dport : ct zone; }\n"
		"add element inet t zones { \"eno1\" . 5 : 4101 }\n"
		"add chain inet t c { type filter hook prerouting priority -300; }\n"
		"add rule inet t c ct zone set iifname . tcp dport map @zones\n"
		"add rule inet t c ct zone set 4101\n"
		"add chain inet t d { type filter hook forward priority 0; }\n"
		"add rule inet t d ct state established,related accept\n"
		"delete table inet t\n",
		&err),
	    0, "conntrack's lines load in family inet: %s", tt_err_message(err));
}

static void
probe_ct(void)
{
	with_ct = mach_nft_apply("add table bridge probe\nadd chain bridge probe c\n"
				 "add rule bridge probe c ct state established accept\n"
				 "delete table bridge probe\n",
		      NULL) == 0;
	if (with_ct)
		TAP_OK(with_ct, "conntrack in family bridge");
	else
		printf("ok %d - conntrack in family bridge # SKIP this kernel lacks "
		       "nf_conntrack_bridge; the booted image has it\n",
		    ++tap_count);
}

/* 0 to n - 1, the same in every run. */
static unsigned
chance(uint32_t *seed, unsigned n)
{
	*seed = *seed * 1664525 + 1013904223;
	return (*seed >> 16) % n;
}

/*
 * A world by chance: six instances and eight rules, each there or not, with what changes
 * in a life.
 */
static json_t *
random_world(uint32_t *seed)
{
	static const char *const rules[] = {
		"FROM tag r = %d TO tag r = %d ALLOW tcp PORT %d",
		"FROM tag r = %d TO subnet 10.%d.0.0/16 BLOCK udp PORTS %d - 60000",
		"FROM subnet 10.%d.%d.0/24 TO all vms ALLOW tcp PORT %d",
		"FROM all vms TO tag r = %d BLOCK icmp TYPE %d PRIORITY %d",
		"FROM any TO tag r = %d ALLOW icmp6 (TYPE %d AND TYPE 1%d)",
		"FROM (ip 10.0.%d.%d OR ip fd00::%d) TO all vms ALLOW tcp PORT all",
	};
	json_t *vms = json_array(), *rvms = json_array(), *list = json_array();

	for (int i = 0; i < 12; i++) {
		tt_auto(free) char *uuid = tt_xprintf(
		    "%08x-a42a-4a27-a9c5-800f57d1e8ed", chance(seed, 3) + 3 * i);
		tt_auto(free) char *ip =
		    tt_xprintf("10.0.0.%u/24", chance(seed, 4) + 4 * i);
		tt_auto(free) char *value = tt_xprintf("%u", chance(seed, 4));
		const int firewall = (int)chance(seed, 4);
		const int vlan = (int)(2 + chance(seed, 3));
		json_t *vm;

		if (chance(seed, 3) == 0)
			continue;
		vm =
		    json_pack("{s:s, s:s, s:i, s:b, s:{s:s}, s:[{s:s, s:[s], s:i, s:s}]}",
			"uuid", uuid, "owner_uuid", "a", "slot", i, "firewall_enabled",
			firewall, "tags", "r", value, "nics", "mac", "02:08:20:00:00:04",
			"ips", ip, "vlan_id", vlan, "nic_tag", "admin");
		json_array_append_new(i < 8 ? vms : rvms, vm);
	}
	for (unsigned i = 0; i < 12; i++) {
		const char *fmt = rules[i % TT_ARRAY_LEN(rules)];
		tt_auto(buf) struct tt_buf text = TT_BUF_INIT(TT_KIB);
		tt_auto(free) char *uuid =
		    tt_xprintf("%08x-6272-11e3-a746-131978000f45", i);

		for (const char *c = fmt; *c != '\0'; c++)
			if (c[0] == '%' && c[1] == 'd') {
				tt_buf_addf(&text, "%u", 1 + chance(seed, 4));
				c++;
			} else {
				tt_buf_addc(&text, *c);
			}
		json_array_append_new(
		    list, json_pack("{s:s, s:s, s:b, s:b}", "uuid", uuid, "rule",
			      text.data, "enabled", (int)(chance(seed, 4)), "global", 1));
	}
	return json_pack("{s:o, s:o, s:o, s:{s:{s:s, s:s, s:s}}}", "vms", vms, "rvms",
	    rvms, "rules", list, "nictags", "admin", "mac", "52:54:00:00:00:01", "uplink",
	    "eno1", "bridge", "br1");
}

static void
test_random(void)
{
	uint32_t seed = 20240229;
	tt_auto(json) json_t *first = random_world(&seed);
	tt_auto(nft) struct mach_nft *before = table_of(first, NULL);

	for (int i = 0; i < 8; i++) {
		tt_auto(json) json_t *world = random_world(&seed);
		struct mach_nft *after = table_of(world, NULL);
		tt_auto(free) char *whole = whole_text(before);
		tt_auto(free) char *delta = delta_text(before, after);
		tt_auto(free) char *last = whole_text(after);

		check_kernel(whole, delta, last);
		mach_nft_free(before);
		before = after;
	}
}

static void
test_refused_records(void)
{
	static const struct {
		const char *vms, *message;
	} cases[] = {
		{ "[{\"uuid\":\"x\",\"slot\":1}]", "instance 'x': uuid is not a UUID" },
		{ "[{\"uuid\":\"11111111-a42a-4a27-a9c5-800f57d1e8ed\"}]",
		    "instance '11111111-a42a-4a27-a9c5-800f57d1e8ed': slot is not a "
		    "number "
		    "from 0 to 99999999" },
		{ "[{\"uuid\":\"11111111-a42a-4a27-a9c5-800f57d1e8ed\",\"slot\":1,"
		  "\"nics\":[{\"mac\":\"02:00; drop\"}]}]",
		    "instance '11111111-a42a-4a27-a9c5-800f57d1e8ed', NIC 0: mac '02:00; "
		    "drop' "
		    "is no MAC address" },
		{ "[{\"uuid\":\"11111111-a42a-4a27-a9c5-800f57d1e8ed\",\"slot\":1,"
		  "\"nics\":[{\"mac\":\"02:08:20:00:00:04\",\"vlan_id\":4095}]}]",
		    "instance '11111111-a42a-4a27-a9c5-800f57d1e8ed', NIC 0: vlan_id "
		    "4095 is "
		    "not from 0 to 4094" },
	};

	for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++) {
		tt_auto(json) json_t *vms = json_loads(cases[i].vms, 0, NULL);
		const struct mach_nft_world w = { .vms = vms };
		tt_auto(err) struct tt_err *err = NULL;
		struct mach_nft *nft = NULL;

		TAP_EQ_INT(mach_nft_new(&w, NULL, &nft, &err), -EINVAL, "refused");
		TAP_EQ_STR(tt_err_message(err), cases[i].message, "with its reason");
	}
}

static void
test_names(void)
{
	char name[16];

	TAP_EQ_STR(mach_nft_ifname(99999999, 31, name), "t99999999n31", "longest name");
	TAP_EQ_INT(mach_nft_zone("br0", 0), 0, "the host's zone");
	TAP_EQ_INT(mach_nft_zone("br1", 5), 4101, "a VLAN of the second bridge");
	TAP_EQ_INT(mach_nft_zone("br16", 5), 5, "the seventeenth shares with the first");
	TAP_EQ_INT(mach_nft_zone(NULL, 7), 7, "no bridge known");
}

/* One instance 10.0.0.1 with a rule; how the rule changes, and whether that is stricter. */
static void
test_tightened(void)
{
	static const struct {
		const char *before, *after;
		bool want;
	} cases[] = {
		{ "FROM any TO all vms ALLOW tcp PORT 1",
		    "FROM any TO all vms ALLOW tcp PORT 1", false },
		{ "FROM any TO all vms ALLOW tcp PORT 1",
		    "FROM any TO all vms ALLOW tcp PORT 2", true },
		{ "FROM any TO all vms BLOCK ah", "FROM any TO all vms ALLOW ah", false },
		{ "FROM any TO all vms ALLOW ah", "FROM any TO all vms BLOCK ah", true },
		{ "FROM all vms TO any ALLOW ah", "FROM all vms TO any BLOCK ah", true },
		{ "FROM all vms TO any BLOCK ah", "FROM all vms TO any ALLOW ah", false },
		{ "FROM ip 10.0.0.2 TO all vms ALLOW ah",
		    "FROM (ip 10.0.0.2 OR ip 10.0.0.3) TO all vms ALLOW ah", false },
		{ "FROM (ip 10.0.0.2 OR ip 10.0.0.3) TO all vms ALLOW ah",
		    "FROM ip 10.0.0.2 TO all vms ALLOW ah", true },
		{ "FROM all vms TO ip 10.0.0.2 BLOCK ah",
		    "FROM all vms TO (ip 10.0.0.2 OR ip 10.0.0.3) BLOCK ah", true },
		{ "FROM all vms TO (ip 10.0.0.2 OR ip 10.0.0.3) BLOCK ah",
		    "FROM all vms TO ip 10.0.0.2 BLOCK ah", false },
	};

	for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++) {
		struct mach_nft *nft[2];

		for (int k = 0; k < 2; k++) {
			tt_auto(json) json_t *world =
			    json_pack("{s:[{s:s, s:i, s:b, s:[{s:s, s:[s]}]}], s:[{s:s, "
				      "s:s, s:b, s:b}]}",
				"vms", "uuid", "11111111-a42a-4a27-a9c5-800f57d1e8ed",
				"slot", 1, "firewall_enabled", 1, "nics", "mac",
				"02:08:20:00:00:04", "ips", "10.0.0.1/24", "rules",
				"uuid", "c0000001-6272-11e3-a746-131978000f45", "rule",
				k ? cases[i].after : cases[i].before, "enabled", 1,
				"global", 1);

			nft[k] = table_of(world, NULL);
		}
		tt_auto(json) json_t *ips = mach_nft_tightened(nft[0], nft[1]);
		tt_auto(free) char *got = tt_json_line(ips);
		TAP_EQ_STR(got, cases[i].want ? "[\"10.0.0.1\"]" : "[]", "%s -> %s",
		    cases[i].before, cases[i].after);
		mach_nft_free(nft[0]);
		mach_nft_free(nft[1]);
	}
}

int
main(int argc, char **argv)
{
	const bool write = argc > 1 && !strcmp(argv[1], "write");
	tt_auto(json) json_t *world1 = load(DIR "before.json");
	tt_auto(json) json_t *world2 = load(DIR "after.json"), *skipped = json_array();
	tt_auto(nft) struct mach_nft *before = table_of(world1, skipped);
	tt_auto(nft) struct mach_nft *after = table_of(world2, NULL);
	tt_auto(free) char *whole = whole_text(before), *last = whole_text(after);
	tt_auto(free) char *delta = delta_text(before, after);
	tt_auto(free) char *nothing = delta_text(after, after);
	tt_auto(free) char *bad = tt_json_line(skipped);
	tt_auto(json) json_t *stricter = mach_nft_tightened(before, after);
	tt_auto(free) char *stricter_text = tt_json_line(stricter);

	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	check_file(DIR "whole.nft", whole, write);
	check_file(DIR "delta.nft", delta, write);
	TAP_EQ_STR(nothing, "", "no change, no text");
	TAP_EQ_STR(bad,
	    "[{\"uuid\":\"c000000a-6272-11e3-a746-131978000f45\",\"message\":\"rule "
	    "'c000000a-6272-11e3-a746-131978000f45': Error at character 0: 'this', "
	    "expected: "
	    "'FROM', found: word\"}]",
	    "a stored rule that cannot be read is left out and named");
	/* a block was added for all; the third's firewall came on, it has one address */
	TAP_EQ_STR(stricter_text,
	    "[\"10.0.0.5\",\"10.0.5.11\",\"10.0.5.12\",\"fd00:5::11\"]",
	    "whose flows must be judged anew");
	test_tightened();
	test_refused_records();
	test_names();
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0 && unshare(CLONE_NEWNET) < 0) {
		printf("ok %d - nftables # SKIP no network namespaces here: %s\n",
		    ++tap_count, strerror(errno));
		return tap_done();
	}
	probe_ct();
	check_kernel(whole, delta, last);
	check_refused();
	check_tagged(whole);
	check_ct_inet();
	test_random();
	return tap_done();
}
