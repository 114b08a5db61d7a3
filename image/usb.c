// SPDX-License-Identifier: MPL-2.0
/*
 * Writer of the USB image, and the product.
 */
#include "image/usb.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "image/examine.h"
#include "image/fatwrite.h"
#include "image/gpt.h"
#include "image/le.h"
#include "image/out.h"
#include "image/pack.h"
#include "image/product.h"
#include "image/sbom.h"
#include "image/uki.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/buf.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/num.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "platform/lib/conf/grubcode.h"

#define RECIPE        "1"
#define ROUND         258048ULL /* sectors: 16 heads x 63 sectors, and 2 MiB */
#define FRONT_SECTORS (GPT_KEY_FIRST + GPT_ALIGN)
#define EXTENTS_MAX   (16 * TT_MIB)

uint64_t
usb_sectors(const char *label)
{
	tt_auto(free) char *digits = tt_xstrndup(label, strspn(label, "0123456789"));
	uint64_t gb = 0;

	(void)tt_parse_u64(digits, 1, 4096, &gb);
	return gb * 1000000000 / GPT_SECTOR / ROUND * ROUND;
}

struct target {
	struct out *out;
	uint64_t base;
};

static int
put_at(void *ctx, uint64_t offset, const void *data, size_t len, struct tt_err **err)
{
	struct target *t = ctx;

	return out_put(t->out, t->base + offset, data, len, err);
}

/* A fifth is kept for what setup and updates add; the shortfall is printed. */
static int
check_space(uint64_t sectors, const struct keytree *t, struct tt_err **err)
{
	const uint64_t content = keytree_bytes(t);
	const uint64_t need = content + content / 5 + FRONT_SECTORS * GPT_SECTOR;
	const uint64_t have = sectors * GPT_SECTOR;

	if (need <= have)
		return 0;
	return tt_err_set(err, -ENOSPC, "ImageTooSmall",
	    "the key's files have %" PRIu64
	    " bytes and a fifth must stay free: the image lacks %" PRIu64
	    " bytes; set image-size to a larger one",
	    content, need - have);
}

static int
layout(struct fat *f, const struct keytree *t, int *index, struct tt_err **err)
{
	for (size_t i = 0; i < t->count; i++) {
		index[i] = fat_add(f, t->files[i].path, t->files[i].size, err);
		if (index[i] < 0)
			return index[i];
	}
	return fat_layout(f, err);
}

static int
put_front(struct out *o, uint8_t *head, size_t head_len, const struct bootloader *l,
    struct tt_err **err)
{
	tt_auto(buf) struct tt_buf boot = TT_BUF_INIT(TT_GRUB_SECTOR);
	tt_auto(buf) struct tt_buf core = TT_BUF_INIT(TT_GRUB_CORE_MAX);
	int r;

	if (l->boot_img == NULL) {
		uki_bios_code(head);
		return out_put(o, 0, head, head_len, err);
	}
	r = tt_file_read(l->boot_img, &boot, err);
	if (r >= 0)
		r = tt_file_read(l->core_img, &core, err);
	if (r < 0)
		return r;
	if (boot.len < TT_GRUB_CODE_LEN)
		return tt_err_set(err, -EINVAL, "InvalidBootLoader",
		    "'%s' has only %zu bytes", l->boot_img, boot.len);
	memcpy(head, boot.data, TT_GRUB_CODE_LEN);
	r = out_put(o, 0, head, head_len, err);
	if (r >= 0)
		r = out_put(o, GPT_BIOS_FIRST * GPT_SECTOR, core.data, core.len, err);
	return r;
}

static int
put_files(struct out *o, const struct fat *f, const int *index, const struct keytree *t,
    struct tt_err **err)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < t->count; i++) {
		const struct key_file *k = &t->files[i];
		const uint64_t at = GPT_KEY_FIRST * GPT_SECTOR + fat_offset(f, index[i]);

		if (k->size == 0)
			continue;
		r = k->from != NULL
			? out_put_file(o, at, k->from, k->size, k->sha256, err)
			: out_put(o, at, k->data, (size_t)k->size, err);
	}
	return r;
}

static uint32_t
volume_id(const char *build_stamp)
{
	uint8_t digest[TT_SHA256_SIZE];

	tt_sha256(build_stamp, strlen(build_stamp), digest);
	return (uint32_t)digest[0] << 24 | (uint32_t)digest[1] << 16 |
	       (uint32_t)digest[2] << 8 | digest[3];
}

int
usb_write(const char *path, uint64_t sectors, const struct keytree *t,
    const struct bootloader *l, const char *build_stamp, int64_t epoch,
    json_t **ret_extents, struct tt_err **err)
{
	const struct fat_params fp = { .sectors = sectors - FRONT_SECTORS,
		.hidden = GPT_KEY_FIRST,
		.volume_id = volume_id(build_stamp),
		.label = "TRITON",
		.epoch = epoch };
	uint8_t head[GPT_HEAD_SECTORS * GPT_SECTOR], tail[GPT_TAIL_SECTORS * GPT_SECTOR];
	tt_auto(fat) struct fat *f = fat_new(&fp);
	tt_auto(free) int *index = tt_xcalloc(t->count + 1, sizeof(*index));
	tt_auto(out) struct out o = { .fd = -1 };
	struct target key = { &o, GPT_KEY_FIRST * GPT_SECTOR };
	struct gpt g;
	int r;

	r = check_space(sectors, t, err);
	if (r >= 0)
		r = layout(f, t, index, err);
	if (r >= 0)
		r = out_create(&o, path, sectors * GPT_SECTOR, err);
	if (r < 0)
		return r;
	gpt_layout(sectors, &g);
	gpt_build(&g, head, tail);
	r = put_front(&o, head, sizeof(head), l, err);
	if (r >= 0)
		r = fat_write_meta(f, put_at, &key, err);
	if (r >= 0)
		r = put_files(&o, f, index, t, err);
	if (r >= 0)
		r = out_put(
		    &o, sectors * GPT_SECTOR - sizeof(tail), tail, sizeof(tail), err);
	if (r < 0)
		return r;
	out_finish(&o);
	*ret_extents = out_extents_json(&o);
	return 0;
}

static int
write_map(const char *path, const char *image, const json_t *extents, struct tt_err **err)
{
	const struct examine_opts opts = { .contents = false };
	tt_auto(json) json_t *info = NULL;
	tt_auto(json) json_t *map = NULL;
	tt_auto(strv) char **bad = NULL;
	char hex[TT_SHA256_HEX_LEN];
	int r;

	r = examine_image(image, &opts, &info, &bad, err);
	if (r < 0)
		return r;
	out_data_digest(extents, hex);
	map = json_pack("{s:I,s:O,s:O?,s:O?,s:s,s:O}", "sector_size",
	    (json_int_t)GPT_SECTOR, "size", json_object_get(info, "size"), "disk_guid",
	    json_object_get(info, "disk_guid"), "partitions",
	    json_object_get(info, "partitions"), "data_sha256", hex, "extents", extents);
	return tt_json_save(path, map, 0644, err);
}

static int
check_medium(const struct build *b, struct tt_err **err)
{
	const char *medium = spec_text(&b->spec, SPEC_MEDIUM);

	if (strcmp(medium, "usb") == 0 || strcmp(medium, "coal") == 0)
		return 0;
	return tt_err_set(err, -EINVAL, "InvalidBuildSpec",
	    "medium=%s is not a USB image: set medium=usb or medium=coal", medium);
}

struct names {
	char *image, *tmp, *map, *sbom, *record;
};

static void
tt_auto_names(struct names *n)
{
	free(n->image);
	free(n->tmp);
	free(n->map);
	free(n->sbom);
	free(n->record);
}

static int
fill(struct build *b, const struct names *n, const struct bootloader *l,
    const struct keytree *t, struct tt_err **err)
{
	const uint64_t sectors = usb_sectors(spec_text(&b->spec, SPEC_IMAGE_SIZE));
	tt_auto(json) json_t *extents = NULL;
	int r;

	r = usb_write(n->tmp, sectors, t, l, b->build_stamp, b->epoch, &extents, err);
	if (r >= 0)
		r = examine_made(n->tmp, extents, err);
	if (r >= 0)
		r = write_map(n->map, n->tmp, extents, err);
	if (r >= 0)
		r = sbom_write(b, n->sbom, err);
	if (r >= 0)
		r = tt_json_save(n->record, extents, 0644, err);
	if (r >= 0 && rename(n->tmp, n->image) < 0)
		r = tt_err_errno(err, -errno, "renaming '%s'", n->tmp);
	if (r < 0)
		(void)unlink(n->tmp);
	return r;
}

void
usb_inputs(struct phase *p, const char *build_stamp, const struct keytree *t)
{
	phase_input(p, "build stamp", build_stamp);
	for (size_t i = 0; i < t->count; i++)
		if (strcmp(t->files[i].path, KEY_MANIFEST) != 0)
			phase_inputf(p, t->files[i].path, "%llu %s",
			    (unsigned long long)t->files[i].size, t->files[i].sha256);
}

static void
inputs(struct build *b, struct phase *p, const struct names *n, const struct keytree *t)
{
	phase_input(p, "recipe", RECIPE);
	phase_input(p, "image-size", spec_text(&b->spec, SPEC_IMAGE_SIZE));
	phase_output(p, n->image);
	phase_output(p, n->map);
	phase_output(p, n->sbom);
	usb_inputs(p, b->build_stamp, t);
}

/* The image for those who download it: alone, and in an archive with what describes it. */
static int
make_packed(struct build *b, const struct names *n, const struct keytree *t,
    const json_t *extents, struct report *report, struct tt_err **err)
{
	const struct key_file *manifest = keytree_find(t, KEY_MANIFEST);
	tt_auto(free) char *zst = tt_xprintf("%s.zst", n->image);
	tt_auto(free) char *tgz = tt_xprintf("%s/usb-%s.tgz", b->out_dir, b->build_stamp);
	tt_auto(pack) struct pack p = { 0 };
	int r;

	r = pack_zstd(b, "usb-zst", n->image, extents, zst, report, err);
	if (r >= 0)
		r = pack_password(b, &p, err);
	if (r >= 0)
		r = pack_found(b, &p, "", n->map, err);
	if (r >= 0)
		r = pack_found(b, &p, "", n->sbom, err);
	if (r < 0)
		return r;
	pack_text(&p, KEY_MANIFEST, manifest->data, (size_t)manifest->size, 0644);
	r = pack_sparse(&p, tt_path_base(n->image), n->image, extents, err);
	return r < 0 ? r : pack_phase(b, &p, "usb-tgz", tgz, report, NULL, err);
}

static int
make(struct build *b, struct report *report, struct tt_err **err)
{
	tt_auto(keyset) struct keyset k = { 0 };
	tt_auto(names) struct names n = { 0 };
	tt_auto(json) json_t *extents = NULL;
	struct phase *p;
	int r, hit;

	r = check_medium(b, err);
	if (r >= 0)
		r = product_key(b, &k, err);
	if (r < 0)
		return r;
	p = phase_begin(b->run, "usb", "%s", spec_text(&b->spec, SPEC_IMAGE_SIZE));
	n.image = tt_xprintf("%s/usb-%s.img", b->out_dir, b->stamp);
	n.tmp = tt_xprintf(
	    "%s/.usb-%s.img.tmp", b->out_dir, b->stamp); /* under the phase's lock */
	n.map = tt_xprintf("%s/partition-map.json", b->out_dir);
	n.sbom = tt_xprintf("%s/sbom-%s.spdx.json", b->out_dir, b->stamp);
	inputs(b, p, &n, &k.t);
	r = hit = phase_lookup(p, err);
	n.record = phase_path(p, "extents.json");
	if (r == 0)
		r = fill(b, &n, &k.l, &k.t, err);
	if (r >= 0)
		r = tt_json_load(n.record, EXTENTS_MAX, &extents, err);
	if (r >= 0)
		r = phase_end(p, err, "%.1f MB of data, checked",
		    (double)out_extents_bytes(extents) / 1e6);
	if (r < 0)
		return r;
	report_add(report, n.image, extents, NULL, hit == 0);
	if (b->o.packed)
		r = make_packed(b, &n, &k.t, extents, report, err);
	if (r < 0)
		return r;
	report_hint(report, "write it to a stick: triton-write %s /dev/sdX", n.image);
	report_hint(report,
	    "boot it in an emulator: qemu-system-x86_64 -m 1G -snapshot "
	    "-drive file=%s,format=raw,if=virtio -serial mon:stdio",
	    n.image);
	return 0;
}

const struct product product_usb = {
	.name = "usb",
	.help = "Build the USB image.",
	.phases = PRODUCT_KEY_PHASES + 1,
	.packing = 2,
	.make = make,
};
