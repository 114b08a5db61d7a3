// SPDX-License-Identifier: MPL-2.0
/*
 * A folder of the source tree into the tree. What git keeps is all that counts: names,
 * contents, links, the owner's execute bit.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "image/platform/tree_private.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"

#define MAX_DEPTH 32

static int
add_link(struct tree *t, const char *path, const char *from, struct tt_err **err)
{
	char target[PATH_MAX];
	ssize_t n = readlink(from, target, sizeof(target) - 1);

	if (n < 0)
		return tt_err_errno(err, -errno, "reading link '%s'", from);
	target[n] = '\0';
	tree_add_link(t, path, target);
	return 0;
}

static int add_below(struct tree *t, const char *folder, const char *path, unsigned depth,
    struct tt_err **err);

static int
add_one(struct tree *t, const char *folder, const char *path, unsigned depth,
    struct tt_err **err)
{
	tt_auto(free) char *from = tt_path_join(folder, path);
	struct stat st;

	if (lstat(from, &st) < 0)
		return tt_err_errno(err, -errno, "reading '%s'", from);
	if (S_ISLNK(st.st_mode))
		return add_link(t, path, from, err);
	if (S_ISREG(st.st_mode))
		return tree_add_file(
		    t, path, st.st_mode & S_IXUSR ? 0755 : 0644, from, err);
	if (!S_ISDIR(st.st_mode))
		return tt_err_set(err, -EINVAL, "NotAFile",
		    "'%s' is neither file, folder nor link", from);
	tree_add_dir(t, path, 0755);
	return add_below(t, folder, path, depth + 1, err);
}

static int
add_below(struct tree *t, const char *folder, const char *path, unsigned depth,
    struct tt_err **err)
{
	tt_auto(free) char *here = tt_path_join(folder, path);
	tt_auto(strv) char **names = NULL;
	int r;

	if (depth > MAX_DEPTH)
		return tt_err_set(
		    err, -ELOOP, "TooDeep", "'%s' is nested too deep", here);
	r = tt_dir_list(here, &names, err);
	for (size_t i = 0; r == 0 && names != NULL && names[i] != NULL; i++) {
		tt_auto(free) char *sub =
		    *path == '\0' ? tt_xstrdup(names[i]) : tt_path_join(path, names[i]);

		r = add_one(t, folder, sub, depth, err);
	}
	return r;
}

int
tree_add_folder(struct tree *t, const char *folder, struct tt_err **err)
{
	return add_below(t, folder, "", 0, err);
}
