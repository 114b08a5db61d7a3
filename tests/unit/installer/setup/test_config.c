// SPDX-License-Identifier: MPL-2.0
/* What is made of a config: node.config, the last line after an edit, answers without passwords. */
#include <errno.h>
#include <string.h>

#include "installer/setup/tsetup.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "tests/lib/tap.h"

static void
test_node_config(void)
{
	static const char text[] =
	    "vmapi_domain=v.x\nntp_hosts=pool\ncompute_node_ntp_hosts=10.0.0.1\nswap=0."
	    "25x\n"
	    "compute_node_swap=1x\nroot_shadow='$6$a$b'\ndatacenter_name=dc\nadmin_ip=10."
	    "0.0.1\n"
	    "ufds_admin_pw=secret1\ncapi_http_admin_pw='it'\\''s'\n";
	tt_auto(findings) struct tt_findings found = { 0 };
	tt_auto(config) struct tt_config *c = NULL;
	tt_auto(secret) struct tt_secret out = { 0 };

	tt_config_parse(text, strlen(text), true, &c, &found);
	tt_secret_init(&out, 4096);
	TAP_EQ_INT(tsetup_node_config(c, &out, NULL), 0, "node.config");
	TAP_EQ_STR(out.data,
	    "datacenter_name=dc\nntp_hosts=10.0.0.1\nswap=1x\nroot_shadow='$6$a$b'\n"
	    "capi_http_admin_pw='it'\\''s'\nvmapi_domain=v.x\n",
	    "its keys in their order, compute_node_ ones win, nothing else");
}

static void
test_mark_end(void)
{
	static const char *const cases[][2] = {
		{ "a=1\n# end of config, 9 keys\n", "a=1\n# end of config, 1 keys\n" },
		{ "a=1\nb=2", "a=1\nb=2\n# end of config, 2 keys\n" },
		{ "a=1\n# end of config, 1 keys\nb=2\n",
		    "a=1\nb=2\n# end of config, 2 keys\n" },
		{ "", "# end of config, 0 keys\n" },
	};

	for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++) {
		tt_auto(secret) struct tt_secret out = { 0 };

		tt_secret_init(&out, 1024);
		TAP_EQ_INT(tsetup_mark_end(cases[i][0], strlen(cases[i][0]), &out), 0,
		    "mark case %zu", i);
		TAP_EQ_STR(out.data, cases[i][1], "its text");
	}
}

static void
test_redact(void)
{
	static const char text[] =
	    "{\"root_password\":\"rootpass\",\"admin_password\":\"adminpass1\","
	    "\"x_note\":{\"a\":[1]},\"mail_to\":\"a@b\"}";
	tt_auto(findings) struct tt_findings found = { 0 };
	tt_auto(tsetup) struct tsetup *ts = tsetup_new();
	tt_auto(free) char *redacted = NULL;
	tt_auto(json) json_t *j = NULL;

	TAP_EQ_INT(
	    tsetup_answers_parse(ts, "a", text, strlen(text), &found), 0, "parses");
	redacted = tsetup_answers_redact(ts, text, strlen(text));
	TAP_EQ_INT(
	    tt_json_parse("r", redacted, strlen(redacted), &j, NULL), 0, "still JSON");
	TAP_OK(!strstr(redacted, "rootpass\"") && !strstr(redacted, "adminpass1"),
	    "no password is left: %s", redacted);
	TAP_OK(tt_after_prefix(tt_json_str(j, "root_password_hash", ""), "$y$"),
	    "root's is a hash");
	TAP_EQ_STR(tt_json_str(j, "mail_to", ""), "a@b", "the rest stays");
	TAP_OK(json_object_get(j, "x_note"), "unknown keys too");
	TAP_OK(!tsetup_answers_redact(ts, "[", 1), "what is no object has no form");
}

static void
put_password_file(const char *dir, const char *text)
{
	tt_auto(free) char *path = tt_path_join(dir, "pw");

	if (tt_file_write(path, text, strlen(text), 0600, NULL) < 0)
		abort();
}

static void
test_password_file(void)
{
	static const struct {
		const char *text, *password;
	} cases[] = {
		{ "adminpass1\n", "adminpass1" },
		{ "adminpass1", "adminpass1" },
		{ "root_password=abc\nadmin_password=adminpass2\n", "adminpass2" },
		{ "short\n", NULL },
	};
	static const char answers[] = "{\"admin_password_file\":\"pw\"}";
	char dir[] = "/tmp/tt-pw-XXXXXX";

	if (!mkdtemp(dir))
		abort();
	for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++) {
		tt_auto(findings) struct tt_findings found = { 0 };
		tt_auto(tsetup) struct tsetup *ts = tsetup_new();

		put_password_file(dir, cases[i].text);
		tsetup_set_media(ts, dir);
		(void)tsetup_answers_parse(ts, "a", answers, strlen(answers), &found);
		tsetup_fill(ts, &found);
		TAP_EQ_STR(tsetup_get(ts, TT_KEY_ADMIN_PASSWORD), cases[i].password,
		    "password file %zu", i);
		TAP_EQ_INT(tt_findings_count(&found, TT_ERROR), !cases[i].password,
		    "and its findings");
	}
	TAP_EQ_INT(tt_remove_tree(dir, NULL), 0, "clean up");
}

static void
test_secrets(void)
{
	tt_auto(secret) struct tt_secret s = { 0 };

	tt_secret_init(&s, 8);
	TAP_EQ_INT(tt_secret_adds(&s, "12345678"), 0, "fits");
	TAP_EQ_INT(tt_secret_adds(&s, "9"), -EMSGSIZE, "no more than its size");
	TAP_EQ_STR(s.data, "12345678", "nothing half added");
	TAP_EQ_INT(tt_secret_addf(&s, "%d", 1), -EMSGSIZE, "it stays full");
	tt_secret_wipe(&s);
	TAP_EQ_INT(tt_secret_addf(&s, "%s", "123456789"), -EMSGSIZE,
	    "a format that is too long");
	TAP_OK(!memcmp(s.data, "\0\0\0\0\0\0\0\0", 8), "leaves nothing behind");
}

int
main(void)
{
	tt_secret_process();
	test_node_config();
	test_mark_end();
	test_redact();
	test_password_file();
	test_secrets();
	return tap_done();
}
