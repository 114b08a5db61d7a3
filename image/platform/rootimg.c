// SPDX-License-Identifier: MPL-2.0
/*
 * Phase "root": the installed packages without what prune.list names, the kernel's modules,
 * the overlay, our programs and accounts, as squashfs with a hash tree behind it.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "image/platform/accounts.h"
#include "image/platform/job.h"
#include "image/platform/lines.h"
#include "image/platform/perms.h"
#include "image/platform/rules.h"
#include "image/platform/squash.h"
#include "image/platform/verity.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"

#define RECIPE "3"

static bool
dropped(const struct tree_node *n, void *ctx)
{
	return n->path[0] != '\0' && !rules_keep(ctx, n->path);
}

/* Source of a program: as it stands, or from the source tree. Caller frees. */
static char *
program_source(const struct job *j, const char *source)
{
	return source[0] == '/' ? tt_xstrdup(source)
				: tt_path_join(j->spec->source_dir, source);
}

static int
each_program(struct job *j,
    int (*fn)(void *ctx, const char *dest, const char *source, mode_t mode,
	struct tt_err **err),
    void *ctx, struct tt_err **err)
{
	tt_auto(lines) struct lines l = { 0 };
	int r = 0;

	if (j->spec->programs == NULL)
		return 0;
	r = lines_load(j->spec->programs, "\t", &l, err);
	for (size_t i = 0; r == 0 && i < l.count; i++) {
		char *const *w = l.rows[i].words;
		mode_t mode = 0;

		if (l.rows[i].count != 3 || strlen(w[2]) > 4 ||
		    strspn(w[2], "01234567") != strlen(w[2]))
			return lines_bad(&l, &l.rows[i],
			    "wants DEST, SOURCE and MODE with tabs between", err);
		for (const char *m = w[2]; *m != '\0'; m++)
			mode = mode * 8 + (mode_t)(*m - '0');
		tt_auto(free) char *source = program_source(j, w[1]);

		r = fn(ctx, w[0], source, mode, err);
	}
	return r;
}

static int
add_program(
    void *ctx, const char *dest, const char *source, mode_t mode, struct tt_err **err)
{
	return tree_add_file(ctx, dest, mode, source, err);
}

static int
input_program(
    void *ctx, const char *dest, const char *source, mode_t mode, struct tt_err **err)
{
	tt_auto(free) char *name = tt_xprintf("program %s %o", dest, mode);

	return phase_input_file(ctx, name, source, err);
}

/* Links that packages leave into folders of their own are part of them; ours come last. */
static int
fill(struct job *j, struct tree *t, struct tt_err **err)
{
	tt_auto(free) char *tar = phase_path(j->root_tar, "root.tar");
	tt_auto(free) char *modules = phase_path(j->kernel, "modules.tar");
	tt_auto(free) char *prune = job_list(j, "prune.list");
	tt_auto(free) char *overlay = job_list(j, "overlay");
	tt_auto(rules) struct rules *rules = NULL;
	int r = rules_load(prune, &rules, err);

	if (r == 0)
		r = tree_add_tar(t, tar, "", NULL, NULL, err);
	if (r < 0)
		return r;
	tree_remove_if(t, dropped, rules);
	r = tree_add_tar(t, modules, "", NULL, NULL, err);
	if (r == 0 && tt_path_is_dir(overlay))
		r = tree_add_folder(t, overlay, err);
	return r == 0 ? each_program(j, add_program, t, err) : r;
}

static int
finish(struct job *j, struct tree *t, struct tt_err **err)
{
	tt_auto(free) char *users = job_list(j, "users.list");
	tt_auto(free) char *perms = job_list(j, "perms.list");
	char *hvm = verity_text(&j->out->hvm);
	int r;

	/* so the image that virtual machines come from is checked by what checks the root */
	tree_add_owned(t, "usr/lib/triton/hvm.verity", 0644, hvm, strlen(hvm));
	/* whose updates this platform takes: `sdcadm platform install` asks it */
	if (j->spec->site_cert_len > 0)
		tree_add_data(t, "usr/share/triton/site.cer", 0644, j->spec->site_cert,
		    j->spec->site_cert_len);
	/* empty: whoever boots it gives it its own */
	tree_add_data(t, "etc/machine-id", 0444, NULL, 0);
	/* as old as /usr: systemd then has no "first boot after an update" to work through */
	tree_add_data(t, "etc/.updated", 0644, NULL, 0);
	tree_add_data(t, "var/.updated", 0644, NULL, 0);
	tree_add_parents(t);
	r = accounts_apply(t, users, j->spec->root_hash, err);
	return r == 0 ? perms_apply(t, perms, err) : r;
}

static int
make(struct job *j, struct phase *p, struct tt_err **err)
{
	tt_auto(tree) struct tree *t = tree_new();
	tt_auto(free) char *img = phase_path(p, "root.img");
	struct platform_verity v = { 0 };
	int r = fill(j, t, err);

	if (r == 0)
		r = finish(j, t, err);
	if (r == 0)
		r = squash_tree(p, t, img, job_level(j), j->spec->epoch, err);
	if (r == 0)
		r = verity_append(img, &v, err);
	if (r < 0)
		return r;
	job_verity_facts(p, &v);
	return phase_end(p, err, "%.1f MB", (double)v.blocks * VERITY_BLOCK / 1e6);
}

static int
inputs(struct job *j, struct phase *p, struct tt_err **err)
{
	static const char *const lists[] = { "prune.list", "users.list", "perms.list" };
	tt_auto(free) char *overlay = job_list(j, "overlay");
	char hash[TT_SHA256_HEX_LEN] = "locked", cert[TT_SHA256_HEX_LEN] = "none";
	int r = 0;

	if (j->spec->root_hash != NULL)
		tt_sha256_hex(j->spec->root_hash, strlen(j->spec->root_hash), hash);
	if (j->spec->site_cert_len > 0)
		tt_sha256_hex(j->spec->site_cert, j->spec->site_cert_len, cert);
	phase_input(p, "recipe", RECIPE);
	phase_inputf(p, "zstd level", "%u", job_level(j));
	phase_inputf(p, "epoch", "%lld", (long long)j->spec->epoch);
	phase_input_phase(p, j->root_tar);
	phase_input_phase(p, j->kernel);
	phase_input(p, "hvm", j->out->hvm.root_hash);
	for (size_t i = 0; r == 0 && i < TT_ARRAY_LEN(lists); i++) {
		tt_auto(free) char *path = job_list(j, lists[i]);

		r = phase_input_file(p, lists[i], path, err);
	}
	phase_input(p, "root password", hash);
	phase_input(p, "site-cert", cert);
	if (r == 0 && tt_path_is_dir(overlay))
		r = phase_input_tree(p, "overlay", overlay, err);
	return r == 0 ? each_program(j, input_program, p, err) : r;
}

int
rootimg_phase(struct job *j, struct tt_err **err)
{
	struct phase *p = j->root = phase_begin(j->run, "root", "zstd-%u", job_level(j));
	int r = inputs(j, p, err);

	if (r == 0)
		r = phase_lookup(p, err);
	if (r == 0)
		r = make(j, p, err);
	else if (r > 0)
		r = phase_end(p, err, "%s blocks", phase_fact_get(p, "blocks"));
	return r < 0 ? r : job_verity_get(p, &j->out->root, err);
}
