// SPDX-License-Identifier: MPL-2.0
/*
 * Unpacking archives from outside.
 *
 * libarchive parses; every file system call here names one entry below a folder that was
 * opened with RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS, so a link that the archive made before
 * leads nowhere else.
 */
#include "platform/machine/instance/untar.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "platform/lib/tar/below.h"

#define BLOCK     (256 * TT_KIB)
#define WHITEOUT  ".wh."
#define META      ".wh..wh." /* of the union file system that the names come from */
#define OPAQUE    ".wh..wh..opq"
#define PERMS     07777
#define ID_MAX    65534 /* what an instance's map has */
#define DIRS_STEP 256

struct entry {
	struct mach_untar *u;
	struct archive *a;
	struct archive_entry *e;
	const char *name; /* as the archive has it, for messages */
	char *path; /* relative, without empty parts and "."; "" = the folder itself */
	const char *base; /* its last part */
	int dir;          /* the folder that base lies in */
	struct tt_err **err;
};

/* Times of folders are set when nothing is put into them any more. */
struct late {
	char **paths;
	struct timespec *times;
	size_t n;
};

static int
bad(const struct entry *e, const char *why)
{
	return tt_err_set(
	    e->err, -EBADMSG, "BadArchive", "entry '%.300s' %s", e->name, why);
}

static int
failed(const struct entry *e, int r, const char *doing)
{
	return tt_err_errno(e->err, r, "%s '%.300s'", doing, e->name);
}

/* NULL when a part is "..". */
static char *
clean_path(const char *name)
{
	tt_auto(strv) char **kept = NULL;
	const char *s = name;

	for (;;) {
		const size_t n = strcspn(s, "/");

		if (n == 2 && strncmp(s, "..", 2) == 0)
			return NULL;
		if (n > 0 && !(n == 1 && *s == '.'))
			tt_strv_addf(&kept, "%.*s", (int)n, s);
		if (s[n] == '\0')
			break;
		s += n + 1;
	}
	return kept == NULL ? tt_xstrdup("") : tt_strv_join(kept, "/");
}

/* A folder of the tree. Links in its path lead to where they lead inside the instance. */
static int
open_folder(int root, const char *path)
{
	struct open_how how = { .flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV };
	const long fd = syscall(SYS_openat2, root, *path ? path : ".", &how, sizeof(how));

	return fd < 0 ? -errno : (int)fd;
}

/* The same, made with its parents when it is missing. */
static int
make_folder(int root, const char *path)
{
	tt_auto(free) char *parent = tt_path_dir(path);
	tt_auto(close) int up = -1;
	int fd = open_folder(root, path);

	if (fd != -ENOENT || *path == '\0')
		return fd;
	up = make_folder(root, tt_streq(parent, ".") ? "" : parent);
	if (up < 0)
		return up;
	if (mkdirat(up, tt_path_base(path), 0755) < 0)
		return -errno;
	return open_folder(root, path);
}

/* --- contents and attributes ---------------------------------------------------------- */

static int
write_data(struct entry *e, int fd)
{
	const void *block;
	size_t size;
	la_int64_t offset;
	int r;

	while (
	    (r = archive_read_data_block(e->a, &block, &size, &offset)) == ARCHIVE_OK) {
		const char *p = block;

		e->u->bytes += size;
		if (e->u->max_bytes != 0 && e->u->bytes > e->u->max_bytes)
			return tt_err_set(e->err, -EFBIG, "BadArchive",
			    "the files of the archive are larger than %llu bytes",
			    (unsigned long long)e->u->max_bytes);
		while (size > 0) {
			const ssize_t n = pwrite(fd, p, size, offset);

			if (n < 0 && errno == EINTR)
				continue;
			if (n < 0)
				return failed(e, -errno, "writing");
			p += n;
			size -= (size_t)n;
			offset += n;
		}
	}
	if (r != ARCHIVE_EOF)
		return bad(e, "is cut short or damaged");
	/* a hole at the end */
	return ftruncate(fd, archive_entry_size(e->e)) < 0 ? failed(e, -errno, "writing")
							   : 0;
}

static bool
is_kept(const char *name)
{
	return tt_streq(name, "security.capability") ||
	       tt_streq(name, "system.posix_acl_access") ||
	       tt_streq(name, "system.posix_acl_default") ||
	       (tt_after_prefix(name, "user.") != NULL &&
		   tt_after_prefix(name, "user.overlay.") == NULL);
}

static int
set_xattrs(struct entry *e, int fd)
{
	const char *name;
	const void *value;
	size_t size;

	(void)archive_entry_xattr_reset(e->e);
	while (archive_entry_xattr_next(e->e, &name, &value, &size) == ARCHIVE_OK) {
		if (!is_kept(name))
			e->u->dropped++;
		else if (fsetxattr(fd, name, value, size, 0) < 0)
			return failed(e, -errno, "setting an attribute of");
	}
	return 0;
}

static struct timespec
mtime_of(const struct entry *e)
{
	return (struct timespec){ .tv_sec = archive_entry_mtime(e->e),
		.tv_nsec = archive_entry_mtime_nsec(e->e) };
}

static int
set_owner(struct entry *e, int fd, const char *name)
{
	const la_int64_t uid = archive_entry_uid(e->e), gid = archive_entry_gid(e->e);

	if (uid < 0 || uid > ID_MAX || gid < 0 || gid > ID_MAX)
		return bad(
		    e, "belongs to a user or group above 65534, which no instance has");
	if (fchownat(fd, name, (uid_t)uid, (gid_t)gid,
		AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW) < 0)
		return failed(e, -errno, "giving away");
	return 0;
}

/* Owner first: a change of owner takes capabilities and set-id bits away. */
static int
set_all(struct entry *e, int fd)
{
	int r = set_owner(e, fd, "");

	if (r == 0)
		r = set_xattrs(e, fd);
	if (r == 0 && fchmod(fd, archive_entry_perm(e->e) & PERMS) < 0)
		r = failed(e, -errno, "setting the mode of");
	return r;
}

/* --- one kind each -------------------------------------------------------------------- */

static int
put_file(struct entry *e)
{
	const struct timespec times[2] = { mtime_of(e), mtime_of(e) };
	tt_auto(close) int fd = openat(
	    e->dir, e->base, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	int r;

	if (fd < 0)
		return failed(e, -errno, "making");
	r = write_data(e, fd);
	if (r == 0)
		r = set_all(e, fd);
	if (r == 0 && futimens(fd, times) < 0)
		r = failed(e, -errno, "setting the time of");
	return r;
}

static int
put_folder(struct entry *e, struct late *late)
{
	tt_auto(close) int fd = -1;
	int r;

	if (*e->path != '\0' && mkdirat(e->dir, e->base, 0755) < 0 && errno != EEXIST)
		return failed(e, -errno, "making");
	fd = *e->path == '\0' ? open_folder(e->dir, "")
			      : openat(e->dir, e->base,
				    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return failed(e, -errno, "opening");
	r = set_all(e, fd);
	if (r < 0)
		return r;
	if (late->n % DIRS_STEP == 0)
		late->times = tt_xrealloc(
		    late->times, (late->n + DIRS_STEP) * sizeof(*late->times));
	late->times[late->n++] = mtime_of(e);
	tt_strv_add(&late->paths, e->path);
	return 0;
}

static int
put_link(struct entry *e)
{
	const struct timespec times[2] = { mtime_of(e), mtime_of(e) };

	if (symlinkat(archive_entry_symlink(e->e), e->dir, e->base) < 0)
		return failed(e, -errno, "making");
	(void)utimensat(e->dir, e->base, times, AT_SYMLINK_NOFOLLOW);
	return set_owner(e, e->dir, e->base);
}

static int
put_hardlink(struct entry *e, const char *target)
{
	tt_auto(free) char *path = clean_path(target);
	tt_auto(free) char *parent = path == NULL ? NULL : tt_path_dir(path);
	tt_auto(close) int dir = -1;

	if (path == NULL || *path == '\0')
		return bad(e, "is a link to what lies outside of the archive's tree");
	dir = open_folder(e->u->dir, tt_streq(parent, ".") ? "" : parent);
	if (dir < 0 || linkat(dir, tt_path_base(path), e->dir, e->base, 0) < 0)
		return errno == ENOENT || dir < 0
			   ? bad(e, "is a link to a file that the archive has not")
			   : failed(e, -errno, "linking");
	return 0;
}

static int
put_special(struct entry *e, mode_t type)
{
	if (mknodat(e->dir, e->base, type | 0600, 0) < 0)
		return failed(e, -errno, "making");
	if (fchmodat(e->dir, e->base, archive_entry_perm(e->e) & PERMS, 0) < 0)
		return failed(e, -errno, "setting the mode of");
	return set_owner(e, e->dir, e->base);
}

/* What the layer takes away of those below it. */
static int
put_whiteout(struct entry *e)
{
	if (tt_streq(e->base, OPAQUE))
		return fsetxattr(e->dir, "trusted.overlay.opaque", "y", 1, 0) < 0
			   ? failed(e, -errno, "hiding what is below")
			   : 0;
	if (tt_after_prefix(e->base, META) != NULL)
		return 0;
	if (mknodat(e->dir, e->base + strlen(WHITEOUT), S_IFCHR, makedev(0, 0)) < 0 &&
	    errno != EEXIST)
		return failed(e, -errno, "hiding what is below");
	return 0;
}

/* --- the archive ---------------------------------------------------------------------- */

/* A later entry takes the place of an earlier one; a folder stays when it is one again. */
static int
clear(struct entry *e, mode_t type)
{
	int r;

	if (*e->path == '\0')
		return type == S_IFDIR ? 0 : bad(e, "is the tree itself and no folder");
	if (type == S_IFDIR) {
		struct stat st;

		if (fstatat(e->dir, e->base, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISDIR(st.st_mode))
			return 0;
	}
	r = tt_below_clear(e->dir, e->base);
	return r < 0 ? failed(e, r, "replacing") : 0;
}

static int
put(struct entry *e, struct late *late)
{
	const mode_t type = archive_entry_filetype(e->e);
	const char *hardlink = archive_entry_hardlink(e->e);
	int r;

	if (e->u->layer && tt_after_prefix(e->base, WHITEOUT) != NULL)
		return put_whiteout(e);
	if (hardlink == NULL && (type == S_IFCHR || type == S_IFBLK)) {
		e->u->dropped++;
		return 0;
	}
	r = clear(e, hardlink != NULL ? S_IFREG : type);
	if (r < 0)
		return r;
	e->u->files++;
	if (hardlink != NULL)
		return put_hardlink(e, hardlink);
	if (type == S_IFREG)
		return put_file(e);
	if (type == S_IFDIR)
		return put_folder(e, late);
	if (type == S_IFLNK)
		return put_link(e);
	if (type == S_IFIFO || type == S_IFSOCK)
		return put_special(e, type);
	return bad(e, "is of a kind that no tree can hold");
}

static int
put_next(struct entry *e, struct late *late)
{
	tt_auto(free) char *path = NULL, *parent = NULL;
	tt_auto(close) int dir = -1;

	e->name = archive_entry_pathname(e->e);
	if (e->name == NULL) {
		e->name = "?";
		return bad(e, "has a name that cannot be read");
	}
	path = clean_path(e->name);
	if (path == NULL)
		return bad(e, "leaves the archive's tree");
	parent = tt_path_dir(path);
	dir = make_folder(e->u->dir, tt_streq(parent, ".") ? "" : parent);
	if (dir < 0)
		return failed(e, dir, "making the folder of");
	e->path = path;
	e->base = tt_path_base(path);
	e->dir = dir;
	return put(e, late);
}

static void
set_times(int root, const struct late *late)
{
	for (size_t i = late->n; i-- > 0;) {
		const struct timespec times[2] = { late->times[i], late->times[i] };
		tt_auto(close) int fd = open_folder(root, late->paths[i]);

		if (fd >= 0)
			(void)futimens(fd, times);
	}
}

static int
read_all(struct entry *e, struct late *late)
{
	int r;

	while ((r = archive_read_next_header(e->a, &e->e)) == ARCHIVE_OK ||
	       r == ARCHIVE_WARN) {
		r = put_next(e, late);
		if (r < 0)
			return r;
		if (e->u->progress != NULL)
			e->u->progress(
			    (uint64_t)archive_filter_bytes(e->a, -1), e->u->ctx);
	}
	if (r != ARCHIVE_EOF)
		return tt_err_set(e->err, -EBADMSG, "BadArchive",
		    "the archive is cut short or damaged: %s",
		    archive_error_string(e->a) ? archive_error_string(e->a)
					       : "unreadable");
	return 0;
}

int
mach_untar(struct mach_untar *u, int fd, struct tt_err **err)
{
	struct entry e = { .u = u, .a = archive_read_new(), .err = err };
	struct late late = { 0 };
	int r;

	archive_read_support_format_tar(e.a);
	archive_read_support_filter_gzip(e.a);
	archive_read_support_filter_bzip2(e.a);
	archive_read_support_filter_xz(e.a);
	archive_read_support_filter_zstd(e.a);
	if (archive_read_open_fd(e.a, fd, BLOCK) != ARCHIVE_OK)
		r = tt_err_set(err, -EBADMSG, "BadArchive", "no tar archive: %s",
		    archive_error_string(e.a));
	else
		r = read_all(&e, &late);
	if (r == 0)
		set_times(u->dir, &late);
	archive_read_free(e.a);
	tt_strv_free(late.paths);
	free(late.times);
	return r;
}
