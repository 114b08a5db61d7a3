// SPDX-License-Identifier: MPL-2.0
/*
 * Small jobs that several phases of the platform have.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>

#include "image/platform/job.h"
#include "image/platform/packages.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/num.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"

char *
job_list(const struct job *j, const char *name)
{
	return tt_xprintf("%s/platform/rootfs/%s", j->spec->source_dir, name);
}

unsigned
job_level(const struct job *j)
{
	return j->spec->zstd_level == 0 ? 15 : j->spec->zstd_level;
}

int
job_unpack(struct job *j, struct phase *p, const struct lock_pkg *pkg, const char *work,
    struct tree *t, bool (*want)(const char *path, void *ctx), void *ctx,
    struct tt_err **err)
{
	tt_auto(free) char *deb = packages_deb(j->run, pkg);
	tt_auto(free) char *tar = tt_xprintf("%s/%s.tar", work, pkg->name);
	const char *const argv[] = { "dpkg-deb", "--fsys-tarfile", deb, NULL };
	tt_auto(close) int fd = open(tar, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	int r;

	if (fd < 0)
		return tt_err_errno(err, -errno, "making '%s'", tar);
	r = phase_exec(p, argv,
	    &(struct tt_proc_opts){ .timeout_ms = 5 * 60 * 1000, .stdout_fd = fd }, err);
	if (r == 0)
		r = tree_add_tar(t, tar, "", want, ctx, err);
	/* the mapping keeps the contents; the name would only be in the way */
	if (unlink(tar) < 0 && r == 0)
		r = tt_err_errno(err, -errno, "removing '%s'", tar);
	return r < 0 ? tt_err_wrap(err, r, "unpacking %s", pkg->name) : 0;
}

int
job_save_node(struct tree *t, const char *path, const char *file, struct tt_err **err)
{
	const struct tree_node *n = tree_find(t, path);

	if (n == NULL || !S_ISREG(n->mode) || n->file != NULL)
		return tt_err_set(
		    err, -ENOENT, "NoSuchFile", "the packages hold no file /%s", path);
	return tt_file_write(file, n->size == 0 ? "" : n->data, n->size, 0644, err);
}

void
job_verity_facts(struct phase *p, const struct platform_verity *v)
{
	phase_fact(p, "roothash", v->root_hash);
	phase_fact(p, "salt", v->salt);
	phase_factf(p, "blocks", "%" PRIu64, v->blocks);
}

int
job_verity_get(const struct phase *p, struct platform_verity *ret, struct tt_err **err)
{
	const char *hash = phase_fact_get(p, "roothash"),
		   *salt = phase_fact_get(p, "salt");
	const char *blocks = phase_fact_get(p, "blocks");

	if (hash == NULL || salt == NULL || blocks == NULL ||
	    tt_strcpy(ret->root_hash, sizeof(ret->root_hash), hash) < 0 ||
	    tt_strcpy(ret->salt, sizeof(ret->salt), salt) < 0 ||
	    tt_parse_u64(blocks, 1, UINT64_MAX, &ret->blocks) < 0)
		return tt_err_set(err, -EINVAL, "BadCache",
		    "the cached image has no verity facts; remove the cache folder '%s'",
		    phase_dir(p));
	return 0;
}
