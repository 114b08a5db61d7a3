// SPDX-License-Identifier: MPL-2.0
/*
 * Copy of a small tree (the image's /var and /etc/triton) with owner, mode and time. Not
 * synced: the caller syncs the file system once.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "platform/boot/boot.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"

static int
copy_link(const char *from, const char *to, struct tt_err **err)
{
	char target[PATH_MAX];
	ssize_t n = readlink(from, target, sizeof(target) - 1);

	if (n < 0)
		return tt_err_errno(err, -errno, "reading link '%s'", from);
	target[n] = '\0';
	(void)unlink(to);
	if (symlink(target, to) < 0)
		return tt_err_errno(err, -errno, "making link '%s'", to);
	return 0;
}

static int
same_owner(const struct stat *st, const char *to, struct tt_err **err)
{
	const struct timespec times[2] = { st->st_atim, st->st_mtim };

	if (lchown(to, st->st_uid, st->st_gid) < 0)
		return tt_err_errno(err, -errno, "giving '%s' its owner", to);
	/* a change of owner clears the set-id bits, so the mode comes last */
	if (!S_ISLNK(st->st_mode) && chmod(to, st->st_mode & 07777) < 0)
		return tt_err_errno(err, -errno, "giving '%s' its mode", to);
	(void)utimensat(AT_FDCWD, to, times, AT_SYMLINK_NOFOLLOW);
	return 0;
}

static int copy_any(const char *from, const char *to, struct tt_err **err);

static int
copy_dir(const char *from, const char *to, struct tt_err **err)
{
	DIR *d = opendir(from);
	const struct dirent *e;
	int r = 0;

	if (!d)
		return tt_err_errno(err, -errno, "opening folder '%s'", from);
	if (mkdir(to, 0700) < 0 && errno != EEXIST)
		r = tt_err_errno(err, -errno, "making folder '%s'", to);
	while (!r && (e = readdir(d))) {
		tt_auto(free) char *a = NULL, *b = NULL;

		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		a = tt_path_join(from, e->d_name);
		b = tt_path_join(to, e->d_name);
		r = copy_any(a, b, err);
	}
	closedir(d);
	return r;
}

static int
copy_any(const char *from, const char *to, struct tt_err **err)
{
	struct stat st;
	int r;

	if (lstat(from, &st) < 0)
		return tt_err_errno(err, -errno, "looking at '%s'", from);
	if (S_ISDIR(st.st_mode))
		r = copy_dir(from, to, err);
	else if (S_ISLNK(st.st_mode))
		r = copy_link(from, to, err);
	else if (S_ISREG(st.st_mode))
		r = tt_file_copy(from, to, 0600, false, err);
	else
		return 0;
	return r < 0 ? r : same_owner(&st, to, err);
}

int
boot_copy_tree(const char *from, const char *to, struct tt_err **err)
{
	return copy_any(from, to, err);
}
