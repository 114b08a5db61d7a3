// SPDX-License-Identifier: MPL-2.0
/*
 * The boot loader phase.
 */
#include "image/bootloader.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "image/build.h"
#include "image/gpt.h"
#include "image/uki.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "platform/lib/conf/grubcode.h"

#define RECIPE "3"
#define MODULES_COMMON                                                                   \
	"part_gpt", "part_msdos", "fat", "iso9660", "normal", "configfile", "test",      \
	    "echo", "search", "search_fs_file", "search_label", "serial", "terminal",    \
	    "loadenv", "regexp", "linux", "reboot", "halt", "minicmd", "sleep", "true",  \
	    "ls", "help"

static const char *const modules_bios[] = { MODULES_COMMON, "biosdisk", "linux16", NULL };
static const char *const modules_efi[] = { MODULES_COMMON, "all_video", "chain", NULL };

/* grub-mkimage of the locked packages if they have it, else the one in PATH. */
static char *
mkimage_path(const char *boot_dir)
{
	char *locked = tt_path_join(boot_dir, "usr/bin/grub-mkimage");

	if (tt_path_exists(locked))
		return locked;
	free(locked);
	return tt_path_exists("/usr/bin/grub-mkimage")
		   ? tt_xstrdup("/usr/bin/grub-mkimage")
		   : tt_xstrdup("grub-mkimage");
}

static int
mkimage(struct phase *p, const char *boot_dir, const char *format, const char *early,
    const char *name, const char *const *modules, struct tt_err **err)
{
	tt_auto(free) char *tool = mkimage_path(boot_dir);
	/* the form for discs is made of the same modules */
	tt_auto(free) char *dir = tt_xprintf("%s/usr/lib/grub/%s", boot_dir,
	    strcmp(format, "i386-pc-eltorito") == 0 ? "i386-pc" : format);
	tt_auto(free) char *out = phase_path(p, name);
	const char *argv[64] = { tool, "-O", format, "-d", dir, "-c", early, "-p",
		"/boot/grub", "-o", out };
	size_t n = 11;
	int r;

	for (size_t i = 0; modules[i] != NULL; i++)
		argv[n++] = modules[i];
	r = phase_exec(p, argv, NULL, err);
	return r < 0 ? tt_err_wrap(err, r, "making '%s'", name) : 0;
}

/* Read, patch, write as name into the phase's folder. */
static int
patched(struct phase *p, const char *from, const char *name,
    int (*patch)(uint8_t *, size_t, uint64_t, struct tt_err **), struct tt_err **err)
{
	tt_auto(buf) struct tt_buf data = TT_BUF_INIT(4 * TT_GRUB_CORE_MAX);
	tt_auto(free) char *to = phase_path(p, name);
	int r;

	r = tt_file_read(from, &data, err);
	if (r >= 0)
		r = patch((uint8_t *)data.data, data.len, GPT_BIOS_FIRST, err);
	if (r >= 0)
		r = tt_file_write(to, data.data, data.len, 0644, err);
	return r;
}

static int
inputs(struct build *b, struct phase *p, const char *early, struct tt_err **err)
{
	tt_auto(free) char *tool = mkimage_path(b->platform.boot_dir);
	tt_auto(free) char *bios =
	    tt_path_join(b->platform.boot_dir, "usr/lib/grub/i386-pc");
	tt_auto(free) char *efi =
	    tt_path_join(b->platform.boot_dir, "usr/lib/grub/x86_64-efi");
	tt_auto(free) char *modules = NULL;
	int r;

	modules = tt_strv_join((char *const *)(const void *)modules_bios, " ");
	phase_input(p, "recipe", RECIPE);
	phase_input(p, "modules", modules);
	r = phase_input_file(p, "early.cfg", early, err);
	if (r >= 0)
		r = phase_input_tree(p, "grub-bios", bios, err);
	if (r >= 0)
		r = phase_input_tree(p, "grub-efi", efi, err);
	if (r >= 0)
		r = phase_input_file(p, "grub-mkimage", tool, err);
	return r;
}

static int
fill(struct build *b, struct phase *p, const char *early, struct tt_err **err)
{
	tt_auto(free) char *boot =
	    tt_path_join(b->platform.boot_dir, "usr/lib/grub/i386-pc/boot.img");
	tt_auto(free) char *core = phase_path(p, "core.img");
	int r;

	r = patched(p, boot, "boot.img", tt_grub_boot_patch, err);
	if (r >= 0)
		r = mkimage(p, b->platform.boot_dir, "i386-pc", early, "core.img",
		    modules_bios, err);
	if (r >= 0)
		r = patched(p, core, "core.img", tt_grub_core_patch, err);
	if (r >= 0)
		r = mkimage(p, b->platform.boot_dir, "i386-pc-eltorito", early,
		    "eltorito.img", modules_bios, err);
	if (r >= 0)
		r = mkimage(p, b->platform.boot_dir, "x86_64-efi", early, "BOOTX64.EFI",
		    modules_efi, err);
	return r;
}

/* A file of the boot packages that is used as it is. */
static int
find(struct build *b, const char *package, const char *name, char **ret,
    struct tt_err **err)
{
	tt_auto(free) char *path = tt_path_join(b->platform.boot_dir, name);

	if (!tt_path_exists(path))
		return tt_err_set(err, -ENOENT, "MissingBootFile",
		    "'%s' is not there: the package %s must be among the boot packages",
		    path, package);
	*ret = tt_take(path);
	return 0;
}

/*
 * gcdx64 is the GRUB for discs: it looks for /boot/grub/grub.cfg on the medium it was
 * started from, or on the one with /.disk/info, not in an installed system's EFI/debian.
 */
static int
find_signed(struct build *b, struct bootloader *l, struct tt_err **err)
{
	int r;

	r = find(b, "shim-signed", "usr/lib/shim/shimx64.efi.signed", &l->efi, err);
	if (r >= 0)
		r = find(b, "grub-efi-amd64-signed",
		    "usr/lib/grub/x86_64-efi-signed/gcdx64.efi.signed", &l->efi_grub,
		    err);
	if (r >= 0)
		r = find(b, "shim-helpers-amd64-signed", "usr/lib/shim/mmx64.efi.signed",
		    &l->efi_mok, err);
	return r;
}

int
bootloader_make(struct build *b, struct bootloader *ret, struct tt_err **err)
{
	tt_auto(free) char *early = tt_path_join(b->o.source, "image/grub/early.cfg");
	struct phase *p;
	int r;

	if (strcmp(spec_text(&b->spec, SPEC_MODE), "uki") == 0)
		return uki_make(b, ret, err);
	p = phase_begin(b->run, "boot-loader", "GRUB for BIOS and UEFI");
	r = inputs(b, p, early, err);
	if (r >= 0)
		r = phase_lookup(p, err);
	if (r == 0)
		r = fill(b, p, early, err);
	if (r >= 0)
		r = phase_end(p, err, "%s", "");
	if (r >= 0)
		r = find(b, "ipxe", "boot/ipxe.lkrn", &ret->ipxe_lkrn, err);
	if (r >= 0)
		r = find(b, "ipxe", "boot/ipxe.efi", &ret->ipxe_efi, err);
	if (r >= 0 && strcmp(spec_text(&b->spec, SPEC_MODE), "signed") == 0)
		r = find_signed(b, ret, err);
	if (r < 0)
		return r;
	ret->dir = tt_xstrdup(phase_dir(p));
	ret->boot_img = phase_path(p, "boot.img");
	ret->core_img = phase_path(p, "core.img");
	ret->eltorito = phase_path(p, "eltorito.img");
	ret->hybrid =
	    tt_path_join(b->platform.boot_dir, "usr/lib/grub/i386-pc/boot_hybrid.img");
	if (ret->efi == NULL)
		ret->efi = phase_path(p, "BOOTX64.EFI");
	return 0;
}

void
bootloader_release(struct bootloader *l)
{
	free(l->dir);
	free(l->boot_img);
	free(l->core_img);
	free(l->eltorito);
	free(l->hybrid);
	free(l->efi);
	free(l->efi_grub);
	free(l->efi_mok);
	free(l->site_cert);
	free(l->uki_dir);
	free(l->ipxe_lkrn);
	free(l->ipxe_efi);
	*l = (struct bootloader){ 0 };
}
