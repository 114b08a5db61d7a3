// SPDX-License-Identifier: MPL-2.0
/*
 * Phase "boot-files": boot loaders and their modules, unpacked for whoever makes media.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "image/platform/job.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"

#define RECIPE "1"

/* Boot loaders live below usr/lib, GRUB's own tools in usr/bin, iPXE also in boot. */
static bool
want(const char *path, void *ctx TT_UNUSED)
{
	return tt_after_prefix(path, "usr/lib/") != NULL ||
	       tt_after_prefix(path, "boot/") != NULL ||
	       tt_after_prefix(path, "usr/share/grub/") != NULL ||
	       strcmp(path, "usr/bin/grub-mkimage") == 0;
}

static int
save(struct phase *p, struct tree *t, struct tt_err **err)
{
	const struct tree_node *n;
	int r = 0;

	for (size_t i = 0; r == 0 && (n = tree_at(t, i)) != NULL; i++) {
		tt_auto(free) char *to = phase_path(p, n->path);
		tt_auto(free) char *dir = tt_path_dir(to);

		if (!S_ISREG(n->mode))
			continue;
		r = tt_mkdir_p(dir, 0755, err);
		if (r == 0)
			r = job_save_node(t, n->path, to, err);
		if (r == 0 && (n->mode & 0100))
			r = chmod(to, 0755) < 0 ? tt_err_errno(err, -errno,
						      "setting the mode of '%s'", to)
						: 0;
	}
	return r;
}

int
boot_phase(struct job *j, struct tt_err **err)
{
	struct phase *p = j->boot = phase_begin(j->run, "boot-files", NULL);
	tt_auto(tree) struct tree *t = tree_new();
	char digest[TT_SHA256_HEX_LEN];
	int r;

	lock_role_digest(&j->lock, LOCK_BOOT, digest);
	phase_input(p, "recipe", RECIPE);
	phase_input(p, "packages", digest);
	r = phase_lookup(p, err);
	if (r > 0)
		return phase_end(p, err, "%s", "unpacked");
	for (size_t i = 0; r == 0 && i < j->lock.count; i++)
		if (j->lock.pkgs[i].role == LOCK_BOOT)
			r = job_unpack(
			    j, p, &j->lock.pkgs[i], phase_dir(p), t, want, NULL, err);
	if (r == 0)
		r = save(p, t, err);
	return r < 0 ? r : phase_end(p, err, "%s", "unpacked");
}
