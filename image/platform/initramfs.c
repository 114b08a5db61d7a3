// SPDX-License-Identifier: MPL-2.0
/*
 * Phase "initramfs": init, the modules it loads and their order, as one zstd-packed newc
 * archive. The layout is init's contract (platform/init/README.md).
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "image/platform/cpio.h"
#include "image/platform/job.h"
#include "image/platform/lines.h"
#include "image/platform/moddep.h"
#include "image/platform/modinfo.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"

#define RECIPE     "1"
#define MAX_PACKED (4 * TT_MIB)
#define MAX_RAW    (64 * TT_MIB)

struct initramfs {
	struct job *job;
	struct tree *modules; /* modules.tar */
	char *top;            /* usr/lib/modules/VERSION */
	char **order;         /* paths below top, in load order */
	char **args;          /* parameters, one for each of order, "" = none */
};

static void
tt_auto_initramfs(struct initramfs *i)
{
	tree_free(i->modules);
	free(i->top);
	tt_strv_free(i->order);
	tt_strv_free(i->args);
}

static int
load_index(struct initramfs *im, struct moddep *d, const char *name,
    int (*add)(struct moddep *, const char *, size_t, struct tt_err **),
    struct tt_err **err)
{
	tt_auto(free) char *path = tt_path_join(im->top, name);
	const struct tree_node *n = tree_find(im->modules, path);

	if (n == NULL)
		return tt_err_set(
		    err, -ENOENT, "NoSuchFile", "the modules have no %s", name);
	return n->size == 0 ? 0 : add(d, n->data, n->size, err);
}

/* The wanted modules with everything in front of them that they need. */
static int
make_order(struct initramfs *im, struct moddep *d, struct tt_err **err)
{
	tt_auto(free) char *list = job_list(im->job, "initramfs-modules.list");
	tt_auto(lines) struct lines l = { 0 };
	int r = lines_load(list, " \t", &l, err);

	for (size_t i = 0; r == 0 && i < l.count; i++) {
		const struct line *row = &l.rows[i];

		r = moddep_order(d, row->words[0], &im->order, err);
		if (r == -ENOENT) {
			phase_log(im->job->run,
			    "initramfs: this kernel has no module '%s'", row->words[0]);
			r = 0;
			continue;
		}
		if (r < 0)
			break;
		while (tt_strv_len(im->args) + 1 < tt_strv_len(im->order))
			tt_strv_add(&im->args, "");
		if (tt_strv_len(im->args) < tt_strv_len(im->order)) {
			tt_auto(free) char *args = tt_strv_join(&l.rows[i].words[1], " ");

			tt_strv_add(&im->args, args);
		}
	}
	if (r == 0 && im->order == NULL)
		r = tt_err_set(err, -EINVAL, "InvalidList",
		    "%s names no module that there is", list);
	return r < 0 ? tt_err_wrap(err, r, "ordering the modules of the initramfs") : 0;
}

static void
add_list(struct initramfs *im, struct cpio *c)
{
	tt_auto(buf) struct tt_buf text = TT_BUF_INIT(TT_MIB);

	assert(im->order != NULL && im->args != NULL);
	for (size_t i = 0; i < tt_strv_len(im->order); i++) {
		tt_auto(free) char *name = modinfo_file_name(im->order[i]);

		tt_buf_addf(&text, "%s%s%s\n", name, im->args[i][0] == '\0' ? "" : " ",
		    im->args[i]);
	}
	cpio_add(c, "modules.list", S_IFREG | 0644, text.data, text.len);
}

static int
by_file_name(const void *a, const void *b)
{
	return strcmp(tt_path_base(*(char *const *)a), tt_path_base(*(char *const *)b));
}

static int
add_module(struct initramfs *im, struct cpio *c, const char *path, struct tt_err **err)
{
	tt_auto(free) char *full = tt_path_join(im->top, path);
	tt_auto(free) char *name = modinfo_file_name(path);
	tt_auto(free) char *to = tt_xprintf("modules/%s.ko", name);
	tt_auto(buf) struct tt_buf ko = TT_BUF_INIT(MODINFO_MAX_MODULE);
	const struct tree_node *n = tree_find(im->modules, full);
	int r;

	if (n == NULL)
		return tt_err_set(err, -ENOENT, "NoSuchFile",
		    "module '%s' is in modules.dep, but not among the files", path);
	r = modinfo_unpack(name, n->data, n->size, &ko, err);
	if (r == 0)
		cpio_add(c, to, S_IFREG | 0644, ko.data, ko.len);
	return r;
}

/* In sorted order of the archive's paths. */
static int
make_archive(struct initramfs *im, struct tt_buf *out, struct tt_err **err)
{
	tt_auto(buf) struct tt_buf init = TT_BUF_INIT(16 * TT_MIB);
	tt_auto(strv) char **sorted = NULL;
	struct cpio c;
	int r = tt_file_read(im->job->spec->init, &init, err);

	assert(im->order != NULL);
	if (r < 0)
		return tt_err_wrap(err, r, "reading the initramfs' init");
	for (size_t i = 0; i < tt_strv_len(im->order); i++)
		tt_strv_add(&sorted, im->order[i]);
	assert(sorted != NULL);
	qsort(sorted, tt_strv_len(sorted), sizeof(*sorted), by_file_name);
	cpio_init(&c, out, im->job->lock.epoch);
	cpio_add(&c, "dev", S_IFDIR | 0755, NULL, 0);
	cpio_add_device(&c, "dev/console", S_IFCHR | 0600, 5, 1);
	cpio_add_device(&c, "dev/null", S_IFCHR | 0666, 1, 3);
	cpio_add(&c, "init", S_IFREG | 0755, init.data, init.len);
	cpio_add(&c, "modules", S_IFDIR | 0755, NULL, 0);
	/* '.' sorts in front of '/', so the list comes before the folder's contents */
	add_list(im, &c);
	for (size_t i = 0; r == 0 && i < tt_strv_len(sorted); i++)
		r = add_module(im, &c, sorted[i], err);
	if (r < 0)
		return r;
	return cpio_end(&c) < 0
		   ? tt_err_set(err, -EFBIG, "InitramfsTooLarge",
			 "the initramfs would pass %llu bytes unpacked; shorten "
			 "platform/rootfs/initramfs-modules.list",
			 MAX_RAW)
		   : 0;
}

static int
pack(struct phase *p, const struct tt_buf *raw, uint64_t *ret_size, struct tt_err **err)
{
	tt_auto(free) char *cpio = phase_path(p, "initrd.cpio");
	tt_auto(free) char *initrd = phase_path(p, "initrd");
	/* one thread: the number of threads can change the bytes */
	const char *const argv[] = { "zstd", "-q", "-19", "-T1", "--no-check", "--rm",
		cpio, "-o", initrd, NULL };
	struct stat st;
	int r = tt_file_write(cpio, raw->data, raw->len, 0644, err);

	if (r == 0)
		r = phase_exec(p, argv, NULL, err);
	if (r < 0)
		return r;
	if (stat(initrd, &st) < 0)
		return tt_err_errno(err, -errno, "reading '%s'", initrd);
	if ((uint64_t)st.st_size > MAX_PACKED)
		return tt_err_set(err, -EFBIG, "InitramfsTooLarge",
		    "the packed initramfs has %lld bytes, the limit is %llu; shorten "
		    "platform/rootfs/initramfs-modules.list",
		    (long long)st.st_size, MAX_PACKED);
	*ret_size = (uint64_t)st.st_size;
	return 0;
}

static int
make(struct job *j, struct phase *p, struct tt_err **err)
{
	tt_auto(initramfs) struct initramfs im = { .job = j, .modules = tree_new() };
	tt_auto(moddep) struct moddep *d = moddep_new();
	tt_auto(free) char *tar = phase_path(j->kernel, "modules.tar");
	tt_auto(buf) struct tt_buf raw = TT_BUF_INIT(MAX_RAW);
	uint64_t size = 0;
	int r;

	im.top = tt_xprintf("usr/lib/modules/%s", phase_fact_get(j->kernel, "version"));
	r = tree_add_tar(im.modules, tar, "", NULL, NULL, err);
	if (r == 0)
		r = load_index(&im, d, "modules.dep", moddep_add_dep, err);
	if (r == 0)
		r = load_index(&im, d, "modules.softdep", moddep_add_softdep, err);
	if (r == 0)
		r = load_index(&im, d, "modules.builtin", moddep_add_builtin, err);
	if (r == 0)
		r = make_order(&im, d, err);
	if (r == 0)
		r = make_archive(&im, &raw, err);
	if (r == 0)
		r = pack(p, &raw, &size, err);
	if (r < 0)
		return r;
	phase_factf(p, "modules", "%zu", tt_strv_len(im.order));
	return phase_end(p, err, "%zu modules, %.1f MB, %.2f MB packed",
	    tt_strv_len(im.order), (double)raw.len / 1e6, (double)size / 1e6);
}

int
initramfs_phase(struct job *j, struct tt_err **err)
{
	struct phase *p = j->initramfs = phase_begin(j->run, "initramfs", "zstd-19");
	tt_auto(free) char *list = job_list(j, "initramfs-modules.list");
	int r;

	phase_input(p, "recipe", RECIPE);
	phase_inputf(p, "lock epoch", "%lld", (long long)j->lock.epoch);
	phase_input_phase(p, j->kernel);
	r = phase_input_file(p, "initramfs-modules.list", list, err);
	if (r == 0)
		r = phase_input_file(p, "init", j->spec->init, err);
	if (r == 0)
		r = phase_lookup(p, err);
	if (r == 0)
		r = make(j, p, err);
	else if (r > 0)
		r = phase_end(p, err, "%s modules", phase_fact_get(p, "modules"));
	return r;
}
