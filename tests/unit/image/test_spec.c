// SPDX-License-Identifier: MPL-2.0
/*
 * The build specification: order, types, unknown keys, keys that lost their meaning.
 */
#include "image/spec.h"

#include <errno.h>

#include "platform/lib/base/json.h"
#include "platform/lib/base/str.h"
#include "tests/lib/tap.h"

static int
parse(struct spec *s, const char *text, struct tt_err **err)
{
	return spec_parse(s, "build.spec", text, strlen(text), err);
}

static void
test_order(void)
{
	tt_auto(spec) struct spec s = { 0 };
	tt_auto(err) struct tt_err *err = NULL;
	tt_auto(json) json_t *j = NULL;

	TAP_EQ_INT(
	    parse(&s, "{\"image-size\":\"4gb\",\"ipxe\":\"yes\",\"coal-memsize\":8192}",
		&err),
	    0, "build.spec: %s", tt_err_message(err));
	TAP_EQ_INT(parse(&s, "{\"image-size\":\"16gb\",\"smt_enabled\":false}", &err), 0,
	    "build.spec.local");
	TAP_EQ_INT(spec_set(&s, "image-size=2gb", &err), 0, "command line");
	TAP_EQ_INT(spec_set(&s, "root-password=a=b", &err), 0, "a value may hold '='");
	TAP_EQ_INT(spec_finish(&s, &err), 0, "finish: %s", tt_err_message(err));
	TAP_EQ_STR(spec_text(&s, SPEC_IMAGE_SIZE), "2gb", "the last one counts");
	TAP_OK(spec_bool(&s, SPEC_IPXE), "text yes is true");
	TAP_OK(!spec_bool(&s, SPEC_SMT_ENABLED), "false is false");
	TAP_EQ_INT(spec_number(&s, SPEC_COAL_MEMSIZE), 8192, "number");
	TAP_EQ_INT(
	    spec_number(&s, SPEC_COAL_ZPOOL_DISK_SIZE), 40LL << 30, "default size");
	TAP_EQ_STR(spec_text(&s, SPEC_MEDIUM), "usb", "default");
	TAP_OK(
	    spec_given(&s, SPEC_IPXE) && !spec_given(&s, SPEC_MEDIUM), "what was given");
	j = spec_json(&s);
	TAP_EQ_STR(
	    tt_json_str(j, "root-password", ""), "given", "a password is not shown");
	TAP_EQ_INT(json_object_size(j), SPEC_MAX, "all keys are shown");
}

static void
test_coal(void)
{
	tt_auto(spec) struct spec s = { 0 };
	tt_auto(spec) struct spec t = { 0 };

	TAP_EQ_INT(parse(&s, "{\"medium\":\"coal\"}", NULL), 0, "medium coal");
	TAP_EQ_INT(spec_finish(&s, NULL), 0, "finish");
	TAP_EQ_STR(spec_text(&s, SPEC_CONSOLE), "vga", "its console");
	TAP_EQ_STR(spec_text(&s, SPEC_ROOT_PASSWORD), "generate", "its password");
	TAP_EQ_INT(
	    parse(&t, "{\"medium\":\"coal\",\"ipxe\":true,\"console\":\"ttya\"}", NULL),
	    0, "coal and ipxe");
	TAP_EQ_INT(spec_finish(&t, NULL), -EINVAL, "exclude one another");
}

static void
refused(const char *text, const char *says)
{
	tt_auto(spec) struct spec s = { 0 };
	tt_auto(err) struct tt_err *err = NULL;

	TAP_EQ_INT(parse(&s, text, &err), -EINVAL, "refused: %.70s", text);
	if (!tap_result(strstr(tt_err_message(err), says) != NULL, "says '%s'", says))
		tap_note("%s", tt_err_message(err));
}

static void
test_refused(void)
{
	refused("{\"image-sise\":\"8gb\"}", "did you mean 'image-size'?");
	refused("{\"image-sise\":\"8gb\"}", "build.spec");
	refused("{\"zzzzzzzzzz\":1}", "unknown key 'zzzzzzzzzz'; ");
	refused("{\"image-size\":\"3gb\"}", "one of: 2gb 4gb 8gb 16gb");
	refused("{\"coal-memsize\":100}", "from 512 to 1048576");
	refused("{\"coal-zpool-disk-size\":\"1g\"}", "from 8G to 2040G");
	refused("{\"ipxe\":\"maybe\"}", "true or false");
	refused("{\"ipxe\":[]}", "must be text, a number or true/false");
	refused("{\"compression\":\"zstd-99\"}", "zstd-15");
	refused("{\"root-password\":\"secret\\u0007word\"}", "'***'");
	refused("[]", "one JSON object");
	refused("{\"ipxe\":true,\"ipxe\":false}", "duplicate");
	refused("{\"ipxe\":true", "build.spec:1:");
	refused("", "build.spec");
}

static void
test_lost(void)
{
	tt_auto(spec) struct spec s = { 0 };
	tt_auto(err) struct tt_err *err = NULL;

	TAP_EQ_INT(
	    parse(&s,
		"{\"no-rabbit\":true,\"bits-branch\":\"x\",\"build-tgz\":\"false\","
		"\"features\":{\"debug-platform\":{\"enabled\":true}}}",
		&err),
	    0, "keys that lost their meaning are read: %s", tt_err_message(err));
	TAP_EQ_INT(tt_strv_len(s.notices), 4, "with a notice each");
	TAP_OK(s.notices != NULL &&
		   strstr(s.notices[0], "'no-rabbit' has no effect") != NULL,
	    "that names the key");
	TAP_EQ_INT(parse(&s, "{\"answers-file\":\"a.json\"}", NULL), 0, "the alias");
	TAP_EQ_STR(s.value[SPEC_ANSWER_FILE], "a.json", "is answer-file");
	TAP_EQ_INT(spec_set(&s, "medium", &err), -EINVAL, "--set wants KEY=VALUE");
	TAP_EQ_INT(spec_set(&s, "mode=uki", NULL), 0, "mode uki");
	TAP_EQ_INT(spec_finish(&s, NULL), -EINVAL, "needs site-key and site-cert");
}

int
main(void)
{
	test_order();
	test_coal();
	test_refused();
	test_lost();
	return tap_done();
}
