// SPDX-License-Identifier: MPL-2.0
/*
 * Walks the trees. No link is followed.
 */
#include "tools/operator/backup/collect.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"

#define DEPTH_MAX 64

void
collect_release(struct collect *c)
{
	tt_backup_manifest_release(&c->manifest);
	for (size_t i = 0; i < c->n_places; i++) {
		free(c->places[i].prefix);
		free(c->places[i].dir);
	}
	free(c->places);
	*c = (struct collect){ 0 };
}

void
collect_place(struct collect *c, const char *prefix, const char *dir)
{
	c->places = tt_xrealloc(c->places, (c->n_places + 1) * sizeof(*c->places));
	c->places[c->n_places++] =
	    (struct collect_place){ tt_xstrdup(prefix), tt_xstrdup(dir) };
}

/* Where a member's bytes are; caller frees. NULL when no place has its prefix. */
static char *
path_of(const struct collect *c, const char *member)
{
	for (size_t i = 0; i < c->n_places; i++) {
		const char *rest = tt_after_prefix(member, c->places[i].prefix);

		if (rest)
			return tt_path_join(c->places[i].dir, rest);
	}
	return NULL;
}

static char *
read_target(const char *path)
{
	char text[TT_BACKUP_PATH_MAX + 1];
	ssize_t n = readlink(path, text, sizeof(text));

	if (n <= 0 || (size_t)n >= sizeof(text))
		return NULL;
	text[n] = '\0';
	return tt_utf8_check(text, (size_t)n) >= 0 ||
		       tt_control_find(text, (size_t)n) >= 0
		   ? NULL
		   : tt_xstrdup(text);
}

static struct tt_backup_member *
add(struct collect *c, const char *member, enum tt_backup_type type,
    const struct stat *st)
{
	struct tt_backup_member *m = tt_backup_add(&c->manifest, member, type);

	m->mode = st->st_mode & 07777;
	m->uid = st->st_uid;
	m->gid = st->st_gid;
	m->mtime_s = st->st_mtim.tv_sec < 0 ? 0 : st->st_mtim.tv_sec;
	return m;
}

static int
add_file(struct collect *c, const char *member, const char *path, const struct stat *st,
    struct tt_err **err)
{
	struct tt_backup_member *m = add(c, member, TT_BACKUP_FILE, st);
	int r = tt_sha256_file(path, m->sha256, &m->size, err);

	c->manifest.bytes += m->size;
	return r;
}

static int tree(struct collect *c, const char *member, const char *path, unsigned depth,
    size_t *left_out, struct tt_err **err);

static int
children(struct collect *c, const char *member, const char *path, unsigned depth,
    size_t *left_out, struct tt_err **err)
{
	tt_auto(strv) char **names = NULL;
	int r = tt_dir_list(path, &names, err);

	for (char **n = names; r == 0 && n && *n; n++) {
		tt_auto(free) char *below = tt_xprintf("%s/%s", member, *n);
		tt_auto(free) char *where = tt_path_join(path, *n);

		r = tree(c, below, where, depth + 1, left_out, err);
	}
	return r;
}

static int
tree(struct collect *c, const char *member, const char *path, unsigned depth,
    size_t *left_out, struct tt_err **err)
{
	tt_auto(free) char *target = NULL;
	struct stat st;

	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 0
				       : tt_err_errno(err, -errno, "reading '%s'", path);
	if (S_ISLNK(st.st_mode))
		target = read_target(path);
	if (tt_path_bad(member) || depth > DEPTH_MAX ||
	    c->manifest.n >= TT_BACKUP_MEMBERS_MAX ||
	    (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode) && !target)) {
		(void)fprintf(stderr, "left out: %s\n", path);
		(*left_out)++;
		return 0;
	}
	if (S_ISREG(st.st_mode))
		return add_file(c, member, path, &st, err);
	if (target) {
		add(c, member, TT_BACKUP_LINK, &st)->target = tt_take(target);
		return 0;
	}
	(void)add(c, member, TT_BACKUP_DIR, &st);
	return children(c, member, path, depth, left_out, err);
}

int
collect_tree(struct collect *c, const char *prefix, const char *name, size_t *left_out,
    struct tt_err **err)
{
	tt_auto(free) char *member = tt_xprintf("%s%s", prefix, name);
	tt_auto(free) char *path = path_of(c, member);

	if (!path)
		return tt_err_set(err, -EINVAL, "InvalidArgument",
		    "'%s' is no place of a backup", prefix);
	if (!tt_streq(name, "."))
		return tree(c, member, path, 0, left_out, err);
	/* the place itself is made by whoever restores it: only what is in it */
	if (!tt_path_is_dir(path))
		return 0;
	member[strlen(prefix) - 1] = '\0';
	return children(c, member, path, 0, left_out, err);
}

int
collect_open(void *ctx, const struct tt_backup_member *m, struct tt_err **err)
{
	const struct collect *c = ctx;
	tt_auto(free) char *path = path_of(c, m->path);
	int fd = path ? open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC) : -1;

	return fd < 0 ? tt_err_errno(err, -errno, "opening '%s'", path ? path : m->path)
		      : fd;
}
