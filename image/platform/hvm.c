// SPDX-License-Identifier: MPL-2.0
/*
 * Phase "hvm": QEMU, its libraries and firmware as an image of its own, mounted on a node
 * when the first virtual machine needs it. Packages are only unpacked; what the root image
 * has already is not repeated.
 */
#include <stdlib.h>

#include "image/platform/job.h"
#include "image/platform/rules.h"
#include "image/platform/squash.h"
#include "image/platform/verity.h"
#include "platform/lib/base/alloc.h"

#define RECIPE "3"

static bool
want(const char *path, void *ctx)
{
	return rules_keep(ctx, path);
}

static int
make(struct job *j, struct phase *p, struct rules *rules, struct tt_err **err)
{
	tt_auto(tree) struct tree *t = tree_new();
	tt_auto(free) char *img = phase_path(p, "hvm.img");
	struct platform_verity v = { 0 };
	int r = 0;

	for (size_t i = 0; r == 0 && i < j->lock.count; i++)
		if (j->lock.pkgs[i].role == LOCK_HVM)
			r = job_unpack(
			    j, p, &j->lock.pkgs[i], phase_dir(p), t, want, rules, err);
	if (r < 0)
		return r;
	tree_add_parents(t);
	r = squash_tree(p, t, img, job_level(j), j->lock.epoch, err);
	if (r == 0)
		r = verity_append(img, &v, err);
	if (r < 0)
		return r;
	job_verity_facts(p, &v);
	return phase_end(p, err, "%.1f MB", (double)v.blocks * VERITY_BLOCK / 1e6);
}

int
hvm_phase(struct job *j, struct tt_err **err)
{
	struct phase *p = j->hvm = phase_begin(j->run, "hvm", "zstd-%u", job_level(j));
	tt_auto(free) char *list = job_list(j, "hvm.list");
	tt_auto(rules) struct rules *rules = NULL;
	char digest[TT_SHA256_HEX_LEN];
	int r;

	lock_role_digest(&j->lock, LOCK_HVM, digest);
	phase_input(p, "recipe", RECIPE);
	phase_inputf(p, "zstd level", "%u", job_level(j));
	phase_inputf(p, "lock epoch", "%lld", (long long)j->lock.epoch);
	phase_input(p, "packages", digest);
	r = phase_input_file(p, "hvm.list", list, err);
	if (r == 0)
		r = rules_load(list, &rules, err);
	if (r == 0)
		r = phase_lookup(p, err);
	if (r == 0)
		r = make(j, p, rules, err);
	else if (r > 0)
		r = phase_end(p, err, "%s blocks", phase_fact_get(p, "blocks"));
	return r < 0 ? r : job_verity_get(p, &j->out->hvm, err);
}
