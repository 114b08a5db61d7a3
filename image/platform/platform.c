// SPDX-License-Identifier: MPL-2.0
/*
 * The row of phases that makes the live system.
 */
#include "image/platform/platform.h"

#include "image/platform/job.h"
#include "image/platform/packages.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"

void
platform_out_release(struct platform_out *out)
{
	free(out->dir);
	free(out->boot_dir);
	free(out->dpkg_status);
	free(out->lock);
	free(out->kernel_version);
	*out = (struct platform_out){ 0 };
}

static int
run_phases(struct job *j, struct tt_err **err)
{
	/* hvm comes before root, which holds its root hash */
	int (*const phases[])(struct job *, struct tt_err **) = { roottar_phase,
		kernel_phase, boot_phase, hvm_phase, initramfs_phase, rootimg_phase };
	int r = packages_phase(j->spec, j->run, &j->lock, err);

	_Static_assert(TT_ARRAY_LEN(phases) + 1 == PLATFORM_PHASES, "count the phases");
	for (size_t i = 0; r >= 0 && i < TT_ARRAY_LEN(phases); i++)
		r = phases[i](j, err);
	return r < 0 ? r : 0;
}

static void
fill_out(const struct job *j)
{
	struct platform_out *out = j->out;

	out->dir = tt_path_join(j->spec->out_dir, j->spec->stamp);
	out->boot_dir = tt_xstrdup(phase_dir(j->boot));
	out->dpkg_status = phase_path(j->root_tar, "dpkg.status");
	out->lock = job_list(j, "packages.lock");
	out->kernel_version = tt_xstrdup_null(phase_fact_get(j->kernel, "version"));
}

int
platform_build(const struct platform_spec *spec, struct phase_run *run,
    struct platform_out *ret, struct tt_err **err)
{
	struct job j = { .spec = spec, .run = run, .out = ret };
	int r;

	*ret = (struct platform_out){ 0 };
	r = run_phases(&j, err);
	if (r == 0) {
		fill_out(&j);
		r = output_write(&j, err);
	}
	lock_release(&j.lock);
	return r < 0 ? tt_err_wrap(err, r, "building the platform") : 0;
}
