// SPDX-License-Identifier: MPL-2.0
/*
 * Members into folders, without ever following a link (below.h).
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "platform/lib/backup/backup.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "platform/lib/tar/below.h"

struct sink {
	const struct tt_backup_place *places;
	size_t n;
	int *roots; /* a descriptor for each place */
	int fd;     /* the file that is being written, or -1 */
	tt_backup_progress *progress;
	void *ctx;
};

/* Which place a member belongs to, and its name there; -1 when to none. */
static int
place_of(const struct sink *s, const struct tt_backup_member *m, const char **ret_path)
{
	for (size_t i = 0; i < s->n; i++) {
		*ret_path = tt_after_prefix(m->path, s->places[i].prefix);
		if (*ret_path && **ret_path)
			return s->roots[i];
	}
	return -1;
}

/* Owner, mode and time of what fd refers to (or the link of that name). */
static int
attributes(int dir, const char *name, const struct tt_backup_member *m)
{
	struct timespec t[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_sec = m->mtime_s } };

	if (fchownat(dir, name, m->uid, m->gid, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (m->type != TT_BACKUP_LINK && fchmodat(dir, name, m->mode, 0) < 0)
		return -errno;
	if (utimensat(dir, name, t, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	return 0;
}

static int
begin(void *ctx, const struct tt_backup_member *m, struct tt_err **err)
{
	struct sink *s = ctx;
	const char *path;
	int root = place_of(s, m, &path), r;
	tt_auto(free) char *parent = NULL;
	tt_auto(close) int dir = -1;

	if (root < 0)
		return 0;
	parent = m->type == TT_BACKUP_DIR ? tt_xstrdup(path) : tt_path_dir(path);
	dir = r = tt_below_folder(root, parent);
	if (r >= 0 && m->type != TT_BACKUP_DIR)
		r = tt_below_clear(dir, tt_path_base(path));
	if (r >= 0 && m->type == TT_BACKUP_LINK &&
	    symlinkat(m->target, dir, tt_path_base(path)) < 0)
		r = -errno;
	if (r >= 0 && m->type == TT_BACKUP_FILE)
		s->fd = r = tt_below_open(
		    dir, tt_path_base(path), O_WRONLY | O_CREAT | O_EXCL, 0600);
	return r < 0 ? tt_err_errno(err, r, "restoring '%s'", m->path) : 0;
}

static int
data(void *ctx, const void *bytes, size_t len, struct tt_err **err)
{
	struct sink *s = ctx;
	int r = s->fd < 0 ? 0 : tt_write_all(s->fd, bytes, len);

	return r < 0 ? tt_err_errno(err, r, "writing a restored file") : 0;
}

static int
end(void *ctx, const struct tt_backup_member *m, struct tt_err **err)
{
	struct sink *s = ctx;
	const char *path;
	int root = place_of(s, m, &path), r = 0;
	tt_auto(free) char *parent = NULL;
	tt_auto(close) int dir = -1;

	if (s->fd >= 0 && close(s->fd) < 0)
		r = -errno;
	s->fd = -1;
	if (root < 0)
		return 0;
	parent = tt_path_dir(path);
	dir = tt_below_folder(root, parent);
	if (r == 0)
		r = dir < 0 ? dir : attributes(dir, tt_path_base(path), m);
	return r < 0 ? tt_err_errno(err, r, "restoring '%s'", m->path) : 0;
}

static void
progress(void *ctx, uint64_t done, uint64_t total)
{
	const struct sink *s = ctx;

	if (s->progress)
		s->progress(s->ctx, done, total);
}

static int
open_roots(struct sink *s, struct tt_err **err)
{
	for (size_t i = 0; i < s->n; i++) {
		int r = tt_mkdir_p(s->places[i].dir, 0755, err);

		if (r < 0)
			return r;
		s->roots[i] = open(s->places[i].dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (s->roots[i] < 0)
			return tt_err_errno(
			    err, -errno, "opening '%s'", s->places[i].dir);
	}
	return 0;
}

int
tt_backup_extract(const char *file, const struct tt_backup_place *places, size_t n,
    tt_backup_progress *report, void *ctx, struct tt_err **err)
{
	tt_auto(free) int *roots = tt_xcalloc(n, sizeof(*roots));
	struct sink s = { .places = places,
		.n = n,
		.roots = roots,
		.fd = -1,
		.progress = report,
		.ctx = ctx };
	struct tt_backup_sink sink = {
		.begin = begin, .data = data, .end = end, .progress = progress, .ctx = &s
	};
	tt_auto(backup) struct tt_backup *b = NULL;
	int r;

	memset(roots, -1, n * sizeof(*roots));
	r = tt_backup_open(file, &b, err);
	if (r == 0)
		r = open_roots(&s, err);
	if (r == 0 && b)
		r = tt_backup_read(b, &sink, err);
	if (s.fd >= 0)
		close(s.fd);
	for (size_t i = 0; i < n; i++)
		if (roots[i] >= 0)
			close(roots[i]);
	return r;
}
