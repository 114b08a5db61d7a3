// SPDX-License-Identifier: MPL-2.0
/*
 * Platforms on media that are folders: judged, brought, taken off; manifests stay true.
 */
#include "platform/key/platform.h"

#include <errno.h>
#include <stdlib.h>

#include "platform/key/copymark.h"
#include "platform/key/platmanifest.h"
#include "platform/key/repair.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "tests/lib/tap.h"

#define STAMP "20260202T000000Z"
#define HASH  "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static char top[] = "/tmp/test-key-platform-XXXXXX";

static char *
at(const char *path)
{
	return tt_path_join(top, path);
}

static void
put(const char *path, const char *text)
{
	tt_auto(free) char *to = at(path);
	tt_auto(free) char *dir = tt_path_dir(to);

	(void)tt_mkdir_p(dir, 0755, NULL);
	(void)tt_file_write(to, text, strlen(text), 0644, NULL);
}

static bool
is(const char *path, const char *want)
{
	tt_auto(free) char *from = at(path);
	tt_auto(buf) struct tt_buf b = TT_BUF_INIT(TT_MIB);

	return tt_file_read(from, &b, NULL) == 0 && tt_streq(tt_buf_str(&b), want);
}

/* A platform in the copy, with a manifest over its files. */
static void
make_platform(void)
{
	static const char *const files[][2] = { { "vmlinuz", "kernel" },
		{ "initrd", "initramfs" }, { "root.img", "root" },
		{ "root.verity", "roothash=" HASH "\n" },
		{ "boot.cfg", "set triton_roothash=" HASH "\nset triton_blocks=1\n" } };
	tt_auto(buf) struct tt_buf m = TT_BUF_INIT(TT_MIB);

	(void)tt_buf_addf(&m,
	    "{\"version\":1,\"stamp\":\"" STAMP "\",\"kernel\":\"6.12\",\"verity\":{"
	    "\"root.img\":{\"roothash\":\"" HASH "\"}},\"files\":{");
	for (size_t i = 0; i < TT_ARRAY_LEN(files); i++) {
		tt_auto(free) char *path =
		    tt_xprintf("copy/os/" STAMP "/%s", files[i][0]);
		char hex[TT_SHA256_HEX_LEN];

		put(path, files[i][1]);
		tt_sha256_hex(files[i][1], strlen(files[i][1]), hex);
		(void)tt_buf_addf(&m, "%s\"%s\":{\"size\":%zu,\"sha256\":\"%s\"}",
		    i ? "," : "", files[i][0], strlen(files[i][1]), hex);
	}
	(void)tt_buf_adds(&m, "}}\n");
	put("copy/os/" STAMP "/" PLATFORM_MANIFEST, tt_buf_str(&m));
}

/* A key with one file besides the marker. */
static void
make_key(const char *name)
{
	tt_auto(free) char *marker = tt_xprintf("%s/.joyliveusb", name);
	tt_auto(free) char *version = tt_xprintf("%s/version", name);
	tt_auto(free) char *manifest = tt_xprintf("%s/usb_key.manifest", name);
	char hex[TT_SHA256_HEX_LEN];
	tt_auto(free) char *text = NULL;

	tt_sha256_hex("v1\n", 3, hex);
	text = tt_xprintf("%s  3  version\n", hex);
	put(marker, "");
	put(version, "v1\n");
	put(manifest, text);
}

static void
judge(const char *path, const char *text, int want, const char *say, const char *what)
{
	tt_auto(free) char *dir = at("copy/os/" STAMP);
	tt_auto(err) struct tt_err *err = NULL;

	make_platform();
	if (path)
		put(path, text);
	TAP_EQ_INT(key_platform_verify(dir, STAMP, NULL, &err), want, "%s", what);
	TAP_OK(!say || strstr(tt_err_message(err), say), "%s: '%s'", what,
	    tt_err_message(err));
	if (path) {
		tt_auto(free) char *bad = at(path);

		(void)unlink(bad);
	}
}

#define IN "copy/os/" STAMP "/"

static void
test_verify(void)
{
	tt_auto(free) char *dir = at("copy/os/" STAMP);
	tt_auto(err) struct tt_err *err = NULL;

	judge(NULL, NULL, 0, NULL, "a whole platform");
	judge(IN "root.img", "rooT", -EBADMSG, "root.img", "a changed byte");
	judge(IN "initrd", "initramf", -EBADMSG, "size", "a file that is cut off");
	judge(IN "extra", "x", -EBADMSG, "no manifest lists it", "a stranger");
	judge(IN "boot.cfg", "set triton_roothash=00\n", -EBADMSG, "boot.cfg",
	    "another root hash");
	judge(IN "SHA256SUMS", HASH "  manifest.json\n", -EBADMSG, "manifest.json",
	    "sums of another manifest");
	make_platform();
	TAP_EQ_INT(key_platform_verify(dir, "20260303T000000Z", NULL, &err), -EBADMSG,
	    "a folder with another stamp");
	TAP_OK(strstr(tt_err_message(err), "another platform"), "and says so");
}

static void
test_place(struct key_set *s)
{
	tt_auto(free) char *tree = at("b");
	tt_auto(key_platforms) struct key_platforms list = { 0 };
	tt_auto(buf) struct tt_buf text = TT_BUF_INIT(TT_MIB);
	tt_auto(free) char *path = at("a/usb_key.manifest");
	tt_auto(free) char *was = NULL;
	tt_auto(free) char *mark = NULL;

	make_platform();
	(void)tt_file_read(path, &text, NULL);
	was = tt_xstrdup(tt_buf_str(&text));
	mark = key_copied_text(s->v[0].where, was, strlen(was));
	put("copy/.copied", mark);
	put("a/os/" STAMP ".new/root.img", "left behind");
	TAP_EQ_INT(key_platform_add(s, STAMP, NULL, NULL), 0, "a platform is brought");
	TAP_OK(is("a/os/" STAMP "/root.img", "root"), "to the first medium");
	TAP_OK(is("b/os/" STAMP "/root.img", "root"), "and to the second");
	TAP_OK(!tt_path_exists("a/os/" STAMP ".new"), "what was left behind is gone");
	TAP_OK(key_copy_is_current(s), "the copy follows: the next boot copies nothing");
	TAP_EQ_INT(key_platforms_list(tree, &list, NULL), 0, "the list");
	TAP_OK(key_platforms_has(&list, STAMP) && list.n == 1, "has it");
	TAP_OK(!is("a/usb_key.manifest", was), "the manifest lists it");
	TAP_EQ_INT(key_platform_add(s, STAMP, NULL, NULL), 0, "again: nothing to do");
	put(IN "root.img", "rooX");
	put("b/os/" STAMP "/root.img", "ro");
	TAP_EQ_INT(key_platform_add(s, STAMP, NULL, NULL), -EBADMSG,
	    "one that changed in the copy is refused");
	TAP_OK(is("a/os/" STAMP "/root.img", "root"), "the good one on the medium stays");
	TAP_EQ_INT(key_platform_remove(s, STAMP, NULL), 0, "it is taken off");
	TAP_OK(is("a/usb_key.manifest", was) && is("b/usb_key.manifest", was),
	    "and out of the manifests");
	TAP_EQ_INT(
	    key_platform_add(s, "20260303T000000Z", NULL, NULL), -ENOENT, "none there");
}

/* The power was lost when the first of two media had been written. */
static void
test_repair(struct key_set *s)
{
	struct key_set one = *s;
	tt_auto(err) struct tt_err *err = NULL;

	make_platform();
	put("a/config", "a=1\n");
	put("b/config", "a=0\n");
	put("a/boot/grub/grubenv", "");
	one.n = 1;
	(void)key_platform_add(&one, STAMP, NULL, NULL);
	(void)key_repair(s, &err);
	TAP_OK(is("b/os/" STAMP "/root.img", "root"), "the second medium catches up");
	TAP_OK(is("b/config", "a=1\n"), "with its config");
	TAP_OK(!s->missing, "nothing is missing");
}

static void
test_names(void)
{
	tt_auto(free) char *running =
	    key_running("triton.root=/os/" STAMP "/root.img headnode=true\n");

	TAP_EQ_STR(running, STAMP, "the running platform");
	TAP_OK(!key_running("quiet triton.root=/os/../root.img"), "none");
	TAP_OK(key_stamp_valid(STAMP), "a stamp");
	TAP_OK(!key_stamp_valid("20260202T00000Z") &&
		   !key_stamp_valid("10260202T000000Z") &&
		   !key_stamp_valid("2026020xT000000Z"),
	    "no stamps");
}

int
main(void)
{
	tt_auto(free) char *copy = NULL, *a = NULL, *b = NULL;
	struct key_medium media[2];
	struct key_set s;

	if (!mkdtemp(top))
		return 1;
	copy = at("copy");
	a = at("a");
	b = at("b");
	media[0] = (struct key_medium){ .device = a, .where = a };
	media[1] = (struct key_medium){ .device = b, .where = b };
	s = (struct key_set){
		.v = media, .n = 2, .copy = copy, .write = true, .lock = -1
	};
	make_key("a");
	make_key("b");
	test_names();
	test_verify();
	test_place(&s);
	test_repair(&s);
	(void)tt_remove_tree(top, NULL);
	return tap_done();
}
