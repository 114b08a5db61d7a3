// SPDX-License-Identifier: MPL-2.0
/*
 * Media of mode uki that are folders: the trial of a platform through the operations that
 * the environment block has too, platforms brought and taken off, and what repair puts right.
 */
#include "platform/key/uki.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "platform/key/platmanifest.h"
#include "platform/key/repair.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "tests/lib/tap.h"

#define OLD  "20260101T000000Z"
#define NEW  "20260202T000000Z"
#define HASH "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define CERT "certificate of the site"

static char top[] = "/tmp/test-key-uki-XXXXXX";
static struct key_medium media[2];
static struct key_set set = { .v = media, .n = 2, .write = true, .lock = -1 };

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

/* Names in EFI/Linux of a medium, in a line. */
static char *
names(const char *medium)
{
	tt_auto(free) char *dir = tt_xprintf("%s/%s/" UKI_FOLDER, top, medium);
	tt_auto(strv) char **v = NULL;

	(void)tt_dir_list(dir, &v, NULL);
	return tt_strv_join(v, " ");
}

static void
shows(const char *medium, const char *want, const char *what)
{
	tt_auto(free) char *have = names(medium);

	TAP_EQ_STR(have, want, "%s: %s", medium, what);
}

static void
make_medium(size_t i, const char *name)
{
	tt_auto(free) char *marker = tt_xprintf("%s/" KEY_MARKER, name);
	tt_auto(free) char *cert = tt_xprintf("%s/" UKI_CERT, name);
	tt_auto(free) char *manifest = tt_xprintf("%s/" KEY_MANIFEST, name);

	put(marker, "");
	put(cert, CERT);
	put(manifest,
	    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  0  "
	    ".joyliveusb\n");
	media[i].device = media[i].where = at(name);
}

static void
entry(const char *medium, const char *name, const char *text)
{
	tt_auto(free) char *path = tt_xprintf("%s/" UKI_FOLDER "/%s", medium, name);

	put(path, text);
}

/* A platform in the copy; signer NULL: one without signed entries. */
static void
make_platform(const char *stamp, const char *signer)
{
	static const char *const files[] = { "vmlinuz", "initrd", "root.img",
		"root.verity" };
	tt_auto(buf) struct tt_buf m = TT_BUF_INIT(TT_MIB);
	tt_auto(free) char *dir = tt_xprintf("copy/os/%s", stamp);
	tt_auto(free) char *full = at(dir), *manifest = NULL, *cfg = NULL;

	(void)tt_remove_tree(full, NULL);
	manifest = tt_path_join(dir, PLATFORM_MANIFEST);
	cfg = tt_path_join(dir, "boot.cfg");
	tt_buf_addf(&m,
	    "{\"version\":1,\"stamp\":\"%s\",\"kernel\":\"6.12\",\"verity\":{"
	    "\"root.img\":{\"roothash\":\"" HASH "\"}},\"files\":{",
	    stamp);
	for (size_t i = 0; i < TT_ARRAY_LEN(files); i++) {
		tt_auto(free) char *path = tt_path_join(dir, files[i]);
		char hex[TT_SHA256_HEX_LEN];

		put(path, files[i]);
		tt_sha256_hex(files[i], strlen(files[i]), hex);
		tt_buf_addf(&m, "%s\"%s\":{\"size\":%zu,\"sha256\":\"%s\"}", i ? "," : "",
		    files[i], strlen(files[i]), hex);
	}
	tt_buf_adds(&m, "}}\n");
	put(manifest, tt_buf_str(&m));
	put(cfg, "set triton_roothash=" HASH "\n");
	for (size_t i = 0; signer && i < 3; i++) {
		static const char *const kinds[] = { "vga", "ttyb", "rescue" };
		tt_auto(free) char *path = tt_xprintf("%s/uki/%s.efi", dir, kinds[i]);
		tt_auto(free) char *text =
		    tt_xprintf("%s of %s, %s", kinds[i], stamp, signer);

		put(path, text);
	}
}

#define O(rank, kind) "triton-" rank "-" OLD "-" kind ".efi"
#define N(rank, kind) "triton-" rank "-" NEW "-" kind ".efi"

static const char *const settled = O("3", "rescue") " " O("5", "vga") " " O("9", "ttyb");

static void
test_refused(void)
{
	tt_auto(err) struct tt_err *err = NULL, *other = NULL, *grub = NULL, *var = NULL;
	tt_auto(grubenv) struct tt_grubenv env = TT_GRUBENV_INIT;
	tt_auto(free) char *linux_dir = at("a/" UKI_FOLDER), *aside = at("a/aside");

	make_platform(NEW, NULL);
	TAP_EQ_INT(key_platform_add(&set, NEW, NULL, &err), -EINVAL, "a plain platform");
	TAP_OK(strstr(tt_err_message(err), "mode=uki"), "%s", tt_err_message(err));
	make_platform(NEW, "another site");
	TAP_EQ_INT(key_platform_add(&set, NEW, NULL, &other), -EKEYREJECTED,
	    "another site's platform");
	TAP_OK(strstr(tt_err_message(other), "site-cert"), "%s", tt_err_message(other));
	make_platform(NEW, CERT);
	(void)rename(linux_dir, aside);
	TAP_EQ_INT(key_platform_add(&set, NEW, NULL, &grub), -EINVAL,
	    "a signed platform on a medium with GRUB");
	TAP_OK(
	    strstr(tt_err_message(grub), "without mode=uki"), "%s", tt_err_message(grub));
	(void)rename(aside, linux_dir);
	shows("a", settled, "nothing came onto it");

	TAP_EQ_INT(key_env_load(&set, &env, NULL), 0, "the variables are read");
	TAP_EQ_STR(tt_grubenv_get(&env, "platform_version"), OLD, "platform_version");
	TAP_EQ_STR(tt_grubenv_get(&env, "os_console"), "ttyb", "os_console");
	(void)tt_grubenv_set(&env, "smt_enabled", "false", NULL);
	TAP_EQ_INT(key_env_save(&set, &env, &var), -EOPNOTSUPP, "one that is signed");
	TAP_OK(strstr(tt_err_message(var), "build.spec"), "%s", tt_err_message(var));
}

static void
expect(const char *platform, const char *prev, const char *failed,
    enum key_boot_state state, const char *what)
{
	tt_auto(key_boot) struct key_boot b = { 0 };

	TAP_EQ_INT(key_boot_load(&set, &b, NULL), 0, "%s: read", what);
	TAP_EQ_STR(b.platform, platform, "%s: platform", what);
	TAP_EQ_STR(b.prev, prev, "%s: fallback", what);
	TAP_EQ_STR(b.failed, failed, "%s: given up", what);
	TAP_EQ_INT(b.state, state, "%s: state", what);
}

/* What systemd-boot does to the medium it was loaded from. */
static void
count_down(const char *medium)
{
	tt_auto(free) char *from =
	    tt_xprintf("%s/%s/" UKI_FOLDER "/" N("9", "ttyb+1"), top, medium);
	tt_auto(free) char *to =
	    tt_xprintf("%s/%s/" UKI_FOLDER "/" N("9", "ttyb+0-1"), top, medium);

	TAP_EQ_INT(rename(from, to), 0, "systemd-boot counts on %s", medium);
}

static void
test_trial(void)
{
	tt_auto(free) char *entries = at("a/os/" NEW "/uki");

	TAP_EQ_INT(key_platform_add(&set, NEW, NULL, NULL), 0, "a platform is brought");
	TAP_OK(is("a/os/" NEW "/vmlinuz", "vmlinuz") &&
		   is("b/os/" NEW "/vmlinuz", "vmlinuz"),
	    "its files");
	TAP_OK(!tt_path_exists(entries), "its entries are in one place only");
	expect(OLD, NULL, NULL, KEY_BOOT_SETTLED, "brought");
	TAP_EQ_INT(key_boot_assign(&set, NEW, OLD, NULL), 0, "assigned");
	shows("a",
	    O("3", "rescue") " " N("3", "rescue") " " N("4", "vga") " " O(
		"5", "vga") " " O("8", "ttyb") " " N("9", "ttyb+1"),
	    "assigned");
	expect(NEW, OLD, NULL, KEY_BOOT_NEW, "assigned");
	count_down("b");
	expect(NEW, OLD, NULL, KEY_BOOT_TRYING, "the medium that booted knows");
	TAP_EQ_INT(key_boot_confirm(&set, NULL), 0, "confirmed");
	for (size_t i = 0; i < 2; i++)
		shows(i ? "b" : "a",
		    O("3", "rescue") " " N("3", "rescue") " " O("4", "vga") " " N(
			"5", "vga") " " O("8", "ttyb") " " N("9", "ttyb"),
		    "kept");
	expect(NEW, OLD, NULL, KEY_BOOT_SETTLED, "kept");
	TAP_EQ_INT(key_boot_assign(&set, OLD, OLD, NULL), 0, "back, without a trial");
	expect(OLD, NULL, NULL, KEY_BOOT_SETTLED, "back");
}

static void
test_lost(void)
{
	tt_auto(grubenv) struct tt_grubenv env = TT_GRUBENV_INIT;
	tt_auto(err) struct tt_err *err = NULL;

	TAP_EQ_INT(key_boot_assign(&set, NEW, OLD, NULL), 0, "assigned again");
	count_down("a");
	(void)key_env_load(&set, &env, NULL);
	(void)tt_grubenv_set(&env, "os_console", "vga", NULL);
	TAP_EQ_INT(key_env_save(&set, &env, &err), -EBUSY, "no other console on trial");
	TAP_OK(strstr(tt_err_message(err), "platform list"), "%s", tt_err_message(err));
	TAP_EQ_INT(key_boot_give_up(&set, OLD, NULL), 0, "given up");
	for (size_t i = 0; i < 2; i++)
		shows(i ? "b" : "a",
		    N("2", "ttyb") " " O("3", "rescue") " " N("3", "rescue") " " N(
			"4", "vga") " " O("5", "vga") " " O("9", "ttyb"),
		    "given up");
	expect(OLD, NULL, NEW, KEY_BOOT_SETTLED, "given up");
	tt_grubenv_release(&env);
	(void)key_env_load(&set, &env, NULL);
	(void)tt_grubenv_set(&env, "os_console", "text", NULL);
	TAP_EQ_INT(key_env_save(&set, &env, NULL), 0, "the console is changed");
	shows("b",
	    N("2", "vga") " " O("3", "rescue") " " N("3", "rescue") " " N(
		"4", "ttyb") " " O("5", "ttyb") " " O("9", "vga"),
	    "another console");
	(void)tt_grubenv_set(&env, "os_console", "ttyb", NULL);
	TAP_EQ_INT(key_env_save(&set, &env, NULL), 0, "and back");
}

static void
test_repair(void)
{
	static const char *const whole = N("2", "ttyb") " " O("3", "rescue") " " N(
	    "3", "rescue") " " N("4", "vga") " " O("5", "vga") " " O("9", "ttyb");
	tt_auto(free) char *gone = at("a/" UKI_FOLDER "/" N("4", "vga"));
	tt_auto(free) char *wrong = at("b/" UKI_FOLDER "/" O("5", "vga"));

	entry("a", O("8", "ttyb"), "");          /* fsck.fat shortened one of two names */
	entry("a", N("1", "ttyb"), "two names"); /* and this one is a copy of its own */
	entry("a", "triton-4-x.efi.part", "half");
	entry("a", "shell.efi", "a program of the site's own");
	(void)unlink(gone);
	TAP_EQ_INT(uki_repair(media[0].where, NULL, set.copy, NULL), 0, "repaired");
	{
		tt_auto(free) char *want = tt_xprintf("shell.efi %s", whole);

		shows("a", want, "repaired from the copy");
	}
	TAP_OK(
	    is("a/" UKI_FOLDER "/" N("4", "vga"), "vga of " NEW ", " CERT), "as it was");
	(void)unlink(wrong);
	entry("b", "triton-4-20260303T000000Z-vga.efi", "of a platform that went");
	TAP_EQ_INT(key_repair(&set, NULL), 0, "the other medium follows");
	shows("b", whole, "the same entries");
	TAP_EQ_INT(key_platform_remove(&set, NEW, NULL), 0, "a platform is removed");
	shows("b", settled, "with its entries");
}

int
main(void)
{
	if (!mkdtemp(top))
		return 1;
	make_medium(0, "a");
	make_medium(1, "b");
	put("copy/version", "test\n");
	set.copy = at("copy");
	for (size_t i = 0; i < 2; i++) {
		entry(i ? "b" : "a", O("9", "ttyb"), "ttyb of " OLD);
		entry(i ? "b" : "a", O("5", "vga"), "vga of " OLD);
		entry(i ? "b" : "a", O("3", "rescue"), "rescue of " OLD);
	}
	test_refused();
	test_trial();
	test_lost();
	test_repair();
	for (size_t i = 0; i < 2; i++)
		free(media[i].where);
	free(set.copy);
	tt_strv_free(set.missing);
	(void)tt_remove_tree(top, NULL);
	return tap_done();
}
