// SPDX-License-Identifier: MPL-2.0
/*
 * What lies on the key. Every medium uses this list.
 */
#include "image/stage.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "image/uki.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/buf.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "platform/lib/conf/grubenv.h"

#define TEXT_MAX    (256 * TT_KIB)
#define ANSWERS_MAX (64 * TT_KIB)

int
stage_expand(const char *text, const char *const *names, const char *const *values,
    char **ret, struct tt_err **err)
{
	tt_auto(buf) struct tt_buf out = TT_BUF_INIT(TEXT_MAX);

	while (*text != '\0') {
		const size_t plain = strcspn(text, "@");
		const char *end;
		size_t i = 0, len;

		tt_buf_add(&out, text, plain);
		text += plain;
		if (*text == '\0')
			break;
		end = strchr(text + 1, '@');
		len = end == NULL ? 0 : (size_t)(end - text - 1);
		if (len == 0 || strspn(text + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") != len) {
			tt_buf_addc(&out, *text++); /* "$@" and the like */
			continue;
		}
		while (names[i] != NULL &&
		       (strlen(names[i]) != len || strncmp(names[i], text + 1, len) != 0))
			i++;
		if (names[i] == NULL)
			return tt_err_set(err, -EINVAL, "InvalidTemplate",
			    "'%.*s' in grub.cfg has no value", (int)len + 2, text);
		tt_buf_adds(&out, values[i]);
		text = end + 1;
	}
	*ret = tt_buf_detach(&out);
	return 0;
}

/* A disc is there to install a headnode; its menu never turns to the network by itself. */
static bool
for_disc(const struct build *b)
{
	return strcmp(spec_text(&b->spec, SPEC_MEDIUM), "iso") == 0;
}

static const char *
ipxe_first(const struct build *b)
{
	return for_disc(b) ? "false" : spec_text(&b->spec, SPEC_IPXE);
}

static int
add_grub_cfg(struct build *b, struct keytree *t, struct tt_err **err)
{
	static const char *const names[] = { "STAMP", "MEDIUM", "IPXE", "OS_CONSOLE",
		"SMT_ENABLED", "SERIAL_DEV", "EFI_SERIAL", "MEDIUM_ARGS", NULL };
	const char *const values[] = { b->stamp, spec_text(&b->spec, SPEC_MEDIUM),
		ipxe_first(b), spec_text(&b->spec, SPEC_CONSOLE),
		spec_text(&b->spec, SPEC_SMT_ENABLED),
		spec_text(&b->spec, SPEC_SERIAL_DEV),
		spec_text(&b->spec, SPEC_EFI_SERIAL),
		for_disc(b) ? "triton_installer=iso" : "", NULL };
	tt_auto(free) char *path = tt_path_join(b->o.source, "image/grub/grub.cfg");
	tt_auto(buf) struct tt_buf text = TT_BUF_INIT(TEXT_MAX);
	tt_auto(free) char *done = NULL;
	int r;

	r = tt_file_read(path, &text, err);
	if (r >= 0)
		r = stage_expand(tt_buf_str(&text), names, values, &done, err);
	if (r < 0 || done == NULL)
		return tt_err_wrap(err, r, "the boot menu '%s'", path);
	keytree_add_data(t, "boot/grub/grub.cfg", done, strlen(done));
	return 0;
}

static int
add_grubenv(struct build *b, struct keytree *t, struct tt_err **err)
{
	const char *const pairs[][2] = {
		{ "platform_version", b->stamp },
		{ "medium", spec_text(&b->spec, SPEC_MEDIUM) },
		{ "ipxe", ipxe_first(b) },
		{ "os_console", spec_text(&b->spec, SPEC_CONSOLE) },
		{ "smt_enabled", spec_text(&b->spec, SPEC_SMT_ENABLED) },
	};
	tt_auto(grubenv) struct tt_grubenv env = TT_GRUBENV_INIT;
	char block[TT_GRUBENV_SIZE];
	int r = 0;

	for (size_t i = 0; r >= 0 && i < TT_ARRAY_LEN(pairs); i++)
		r = tt_grubenv_set(&env, pairs[i][0], pairs[i][1], err);
	if (r < 0)
		return r;
	tt_grubenv_format(&env, block);
	keytree_add_data(t, "boot/grub/grubenv", block, sizeof(block));
	return 0;
}

int
stage_platform(struct build *b, struct keytree *t, struct tt_err **err)
{
	static const struct {
		const char *name;
		bool needed;
	} files[] = {
		{ "vmlinuz", true },
		{ "initrd", true },
		{ "root.img", true },
		{ "root.verity", true },
		{ "boot.cfg", true },
		{ "hvm.img", false },
		{ "manifest.json", false },
	};
	int r = 0;

	for (size_t i = 0; r >= 0 && i < TT_ARRAY_LEN(files); i++) {
		tt_auto(free) char *from = tt_path_join(b->platform.dir, files[i].name);
		tt_auto(free) char *path =
		    tt_xprintf("os/%s/%s", b->stamp, files[i].name);

		if (files[i].needed || tt_path_exists(from))
			r = keytree_add_file(
			    t, phase_run_digests(b->run), path, from, err);
	}
	return r;
}

static int
add_boot(
    struct build *b, const struct bootloader *l, struct keytree *t, struct tt_err **err)
{
	tt_auto(free) char *script = tt_path_join(b->o.source, "image/key/default.ipxe");
	const char *const files[][2] = {
		{ "EFI/BOOT/BOOTX64.EFI", l->efi },
		{ "EFI/BOOT/grubx64.efi", l->efi_grub },
		{ "EFI/BOOT/mmx64.efi", l->efi_mok },
		{ "boot/grub/boot.img", l->boot_img },
		{ "boot/grub/core.img", l->core_img },
		{ "boot/ipxe.lkrn", l->ipxe_lkrn },
		{ "boot/ipxe.efi", l->ipxe_efi },
		{ "boot/default.ipxe", script },
	};
	int r = 0;

	for (size_t i = 0; r >= 0 && i < TT_ARRAY_LEN(files); i++)
		if (files[i][1] != NULL)
			r = keytree_add_file(
			    t, phase_run_digests(b->run), files[i][0], files[i][1], err);
	if (r >= 0)
		r = add_grub_cfg(b, t, err);
	if (r >= 0)
		r = add_grubenv(b, t, err);
	return r;
}

static int
add_fixed(struct build *b, struct keytree *t, struct tt_err **err)
{
	tt_auto(free) char *version = tt_xprintf("%s\n", b->build_stamp);
	tt_auto(free) char *banner = tt_path_join(b->o.source, "image/key/banner");
	tt_auto(free) char *licence = tt_path_join(b->o.source, "LICENSE");
	tt_auto(free) char *include = tt_path_join(b->o.source, "image/key/config.inc");
	struct digests *d = phase_run_digests(b->run);
	int r;

	keytree_add_data(t, ".joyliveusb", "", 0);
	keytree_add_data(t, "version", version, strlen(version));
	/* Debian's signed GRUB takes the disc that has this file for its own */
	if (for_disc(b))
		keytree_add_data(t, ".disk/info", version, strlen(version));
	r = keytree_add_file(t, d, "banner", banner, err);
	if (r >= 0)
		r = keytree_add_file(t, d, "LICENSE", licence, err);
	if (r >= 0)
		r = keytree_add_dir(t, d, "config.inc", include, err);
	return r;
}

/* What only the holder of the key may read: mounted with umask 077 there. */
static int
add_private(struct build *b, struct keytree *t, struct tt_err **err)
{
	const char *answers = spec_text(&b->spec, SPEC_ANSWER_FILE);
	tt_auto(buf) struct tt_buf text = TT_BUF_INIT(ANSWERS_MAX);
	tt_auto(free) char *name = tt_xprintf("private/root.password.%s", b->stamp);
	int r = 0;

	if (*answers != '\0') {
		r = tt_file_read(answers, &text, err);
		if (r >= 0)
			keytree_add_data(
			    t, "private/answers.json", tt_buf_str(&text), text.len);
		b->answers = true;
	}
	if (r >= 0 && b->password_file != NULL)
		r = keytree_add_file(
		    t, phase_run_digests(b->run), name, b->password_file, err);
	return r;
}

int
stage_key(
    struct build *b, const struct bootloader *l, struct keytree *t, struct tt_err **err)
{
	int r;

	r = stage_platform(b, t, err);
	if (r >= 0)
		r = l->uki_dir != NULL ? uki_stage_key(b, l, t, err)
				       : add_boot(b, l, t, err);
	if (r >= 0)
		r = add_fixed(b, t, err);
	if (r >= 0)
		r = add_private(b, t, err);
	if (r >= 0)
		r = keytree_seal(t, err);
	return r;
}
