// SPDX-License-Identifier: MPL-2.0
/*
 * The package lock: which version of which Debian package, with what digest, plays which
 * role. A text file; lines are
 *
 *	list SHA256		digest of the package list that was resolved
 *	epoch SECONDS		when; the installed tree takes its dates from it
 *	ROLE NAME VERSION SHA256 SIZE PATH
 *
 * sorted by role and name. PATH is relative to the archive that apt found it in, so the
 * file names no server. Knows nothing of apt.
 */
#pragma once

#include <stdint.h>

#include "platform/lib/base/err.h"
#include "platform/lib/base/sha256.h"

enum lock_role {
	LOCK_ROOT,
	LOCK_KERNEL,
	LOCK_HVM,
	LOCK_BOOT,
	LOCK_ROLE_MAX,
};

struct lock_pkg {
	enum lock_role role;
	char *name, *version, *path;
	char sha256[TT_SHA256_HEX_LEN];
	uint64_t size;
};

struct lock {
	char list_sha256[TT_SHA256_HEX_LEN];
	int64_t epoch;
	struct lock_pkg *pkgs;
	size_t count;
};

/* Most packages and most bytes that a lock may have. */
#define LOCK_MAX_PKGS  4096
#define LOCK_MAX_BYTES (4UL * 1024 * 1024)

const char *lock_role_name(enum lock_role role);
/* LOCK_ROLE_MAX when it is none. */
enum lock_role lock_role_parse(const char *name);

void lock_release(struct lock *lock);

static inline void
tt_auto_lock(struct lock *lock)
{
	lock_release(lock);
}

/* name is the file's, for messages. -EINVAL names the line. ret is untouched on failure. */
int lock_parse(const char *name, const char *text, size_t len, struct lock *ret,
    struct tt_err **err);
/* -ENOENT when there is no such file. */
int lock_load(const char *path, struct lock *ret, struct tt_err **err);
int lock_save(const char *path, struct lock *lock, struct tt_err **err);

/* Borrowed; NULL when the lock has no such package in that role. */
struct lock_pkg *lock_find(
    const struct lock *lock, enum lock_role role, const char *name);
/* Steals nothing: the texts are copied. Returns the new row, valid until the next add. */
struct lock_pkg *lock_add(struct lock *lock, enum lock_role role, const char *name,
    const char *version, const char *sha256, uint64_t size, const char *path);
/* Sort by role, then name. */
void lock_sort(struct lock *lock);
/* Digest over the lines of one role: the part of the lock that its phase depends on. */
void lock_role_digest(const struct lock *lock, enum lock_role role, char *hex);
