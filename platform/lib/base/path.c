// SPDX-License-Identifier: MPL-2.0
/* See path.h. */
#include "platform/lib/base/path.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/str.h"

#define PART_MAX 255 /* bytes of a name in a folder */

char *
tt_path_join(const char *dir, const char *name)
{
	size_t n = strlen(dir);

	while (n > 0 && dir[n - 1] == '/')
		n--;
	while (*name == '/')
		name++;
	return tt_xprintf("%.*s/%s", (int)n, dir, name);
}

const char *
tt_path_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

char *
tt_path_dir(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		return tt_xstrdup(".");
	return tt_xstrndup(path, slash == path ? 1 : (size_t)(slash - path));
}

const char *
tt_path_bad(const char *path)
{
	size_t len = strlen(path);
	const char *part = path;

	if (len == 0)
		return "there is no path";
	if (len > TT_PATH_MAX)
		return "the path is too long";
	if (tt_utf8_check(path, len) >= 0 || tt_control_find(path, len) >= 0)
		return "the path holds bytes that no path has";
	for (;;) {
		size_t n = strcspn(part, "/");

		if (n > PART_MAX)
			return "the path is too long";
		if (n == 0 || (n == 1 && part[0] == '.') ||
		    (n == 2 && part[0] == '.' && part[1] == '.'))
			return "the path leaves its folder";
		if (!part[n])
			return NULL;
		part += n + 1;
	}
}

int
tt_mkdir_p(const char *path, mode_t mode, struct tt_err **err)
{
	tt_auto(free) char *copy = tt_xstrdup(path);

	for (char *p = copy + 1;; p++) {
		const char end = *p;

		if (end != '/' && end != '\0')
			continue;
		*p = '\0';
		if (mkdir(copy, mode) < 0 && errno != EEXIST)
			return tt_err_errno(err, -errno, "creating folder '%s'", copy);
		if (end == '\0')
			break;
		*p = end;
	}
	if (!tt_path_is_dir(path))
		return tt_err_errno(err, -ENOTDIR, "creating folder '%s'", path);
	return 0;
}

bool
tt_path_exists(const char *path)
{
	return faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

bool
tt_path_is_dir(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static int
list_fd(int fd, char ***ret)
{
	DIR *d = fdopendir(fd);
	const struct dirent *e;

	if (d == NULL)
		return -errno;
	while (errno = 0, (e = readdir(d)) != NULL)
		if (!tt_streq(e->d_name, ".") && !tt_streq(e->d_name, ".."))
			tt_strv_add(ret, e->d_name);
	closedir(d);
	tt_strv_sort(*ret);
	return 0;
}

int
tt_dir_list(const char *path, char ***ret, struct tt_err **err)
{
	tt_auto(strv) char **names = NULL;
	tt_auto(close) int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r;

	if (fd < 0)
		return tt_err_errno(err, -errno, "listing '%s'", path);
	r = list_fd(tt_take_fd(fd), &names);
	if (r < 0)
		return tt_err_errno(err, r, "listing '%s'", path);
	*ret = tt_take(names);
	return 0;
}

static int
remove_at(int dir, const char *name, dev_t dev)
{
	tt_auto(strv) char **names = NULL;
	tt_auto(close) int fd = -1;
	struct stat st;
	int r;

	if (unlinkat(dir, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -errno;
	fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (st.st_dev != dev)
		return -EXDEV;
	r = list_fd(fcntl(fd, F_DUPFD_CLOEXEC, 3), &names);
	for (size_t i = 0; r == 0 && names != NULL && names[i] != NULL; i++)
		r = remove_at(fd, names[i], dev);
	if (r == 0 && unlinkat(dir, name, AT_REMOVEDIR) < 0)
		r = -errno;
	return r;
}

int
tt_remove_tree(const char *path, struct tt_err **err)
{
	struct stat st;
	int r;

	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 0
				       : tt_err_errno(err, -errno, "removing '%s'", path);
	r = remove_at(AT_FDCWD, path, st.st_dev);
	return r < 0 ? tt_err_errno(err, r, "removing '%s'", path) : 0;
}
