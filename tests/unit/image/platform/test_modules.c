// SPDX-License-Identifier: MPL-2.0
/*
 * Modules: load order, names, what a module says of itself, and the rules that keep or
 * drop paths.
 */
#include <elf.h>
#include <errno.h>

#include "image/platform/moddep.h"
#include "image/platform/modinfo.h"
#include "image/platform/rules.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "tests/lib/tap.h"

static const char dep[] = "kernel/fs/btrfs/btrfs.ko.xz: kernel/lib/libcrc32c.ko.xz "
			  "kernel/lib/raid6_pq.ko\n"
			  "kernel/lib/libcrc32c.ko.xz:\n"
			  "kernel/lib/raid6_pq.ko:\n"
			  "kernel/crypto/crc32c_generic.ko.xz:\n"
			  "kernel/usb/usb-storage.ko.xz: kernel/usb/usbcore.ko.xz\n"
			  "kernel/usb/usbcore.ko.xz:\n";
static const char soft[] = "# Soft dependencies extracted from modules themselves.\n"
			   "softdep libcrc32c pre: crc32c-generic post: raid6_pq\n"
			   "softdep btrfs pre: built_in not_there\n";

static char *
order_of(const struct moddep *d, const char *name)
{
	tt_auto(strv) char **order = NULL;
	int r = moddep_order(d, name, &order, NULL);

	return r < 0 ? tt_xprintf("%d", r) : tt_strv_join(order, " ");
}

static void
test_order(void)
{
	tt_auto(moddep) struct moddep *d = moddep_new();
	tt_auto(free) char *btrfs = NULL;
	tt_auto(free) char *usb = NULL;
	tt_auto(free) char *built = NULL;
	tt_auto(free) char *none = NULL;

	TAP_EQ_INT(moddep_add_softdep(d, soft, sizeof(soft) - 1, NULL), 0, "soft ones");
	TAP_EQ_INT(moddep_add_dep(d, dep, sizeof(dep) - 1, NULL), 0, "hard ones");
	TAP_EQ_INT(
	    moddep_add_builtin(d, "kernel/x/built-in.ko\n", 21, NULL), 0, "built in");
	btrfs = order_of(d, "btrfs");
	TAP_EQ_STR(btrfs,
	    "kernel/crypto/crc32c_generic.ko.xz kernel/lib/libcrc32c.ko.xz "
	    "kernel/lib/raid6_pq.ko kernel/fs/btrfs/btrfs.ko.xz",
	    "what is needed comes first, soft before hard");
	usb = order_of(d, "usb_storage");
	TAP_EQ_STR(usb, "kernel/usb/usbcore.ko.xz kernel/usb/usb-storage.ko.xz",
	    "'-' and '_' are one");
	built = order_of(d, "built_in");
	TAP_EQ_STR(built, "", "a built-in one needs nothing");
	none = order_of(d, "nonsense");
	TAP_EQ_STR(none, "-2", "an unknown one is told: ENOENT");
}

static void
test_bad(void)
{
	static const char loop[] = "a.ko: b.ko\nb.ko: a.ko\n";
	static const char *const bad[] = { "no colon\n", "notamodule: x.ko\n",
		"a.ko: junk\n" };
	tt_auto(moddep) struct moddep *d = moddep_new();
	tt_auto(strv) char **order = NULL;
	tt_auto(err) struct tt_err *err = NULL;

	for (size_t i = 0; i < TT_ARRAY_LEN(bad); i++)
		TAP_EQ_INT(moddep_add_dep(d, bad[i], strlen(bad[i]), NULL), -EINVAL,
		    "refused: %.12s", bad[i]);
	TAP_EQ_INT(
	    moddep_add_softdep(d, "alias a b\n", 10, NULL), -EINVAL, "not a softdep");
	TAP_EQ_INT(moddep_add_dep(d, loop, sizeof(loop) - 1, NULL), 0, "a circle");
	TAP_EQ_INT(moddep_order(d, "a", &order, &err), -ELOOP, "is found: %s",
	    tt_err_message(err));
}

static void
test_names(void)
{
	static const struct {
		const char *path, *name;
	} rows[] = {
		{ "kernel/a/b-c.ko", "b-c" },
		{ "b.ko.xz", "b" },
		{ "x/b.ko.zst", "b" },
		{ "b.ko.gz", "b" },
		{ "b.kolibri", NULL },
		{ ".ko", NULL },
		{ "modules.dep", NULL },
	};

	for (size_t i = 0; i < TT_ARRAY_LEN(rows); i++) {
		tt_auto(free) char *name = modinfo_file_name(rows[i].path);

		TAP_EQ_STR(name, rows[i].name, "%s", rows[i].path);
	}
}

/* The smallest object with a .modinfo section: header, names, texts, three sections. */
static size_t
object(uint8_t *out, const char *info, size_t info_len)
{
	static const char names[] = "\0.modinfo\0.shstrtab";
	Elf64_Ehdr eh = {
		.e_shentsize = sizeof(Elf64_Shdr), .e_shnum = 3, .e_shstrndx = 2
	};
	Elf64_Shdr sh[3] = { 0 };
	size_t at = sizeof(eh);

	memcpy(eh.e_ident, ELFMAG, SELFMAG);
	eh.e_ident[EI_CLASS] = ELFCLASS64;
	eh.e_ident[EI_DATA] = ELFDATA2LSB;
	sh[1] = (Elf64_Shdr){ .sh_name = 1,
		.sh_type = SHT_PROGBITS,
		.sh_offset = at,
		.sh_size = info_len };
	memcpy(out + at, info, info_len);
	at += info_len;
	sh[2] = (Elf64_Shdr){ .sh_name = 10,
		.sh_type = SHT_STRTAB,
		.sh_offset = at,
		.sh_size = sizeof(names) };
	memcpy(out + at, names, sizeof(names));
	at += sizeof(names);
	eh.e_shoff = at;
	memcpy(out + at, sh, sizeof(sh));
	memcpy(out, &eh, sizeof(eh));
	return at + sizeof(sh);
}

static void
test_modinfo(void)
{
	static const char info[] = "license=GPL\0depends=a,b-c\0name=x";
	uint8_t ko[1024];
	size_t len = object(ko, info, sizeof(info));
	const char *v = NULL;
	int r = 0;

	TAP_EQ_INT(modinfo_get(ko, len, "depends", &v), 0, "found");
	TAP_EQ_STR(v, "a,b-c", "its value");
	TAP_EQ_INT(modinfo_get(ko, len, "depend", &v), -ENOENT, "not half a key");
	TAP_EQ_INT(modinfo_get(ko, len, "x", &v), -ENOENT, "nor a value");
	for (size_t n = 0; n < len && r < 0 + 1; n++) {
		/* a copy of exactly n bytes, so that the sanitizer sees one byte too many */
		tt_auto(free) uint8_t *cut = tt_xalloc(n + 1);
		uint8_t *shorter = tt_xrealloc(tt_take(cut), n == 0 ? 1 : n);

		memcpy(shorter, ko, n);
		r = modinfo_get(shorter, n, "depends", &v) == -EINVAL ? 0 : 1;
		free(shorter);
	}
	TAP_EQ_INT(r, 0, "every shorter form is refused");
	object(ko, "depends=a", 9);
	TAP_EQ_INT(
	    modinfo_get(ko, len, "depends", &v), -EINVAL, "a text without its end");
}

static void
test_rules(void)
{
	static const char text[] = "# comment\nkeep *\ndrop usr/share/doc/*/*\n"
				   "keep usr/share/doc/*/copyright\ndrop etc/*-\n";
	char dir[] = "/tmp/tt-rules-XXXXXX";
	tt_auto(rules) struct rules *rules = NULL;
	tt_auto(rules) struct rules *none = NULL;
	tt_auto(free) char *path = NULL;
	tt_auto(err) struct tt_err *err = NULL;

	TAP_OK(mkdtemp(dir) != NULL, "a folder");
	path = tt_path_join(dir, "rules");
	TAP_EQ_INT(tt_file_write(path, text, sizeof(text) - 1, 0644, NULL), 0, "rules");
	TAP_EQ_INT(rules_load(path, &rules, &err), 0, "%s", tt_err_message(err));
	TAP_OK(rules_keep(rules, "usr/bin/x"), "kept");
	TAP_OK(!rules_keep(rules, "usr/share/doc/a/b/c"), "'*' matches '/' too");
	TAP_OK(rules_keep(rules, "usr/share/doc/a/copyright"), "the last match decides");
	TAP_OK(
	    !rules_keep(rules, "etc/passwd-") && rules_keep(rules, "etc/passwd"), "ends");
	TAP_EQ_INT(tt_file_write(path, "lose x\n", 7, 0644, NULL), 0, "bad rules");
	TAP_EQ_INT(rules_load(path, &none, &err), -EINVAL, "are refused: %s",
	    tt_err_message(err));
	TAP_EQ_INT(tt_remove_tree(dir, NULL), 0, "cleaned up");
}

int
main(void)
{
	test_order();
	test_bad();
	test_names();
	test_modinfo();
	test_rules();
	return tap_done();
}
