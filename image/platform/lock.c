// SPDX-License-Identifier: MPL-2.0
/*
 * The package lock in memory and its file; the parser is lock_parse.c.
 */
#include "image/platform/lock.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/str.h"

static const char *const role_names[] = {
	[LOCK_ROOT] = "root",
	[LOCK_KERNEL] = "kernel",
	[LOCK_HVM] = "hvm",
	[LOCK_BOOT] = "boot",
};

const char *
lock_role_name(enum lock_role role)
{
	return role_names[role];
}

enum lock_role
lock_role_parse(const char *name)
{
	for (unsigned i = 0; i < LOCK_ROLE_MAX; i++)
		if (tt_streq(name, role_names[i]))
			return (enum lock_role)i;
	return LOCK_ROLE_MAX;
}

void
lock_release(struct lock *lock)
{
	for (size_t i = 0; i < lock->count; i++) {
		free(lock->pkgs[i].name);
		free(lock->pkgs[i].version);
		free(lock->pkgs[i].path);
	}
	free(lock->pkgs);
	*lock = (struct lock){ 0 };
}

struct lock_pkg *
lock_find(const struct lock *lock, enum lock_role role, const char *name)
{
	for (size_t i = 0; i < lock->count; i++)
		if (lock->pkgs[i].role == role && tt_streq(lock->pkgs[i].name, name))
			return &lock->pkgs[i];
	return NULL;
}

struct lock_pkg *
lock_add(struct lock *lock, enum lock_role role, const char *name, const char *version,
    const char *sha256, uint64_t size, const char *path)
{
	struct lock_pkg *p;

	lock->pkgs = tt_xrealloc(lock->pkgs, (lock->count + 1) * sizeof(*lock->pkgs));
	p = &lock->pkgs[lock->count++];
	*p = (struct lock_pkg){
		.role = role,
		.name = tt_xstrdup(name),
		.version = tt_xstrdup(version),
		.path = tt_xstrdup(path),
		.size = size,
	};
	(void)tt_strcpy(p->sha256, sizeof(p->sha256), sha256);
	return p;
}

static int
by_role_and_name(const void *a, const void *b)
{
	const struct lock_pkg *p = a, *q = b;

	if (p->role != q->role)
		return p->role < q->role ? -1 : 1;
	return strcmp(p->name, q->name);
}

void
lock_sort(struct lock *lock)
{
	if (lock->count > 0)
		qsort(lock->pkgs, lock->count, sizeof(*lock->pkgs), by_role_and_name);
}

static void
add_line(struct tt_buf *b, const struct lock_pkg *p)
{
	tt_buf_addf(b, "%s %s %s %s %" PRIu64 " %s\n", role_names[p->role], p->name,
	    p->version, p->sha256, p->size, p->path);
}

void
lock_role_digest(const struct lock *lock, enum lock_role role, char *hex)
{
	tt_auto(buf) struct tt_buf b = TT_BUF_INIT(LOCK_MAX_BYTES);

	/* the archive's folder layout does not change what a package holds */
	for (size_t i = 0; i < lock->count; i++)
		if (lock->pkgs[i].role == role)
			tt_buf_addf(&b, "%s %s %s\n", lock->pkgs[i].name,
			    lock->pkgs[i].version, lock->pkgs[i].sha256);
	tt_sha256_hex(tt_buf_str(&b), b.len, hex);
}

int
lock_load(const char *path, struct lock *ret, struct tt_err **err)
{
	tt_auto(buf) struct tt_buf b = TT_BUF_INIT(LOCK_MAX_BYTES);
	int r = tt_file_read(path, &b, err);

	if (r < 0)
		return r;
	return lock_parse(path, tt_buf_str(&b), b.len, ret, err);
}

int
lock_save(const char *path, struct lock *lock, struct tt_err **err)
{
	tt_auto(buf) struct tt_buf b = TT_BUF_INIT(LOCK_MAX_BYTES);

	lock_sort(lock);
	tt_buf_adds(&b,
	    "# Locked packages: made by `triton-image platform --relock`, read by "
	    "every build.\n# role name version sha256 size path\n");
	tt_buf_addf(&b, "list %s\nepoch %" PRId64 "\n", lock->list_sha256, lock->epoch);
	for (size_t i = 0; i < lock->count; i++)
		add_line(&b, &lock->pkgs[i]);
	if (b.overflow)
		return tt_err_set(err, -EFBIG, "LockTooLarge",
		    "the package lock would pass %lu bytes", LOCK_MAX_BYTES);
	return tt_file_replace(path, b.data, b.len, 0644, err);
}
