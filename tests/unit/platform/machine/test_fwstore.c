// SPDX-License-Identifier: MPL-2.0
/* The firewall's files: kept, found again, damaged, half written. */
#include "platform/machine/fwstore.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/path.h"
#include "tests/lib/tap.h"

#define A  "aaaaaaaa-4d0f-4a6b-9d0c-0f3c5f0a1b2c"
#define R1 "c0000001-6272-11e3-a746-131978000f45"
#define R2 "c0000002-6272-11e3-a746-131978000f45"
#define R3 "c0000003-6272-11e3-a746-131978000f45"
#define V1 "11111111-a42a-4a27-a9c5-800f57d1e8ed"

static char *dir;

static struct mach_fwstore *
open_store(json_t *bad)
{
	struct mach_fwstore *st = NULL;
	tt_auto(err) struct tt_err *err = NULL;

	TAP_EQ_INT(
	    mach_fwstore_open(dir, bad, &st, &err), 0, "open: %s", tt_err_message(err));
	return st;
}

static json_t *
rule(const char *uuid, const char *text)
{
	return json_pack("{s:s, s:s, s:b, s:s, s:s, s:b}", "uuid", uuid, "rule", text,
	    "enabled", 1, "version", "1.000001", "owner_uuid", A, "log", 0);
}

static void
check_json(json_t *j, const char *want, const char *what)
{
	tt_auto(free) char *got = tt_json_line(j);

	TAP_EQ_STR(got, want, "%s", what);
	json_decref(j);
}

static int
put(struct mach_fwstore *st, const char *uuid, const char *text, struct tt_err **err)
{
	tt_auto(json) json_t *object = rule(uuid, text);

	return mach_fwstore_put_rule(st, object, err);
}

static void
test_rules(void)
{
	tt_auto(fwstore) struct mach_fwstore *st = open_store(NULL);
	tt_auto(err) struct tt_err *err = NULL;
	struct mach_fwstore *again;

	TAP_EQ_INT(put(st, R2, "FROM any TO all vms ALLOW ah", NULL), 0, "a rule");
	TAP_EQ_INT(put(st, R1, "FROM any TO tag web ALLOW ah", NULL), 0, "another");
	TAP_EQ_INT(
	    put(st, R2, "FROM any TO all vms ALLOW esp", NULL), 0, "the first anew");
	TAP_EQ_INT(
	    put(st, R3, "FROM any", &err), -EINVAL, "no rule: %s", tt_err_message(err));
	tt_err_clear(&err);
	TAP_OK(mach_fwstore_rule(st, R3) == NULL, "which is not kept");
	TAP_EQ_INT(put(st, "../x", "FROM any TO all vms ALLOW ah", &err), -EINVAL,
	    "a name that is none: %s", tt_err_message(err));
	tt_err_clear(&err);
	again = open_store(NULL);
	TAP_EQ_STR(tt_json_str(mach_fwstore_rule(again, R2), "rule", ""),
	    "FROM any TO all vms ALLOW esp", "found again as it was last");
	check_json(mach_fwstore_rvms(again), "[]", "no remote VMs");
	TAP_EQ_INT(mach_fwstore_del_rule(again, R2, NULL), 0, "deleted");
	TAP_EQ_INT(mach_fwstore_del_rule(again, R2, &err), -ENOENT, "deleted again");
	TAP_EQ_STR(
	    tt_err_message(err), "rule '" R2 "' not found", "says what is not there");
	mach_fwstore_free(again);
	again = open_store(NULL);
	check_json(mach_fwstore_rules(again),
	    "[{\"uuid\":\"" R1
	    "\",\"rule\":\"FROM any TO tag web ALLOW ah\",\"enabled\":true,"
	    "\"version\":\"1.000001\",\"owner_uuid\":\"" A "\",\"log\":false}]",
	    "the other stays");
	mach_fwstore_free(again);
}

static void
test_damage(void)
{
	static const struct {
		const char *name, *text;
	} files[] = {
		{ "rules/" R2 ".json", "{\"uuid\":\"" R2 "\",\"rule\":\"FROM" },
		{ "rules/" R3 ".json", "{\"uuid\":\"" R1 "\"}" },
		{ "rules/" R1 ".json.new-77", "{" },
		{ "rules/README", "not ours" },
		{ "rvms/" V1 ".json", "[]" },
	};
	tt_auto(json) json_t *bad = json_array();
	struct mach_fwstore *st;

	for (size_t i = 0; i < TT_ARRAY_LEN(files); i++) {
		tt_auto(free) char *path = tt_path_join(dir, files[i].name);

		(void)tt_file_write(
		    path, files[i].text, strlen(files[i].text), 0600, NULL);
	}
	st = open_store(bad);
	TAP_EQ_INT(json_array_size(bad), 3, "three files cannot be used");
	for (size_t i = 0; i < json_array_size(bad); i++)
		tap_note("%s", tt_json_str(json_array_get(bad, i), "message", ""));
	TAP_OK(mach_fwstore_rule(st, R1) != NULL, "the good one counts");
	for (size_t i = 0; i < TT_ARRAY_LEN(files); i++) {
		tt_auto(free) char *path = tt_path_join(dir, files[i].name);

		TAP_EQ_INT(tt_path_exists(path), i != 2, "%s %s", files[i].name,
		    i != 2 ? "stays" : "is gone");
	}
	TAP_EQ_INT(put(st, R2, "FROM any TO all vms ALLOW ah", NULL), 0,
	    "a damaged one can be written anew");
	mach_fwstore_free(st);
}

static void
check_rvm(const char *payload, const char *want)
{
	tt_auto(json) json_t *in = json_loads(payload, 0, NULL);
	tt_auto(err) struct tt_err *err = NULL;
	json_t *out = NULL;

	if (mach_fw_rvm(in, &out, &err) == 0)
		check_json(out, want, payload);
	else
		TAP_EQ_STR(tt_err_message(err), want, "%s", payload);
}

static void
test_rvms(void)
{
	check_rvm(
	    "{\"uuid\":\"" V1 "\",\"owner_uuid\":\"" A "\",\"enabled\":true,\"x\":1,"
	    "\"tags\":{\"a\":1},\"ips\":[\"FD00::0:1\"],\"nics\":[{\"ip\":\"10.0.0.9\"},"
	    "{\"ip\":\"10.0.0.9\",\"ips\":[\"10.0.0.8/24\",\"dhcp\"]}]}",
	    "{\"uuid\":\"" V1 "\",\"owner_uuid\":\"" A
	    "\",\"enabled\":true,\"tags\":{\"a\":1},"
	    "\"ips\":[\"10.0.0.8\",\"10.0.0.9\",\"fd00::1\"]}");
	check_rvm("{\"uuid\":\"" V1 "\",\"owner_uuid\":\"" A "\"}",
	    "{\"uuid\":\"" V1 "\",\"owner_uuid\":\"" A "\",\"enabled\":false,\"tags\":{},"
	    "\"ips\":[]}");
	check_rvm("{\"uuid\":\"x\"}", "remote VM 'x': uuid is not a UUID");
	check_rvm(
	    "{\"uuid\":\"" V1 "\"}", "remote VM '" V1 "': owner_uuid '' is not a UUID");
	check_rvm("{\"uuid\":\"" V1 "\",\"owner_uuid\":\"" A "\",\"tags\":[]}",
	    "remote VM '" V1 "': tags must be an object");
	check_rvm("{\"uuid\":\"" V1 "\",\"owner_uuid\":\"" A "\",\"ips\":[\"10.0.0\"]}",
	    "remote VM '" V1 "': '10.0.0' in ips is no address");
	check_rvm("{\"uuid\":\"" V1 "\",\"owner_uuid\":\"" A "\",\"ips\":[7]}",
	    "remote VM '" V1 "': an entry of ips is no address");
}

static void
test_questions(void)
{
	tt_auto(fwstore) struct mach_fwstore *st = open_store(NULL);
	tt_auto(json) json_t *tags = json_pack("{s:s}", "web", "1"), *rvm = NULL;
	tt_auto(json) json_t *sent = json_pack("{s:s, s:s}", "uuid", V1, "owner_uuid", A);
	struct tt_fw_vm vm = { .uuid = V1, .owner = A, .tags = tags };

	TAP_EQ_INT(
	    put(st, R2, "FROM vm " V1 " TO any BLOCK ah", NULL), 0, "a rule of a VM");
	TAP_EQ_INT(
	    put(st, R3, "FROM any TO tag mail ALLOW ah", NULL), 0, "one of others");
	TAP_OK(mach_fwstore_rule_names(st, R1, &vm) &&
		   mach_fwstore_rule_names(st, R2, &vm) &&
		   !mach_fwstore_rule_names(st, R3, &vm),
	    "two rules name it");
	tt_auto(json) json_t *rules = mach_fwstore_rules_for(st, &vm);
	TAP_EQ_INT(json_array_size(rules), 2, "and are listed");
	vm.owner = R1;
	TAP_OK(!mach_fwstore_rule_names(st, R1, &vm), "not for another owner's VM");
	TAP_OK(!mach_fwstore_rule_names(st, A, &vm), "no such rule");
	TAP_EQ_INT(mach_fw_rvm(sent, &rvm, NULL), 0, "a remote VM");
	TAP_EQ_INT(mach_fwstore_put_rvm(st, rvm, NULL), 0, "is kept over a damaged file");
	TAP_OK(json_equal(mach_fwstore_rvm(st, V1), rvm), "and found");
	TAP_EQ_INT(mach_fwstore_del_rvm(st, V1, NULL), 0, "and deleted");
	TAP_OK(mach_fwstore_rvm(st, V1) == NULL, "gone");
}

int
main(void)
{
	char path[] = "/tmp/fwstore.XXXXXX";
	struct mach_fwstore *st = NULL;
	tt_auto(err) struct tt_err *err = NULL;

	if (mkdtemp(path) == NULL)
		return 2;
	dir = path;
	test_rules();
	test_damage();
	test_rvms();
	test_questions();
	TAP_EQ_INT(tt_remove_tree(path, NULL), 0, "cleaned up");
	(void)tt_file_write(path, "", 0, 0600, NULL);
	TAP_OK(mach_fwstore_open(path, NULL, &st, &err) < 0, "a file for a folder: %s",
	    tt_err_message(err));
	(void)unlink(path);
	return tap_done();
}
