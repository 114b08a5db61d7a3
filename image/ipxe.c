// SPDX-License-Identifier: MPL-2.0
/*
 * The product `ipxe`: a folder for any HTTP server from which a headnode is installed with
 * no medium, and the archive of that folder. The root image travels inside of a second
 * initramfs archive; the key tree, for the disks of the machine, as fulliso.tgz.
 *
 * The folder's files are replaced one by one; the script, which is what a machine asks for
 * first, is removed before them and written after them.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image/digest.h"
#include "image/pack.h"
#include "image/platform/cpio.h"
#include "image/product.h"
#include "image/stage.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/buf.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"

#define RECIPE     "2"
#define SCRIPT     "triton-installer.ipxe"
#define LINK       "fulliso.tgz"
#define ANSWERS    "private/answers.json"
#define SCRIPT_MAX (64 * TT_KIB)
#define ROOT_MAX   (1024 * TT_MIB)
#define INITRD_MAX (64 * TT_MIB)

struct bundle {
	struct build *b;
	char *name;    /* ipxe-B-S-G */
	char *dir;     /* OUT/out/name */
	char *os;      /* dir/S */
	char *fulliso; /* name of the key tree's archive, in dir */
	char *vmlinuz, *initrd, *root, *script;
	char *text; /* of the script */
};

static void
tt_auto_bundle(struct bundle *c)
{
	free(c->name);
	free(c->dir);
	free(c->os);
	free(c->fulliso);
	free(c->vmlinuz);
	free(c->initrd);
	free(c->root);
	free(c->script);
	free(c->text);
}

static void
name_all(struct bundle *c, struct build *b)
{
	c->b = b;
	c->name = tt_xprintf("ipxe-%s", b->build_stamp);
	c->dir = tt_path_join(b->out_dir, c->name);
	c->os = tt_path_join(c->dir, b->stamp);
	c->fulliso = tt_xprintf("fulliso-%s.tgz", b->build_stamp);
	c->vmlinuz = tt_path_join(c->os, "vmlinuz");
	c->initrd = tt_path_join(c->os, "initrd");
	c->root = tt_path_join(c->os, "root.cpio");
	c->script = tt_path_join(c->dir, SCRIPT);
}

static int
make_fulliso(
    struct bundle *c, const struct keyset *k, struct report *report, struct tt_err **err)
{
	tt_auto(free) char *path = tt_path_join(c->dir, c->fulliso);
	tt_auto(free) char *link = tt_path_join(c->dir, LINK);
	tt_auto(pack) struct pack p = { 0 };
	int r;

	r = tt_mkdir_p(c->os, 0755, err);
	if (r < 0)
		return r;
	pack_tree(&p, "", &k->t);
	r = pack_phase(c->b, &p, "fulliso", path, report, NULL, err);
	if (r < 0)
		return r;
	(void)unlink(link);
	if (symlink(c->fulliso, link) < 0)
		return tt_err_errno(err, -errno, "making the link '%s'", link);
	return 0;
}

/* The value of a line NAME=value; NULL when there is none. Caller frees. */
static char *
value_of(char *const *lines, const char *name)
{
	for (; lines != NULL && *lines != NULL; lines++) {
		const char *value = tt_after_prefix(*lines, name);

		if (value != NULL)
			return tt_xstrdup(value);
	}
	return NULL;
}

/* What the boot menu of other media gives the kernel, and what fulliso.tgz must be. */
static int
kernel_args(const struct bundle *c, const char *sha256, uint64_t size, char **ret,
    struct tt_err **err)
{
	const bool smt = spec_bool(&c->b->spec, SPEC_SMT_ENABLED);
	tt_auto(free) char *path = tt_path_join(c->b->platform.dir, "root.verity");
	tt_auto(buf) struct tt_buf text = TT_BUF_INIT(SCRIPT_MAX);
	tt_auto(strv) char **lines = NULL;
	tt_auto(free) char *hash = NULL;
	tt_auto(free) char *salt = NULL;
	tt_auto(free) char *blocks = NULL;
	int r;

	r = tt_file_read(path, &text, err);
	if (r < 0)
		return r;
	lines = tt_split(tt_buf_str(&text), '\n');
	hash = value_of(lines, "roothash=");
	salt = value_of(lines, "salt=");
	blocks = value_of(lines, "blocks=");
	if (hash == NULL || salt == NULL || blocks == NULL)
		return tt_err_set(err, -EINVAL, "InvalidPlatform",
		    "'%s' lacks a line roothash=, salt= or blocks=: build the platform "
		    "anew",
		    path);
	*ret = tt_xprintf("triton.root=/os/%s/root.img triton.roothash=%s triton.salt=%s "
			  "triton.blocks=%s headnode=true cgroup_no_v1=all "
			  "systemd.getty_auto=no panic=10 crashkernel=4G-:192M%s "
			  "initramfs_options=size=1G triton.isosha256=%s "
			  "triton.isosize=%llu",
	    c->b->stamp, hash, salt, blocks, smt ? "" : " nosmt", sha256,
	    (unsigned long long)size);
	return 0;
}

static int
expand_script(struct bundle *c, const char *sha256, uint64_t size, struct tt_err **err)
{
	static const char *const names[] = { "STAMP", "OS_CONSOLE", "KERNEL_ARGS", NULL };
	tt_auto(free) char *path = tt_path_join(c->b->o.source, "image/key/" SCRIPT);
	tt_auto(buf) struct tt_buf text = TT_BUF_INIT(SCRIPT_MAX);
	tt_auto(free) char *args = NULL;
	int r;

	r = kernel_args(c, sha256, size, &args, err);
	if (r >= 0)
		r = tt_file_read(path, &text, err);
	if (r >= 0) {
		const char *const values[] = { c->b->stamp,
			spec_text(&c->b->spec, SPEC_CONSOLE), args, NULL };

		r = stage_expand(tt_buf_str(&text), names, values, &c->text, err);
	}
	return r < 0 ? tt_err_wrap(err, r, "the script '%s'", path) : 0;
}

/*
 * A copy whose size is a multiple of align: UEFI's loader joins archives as they are, and
 * the kernel wants each at a multiple of four.
 */
static int
put_copy(const char *from, const char *to, size_t align, struct tt_err **err)
{
	static const char zero[4];
	tt_auto(buf) struct tt_buf data = TT_BUF_INIT(INITRD_MAX);
	int r;

	r = tt_file_read(from, &data, err);
	if (r >= 0 && data.len % align != 0)
		r = tt_buf_add(&data, zero, align - data.len % align);
	return r < 0 ? r : tt_file_replace(to, data.data, data.len, 0644, err);
}

/* There is no medium that could hold the answers that were built in: init hands these on. */
static void
put_answers(const struct key_file *answers, struct cpio *cpio)
{
	if (answers == NULL)
		return;
	cpio_add(cpio, "system", S_IFDIR | 0755, NULL, 0);
	cpio_add(cpio, "system/boot", S_IFDIR | 0755, NULL, 0);
	cpio_add(cpio, "system/boot/answers.json", S_IFREG | 0600, answers->data,
	    (size_t)answers->size);
}

static int
put_root(const struct bundle *c, const struct key_file *answers, const char *from,
    struct tt_err **err)
{
	tt_auto(close) int fd = open(from, O_RDONLY | O_CLOEXEC);
	tt_auto(buf) struct tt_buf out = TT_BUF_INIT(ROOT_MAX + TT_MIB);
	struct cpio cpio;
	struct stat st;
	void *map;
	int r;

	if (fd < 0 || fstat(fd, &st) < 0)
		return tt_err_errno(err, -errno, "opening '%s'", from);
	if (st.st_size == 0 || st.st_size > (off_t)ROOT_MAX)
		return tt_err_set(err, -EFBIG, "FileTooLarge",
		    "'%s' must have 1 byte to 1 GiB: it travels in memory", from);
	map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		return tt_err_errno(err, -errno, "mapping '%s'", from);
	cpio_init(&cpio, &out, c->b->epoch);
	cpio_add(&cpio, "root.img", S_IFREG | 0444, map, (size_t)st.st_size);
	put_answers(answers, &cpio);
	r = cpio_end(&cpio);
	(void)munmap(map, (size_t)st.st_size);
	return r < 0 ? tt_err_errno(err, r, "packing '%s'", from)
		     : tt_file_replace(c->root, out.data, out.len, 0644, err);
}

static int
fill(struct bundle *c, const struct key_file *answers, struct tt_err **err)
{
	tt_auto(free) char *vmlinuz = tt_path_join(c->b->platform.dir, "vmlinuz");
	tt_auto(free) char *initrd = tt_path_join(c->b->platform.dir, "initrd");
	tt_auto(free) char *root = tt_path_join(c->b->platform.dir, "root.img");
	int r;

	if (unlink(c->script) < 0 && errno != ENOENT)
		return tt_err_errno(err, -errno, "removing '%s'", c->script);
	r = put_copy(vmlinuz, c->vmlinuz, 1, err);
	if (r >= 0)
		r = put_copy(initrd, c->initrd, 4, err);
	if (r >= 0)
		r = put_root(c, answers, root, err);
	if (r >= 0)
		r = c->text == NULL
			? -EINVAL
			: tt_file_replace(c->script, c->text, strlen(c->text), 0644, err);
	return r;
}

static int
make_files(struct bundle *c, const struct keyset *k, struct tt_err **err)
{
	static const char *const names[] = { "vmlinuz", "initrd", "root.img" };
	const struct key_file *answers = keytree_find(&k->t, ANSWERS);
	struct phase *p = phase_begin(c->b->run, "ipxe", "%s", c->name);
	int r;

	phase_input(p, "recipe", RECIPE);
	phase_output(p, c->script);
	phase_output(p, c->vmlinuz);
	phase_output(p, c->initrd);
	phase_output(p, c->root);
	for (size_t i = 0; i < TT_ARRAY_LEN(names); i++) {
		tt_auto(free) char *path = tt_xprintf("os/%s/%s", c->b->stamp, names[i]);
		const struct key_file *f = keytree_find(&k->t, path);

		phase_input(p, names[i], f == NULL ? "" : f->sha256);
	}
	phase_input(p, "answers", answers == NULL ? "" : answers->sha256);
	phase_input(p, "script", c->text);
	r = phase_lookup(p, err);
	if (r == 0)
		r = fill(c, answers, err);
	return r < 0 ? r : phase_end(p, err, "script, kernel, two archives");
}

/* What is in the folder, as one archive. */
static int
pack_bundle(const struct bundle *c, struct report *report, struct tt_err **err)
{
	tt_auto(free) char *path = tt_xprintf("%s.tgz", c->dir);
	tt_auto(free) char *vmlinuz = tt_path_join(c->b->stamp, "vmlinuz");
	tt_auto(free) char *initrd = tt_path_join(c->b->stamp, "initrd");
	tt_auto(free) char *root = tt_path_join(c->b->stamp, "root.cpio");
	const char *const names[] = { vmlinuz, initrd, root, c->fulliso, SCRIPT };
	tt_auto(pack) struct pack p = { 0 };
	int r = 0;

	for (size_t i = 0; r >= 0 && i < TT_ARRAY_LEN(names); i++) {
		tt_auto(free) char *from = tt_path_join(c->dir, names[i]);
		char hex[TT_SHA256_HEX_LEN];
		uint64_t size;

		r = digests_file(phase_run_digests(c->b->run), from, hex, &size, err);
		if (r >= 0)
			pack_file(&p, names[i], from, size, hex);
	}
	if (r < 0)
		return r;
	pack_link(&p, LINK, c->fulliso);
	return pack_phase(c->b, &p, "ipxe-tgz", path, report, NULL, err);
}

static int
make(struct build *b, struct report *report, struct tt_err **err)
{
	tt_auto(keyset) struct keyset k = { 0 };
	tt_auto(bundle) struct bundle c = { 0 };
	char hex[TT_SHA256_HEX_LEN];
	uint64_t size = 0;
	int r;

	r = product_key(b, &k, err);
	if (r < 0)
		return r;
	name_all(&c, b);
	r = make_fulliso(&c, &k, report, err);
	if (r >= 0) {
		tt_auto(free) char *path = tt_path_join(c.dir, c.fulliso);

		r = digests_file(phase_run_digests(b->run), path, hex, &size, err);
	}
	if (r >= 0)
		r = expand_script(&c, hex, size, err);
	if (r >= 0)
		r = make_files(&c, &k, err);
	if (r >= 0)
		r = pack_bundle(&c, report, err);
	if (r >= 0)
		report_hint(report,
		    "serve '%s' over HTTP and point a network boot at " SCRIPT " there",
		    c.dir);
	return r;
}

const struct product product_ipxe = {
	.name = "ipxe",
	.medium = "ipxe",
	.help = "Build the bundle for an installation over the network.",
	.phases = PRODUCT_KEY_PHASES + 3,
	.make = make,
};
