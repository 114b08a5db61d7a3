// SPDX-License-Identifier: MPL-2.0
/*
 * The product `coal`: a bundle that VMware opens, an OVA and a libvirt domain of the same
 * machine. Two phases: the bundle with the raw image, and the OVA made of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image/coal_machine.h"
#include "image/examine.h"
#include "image/out.h"
#include "image/ova.h"
#include "image/pack.h"
#include "image/product.h"
#include "image/usb.h"
#include "image/vmdk.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"

#define RECIPE      "1"
#define TEMPLATES   "coal/machine"
#define EXTENTS_MAX (16 * TT_MIB)
#define LEAST_MIB   1024 /* a headnode with less is slow to set up */

#define VMX_FILE  "USB-headnode.vmx"
#define KEY_FILE  "USB-headnode.vmdk"
#define POOL_FILE "zpool.vmdk"
#define OVA_DISK  "coal-disk1.vmdk"

/* Files of the bundle that are the templates of the same names. */
static const char *const rendered[] = { VMX_FILE, "USB-headnode.vmxf",
	"USB-headnode.vmsd" };

struct coal {
	struct build *b;
	char *name;                /* coal-B-S-G */
	char *bundle;              /* name of the folder */
	char *dir;                 /* the folder */
	char *tmp;                 /* what it is made as */
	char *raw;                 /* 8gb.img */
	char *image;               /* dir/raw */
	char *templates;           /* folder */
	char *domain, *ova, *disk; /* disk: the OVA's, only while it is made */
	json_t *extents, *values;
	struct vmdk_disk key, pool;
};

static void
tt_auto_coal(struct coal *c)
{
	free(c->name);
	free(c->bundle);
	free(c->dir);
	free(c->tmp);
	free(c->raw);
	free(c->image);
	free(c->templates);
	free(c->domain);
	free(c->ova);
	free(c->disk);
	json_decref(c->extents);
	json_decref(c->values);
}

static void
name_all(struct coal *c, struct build *b)
{
	const char *size = spec_text(&b->spec, SPEC_IMAGE_SIZE);
	const unsigned hardware = coal_hardware(&b->spec);

	c->b = b;
	c->name = tt_xprintf("coal-%s", b->build_stamp);
	c->bundle = tt_xprintf("%s-%s.vmwarevm", c->name, size);
	c->dir = tt_path_join(b->out_dir, c->bundle);
	c->tmp = tt_xprintf("%s/.%s.tmp", b->out_dir, c->bundle);
	c->raw = tt_xprintf("%s.img", size);
	c->image = tt_path_join(c->dir, c->raw);
	c->templates = tt_path_join(b->o.source, TEMPLATES);
	c->domain = tt_xprintf("%s/%s.libvirt.xml", b->out_dir, c->name);
	c->ova = tt_xprintf("%s/%s.ova", b->out_dir, c->name);
	c->disk = tt_xprintf("%s/.%s.vmdk.tmp", b->out_dir, c->name);
	c->values = coal_values(&b->spec, c->name, c->bundle, c->raw);
	c->key = (struct vmdk_disk){ usb_sectors(size), "ide", hardware };
	c->pool =
	    (struct vmdk_disk){ coal_zpool_sectors(&b->spec), "lsilogic", hardware };
}

static int
render_file(
    const struct coal *c, const char *template, const char *path, struct tt_err **err)
{
	tt_auto(buf) struct tt_buf text = TT_BUF_INIT(COAL_TEXT_MAX);
	int r;

	r = coal_render(c->templates, template, c->values, &text, err);
	return r < 0 ? r : tt_file_replace(path, text.data, text.len, 0644, err);
}

/*
 * A data disk that has grown holds somebody's pool: that folder is no build artefact any
 * more. One with a VMware lock in it is running now.
 */
static int
check_unused(const struct coal *c, struct tt_err **err)
{
	tt_auto(free) char *pool = tt_path_join(c->dir, POOL_FILE);
	tt_auto(free) char *lock = tt_xprintf("%s/%s.lck", c->dir, VMX_FILE);

	if (!vmdk_used(pool) && !tt_path_exists(lock))
		return 0;
	return tt_err_set(err, -EBUSY, "BundleInUse",
	    "'%s' runs, or has been run and its " POOL_FILE
	    " holds a storage pool: move the folder away, or remove it, and build again",
	    c->dir);
}

/* The finished folder gets its name; one that is there already is exchanged, then removed. */
static int
publish(const struct coal *c, struct tt_err **err)
{
	int r;

	if (rename(c->tmp, c->dir) == 0)
		return 0;
	if (errno != ENOTEMPTY && errno != EEXIST)
		return tt_err_errno(err, -errno, "renaming '%s'", c->tmp);
	r = check_unused(c, err);
	if (r < 0)
		return r;
	if (renameat2(AT_FDCWD, c->tmp, AT_FDCWD, c->dir, RENAME_EXCHANGE) < 0)
		return tt_err_errno(err, -errno, "putting '%s' in its place", c->dir);
	return tt_remove_tree(c->tmp, err);
}

static int
write_bundle(struct coal *c, const struct keyset *k, struct tt_err **err)
{
	tt_auto(free) char *image = tt_path_join(c->tmp, c->raw);
	tt_auto(free) char *key = tt_path_join(c->tmp, KEY_FILE);
	tt_auto(free) char *pool = tt_path_join(c->tmp, POOL_FILE);
	tt_auto(buf) struct tt_buf text = TT_BUF_INIT(VMDK_DESCRIPTOR_MAX);
	int r;

	r = tt_remove_tree(c->tmp, err);
	if (r >= 0)
		r = tt_mkdir_p(c->tmp, 0755, err);
	if (r >= 0)
		r = usb_write(image, c->key.sectors, &k->t, &k->l, c->b->build_stamp,
		    c->b->epoch, &c->extents, err);
	if (r >= 0)
		r = examine_made(image, c->extents, err);
	if (r < 0)
		return r;
	r = vmdk_flat(&c->key, c->raw, &text);
	if (r < 0)
		return tt_err_errno(err, r, "describing '%s'", key);
	r = tt_file_replace(key, text.data, text.len, 0644, err);
	if (r >= 0)
		r = vmdk_empty_write(pool, &c->pool, err);
	for (size_t i = 0; r >= 0 && i < TT_ARRAY_LEN(rendered); i++) {
		tt_auto(free) char *path = tt_path_join(c->tmp, rendered[i]);

		r = render_file(c, rendered[i], path, err);
	}
	return r;
}

static int
fill_bundle(
    struct coal *c, const struct keyset *k, const char *record, struct tt_err **err)
{
	int r;

	r = write_bundle(c, k, err);
	if (r >= 0)
		r = publish(c, err);
	if (r >= 0)
		r = render_file(c, "coal.libvirt.xml", c->domain, err);
	if (r >= 0)
		r = tt_json_save(record, c->extents, 0644, err);
	if (r < 0)
		(void)tt_remove_tree(c->tmp, NULL);
	return r;
}

static int
bundle_inputs(
    struct phase *p, const struct coal *c, const struct keyset *k, struct tt_err **err)
{
	static const enum spec_id keys[] = { SPEC_IMAGE_SIZE, SPEC_MODE,
		SPEC_COAL_MEMSIZE, SPEC_COAL_NUMVCPUS, SPEC_COAL_ENABLE_SERIAL,
		SPEC_COAL_SERIAL0_PATH, SPEC_COAL_SERIAL1_PATH, SPEC_COAL_ZPOOL_DISK_SIZE,
		SPEC_VMWARE_VERSION };
	tt_auto(free) char *key = tt_path_join(c->dir, KEY_FILE);
	tt_auto(free) char *pool = tt_path_join(c->dir, POOL_FILE);

	phase_input(p, "recipe", RECIPE);
	for (size_t i = 0; i < TT_ARRAY_LEN(keys); i++)
		phase_input(p, spec_keys[keys[i]].name, spec_text(&c->b->spec, keys[i]));
	phase_output(p, c->image);
	phase_output(p, key);
	phase_output(p, pool);
	phase_output(p, c->domain);
	for (size_t i = 0; i < TT_ARRAY_LEN(rendered); i++) {
		tt_auto(free) char *path = tt_path_join(c->dir, rendered[i]);

		phase_output(p, path);
	}
	usb_inputs(p, c->b->build_stamp, &k->t);
	return phase_input_tree(p, TEMPLATES, c->templates, err);
}

/* 1 it was there, 0 it was made. */
static int
bundle_phase(
    struct coal *c, const struct keyset *k, struct phase **ret, struct tt_err **err)
{
	struct phase *p =
	    phase_begin(c->b->run, "coal", "%s", spec_text(&c->b->spec, SPEC_IMAGE_SIZE));
	tt_auto(free) char *record = NULL;
	int r, hit;

	*ret = p;
	r = bundle_inputs(p, c, k, err);
	if (r >= 0)
		r = phase_lookup(p, err);
	if (r < 0)
		return r;
	hit = r;
	record = phase_path(p, "extents.json");
	r = hit ? tt_json_load(record, EXTENTS_MAX, &c->extents, err)
		: fill_bundle(c, k, record, err);
	if (r >= 0)
		r = phase_end(p, err, "%.1f MB of data, checked",
		    (double)out_extents_bytes(c->extents) / 1e6);
	return r < 0 ? r : hit;
}

static void
show_progress(void *ctx, uint64_t done, uint64_t total)
{
	phase_progress(ctx, done, total);
}

static int
fill_ova(
    struct coal *c, struct phase *p, char sha256[TT_SHA256_HEX_LEN], struct tt_err **err)
{
	enum { OVF, MANIFEST, DISK, FILES };
	tt_auto(free) char *tmp = tt_xprintf("%s/.%s.ova.tmp", c->b->out_dir, c->name);
	tt_auto(json) json_t *values = json_deep_copy(c->values);
	tt_auto(buf) struct tt_buf ovf = TT_BUF_INIT(COAL_TEXT_MAX);
	tt_auto(buf) struct tt_buf sums = TT_BUF_INIT(4 * TT_KIB);
	struct vmdk_stream s = { .progress = show_progress, .ctx = p };
	int r;

	r = vmdk_stream_write(c->disk, &c->key, OVA_DISK, c->image, c->extents, &s, err);
	if (r < 0)
		return r;
	json_object_set_new(values, "key_file", json_string(OVA_DISK));
	json_object_set_new(values, "key_size", json_integer((json_int_t)s.size));
	json_object_set_new(values, "key_capacity",
	    json_integer((json_int_t)(c->key.sectors * VMDK_SECTOR)));
	json_object_set_new(values, "key_populated",
	    json_integer((json_int_t)(s.grains * VMDK_GRAIN * VMDK_SECTOR)));
	json_object_set_new(values, "zpool_capacity",
	    json_integer((json_int_t)(c->pool.sectors * VMDK_SECTOR)));
	r = coal_render(c->templates, "coal.ovf", values, &ovf, err);
	if (r < 0)
		return r;
	struct tarball_file files[FILES] = {
		[OVF] = { .name = "coal.ovf", .text = ovf.data, .size = ovf.len },
		[DISK] = { .name = OVA_DISK,
		    .from = c->disk,
		    .size = s.size,
		    .sha256 = s.sha256 },
	};
	r = ova_manifest((struct tarball_file[]){ files[OVF], files[DISK] }, 2, &sums);
	if (r < 0)
		return tt_err_errno(err, r, "listing the files of '%s'", c->ova);
	files[MANIFEST] = (struct tarball_file){
		.name = "coal.mf", .text = sums.data, .size = sums.len
	};
	r = ova_write(tmp, files, FILES, c->b->epoch, sha256, err);
	if (r >= 0 && rename(tmp, c->ova) < 0)
		r = tt_err_errno(err, -errno, "renaming '%s'", tmp);
	if (r < 0)
		(void)unlink(tmp);
	return r;
}

static int
ova_phase(struct coal *c, struct phase *bundle, char sha256[TT_SHA256_HEX_LEN],
    struct tt_err **err)
{
	struct phase *p = phase_begin(c->b->run, "ova", NULL);
	struct stat st = { 0 };
	int r;

	phase_input(p, "recipe", RECIPE);
	phase_input_phase(p, bundle);
	phase_output(p, c->ova);
	r = phase_lookup(p, err);
	if (r < 0)
		return r;
	if (r == 0) {
		r = fill_ova(c, p, sha256, err);
		(void)unlink(c->disk);
		if (r < 0)
			return r;
		phase_fact(p, "sha256", sha256);
	} else if (tt_strcpy(sha256, TT_SHA256_HEX_LEN, phase_fact_get(p, "sha256")) <
		   0) {
		*sha256 = '\0';
	}
	(void)stat(c->ova, &st);
	return phase_end(p, err, "%.1f MB", (double)st.st_size / 1e6);
}

static int
add_to_report(const struct coal *c, struct report *report, const char *ova_sha256,
    bool made, struct tt_err **err)
{
	char hex[TT_SHA256_HEX_LEN];
	int r;

	r = tt_sha256_file(c->domain, hex, NULL, err);
	if (r < 0)
		return r;
	report_add(report, c->image, c->extents, NULL, made);
	report_add(report, c->ova, NULL, ova_sha256, made);
	report_add(report, c->domain, NULL, hex, made);
	report_hint(report, "open it in VMware: %s/" VMX_FILE, c->dir);
	report_hint(report,
	    "the networks it needs: coal/coal-{mac,linux,windows}-vmware-setup, "
	    "coal/coal-linux-kvm-setup");
	return 0;
}

/* The bundle for those who download it, with root's password beside it. */
static int
make_packed(const struct coal *c, const struct keytree *t, struct report *report,
    struct tt_err **err)
{
	const struct key_file *manifest = keytree_find(t, KEY_MANIFEST);
	tt_auto(free) char *tgz = tt_xprintf("%s.tgz", c->dir);
	tt_auto(free) char *key = tt_path_join(c->dir, KEY_FILE);
	tt_auto(free) char *pool = tt_path_join(c->dir, POOL_FILE);
	tt_auto(free) char *raw = tt_path_join(c->bundle, c->raw);
	tt_auto(pack) struct pack p = { 0 };
	int r;

	r = check_unused(c, err);
	if (r >= 0)
		r = pack_password(c->b, &p, err);
	for (size_t i = 0; r >= 0 && i < TT_ARRAY_LEN(rendered); i++) {
		tt_auto(free) char *path = tt_path_join(c->dir, rendered[i]);

		r = pack_found(c->b, &p, c->bundle, path, err);
	}
	if (r >= 0)
		r = pack_found(c->b, &p, c->bundle, key, err);
	if (r >= 0)
		r = pack_found(c->b, &p, c->bundle, pool, err);
	if (r >= 0)
		r = pack_sparse(&p, raw, c->image, c->extents, err);
	if (r < 0)
		return r;
	pack_text(&p, KEY_MANIFEST, manifest->data, (size_t)manifest->size, 0644);
	return pack_phase(c->b, &p, "coal-tgz", tgz, report, NULL, err);
}

static int
make(struct build *b, struct report *report, struct tt_err **err)
{
	tt_auto(keyset) struct keyset k = { 0 };
	tt_auto(coal) struct coal c = { 0 };
	char sha256[TT_SHA256_HEX_LEN];
	struct phase *bundle;
	int r, hit;

	r = coal_judge(&b->spec, err);
	if (r < 0)
		return r;
	if (spec_number(&b->spec, SPEC_COAL_MEMSIZE) < LEAST_MIB)
		phase_warn(b->run,
		    "coal-memsize is %s: a headnode wants %d MiB, setup may run out of "
		    "memory with less",
		    spec_text(&b->spec, SPEC_COAL_MEMSIZE), LEAST_MIB);
	r = product_key(b, &k, err);
	if (r < 0)
		return r;
	name_all(&c, b);
	r = hit = bundle_phase(&c, &k, &bundle, err);
	if (r >= 0)
		r = ova_phase(&c, bundle, sha256, err);
	if (r >= 0)
		r = add_to_report(&c, report, sha256, hit == 0, err);
	return r < 0 || !b->o.packed ? r : make_packed(&c, &k.t, report, err);
}

const struct product product_coal = {
	.name = "coal",
	.medium = "coal",
	.help = "Build the VMware appliance: bundle, OVA and libvirt domain.",
	.phases = PRODUCT_KEY_PHASES + 2,
	.packing = 1,
	.make = make,
};
