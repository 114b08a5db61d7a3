// SPDX-License-Identifier: MPL-2.0
/*
 * The commands that look at a finished image: verify and inspect.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "image/commands.h"
#include "image/examine.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "platform/lib/cli/cli.h"

#define NAME       "triton-image"
#define REPORT_MAX (16 * TT_MIB)

#define STAMP_CHARS 16

/* The 16 characters of the stamp in usb-S.img and iso-B-S-G.iso; NULL when there is none. */
static const char *
name_stamp(const char *name)
{
	const char *dash = strrchr(name, '-');

	if (tt_after_prefix(name, "usb-") != NULL && tt_ends_with(name, ".img"))
		return strlen(name) == 8 + STAMP_CHARS ? name + 4 : NULL;
	if (tt_after_prefix(name, "iso-") == NULL || !tt_ends_with(name, ".iso") ||
	    dash - name < 5 + STAMP_CHARS || dash[-STAMP_CHARS - 1] != '-')
		return NULL;
	return dash - STAMP_CHARS;
}

/* build-<stamp>.json beside an image; NULL when its name has no stamp. */
static char *
report_path(const char *image)
{
	tt_auto(free) char *dir = tt_path_dir(image);
	const char *stamp = name_stamp(tt_path_base(image));

	return stamp == NULL ? NULL : tt_xprintf("%s/build-%.16s.json", dir, stamp);
}

/* What a build report holds of this image; NULL when it knows none. Borrowed. */
static const json_t *
find_row(const json_t *report, const char *image)
{
	json_t *row;
	size_t i;

	json_array_foreach(json_object_get(report, "outputs"), i, row)
	{
		const char *name = tt_json_str(row, "name", "");

		if (tt_streq(tt_path_base(name), tt_path_base(image)))
			return row;
	}
	return NULL;
}

/* Whom each program of mode signed is from. */
static void
print_signers(const char *image, const json_t *info)
{
	const char *path;
	json_t *name;

	json_object_foreach(json_object_get(info, "signers"), path, name) printf(
	    "%s: '%s' is as '%s' signed it\n", image, path, json_string_value(name));
}

static void
print_findings(const char *image, const json_t *info, char **bad, const char *report)
{
	const json_t *key = json_object_get(info, "key");
	const bool disc = tt_streq(tt_json_str(info, "format", ""), "disc");

	for (size_t i = 0; i < tt_strv_len(bad); i++)
		printf("%s: %s\n", image, bad[i]);
	printf("%s: %s: partition table, %s, %lld files against the manifest, "
	       "boot variables\n",
	    image, bad == NULL ? "good" : "DAMAGED",
	    disc ? "boot catalogue, ISO 9660" : "boot code, FAT",
	    tt_json_int(key, "files", 0));
	print_signers(image, info);
	if (report != NULL)
		printf("%s: every byte compared with %s\n", image, report);
	else
		printf("%s: no build report: free space and files that change on a "
		       "running machine "
		       "were not compared (--report)\n",
		    image);
}

static int
verify(const struct commands *c, const char *image, struct tt_err **err)
{
	tt_auto(free) char *path =
	    c->report != NULL ? tt_xstrdup(c->report) : report_path(image);
	struct examine_opts opts = { .contents = true };
	tt_auto(json) json_t *report = NULL;
	const json_t *row;
	tt_auto(json) json_t *info = NULL;
	tt_auto(strv) char **bad = NULL;
	int r = 0;

	if (path != NULL && (c->report != NULL || tt_path_exists(path)))
		r = tt_json_load(path, REPORT_MAX, &report, err);
	if (r < 0)
		return r;
	row = report == NULL ? NULL : find_row(report, image);
	opts.extents = json_object_get(row, "extents");
	opts.sha256 = tt_json_str(row, "sha256", NULL);
	if (c->report != NULL && row == NULL)
		return tt_err_set(err, -ENOENT, "ResourceNotFound",
		    "the build report '%s' knows no '%s'", path, tt_path_base(image));
	r = examine_image(image, &opts, &info, &bad, err);
	if (r < 0)
		return r;
	if (c->json) {
		json_t *list = json_array();
		tt_auto(free) char *line = NULL;

		for (size_t i = 0; i < tt_strv_len(bad); i++)
			json_array_append_new(list, json_string(bad[i]));
		json_object_set_new(info, "good", json_boolean(bad == NULL));
		json_object_set_new(info, "findings", list);
		json_object_set_new(info, "compared", json_boolean(row != NULL));
		line = tt_json_line(info);
		printf("%s\n", line);
	} else {
		print_findings(image, info, bad, row == NULL ? NULL : path);
	}
	return bad == NULL ? 0 : 1;
}

int
command_verify(int argc TT_UNUSED, char **argv, void *ctx)
{
	tt_auto(err) struct tt_err *err = NULL;
	const int r = verify(ctx, argv[0], &err);

	return r < 0 ? tt_cli_fail(NAME, err) : r;
}

/* What is checked at boot, and by whom. Says no more than is true of this image. */
static const struct coverage {
	const char *mode;
	const char *mark; /* a file that only this mode has; NULL = any other image */
	const char *covered, *uncovered;
} levels[] = {
	{ "uki", "EFI/KEYS/site.cer",
	    "with Secure Boot on and the site's certificate enrolled, firmware checks "
	    "the "
	    "menu (systemd-boot) and each entry as one file: kernel, initramfs, command "
	    "line and root hash; the initramfs checks root.img against that hash "
	    "(dm-verity)",
	    "order and number of entries in the menu, older entries signed with the same "
	    "key, the key's other files (config, answers, images); Secure Boot off: as "
	    "mode "
	    "plain; BIOS does not boot it" },
	{ "signed", "EFI/BOOT/grubx64.efi",
	    "with Secure Boot on, firmware checks shim (Microsoft's key), shim checks "
	    "GRUB "
	    "and the kernel (Debian's key), the kernel its modules; the initramfs checks "
	    "root.img against the hash on the kernel's command line (dm-verity)",
	    "grub.cfg, grubenv, command line with the root hash, initrd: who can write "
	    "the "
	    "key can change what runs; BIOS, or Secure Boot off: as mode plain" },
	{ "plain", NULL,
	    "firmware checks nothing; the initramfs checks root.img against the hash on "
	    "the "
	    "kernel's command line (dm-verity)",
	    "boot loader, grub.cfg, grubenv, command line with the root hash, kernel, "
	    "initrd" },
};

static const struct coverage *
coverage(const json_t *info)
{
	size_t i = 0;

	while (levels[i].mark != NULL) {
		json_t *row;
		size_t k;

		json_array_foreach(json_object_get(info, "files"), k, row)
		{
			if (strcmp(tt_json_str(row, "path", ""), levels[i].mark) == 0)
				return &levels[i];
		}
		i++;
	}
	return &levels[i];
}

static void
print_info(const char *image, const json_t *info)
{
	const json_t *key = json_object_get(info, "key");
	const json_t *boot = json_object_get(info, "boot");
	const char *name;
	json_t *v;
	size_t i;

	printf("image        %s, %lld bytes\n", image, tt_json_int(info, "size", 0));
	printf("version      %s\n", tt_json_str(info, "version", "unknown"));
	json_array_foreach(json_object_get(info, "partitions"), i, v)
	    printf("partition %lld  %-8s sectors %lld + %lld\n",
		tt_json_int(v, "number", 0), tt_json_str(v, "name", ""),
		tt_json_int(v, "first", 0), tt_json_int(v, "sectors", 0));
	printf("key          label %s, id %s, %lld files, %lld bytes\n",
	    tt_json_str(key, "label", "?"), tt_json_str(key, "volume_id", "?"),
	    tt_json_int(key, "files", 0), tt_json_int(key, "bytes", 0));
	json_array_foreach(json_object_get(info, "platforms"), i, v)
	    printf("platform     %s\n", json_string_value(v));
	json_object_foreach((json_t *)(uintptr_t)boot, name, v)
	    printf("boot         %s=%s\n", name, json_string_value(v));
	printf(
	    "configured   %s\n", tt_json_bool(info, "configured", false) ? "yes" : "no");
	printf("answers      %s\n",
	    tt_json_bool(info, "answers", false) ? "inside, WITH PASSWORDS" : "none");
	print_signers(image, info);
	printf("mode         %s\ncovered      %s\nnot covered  %s\n",
	    coverage(info)->mode, coverage(info)->covered, coverage(info)->uncovered);
}

static int
inspect(const struct commands *c, const char *image, struct tt_err **err)
{
	const struct examine_opts opts = { .contents = false };
	tt_auto(json) json_t *info = NULL;
	tt_auto(strv) char **bad = NULL;
	int r;

	r = examine_image(image, &opts, &info, &bad, err);
	if (r < 0)
		return r;
	if (c->json) {
		tt_auto(free) char *line = NULL;
		const struct coverage *level = coverage(info);

		json_object_set_new(info, "boot_checks",
		    json_pack("{s:s,s:s,s:s}", "mode", level->mode, "covered",
			level->covered, "not_covered", level->uncovered));
		line = tt_json_line(info);
		printf("%s\n", line);
	} else {
		print_info(image, info);
	}
	for (size_t i = 0; i < tt_strv_len(bad); i++)
		fprintf(stderr, NAME ": '%s': %s\n", image, bad[i]);
	return bad == NULL ? 0 : 1;
}

int
command_inspect(int argc TT_UNUSED, char **argv, void *ctx)
{
	tt_auto(err) struct tt_err *err = NULL;
	const int r = inspect(ctx, argv[0], &err);

	return r < 0 ? tt_cli_fail(NAME, err) : r;
}
