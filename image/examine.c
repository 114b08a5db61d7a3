// SPDX-License-Identifier: MPL-2.0
/*
 * Examination of an image. Each part adds its findings and its share of the description;
 * a part that fails does not keep the others from looking.
 */
#include "image/examine.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "image/bootloader.h"
#include "image/chain.h"
#include "image/fatread.h"
#include "image/gpt.h"
#include "image/iso.h"
#include "image/isoread.h"
#include "image/keytree.h"
#include "image/out.h"
#include "image/pe.h"
#include "image/sign.h"
#include "image/uki.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/str.h"
#include "platform/lib/conf/grubcode.h"
#include "platform/lib/conf/grubenv.h"

#define MANIFEST_MAX (64 * TT_MIB)
#define SITE_CERT    "EFI/KEYS/site.cer"
#define CERT_MAX     (64 * TT_KIB)

struct exam {
	const struct examine_opts *opts;
	int fd;
	const uint8_t *data;
	size_t size;
	struct gpt gpt;
	bool disc; /* iso holds, else fat */
	struct fatread fat;
	struct isoread iso;
	uint32_t loader_block; /* of the disc's loader for BIOS */
	struct keytree tree;   /* what it holds; digests with opts->contents */
	json_t *info;
	char **bad;
};

/* Take the error as a finding. */
static void
finding(struct exam *x, struct tt_err **err)
{
	tt_strv_add(&x->bad, tt_err_message(*err));
	tt_err_clear(err);
}

/* Whole contents of a small file of the key. */
static int
load(const struct exam *x, const char *path, size_t max, char **ret, size_t *ret_len,
    struct tt_err **err)
{
	return x->disc ? isoread_load(&x->iso, path, max, ret, ret_len, err)
		       : fatread_load(&x->fat, path, max, ret, ret_len, err);
}

static bool
zero(const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (p[i] != 0)
			return false;
	return true;
}

/* A disk's must be byte for byte the one that gpt_layout() gives for this size. */
static void
exam_table(struct exam *x)
{
	tt_auto(err) struct tt_err *err = NULL;
	uint8_t head[GPT_HEAD_SECTORS * GPT_SECTOR], tail[GPT_TAIL_SECTORS * GPT_SECTOR];
	json_t *parts = json_array();
	struct gpt want;

	json_object_set_new(x->info, "partitions", parts);
	if (gpt_parse(x->data, x->size, &x->gpt, &err) < 0) {
		finding(x, &err);
		return;
	}
	json_object_set_new(x->info, "disk_guid", json_string(x->gpt.disk_guid));
	for (size_t i = 0; i < x->gpt.count; i++) {
		const struct gpt_part *p = &x->gpt.part[i];

		json_array_append_new(
		    parts, json_pack("{s:i,s:I,s:I,s:s,s:s,s:s}", "number", (int)i + 1,
			       "first", (json_int_t)p->first, "sectors",
			       (json_int_t)p->last - (json_int_t)p->first + 1, "type",
			       p->type, "guid", p->guid, "name", p->name));
	}
	if (x->disc)
		return;
	gpt_layout(x->gpt.sectors, &want);
	gpt_build(&want, head, tail);
	if (memcmp(x->data + TT_GRUB_CODE_LEN, head + TT_GRUB_CODE_LEN,
		sizeof(head) - TT_GRUB_CODE_LEN) != 0 ||
	    memcmp(x->data + x->size - sizeof(tail), tail, sizeof(tail)) != 0)
		tt_strv_add(&x->bad, "the partition table is sound but not the one that "
				     "this build writes");
}

static int
piece_hash(const uint8_t *data, size_t len, void *ctx, struct tt_err **err TT_UNUSED)
{
	tt_sha256_add(ctx, data, len);
	return 0;
}

static int
seen_file(const struct fatread_file *file, void *ctx, struct tt_err **err)
{
	struct exam *x = ctx;
	uint8_t digest[TT_SHA256_SIZE];
	struct tt_sha256 h;
	struct key_file *f;
	int r = 0;

	if (file->is_dir)
		return 0;
	keytree_add_data(&x->tree, file->path, "", 0);
	f = &x->tree.files[x->tree.count - 1];
	f->size = file->size;
	if (!x->opts->contents)
		return 0;
	tt_sha256_init(&h);
	r = fatread_contents(&x->fat, file, piece_hash, &h, err);
	tt_sha256_end(&h, digest);
	tt_hex(digest, sizeof(digest), f->sha256);
	return r;
}

static int
open_fat(struct exam *x, struct tt_err **err)
{
	const struct gpt_part *p = &x->gpt.part[1];

	if (x->gpt.count != 2)
		return tt_err_set(err, -EINVAL, "InvalidImage",
		    "there is no second partition with the key");
	return fatread_open(x->data + p->first * GPT_SECTOR,
	    (size_t)(p->last - p->first + 1) * GPT_SECTOR, &x->fat, err);
}

static void
describe_key(struct exam *x, const char *label, char *volume_id)
{
	json_object_set_new(x->info, "key",
	    json_pack("{s:s,s:s*,s:i,s:I}", "label", label, "volume_id", volume_id,
		"files", (int)x->tree.count, "bytes",
		(json_int_t)keytree_bytes(&x->tree)));
}

/* True when the volume could be walked. */
static bool
exam_fat(struct exam *x)
{
	tt_auto(err) struct tt_err *err = NULL;
	tt_auto(free) char *id = NULL;
	int r = open_fat(x, &err);

	if (r >= 0 && fatread_check(&x->fat, &err) < 0)
		finding(x, &err);
	if (r >= 0)
		r = fatread_walk(&x->fat, seen_file, x, &err);
	if (r < 0) {
		finding(x, &err);
		return false;
	}
	id = tt_xprintf("%08x", x->fat.volume_id);
	describe_key(x, x->fat.label, id);
	return true;
}

/* The path of a manifest line, or the line itself. */
static const char *
line_path(const char *line)
{
	const char *size = strstr(line, "  ");
	const char *path = size == NULL ? NULL : strstr(size + 2, "  ");

	return path == NULL ? line : path + 2;
}

static void
compare_lines(struct exam *x, char **said, char **is)
{
	size_t a = 0, b = 0;

	while ((said != NULL && said[a] != NULL) || (is != NULL && is[b] != NULL)) {
		const char *s =
		    said == NULL || said[a] == NULL ? NULL : line_path(said[a]);
		const char *i = is == NULL || is[b] == NULL ? NULL : line_path(is[b]);
		const int order = s == NULL ? 1 : i == NULL ? -1 : strcmp(s, i);

		if (order < 0)
			tt_strv_addf(
			    &x->bad, "'%.256s' is in the manifest but not on the key", s);
		else if (order > 0)
			tt_strv_addf(
			    &x->bad, "'%.256s' is on the key but not in the manifest", i);
		else if (strcmp(said[a], is[b]) != 0)
			tt_strv_addf(&x->bad,
			    "'%.256s' differs from its digest in the manifest", i);
		a += order <= 0;
		b += order >= 0;
	}
}

/* The manifest that the files themselves give must be the one on the key. */
static void
exam_manifest(struct exam *x)
{
	tt_auto(err) struct tt_err *err = NULL;
	tt_auto(strv) char **said = NULL;
	tt_auto(strv) char **is = NULL;
	tt_auto(free) char *text = NULL;
	size_t len;

	if (load(x, KEY_MANIFEST, MANIFEST_MAX, &text, &len, &err) < 0) {
		finding(x, &err);
		return;
	}
	for (size_t i = x->tree.count; i > 0; i--) {
		/* keytree_seal() adds its own */
		struct key_file *f = &x->tree.files[i - 1];

		if (strcmp(f->path, KEY_MANIFEST) == 0) {
			free(f->path);
			free(f->data);
			*f = x->tree.files[--x->tree.count];
		}
	}
	if (keytree_seal(&x->tree, &err) < 0) {
		finding(x, &err);
		return;
	}
	if (!x->opts->contents)
		return;
	said = tt_split(text, '\n');
	is = tt_split(keytree_find(&x->tree, KEY_MANIFEST)->data, '\n');
	compare_lines(x, said, is);
	if (strlen(text) != len)
		tt_strv_add(&x->bad, "the manifest holds a NUL byte");
}

static void
exam_boot_code(struct exam *x)
{
	const uint8_t *core = x->data + GPT_BIOS_FIRST * GPT_SECTOR;
	tt_auto(err) struct tt_err *err = NULL;
	tt_auto(free) char *boot_img = NULL;
	tt_auto(free) char *core_img = NULL;
	size_t boot_len = 0, core_len = 0;

	if (fatread_load(&x->fat, "boot/grub/boot.img", TT_GRUB_SECTOR, &boot_img,
		&boot_len, &err) < 0 ||
	    fatread_load(&x->fat, "boot/grub/core.img", TT_GRUB_CORE_MAX, &core_img,
		&core_len, &err) < 0) {
		finding(x, &err);
		return;
	}
	if (boot_len < TT_GRUB_CODE_LEN ||
	    memcmp(x->data, boot_img, TT_GRUB_CODE_LEN) != 0)
		tt_strv_add(
		    &x->bad, "the boot code in sector 0 is not boot/grub/boot.img");
	if (memcmp(core, core_img, core_len) != 0 ||
	    !zero(core + core_len, GPT_BIOS_SECTORS * GPT_SECTOR - core_len))
		tt_strv_add(&x->bad, "the BIOS boot partition is not boot/grub/core.img");
}

/* Mode uki: nothing to boot by BIOS, and every program signed by the owner of site.cer. */
static void
exam_uki(struct exam *x)
{
	tt_auto(err) struct tt_err *err = NULL;
	tt_auto(free) char *cert = NULL;
	uint8_t sector[GPT_SECTOR];
	size_t len = 0;

	uki_bios_code(sector);
	if (memcmp(x->data, sector, TT_GRUB_CODE_LEN) != 0 ||
	    !zero(x->data + GPT_BIOS_FIRST * GPT_SECTOR, GPT_BIOS_SECTORS * GPT_SECTOR))
		tt_strv_add(&x->bad, "there is boot code for BIOS on a key of mode uki");
	if (fatread_load(&x->fat, SITE_CERT, CERT_MAX, &cert, &len, &err) < 0) {
		finding(x, &err);
		return;
	}
	for (size_t i = 0; i < x->tree.count; i++) {
		const char *path = x->tree.files[i].path;
		tt_auto(free) char *data = NULL;
		tt_auto(free) char *signer = NULL;
		size_t size;
		struct pe pe;

		if (!tt_ends_with(path, ".efi") && !tt_ends_with(path, ".EFI"))
			continue;
		if (fatread_load(&x->fat, path, PE_MAX, &data, &size, &err) < 0 ||
		    pe_parse(path, (const uint8_t *)data, size, &pe, &err) < 0 ||
		    sign_check_program(path, &pe, cert, len, &signer, &err) < 0)
			finding(x, &err);
		else
			json_object_set_new(x->info, "signer", json_string(signer));
	}
}

/*
 * A disc's EFI programs are there twice: for people, and for firmware in a FAT volume of its
 * own, whose bytes must be the same. That volume is written at once, so a program lies in one
 * piece; its folders are not read here.
 */
static int
load_program(
    void *ctx, const char *path, char **ret, size_t *ret_len, struct tt_err **err)
{
	struct exam *x = ctx;
	const struct gpt_part *esp = &x->gpt.part[1];
	tt_auto(free) char *data = NULL;
	size_t len;
	int r = load(x, path, PE_MAX, &data, &len, err);

	if (r < 0)
		return r;
	if (x->disc && tt_after_prefix(path, "EFI/") != NULL &&
	    (x->gpt.count < 2 || memmem(x->data + esp->first * GPT_SECTOR,
				     (size_t)(esp->last - esp->first + 1) * GPT_SECTOR,
				     data, len) == NULL))
		return tt_err_set(err, -EBADMSG, "SignatureInvalid",
		    "'%s' is not the same in the volume that firmware reads, partition 2",
		    path);
	*ret = tt_take(data);
	*ret_len = len;
	return 0;
}

/* Mode signed: what Microsoft and Debian have signed. */
static void
exam_chain(struct exam *x)
{
	json_t *signers = json_object();
	tt_auto(strv) char **paths = NULL;

	json_object_set_new(x->info, "signers", signers);
	for (size_t i = 0; i < x->tree.count; i++)
		tt_strv_add(&paths, x->tree.files[i].path);
	chain_examine(paths, load_program, x, signers, &x->bad);
}

static void
exam_grubenv(struct exam *x)
{
	tt_auto(grubenv) struct tt_grubenv env = TT_GRUBENV_INIT;
	tt_auto(err) struct tt_err *err = NULL;
	tt_auto(free) char *text = NULL;
	tt_auto(free) char *root = NULL;
	const char *version;
	json_t *vars = json_object();
	size_t len;

	json_object_set_new(x->info, "boot", vars);
	if (load(x, "boot/grub/grubenv", TT_GRUBENV_SIZE, &text, &len, &err) < 0 ||
	    tt_grubenv_parse(text, len, &env, &err) < 0) {
		finding(x, &err);
		return;
	}
	for (size_t i = 0; i < env.count; i++)
		json_object_set_new(vars, env.names[i], json_string(env.values[i]));
	version = tt_grubenv_get(&env, "platform_version");
	root = tt_xprintf("os/%s/root.img", version == NULL ? "" : version);
	if (keytree_find(&x->tree, root) == NULL)
		tt_strv_addf(&x->bad,
		    "grubenv boots platform_version=%.64s, and there is no '%.80s'",
		    version == NULL ? "" : version, root);
}

static void
describe(struct exam *x)
{
	json_t *platforms = json_array();
	json_t *files = json_array();
	tt_auto(free) char *version = NULL;
	size_t len;

	json_object_set_new(x->info, "platforms", platforms);
	json_object_set_new(x->info, "files", files);
	for (size_t i = 0; i < x->tree.count; i++) {
		const char *rest = tt_after_prefix(x->tree.files[i].path, "os/");
		const char *slash = rest == NULL ? NULL : strchr(rest, '/');

		if (slash != NULL && strcmp(slash, "/root.img") == 0)
			json_array_append_new(
			    platforms, json_stringn(rest, (size_t)(slash - rest)));
		json_array_append_new(
		    files, json_pack("{s:s,s:I}", "path", x->tree.files[i].path, "size",
			       (json_int_t)x->tree.files[i].size));
	}
	if (keytree_find(&x->tree, ".joyliveusb") == NULL)
		tt_strv_add(&x->bad,
		    "the marker file .joyliveusb is missing: no boot finds this key");
	if (load(x, "version", 256, &version, &len, NULL) == 0)
		json_object_set_new(x->info, "version", json_string(tt_trim(version)));
	json_object_set_new(x->info, "answers",
	    json_boolean(keytree_find(&x->tree, "private/answers.json") != NULL));
	json_object_set_new(x->info, "configured",
	    json_boolean(keytree_find(&x->tree, "config") != NULL));
}

/* The loader and the catalogue are the disc's own: no key has them. */
static int
seen_on_disc(const struct isoread_file *file, void *ctx, struct tt_err **err TT_UNUSED)
{
	struct exam *x = ctx;
	uint8_t digest[TT_SHA256_SIZE];
	struct key_file *f;

	if (tt_streq(file->path, ISO_LOADER))
		x->loader_block = file->block;
	if (file->is_dir || tt_streq(file->path, ISO_LOADER) ||
	    tt_streq(file->path, ISO_CATALOG))
		return 0;
	keytree_add_data(&x->tree, file->path, "", 0);
	f = &x->tree.files[x->tree.count - 1];
	f->size = file->size;
	if (x->opts->contents) {
		tt_sha256(isoread_contents(&x->iso, file), file->size, digest);
		tt_hex(digest, sizeof(digest), f->sha256);
	}
	return 0;
}

/* BIOS must be given our loader, UEFI the volume that is partition 2. */
static void
exam_catalogue(struct exam *x)
{
	tt_auto(err) struct tt_err *err = NULL;
	struct isoread_boot boots[ISOREAD_BOOTS];
	json_t *list = json_array();
	bool bios = false, efi = false;
	size_t n = 0;

	json_object_set_new(x->info, "boots", list);
	if (isoread_boots(&x->iso, boots, &n, &err) < 0) {
		finding(x, &err);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		const struct isoread_boot *b = &boots[i];

		json_array_append_new(list,
		    json_pack("{s:s,s:I,s:I}", "platform",
			b->platform == 0xef ? "efi" : "bios", "sector",
			(json_int_t)b->block * 4, "sectors", (json_int_t)b->sectors));
		bios = bios || (b->platform == 0 && b->block == x->loader_block);
		efi = efi || (b->platform == 0xef && x->gpt.count >= 2 &&
				 (uint64_t)b->block * 4 == x->gpt.part[1].first);
	}
	if (!bios)
		tt_strv_add(
		    &x->bad, "the boot catalogue does not lead BIOS to " ISO_LOADER);
	if (!efi)
		tt_strv_add(
		    &x->bad, "the boot catalogue does not lead UEFI to partition 2");
}

/* True when the volume could be walked. */
static bool
exam_disc(struct exam *x)
{
	tt_auto(err) struct tt_err *err = NULL;

	if (isoread_open(x->data, x->size, &x->iso, &err) < 0 ||
	    isoread_walk(&x->iso, seen_on_disc, x, &err) < 0) {
		finding(x, &err);
		return false;
	}
	exam_catalogue(x);
	describe_key(x, x->iso.label, NULL);
	if (!tt_streq(x->iso.label, ISO_LABEL))
		tt_strv_add(&x->bad, "the disc's label is not " ISO_LABEL);
	return true;
}

/* Images without holes: the digest of the whole that the build noted. */
static void
exam_whole(struct exam *x)
{
	uint8_t digest[TT_SHA256_SIZE];
	char hex[TT_SHA256_HEX_LEN];

	tt_sha256(x->data, x->size, digest);
	tt_hex(digest, sizeof(digest), hex);
	if (!tt_streq(hex, x->opts->sha256))
		tt_strv_add(
		    &x->bad, "the image's digest is not that of the build report");
}

static void
examine(struct exam *x)
{
	tt_auto(err) struct tt_err *err = NULL;
	bool walked;

	x->disc = isoread_is(x->data, x->size);
	json_object_set_new(x->info, "size", json_integer((json_int_t)x->size));
	json_object_set_new(x->info, "format", json_string(x->disc ? "disc" : "disk"));
	exam_table(x);
	walked = x->disc ? exam_disc(x) : x->gpt.count > 0 && exam_fat(x);
	if (walked) {
		exam_manifest(x);
		if (keytree_find(&x->tree, SITE_CERT) != NULL) {
			exam_uki(x);
		} else {
			if (!x->disc)
				exam_boot_code(x);
			exam_grubenv(x);
		}
		if (keytree_find(&x->tree, CHAIN_GRUB) != NULL)
			exam_chain(x);
		describe(x);
	}
	if (x->opts->extents != NULL &&
	    out_check(x->fd, x->data, x->size, x->opts->extents, &err) < 0)
		finding(x, &err);
	if (x->opts->sha256 != NULL)
		exam_whole(x);
}

int
examine_image(const char *path, const struct examine_opts *opts, json_t **ret_info,
    char ***ret_bad, struct tt_err **err)
{
	tt_auto(close) int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct exam x = { .opts = opts, .fd = fd };
	struct stat st;
	void *map;

	if (fd < 0 || fstat(fd, &st) < 0)
		return tt_err_errno(err, -errno, "opening the image '%s'", path);
	if (!S_ISREG(st.st_mode) || st.st_size < (off_t)(4 * TT_MIB))
		return tt_err_set(err, -EINVAL, "InvalidImage",
		    "'%s' is no image: it must be a file of at least 4 MiB", path);
	map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		return tt_err_errno(err, -errno, "mapping the image '%s'", path);
	x.data = map;
	x.size = (size_t)st.st_size;
	x.info = json_object();
	examine(&x);
	(void)munmap(map, x.size);
	keytree_release(&x.tree);
	*ret_info = x.info;
	*ret_bad = x.bad;
	return 0;
}

int
examine_made(const char *path, const json_t *extents, struct tt_err **err)
{
	const struct examine_opts opts = { .extents = extents, .contents = true };
	tt_auto(json) json_t *info = NULL;
	tt_auto(strv) char **bad = NULL;
	int r;

	r = examine_image(path, &opts, &info, &bad, err);
	if (r < 0 || bad == NULL)
		return r;
	return tt_err_set(err, -EIO, "ImageDamaged",
	    "the image that was just written fails its check: %s", bad[0]);
}
