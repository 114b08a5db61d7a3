// SPDX-License-Identifier: MPL-2.0
/*
 * Snapshots for as long as a backup takes.
 */
#include "tools/operator/backup/freeze.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "platform/machine/btrfs.h"

int
freeze_begin(struct freeze *f, const struct oper *o, struct tt_err **err)
{
	if (*o->root)
		return 0;
	f->dir = tt_xprintf("/zones/.trash/backup.%d", (int)getpid());
	return tt_mkdir_p(f->dir, 0700, err);
}

int
freeze_add(struct freeze *f, const struct oper *o, const char *name, char **ret,
    struct tt_err **err)
{
	tt_auto(free) char *from = tt_xprintf("%s/zones/%s", o->root, name);
	tt_auto(close) int source = -1, dir = -1;
	int r;

	if (!f->dir) {
		*ret = tt_take(from);
		return 0;
	}
	source = open(from, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = source < 0 ? -1 : open(f->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	r = dir < 0 ? -errno : mach_btrfs_subvol_new(dir, name, source, true, 0);
	if (r < 0)
		return tt_err_errno(err, r, "taking a snapshot of '%s'", from);
	tt_strv_add(&f->made, name);
	*ret = tt_path_join(f->dir, name);
	return 0;
}

void
freeze_end(struct freeze *f)
{
	tt_auto(close) int dir =
	    f->dir ? open(f->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	/* what cannot be deleted now goes with the next boot */
	for (char **n = f->made; dir >= 0 && n && *n; n++)
		(void)mach_btrfs_subvol_delete(dir, *n);
	if (f->dir)
		(void)tt_remove_tree(f->dir, NULL);
	tt_strv_free(f->made);
	free(f->dir);
	*f = (struct freeze){ 0 };
}
