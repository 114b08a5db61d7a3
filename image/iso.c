// SPDX-License-Identifier: MPL-2.0
/*
 * The product `iso`: one image that boots as a disc and, written to a stick, as a disk,
 * with BIOS and UEFI. xorriso lays it out; what it is given is a list of the key's files,
 * a FAT volume with the loader for UEFI, and every time and identifier that it would
 * otherwise make up.
 */
#include "image/iso.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "image/digest.h"
#include "image/examine.h"
#include "image/product.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/buf.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/num.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"

#define RECIPE   "1"
#define LIST_MAX (4 * TT_MIB)
#define EFI_KIB  "8192"
#define TOOL_MS  (10 * 60 * 1000)
/*
 * 5452494f-4e00-4000-8000-00000000000a, another disk than the USB image, in the order of
 * its bytes on the disk; xorriso makes the partitions' identifiers of it.
 */
#define DISK_GUID "4f495254004e0040800000000000000a"

struct iso {
	struct build *b;
	const struct keyset *k;
	char *image; /* OUT/out/iso-B-S-G.iso */
	char *
	    work; /* folder for what xorriso reads, and for the image until it is checked */
	char *list, *efi, *made;
	char epoch[24], date[TT_STAMP_LEN + 2];
};

static void
tt_auto_iso(struct iso *c)
{
	free(c->image);
	free(c->work);
	free(c->list);
	free(c->efi);
	free(c->made);
}

static void
name_all(struct iso *c, struct build *b, const struct keyset *k)
{
	c->b = b;
	c->k = k;
	c->image = tt_xprintf("%s/iso-%s.iso", b->out_dir, b->build_stamp);
	c->work = tt_xprintf("%s/.iso-%s.tmp", b->out_dir, b->build_stamp);
	c->list = tt_path_join(c->work, "files.list");
	c->efi = tt_path_join(c->work, "efi.img");
	c->made = tt_path_join(c->work, "made.iso");
	(void)tt_strf(c->epoch, sizeof(c->epoch), "%" PRId64, b->epoch);
	/* YYYYMMDDThhmmssZ as YYYYMMDDhhmmss and hundredths */
	(void)tt_strf(c->date, sizeof(c->date), "%.8s%.6s00", b->stamp, b->stamp + 9);
}

/* A path as xorriso's lists of "place=source" spell it. */
static void
add_escaped(struct tt_buf *out, const char *path)
{
	for (; *path != '\0'; path++) {
		if (*path == '=' || *path == '\\')
			tt_buf_addc(out, '\\');
		tt_buf_addc(out, *path);
	}
}

/* The source of a key's file: where it lies, or its bytes in a file of their own. */
static char *
source_of(const struct iso *c, size_t i, struct tt_err **err)
{
	const struct key_file *f = &c->k->t.files[i];
	char *path;

	if (f->from != NULL)
		return tt_xstrdup(f->from);
	path = tt_xprintf("%s/%zu", c->work, i);
	if (tt_file_write(path, f->data, (size_t)f->size, 0644, err) >= 0)
		return path;
	free(path);
	return NULL;
}

static int
write_list(const struct iso *c, struct tt_err **err)
{
	const struct keytree *t = &c->k->t;
	tt_auto(buf) struct tt_buf text = TT_BUF_INIT(LIST_MAX);

	for (size_t i = 0; i < t->count; i++) {
		tt_auto(free) char *from = source_of(c, i, err);

		if (from == NULL)
			return -EIO;
		if (strpbrk(from, "\r\n") != NULL)
			return tt_err_set(err, -EINVAL, "InvalidPath",
			    "the name of '%s' has a line end in it: xorriso cannot be "
			    "told of it; build from a folder without one",
			    t->files[i].path);
		tt_buf_addc(&text, '/');
		add_escaped(&text, t->files[i].path);
		tt_buf_addc(&text, '=');
		add_escaped(&text, from);
		tt_buf_addc(&text, '\n');
	}
	tt_buf_addf(&text, "/" ISO_LOADER "=");
	add_escaped(&text, c->k->l.eltorito);
	tt_buf_addc(&text, '\n');
	if (text.overflow)
		return tt_err_set(err, -EMSGSIZE, "TooManyFiles",
		    "the list of the key's files is longer than %llu bytes",
		    (unsigned long long)LIST_MAX);
	return tt_file_write(c->list, text.data, text.len, 0644, err);
}

static int
tool(const struct iso *c, struct phase *p, const char *const *argv, struct tt_err **err)
{
	tt_auto(free) char *date = tt_xprintf("SOURCE_DATE_EPOCH=%s", c->epoch);
	const char *const env[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C",
		"TZ=UTC", "MTOOLS_SKIP_CHECK=1", date, NULL };
	const struct tt_proc_opts o = { .timeout_ms = TOOL_MS, .env = env };

	return phase_exec(p, argv, &o, err);
}

/* The volume that firmware reads: EFI/ of the key and nothing else. */
static int
write_efi(const struct iso *c, struct phase *p, struct tt_err **err)
{
	const struct keytree *t = &c->k->t;
	const char *const format[] = { "mkfs.fat", "--invariant", "-i", "54524945", "-n",
		"TRITON-EFI", "-C", c->efi, EFI_KIB, NULL };
	const char *const folders[] = { "mmd", "-i", c->efi, "::/EFI", "::/EFI/BOOT",
		NULL };
	int r;

	r = tool(c, p, format, err);
	if (r >= 0)
		r = tool(c, p, folders, err);
	for (size_t i = 0; r >= 0 && i < t->count; i++) {
		tt_auto(free) char *to = tt_xprintf("::/%s", t->files[i].path);
		const char *const copy[] = { "mcopy", "-i", c->efi, t->files[i].from, to,
			NULL };

		if (tt_after_prefix(t->files[i].path, "EFI/BOOT/") != NULL &&
		    t->files[i].from != NULL)
			r = tool(c, p, copy, err);
	}
	return r < 0 ? tt_err_wrap(err, r, "making the disc's volume for UEFI") : 0;
}

static int
run_xorriso(const struct iso *c, struct phase *p, struct tt_err **err)
{
	tt_auto(free) char *date = tt_xprintf("--modification-date=%s", c->date);
	tt_auto(free) char *all = tt_xprintf("=%s", c->epoch);
	const char *argv[64] = { "xorriso", "-no_rc", "-as", "mkisofs", "-quiet", "-o",
		c->made, "-V", ISO_LABEL, "-R", "-iso-level", "3", "-uid", "0", "-gid",
		"0", "-dir-mode", "0555", "-file-mode", "0444", date,
		"--set_all_file_dates", all, "--gpt_disk_guid", DISK_GUID, "-b",
		ISO_LOADER, "-c", ISO_CATALOG, "-no-emul-boot", "-boot-load-size", "4",
		"-boot-info-table", "--grub2-boot-info", "--grub2-mbr", c->k->l.hybrid,
		"-partition_offset", "16", "-append_partition", "2", "0xef", c->efi,
		"-appended_part_as_gpt", "-eltorito-alt-boot", "-e",
		"--interval:appended_partition_2:all::", "-no-emul-boot", "-graft-points",
		"-path-list", c->list };
	size_t n = 0;

	while (argv[n] != NULL)
		n++;
	/* whoever mounts the disc, only root reads what is secret */
	for (size_t i = 0; i < c->k->t.count; i++) {
		if (tt_after_prefix(c->k->t.files[i].path, "private/") == NULL)
			continue;
		argv[n++] = "--";
		argv[n++] = "-chmod_r";
		argv[n++] = "go=";
		argv[n++] = "/private";
		argv[n++] = "--";
		break;
	}
	return tool(c, p, argv, err);
}

static int
fill(const struct iso *c, struct phase *p, struct tt_err **err)
{
	char hex[TT_SHA256_HEX_LEN];
	int r;

	r = tt_remove_tree(c->work, err);
	if (r >= 0)
		r = tt_mkdir_p(c->work, 0700, err); /* answers may lie in it */
	if (r >= 0)
		r = write_list(c, err);
	if (r >= 0)
		r = write_efi(c, p, err);
	if (r >= 0)
		r = run_xorriso(c, p, err);
	if (r >= 0)
		r = examine_made(c->made, NULL, err);
	if (r >= 0 && rename(c->made, c->image) < 0)
		r = tt_err_errno(err, -errno, "renaming '%s'", c->made);
	(void)tt_remove_tree(c->work, NULL);
	if (r >= 0)
		r = digests_file(phase_run_digests(c->b->run), c->image, hex, NULL, err);
	if (r >= 0)
		phase_fact(p, "sha256", hex);
	return r;
}

static int
inputs(struct iso *c, struct phase *p, struct tt_err **err)
{
	char hex[TT_SHA256_HEX_LEN];
	int r;

	phase_input(p, "recipe", RECIPE);
	phase_output(p, c->image);
	phase_input(p, "build stamp", c->b->build_stamp);
	keytree_digest(&c->k->t, hex);
	phase_input(p, "key", hex);
	r = phase_input_file(p, "loader for BIOS", c->k->l.eltorito, err);
	if (r >= 0)
		r = phase_input_file(p, "sector 0", c->k->l.hybrid, err);
	return r;
}

static int
make(struct build *b, struct report *report, struct tt_err **err)
{
	tt_auto(keyset) struct keyset k = { 0 };
	tt_auto(iso) struct iso c = { 0 };
	struct phase *p;
	int r, hit = 0;

	r = product_key(b, &k, err);
	if (r < 0)
		return r;
	name_all(&c, b, &k);
	p = phase_begin(b->run, "iso", "disc and stick");
	r = inputs(&c, p, err);
	if (r >= 0)
		r = hit = phase_lookup(p, err);
	if (r == 0)
		r = fill(&c, p, err);
	if (r >= 0)
		r = phase_end(p, err, "%.1f MB of files, checked",
		    (double)keytree_bytes(&k.t) / 1e6);
	if (r < 0)
		return r;
	report_add(report, c.image, NULL, phase_fact_get(p, "sha256"), hit == 0);
	report_hint(report,
	    "burn it to a disc, or write it to a stick: dd if=%s of=/dev/sdX bs=1M",
	    c.image);
	report_hint(report,
	    "boot it in an emulator: qemu-system-x86_64 -m 1G -boot d -cdrom %s "
	    "-serial mon:stdio",
	    c.image);
	return 0;
}

const struct product product_iso = {
	.name = "iso",
	.medium = "iso",
	.help = "Build the disc image.",
	.phases = PRODUCT_KEY_PHASES + 1,
	.make = make,
};
