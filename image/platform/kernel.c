// SPDX-License-Identifier: MPL-2.0
/*
 * Phase "kernel": the distribution's kernel package unpacked (never installed: no
 * maintainer script, no initramfs generator), its modules thinned out by modules.list, and
 * the module indexes made for what is left. Kernel and modules stay as they were signed;
 * modules-plain.list says which are stored without the distribution's own packing.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "image/platform/job.h"
#include "image/platform/lines.h"
#include "image/platform/modinfo.h"
#include "image/platform/rules.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"

#define RECIPE  "2"
#define MODULES "usr/lib/modules/"

struct module {
	const struct tree_node *node;
	char *name; /* normal form */
	bool keep;
	char *plain; /* unpacked contents, NULL = as packed by the distribution */
	size_t plain_size;
};

struct kernel {
	struct job *job;
	struct phase *p;
	struct tree *tree; /* the package */
	char *version;
	struct module *modules;
	size_t count, kept, by_need, plain;
};

static void
tt_auto_kernel(struct kernel *k)
{
	for (size_t i = 0; i < k->count; i++) {
		free(k->modules[i].name);
		free(k->modules[i].plain);
	}
	free(k->modules);
	free(k->version);
	tree_free(k->tree);
}

/* The version is the name of the only folder below lib/modules. */
static int
find_version(struct kernel *k, struct tt_err **err)
{
	const struct tree_node *n;

	for (size_t i = 0; (n = tree_at(k->tree, i)) != NULL; i++) {
		const char *name = tt_after_prefix(n->path, MODULES);

		if (name == NULL || !S_ISDIR(n->mode) || strchr(name, '/') != NULL)
			continue;
		k->version = tt_xstrdup(name);
		return 0;
	}
	return tt_err_set(
	    err, -ENOENT, "BadKernelPackage", "the kernel package holds no modules");
}

/* Path below kernel/ without .ko and packing: what the rules are written for. */
static char *
rule_path(const char *path)
{
	const char *dot = strrchr(path, '/');

	dot = strstr(dot == NULL ? path : dot, ".ko");
	return dot == NULL ? NULL : tt_xstrndup(path, (size_t)(dot - path));
}

static int
list_modules(struct kernel *k, struct tt_err **err)
{
	tt_auto(rules) struct rules *rules = NULL;
	tt_auto(free) char *path = job_list(k->job, "modules.list");
	tt_auto(free) char *prefix = tt_xprintf(MODULES "%s/kernel/", k->version);
	const struct tree_node *n;
	int r = rules_load(path, &rules, err);

	for (size_t i = 0; r == 0 && (n = tree_at(k->tree, i)) != NULL; i++) {
		const char *below = tt_after_prefix(n->path, prefix);
		tt_auto(free) char *rule = below == NULL ? NULL : rule_path(below);
		char *name;

		if (rule == NULL || !S_ISREG(n->mode))
			continue;
		name = modinfo_file_name(n->path);
		if (name == NULL)
			continue;
		if (k->count % 1024 == 0)
			k->modules = tt_xrealloc(
			    k->modules, (k->count + 1024) * sizeof(*k->modules));
		k->modules[k->count++] = (struct module){ .node = n,
			.name = modinfo_normal(name),
			.keep = rules_keep(rules, rule) };
	}
	return r;
}

static struct module *
find_module(struct kernel *k, const char *name)
{
	for (size_t i = 0; i < k->count; i++)
		if (tt_streq(k->modules[i].name, name))
			return &k->modules[i];
	return NULL;
}

/* Names of the modules that m says it depends on; its unpacked form goes to ko. */
static int
read_needs(const struct module *m, char ***ret, struct tt_buf *ko, struct tt_err **err)
{
	const char *depends;
	int r = modinfo_unpack(m->name, m->node->data, m->node->size, ko, err);

	if (r < 0)
		return r;
	r = modinfo_get(ko->data, ko->len, "depends", &depends);
	if (r == -ENOENT || (r == 0 && depends[0] == '\0'))
		return 0;
	if (r < 0)
		return tt_err_set(err, r, "BadModule", "module '%s' is damaged", m->name);
	*ret = tt_split(depends, ',');
	for (size_t i = 0; (*ret)[i] != NULL; i++)
		modinfo_normal((*ret)[i]);
	return 0;
}

/* Keep what m says it depends on; *ret_more counts modules that were not kept before. */
static int
keep_needs(
    struct kernel *k, const struct module *m, size_t *ret_more, struct tt_err **err)
{
	tt_auto(buf) struct tt_buf ko = TT_BUF_INIT(MODINFO_MAX_MODULE);
	tt_auto(strv) char **names = NULL;
	int r = read_needs(m, &names, &ko, err);

	for (size_t i = 0; r == 0 && names != NULL && names[i] != NULL; i++) {
		struct module *need = find_module(k, names[i]);

		if (need == NULL || need->keep)
			continue;
		phase_log(k->job->run, "kernel: %s is kept because %s needs it",
		    need->name, m->name);
		need->keep = true;
		k->by_need++;
		(*ret_more)++;
	}
	return r;
}

/* Unpack a module and what it needs. */
static int
make_plain(struct kernel *k, const char *name, struct tt_err **err)
{
	tt_auto(buf) struct tt_buf ko = TT_BUF_INIT(MODINFO_MAX_MODULE);
	tt_auto(strv) char **names = NULL;
	struct module *m = find_module(k, name);
	int r;

	if (m == NULL || !m->keep || m->plain != NULL)
		return 0;
	r = read_needs(m, &names, &ko, err);
	if (r < 0)
		return r;
	m->plain_size = ko.len;
	m->plain = tt_buf_detach(&ko);
	k->plain++;
	for (size_t i = 0; r == 0 && names != NULL && names[i] != NULL; i++)
		r = make_plain(k, names[i], err);
	return r;
}

static int
make_all_plain(struct kernel *k, struct tt_err **err)
{
	tt_auto(free) char *path = job_list(k->job, "modules-plain.list");
	tt_auto(lines) struct lines l = { 0 };
	int r = lines_load(path, " \t", &l, err);

	for (size_t i = 0; r == 0 && i < l.count; i++)
		r = make_plain(k, modinfo_normal(l.rows[i].words[0]), err);
	return r;
}

/* Modules that were dropped but are needed by kept ones come back, and theirs, and so on. */
static int
close_over_needs(struct kernel *k, struct tt_err **err)
{
	bool *seen = tt_xcalloc(k->count + 1, sizeof(*seen));
	tt_auto(free) bool *owned = seen;
	size_t more = 1;

	while (more > 0) {
		more = 0;
		for (size_t i = 0; i < k->count; i++) {
			int r;

			if (!k->modules[i].keep || seen[i])
				continue;
			seen[i] = true;
			k->kept++;
			r = keep_needs(k, &k->modules[i], &more, err);
			if (r < 0)
				return r;
			phase_progress(k->p, k->kept, k->count);
		}
	}
	return 0;
}

static int
save_below(const char *work, const char *path, const void *data, size_t size,
    struct tt_err **err)
{
	/* depmod looks in lib/modules, the tree has usr/lib/modules */
	tt_auto(free) char *to = tt_path_join(work, path + strlen("usr/"));
	tt_auto(free) char *dir = tt_path_dir(to);
	int r = tt_mkdir_p(dir, 0755, err);

	return r < 0 ? r : tt_file_write(to, data, size, 0644, err);
}

/* The module's file: path (caller frees), contents. */
static char *
module_file(const struct module *m, const void **ret_data, size_t *ret_size)
{
	const char *path = m->node->path;

	*ret_data = m->plain != NULL ? m->plain : m->node->data;
	*ret_size = m->plain != NULL ? m->plain_size : m->node->size;
	return m->plain != NULL
		   ? tt_xstrndup(
			 path, (size_t)(strstr(tt_path_base(path), ".ko") + 3 - path))
		   : tt_xstrdup(path);
}

/* A folder with the kept modules, for depmod. */
static int
save_modules(struct kernel *k, const char *work, struct tt_err **err)
{
	static const char *const indexes[] = { "modules.order", "modules.builtin",
		"modules.builtin.modinfo" };
	int r = 0;

	for (size_t i = 0; r == 0 && i < k->count; i++) {
		const void *data;
		size_t size;
		tt_auto(free) char *path = module_file(&k->modules[i], &data, &size);

		if (k->modules[i].keep)
			r = save_below(work, path, data, size, err);
	}
	for (size_t i = 0; r == 0 && i < TT_ARRAY_LEN(indexes); i++) {
		tt_auto(free) char *path =
		    tt_xprintf(MODULES "%s/%s", k->version, indexes[i]);
		const struct tree_node *n = tree_find(k->tree, path);

		if (n != NULL)
			r = save_below(work, path, n->data, n->size, err);
	}
	return r;
}

static int
run_depmod(struct kernel *k, const char *work, struct tt_err **err)
{
	const char *const argv[] = { "depmod", "-b", work, k->version, NULL };

	return phase_exec(
	    k->p, argv, &(struct tt_proc_opts){ .timeout_ms = 5 * 60 * 1000 }, err);
}

/* Modules and indexes as one sorted archive. */
static int
pack_modules(struct kernel *k, const char *work, struct tt_err **err)
{
	tt_auto(tree) struct tree *t = tree_new();
	tt_auto(free) char *tar = phase_path(k->p, "modules.tar");
	tt_auto(free) char *top = tt_xprintf("%s/lib/modules/%s", work, k->version);
	tt_auto(strv) char **names = NULL;
	tt_auto(close) int fd = open(tar, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	int r = fd < 0 ? tt_err_errno(err, -errno, "making '%s'", tar)
		       : tt_dir_list(top, &names, err);

	for (size_t i = 0; r == 0 && names != NULL && names[i] != NULL; i++) {
		tt_auto(free) char *from = tt_path_join(top, names[i]);
		tt_auto(free) char *to =
		    tt_xprintf(MODULES "%s/%s", k->version, names[i]);

		if (!tt_path_is_dir(from))
			r = tree_add_file(t, to, 0644, from, err);
	}
	for (size_t i = 0; r == 0 && i < k->count; i++) {
		const void *data;
		size_t size;
		tt_auto(free) char *path = module_file(&k->modules[i], &data, &size);

		if (k->modules[i].keep)
			tree_add_data(t, path, 0644, data, size);
	}
	if (r < 0)
		return r;
	tree_add_parents(t);
	return tree_write_tar(t, fd, 0, err);
}

static int
make_modules(struct kernel *k, struct tt_err **err)
{
	tt_auto(free) char *work = phase_path(k->p, "work");
	int r = list_modules(k, err);

	if (r == 0)
		r = close_over_needs(k, err);
	if (r == 0)
		r = make_all_plain(k, err);
	if (r == 0)
		r = save_modules(k, work, err);
	if (r == 0)
		r = run_depmod(k, work, err);
	if (r == 0)
		r = pack_modules(k, work, err);
	return r < 0 ? r : tt_remove_tree(work, err);
}

static int
make(struct job *j, struct phase *p, const struct lock_pkg *pkg, struct tt_err **err)
{
	tt_auto(kernel) struct kernel k = { .job = j, .p = p, .tree = tree_new() };
	tt_auto(free) char *vmlinuz = phase_path(p, "vmlinuz");
	tt_auto(free) char *from = NULL;
	int r = job_unpack(j, p, pkg, phase_dir(p), k.tree, NULL, NULL, err);

	if (r == 0)
		r = find_version(&k, err);
	if (r < 0)
		return r;
	from = tt_xprintf("boot/vmlinuz-%s", k.version);
	r = job_save_node(k.tree, from, vmlinuz, err);
	if (r == 0)
		r = make_modules(&k, err);
	if (r < 0)
		return r;
	phase_fact(p, "version", k.version);
	phase_factf(p, "modules", "%zu", k.kept);
	return phase_end(p, err,
	    "%s, %zu of %zu modules (%zu because others need them, %zu unpacked)",
	    k.version, k.kept, k.count, k.by_need, k.plain);
}

int
kernel_phase(struct job *j, struct tt_err **err)
{
	struct phase *p = j->kernel = phase_begin(j->run, "kernel", NULL);
	tt_auto(free) char *rules = job_list(j, "modules.list");
	tt_auto(free) char *plain = job_list(j, "modules-plain.list");
	const struct lock_pkg *pkg = NULL;
	int r;

	for (size_t i = 0; i < j->lock.count; i++)
		if (j->lock.pkgs[i].role == LOCK_KERNEL)
			pkg = &j->lock.pkgs[i];
	if (pkg == NULL)
		return tt_err_set(err, -EINVAL, "InvalidLock",
		    "the package lock has no kernel; make it anew with --relock");
	phase_input(p, "recipe", RECIPE);
	phase_input(p, "package", pkg->sha256);
	r = phase_input_file(p, "modules.list", rules, err);
	if (r == 0)
		r = phase_input_file(p, "modules-plain.list", plain, err);
	if (r == 0)
		r = phase_lookup(p, err);
	if (r == 0)
		r = make(j, p, pkg, err);
	else if (r > 0)
		r = phase_end(p, err, "%s, %s modules", phase_fact_get(p, "version"),
		    phase_fact_get(p, "modules"));
	return r;
}
