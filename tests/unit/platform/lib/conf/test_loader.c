// SPDX-License-Identifier: MPL-2.0
/* The config loader: quoting forms, refusals with places, merge, search, JSON, boot arguments. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "platform/lib/conf/encode.h"
#include "platform/lib/conf/loader.h"
#include "platform/lib/conf/secret.h"
#include "tests/lib/tap.h"

static char *root;

static void
put(const char *name, const char *text)
{
	tt_auto(free) char *path = tt_xprintf("%s%s", root, name);
	tt_auto(free) char *dir = tt_path_dir(path);

	if (tt_mkdir_p(dir, 0700, NULL) < 0 ||
	    tt_file_write(path, text, strlen(text), 0600, NULL) < 0)
		abort();
}

static void
test_values(void)
{
	static const struct {
		const char *line, *value;
	} good[] = {
		{ "k=bare", "bare" },
		{ "  k=led", "led" },
		{ "k=", "" },
		{ "k=''", "" },
		{ "k=\"\"", "" },
		{ "k='single $x `y` \\'", "single $x `y` \\" },
		{ "k=\"double 'q' \\\\ \\\" \\$ \\` \\n\"", "double 'q' \\ \" $ ` \\n" },
		{ "k=$'a\\tb\\x41\\101\\u00e9\\U0001F600\\'\\\\'",
		    "a\tbAA\u00e9\U0001F600'\\" },
		{ "k=$'\\q'", "\\q" },
		{ "k=a\\ b\\'c", "a b'c" },
		{ "k='it'\\''s'", "it's" },
		{ "k=a'b'\"c\"$'d'e", "abcde" },
		{ "k=x # comment", "x" },
		{ "k=x\t# comment", "x" },
		{ "k=x   ", "x" },
		{ "k= # only a comment", "" },
		{ "k=#x", "#x" },
		{ "k=a#b", "a#b" },
		{ "k=a=b", "a=b" },
		{ "k=\\~x", "~x" },
		{ "k=a~b", "a~b" },
		{ "k=*?[a]{b,c}!^", "*?[a]{b,c}!^" },
		{ "k='a\tb'", "a\tb" },
		{ "k=Gr\u00fc\u00dfe", "Gr\u00fc\u00dfe" },
	};

	for (size_t i = 0; i < TT_ARRAY_LEN(good); i++) {
		tt_auto(findings) struct tt_findings found = { 0 };
		tt_auto(config) struct tt_config *c = NULL;

		tt_config_parse(good[i].line, strlen(good[i].line), true, &c, &found);
		TAP_EQ_STR(tt_config_get(c, "k"), good[i].value, "%s", good[i].line);
		TAP_EQ_INT(found.n, 0, "no finding for it");
	}
}

static void
test_refusals(void)
{
	static const struct {
		const char *text, *code;
		unsigned line, col;
	} bad[] = {
		{ "k=$x", "E_CFG_EXPANSION", 1, 3 },
		{ "a=1\nk=a`b`", "E_CFG_EXPANSION", 2, 4 },
		{ "k=$(id)", "E_CFG_EXPANSION", 1, 3 },
		{ "k=\"a $x\"", "E_CFG_EXPANSION", 1, 6 },
		{ "k=\"`id`\"", "E_CFG_EXPANSION", 1, 4 },
		{ "k=a;id", "E_CFG_EXPANSION", 1, 4 },
		{ "k=a&id", "E_CFG_EXPANSION", 1, 4 },
		{ "k=a|id", "E_CFG_EXPANSION", 1, 4 },
		{ "k=a<b", "E_CFG_EXPANSION", 1, 4 },
		{ "k=a>b", "E_CFG_EXPANSION", 1, 4 },
		{ "k=(a)", "E_CFG_EXPANSION", 1, 3 },
		{ "k=a)", "E_CFG_EXPANSION", 1, 4 },
		{ "k=~", "E_CFG_EXPANSION", 1, 3 },
		{ "k=a:~root", "E_CFG_EXPANSION", 1, 5 },
		{ "k=$\"x\"", "E_CFG_EXPANSION", 1, 3 },
		{ "k='open", "E_CFG_SYNTAX", 1, 3 },
		{ "k=\"open\nj=1", "E_CFG_SYNTAX", 1, 3 },
		{ "k=$'open", "E_CFG_SYNTAX", 1, 3 },
		{ "k=a\\", "E_CFG_SYNTAX", 1, 4 },
		{ "k=a b", "E_CFG_SYNTAX", 1, 5 },
		{ "k = a", "E_CFG_SYNTAX", 1, 2 },
		{ "k+=a", "E_CFG_SYNTAX", 1, 2 },
		{ "export k=a", "E_CFG_SYNTAX", 1, 7 },
		{ "k", "E_CFG_SYNTAX", 1, 2 },
		{ "k=$'\\0'", "E_CFG_SYNTAX", 1, 6 },
		{ "k=$'\\x'", "E_CFG_SYNTAX", 1, 6 },
		{ "k=$'\\ud800'", "E_CFG_SYNTAX", 1, 6 },
		{ "k=a\r", "E_CONTROL", 1, 4 },
		{ "k='a\033'", "E_CONTROL", 1, 5 },
		{ "k=\xff", "E_UTF8", 1, 3 },
		{ "k=$'\\xff'", "E_UTF8", 1, 3 },
		{ "k=1\nk=2", "E_CFG_DUP", 2, 1 },
		{ "\u00e4=1", "E_CFG_SYNTAX", 1, 1 },
		{ "'x", "E_CFG_SYNTAX", 1, 1 },
		{ "k='\u00e4\u00f6' x", "E_CFG_SYNTAX", 1, 8 },
	};

	for (size_t i = 0; i < TT_ARRAY_LEN(bad); i++) {
		tt_auto(findings) struct tt_findings found = { 0 };
		tt_auto(config) struct tt_config *c = NULL;

		tt_config_parse(bad[i].text, strlen(bad[i].text), true, &c, &found);
		TAP_EQ_INT(found.n, 1, "one finding for case %zu", i);
		if (found.n == 0)
			continue;
		TAP_EQ_STR(found.v[0].code, bad[i].code, "its code");
		TAP_EQ_INT(found.v[0].line, bad[i].line, "its line");
		TAP_EQ_INT(found.v[0].col, bad[i].col, "its column");
	}
}

static void
test_nul(void)
{
	static const char text[] = "a=1\nb=x\0y\n#\0\n";
	tt_auto(findings) struct tt_findings found = { 0 };
	tt_auto(config) struct tt_config *c = NULL;

	tt_config_parse(text, sizeof(text) - 1, false, &c, &found);
	TAP_EQ_INT(found.n, 2, "NUL bytes are refused in values and comments");
	TAP_EQ_STR(tt_config_get(c, "a"), "1", "good lines are kept");
	TAP_OK(!tt_config_get(c, "b"), "a damaged value is not there");
}

static void
test_merge(void)
{
	static const char *const order[] = { "pkg_0", "swap", "only_generic",
		"datacenter_name", "config_inc_dir" };
	tt_auto(free) char *inc = tt_xprintf("%s/usbkey/config.inc", root);
	struct tt_config_opts opts = { .root = root };
	tt_auto(config) struct tt_config *c = NULL;
	tt_auto(err) struct tt_err *err = NULL;

	put("/usbkey/config.inc/generic", "pkg_0=a:b\nswap=1x\nonly_generic=g\n");
	put("/usbkey/config", "swap=0.25x\ndatacenter_name=coal\nswap=0.5x\n"
			      "# end of config, 2 keys\n");
	put("/opt/smartdc/config/node.config", "datacenter_name=other\n");
	TAP_EQ_INT(tt_config_load(&opts, &c, &err), 0, "loads: %s", tt_err_message(err));
	TAP_EQ_STR(tt_config_get(c, "swap"), "0.5x", "a later key wins");
	TAP_EQ_STR(
	    tt_config_get(c, "datacenter_name"), "coal", "headnode config is taken");
	TAP_EQ_STR(tt_config_get(c, "config_inc_dir"), inc, "the synthetic key");
	TAP_OK(tt_config_is_headnode(c), "it is a headnode's");
	TAP_OK(tt_config_warning(c) && strstr(tt_config_warning(c), "node.config"),
	    "both kinds of file: a warning");
	TAP_EQ_INT(tt_config_end_mark(c), 2, "the last line's number");
	TAP_EQ_INT(tt_config_own_count(c), 2, "keys of the file itself");
	TAP_EQ_INT(tt_config_count(c), TT_ARRAY_LEN(order), "number of entries");
	for (size_t i = 0; i < TT_ARRAY_LEN(order) && i < tt_config_count(c); i++)
		TAP_EQ_STR(tt_config_at(c, i)->key, order[i],
		    "entry %zu in first-seen order", i);
	TAP_OK(tt_config_bool(c, "nothing", true), "fallback of a boolean");
	TAP_EQ_STR(tt_config_str(c, "nothing", "f"), "f", "fallback of a text");
}

static void
remove_file(const char *name)
{
	tt_auto(free) char *path = tt_xprintf("%s%s", root, name);

	if (unlink(path) < 0)
		abort();
}

static void
test_search(void)
{
	struct tt_config_opts opts = { .root = root };
	static const char *const files[] = { "/usbkey/config", "/mnt/usbkey/config",
		"/opt/smartdc/config/node.config", "/var/tmp/node.config/node.config" };

	for (size_t i = 0; i < TT_ARRAY_LEN(files); i++) {
		tt_auto(free) char *text = tt_xprintf("n=%zu\n", i);

		put(files[i], text);
	}
	put("/opt/smartdc/config/generic", "from_generic=1\n");
	for (size_t i = 0; i < TT_ARRAY_LEN(files); i++) {
		tt_auto(free) char *want = tt_xprintf("%zu", i);
		tt_auto(config) struct tt_config *c = NULL;

		TAP_EQ_INT(tt_config_load(&opts, &c, NULL), 0, "finds %s", files[i]);
		TAP_EQ_STR(c ? tt_config_get(c, "n") : NULL, want, "and takes it");
		TAP_EQ_INT(c && tt_config_is_headnode(c), i < 2, "and knows its kind");
		if (i == 2)
			TAP_EQ_STR(c ? tt_config_get(c, "from_generic") : NULL, "1",
			    "node.config includes from its own directory");
		remove_file(files[i]);
	}
	{
		tt_auto(config) struct tt_config *c = NULL;
		tt_auto(err) struct tt_err *err = NULL;

		TAP_EQ_INT(tt_config_load(&opts, &c, &err), -ENOENT, "nothing found");
		TAP_EQ_STR(tt_err_code(err), "ConfigNotFound", "and its code");
	}
}

static void
test_invalid(void)
{
	tt_auto(free) char *path = tt_xprintf("%s/usbkey/config", root);
	struct tt_config_opts opts = { .file = path };
	tt_auto(config) struct tt_config *c = NULL;
	tt_auto(err) struct tt_err *err = NULL;

	put("/usbkey/config", "a=1\nb='x\n");
	TAP_EQ_INT(
	    tt_config_load(&opts, &c, &err), -EINVAL, "an invalid config is refused");
	TAP_OK(strstr(tt_err_message(err), "config:2:3: E_CFG_SYNTAX"),
	    "with its place: %s", tt_err_message(err));
}

static char *
cached(const struct tt_config_opts *opts)
{
	tt_auto(free) char *path = tt_xprintf("%s/out.json", root);
	tt_auto(close) int fd = open(path, O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0600);
	tt_auto(buf) struct tt_buf b = TT_BUF_INIT(1 << 20);

	if (fd < 0 || tt_config_json_cached(opts, fd, NULL) < 0 ||
	    tt_file_read(path, &b, NULL) < 0)
		return tt_xstrdup("failed");
	return tt_buf_detach(&b);
}

static void
test_cache(void)
{
	tt_auto(free) char *cache = tt_xprintf("%s/run/triton/config.json", root);
	struct tt_config_opts opts = { .root = root };
	tt_auto(free) char *first = NULL, *second = NULL, *third = NULL;
	tt_auto(json) json_t *j = NULL;
	struct stat st = { 0 };

	put("/run/triton/x", "");
	put("/usbkey/config", "a='q\"uote'\nb=\u00e9\nufds_admin_pw='x\\y\"'\n");
	first = cached(&opts);
	TAP_OK(stat(cache, &st) == 0 && (st.st_mode & 0777) == 0600, "the cache is 0600");
	TAP_EQ_INT(
	    tt_json_parse("cache", first, strlen(first), &j, NULL), 0, "it is JSON");
	TAP_EQ_STR(tt_json_str(j, "a", ""), "q\"uote", "quotes are escaped");
	TAP_EQ_STR(tt_json_str(j, "ufds_admin_pw", ""), "x\\y\"", "backslashes too");
	second = cached(&opts);
	TAP_EQ_STR(second, first, "the cache answers the same");
	put("/usbkey/config", "a=changed\n");
	third = cached(&opts);
	TAP_OK(strstr(third, "changed"), "a changed file is read again");
	free(third);
	put("/usbkey/config.inc/generic", "fresh=1\n");
	third = cached(&opts);
	TAP_OK(strstr(third, "fresh"), "so is a changed generic");
	put("/run/triton/config.json", "{\"a\": \"forged\"}\n");
	free(third);
	third = cached(&opts);
	TAP_OK(strstr(third, "changed"),
	    "a cache that does not match its key is not believed");
}

static void
test_bootargs(void)
{
	static const char line[] =
	    "BOOT_IMAGE=/os/x ro triton.root=/a triton-x=1 #y=2 "
	    "headnode=true q=\"a b\" bad.name=1 console=a console=b\n";
	tt_auto(config) struct tt_config *c = NULL;

	tt_config_bootargs(line, strlen(line), &c);
	TAP_EQ_STR(tt_config_get(c, "headnode"), "true", "a boot argument");
	TAP_EQ_STR(tt_config_get(c, "ro"), "true", "a word without a value");
	TAP_EQ_STR(tt_config_get(c, "triton_x"), "1", "- becomes _");
	TAP_EQ_STR(tt_config_get(c, "y"), "2", "# goes away");
	TAP_EQ_STR(tt_config_get(c, "q"), "a b", "quotes around blanks");
	TAP_EQ_STR(tt_config_get(c, "console"), "b", "the last of two");
	TAP_OK(!tt_config_get(c, "triton.root"), "what is no identifier is skipped");
}

static void
test_encode(void)
{
	static const struct {
		const char *value, *encoded;
	} cases[] = {
		{ "adminpass1", "adminpass1" },
		{ "admpassword1&", "'admpassword1&'" },
		{ "it's 1 $x", "'it'\\''s 1 $x'" },
		{ "a`b\\c\"1", "'a`b\\c\"1'" },
		{ "", "''" },
		{ "a_@%+=:,./-Z9", "a_@%+=:,./-Z9" },
		{ "~", "'~'" },
		{ "\u00e9", "'\u00e9'" },
	};
	char out[64];

	for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++) {
		ssize_t n = tt_conf_encode(cases[i].value, false, out, sizeof(out));

		TAP_EQ_STR(n < 0 ? "refused" : out, cases[i].encoded, "encode %s",
		    cases[i].value);
		TAP_EQ_INT(n, strlen(cases[i].encoded), "its length");
	}
	TAP_EQ_INT(
	    tt_conf_encode("a\tb", false, out, sizeof(out)), -EINVAL, "a tab is refused");
	TAP_EQ_INT(
	    tt_conf_encode("a\xff", false, out, sizeof(out)), -EILSEQ, "so is no UTF-8");
	TAP_EQ_INT(tt_conf_encode("abc", false, out, 3), -E2BIG, "and what does not fit");
	TAP_EQ_INT(tt_conf_encode("'", false, out, 6), -E2BIG, "quotes counted");
	TAP_EQ_INT(
	    tt_conf_encode("a\nb", true, out, sizeof(out)), 5, "eval takes a line feed");
}

int
main(void)
{
	char dir[] = "/tmp/tt-conf-XXXXXX";

	unsetenv("SDC_CONFIG_FILENAME");
	tt_secret_process();
	root = mkdtemp(dir);
	if (!root)
		return 1;
	test_values();
	test_refusals();
	test_nul();
	test_encode();
	test_merge();
	test_search();
	test_invalid();
	test_cache();
	test_bootargs();
	TAP_EQ_INT(tt_remove_tree(root, NULL), 0, "clean up");
	return tap_done();
}
