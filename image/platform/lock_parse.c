// SPDX-License-Identifier: MPL-2.0
/*
 * The parser of the package lock. Pointer and length in, bounded rows out; every text is
 * checked for what it will be used as: names and versions become arguments of apt, paths
 * become file names.
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "image/platform/lock.h"
#include "platform/lib/base/num.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"

#define MAX_FIELDS 6
#define MAX_LINE   1024

/* Debian policy 5.6.1 and 5.6.12: nothing that a shell or an option parser could take. */
static bool
good_word(const char *s, const char *extra)
{
	if (!isalnum((unsigned char)s[0]))
		return false;
	for (; *s != '\0'; s++)
		if (!isalnum((unsigned char)*s) && strchr(extra, *s) == NULL)
			return false;
	return true;
}

static bool
good_digest(const char *s)
{
	return strlen(s) == TT_SHA256_HEX_LEN - 1 &&
	       strspn(s, "0123456789abcdef") == TT_SHA256_HEX_LEN - 1;
}

static bool
good_path(const char *s)
{
	return good_word(s, "+-.~:_%/") && strstr(s, "..") == NULL &&
	       strstr(s, "//") == NULL && tt_ends_with(s, ".deb");
}

static const char *
parse_pkg(char *const f[MAX_FIELDS], struct lock *lock)
{
	enum lock_role role = lock_role_parse(f[0]);
	uint64_t size;

	if (role == LOCK_ROLE_MAX)
		return "the first word is none of root, kernel, hvm, boot, list, epoch";
	if (!good_word(f[1], "+-."))
		return "the second word is not a package name";
	if (!good_word(f[2], "+-.~:"))
		return "the third word is not a version";
	if (!good_digest(f[3]))
		return "the fourth word is not a SHA-256 in lower case";
	if (tt_parse_u64(f[4], 1, 4 * TT_GIB, &size) < 0)
		return "the fifth word is not a size in bytes";
	if (!good_path(f[5]))
		return "the sixth word is not the path of a .deb file";
	if (lock->count >= LOCK_MAX_PKGS)
		return "there are too many packages";
	lock_add(lock, role, f[1], f[2], f[3], size, f[5]);
	return NULL;
}

/* NULL, or what is wrong with the line. */
static const char *
parse_line(char *line, struct lock *lock)
{
	char *f[MAX_FIELDS + 1] = { NULL };
	size_t n = 0;

	for (char *save = NULL, *w = strtok_r(line, " ", &save); w != NULL;
	     w = strtok_r(NULL, " ", &save)) {
		if (n == MAX_FIELDS)
			return "it has more than six words";
		f[n++] = w;
	}
	if (n == 2 && tt_streq(f[0], "list")) {
		if (!good_digest(f[1]))
			return "'list' wants a SHA-256 in lower case";
		return tt_strcpy(lock->list_sha256, sizeof(lock->list_sha256), f[1]) < 0
			   ? "'list' is too long"
			   : NULL;
	}
	if (n == 2 && tt_streq(f[0], "epoch"))
		return tt_parse_i64(f[1], 0, INT64_C(253402300799), &lock->epoch) < 0
			   ? "'epoch' wants seconds since 1970"
			   : NULL;
	if (n != MAX_FIELDS)
		return "it has not the six words ROLE NAME VERSION SHA256 SIZE PATH";
	return parse_pkg(f, lock);
}

static bool
same_pkg(const struct lock_pkg *a, const struct lock_pkg *b)
{
	return a->role == b->role && tt_streq(a->name, b->name);
}

int
lock_parse(
    const char *name, const char *text, size_t len, struct lock *ret, struct tt_err **err)
{
	tt_auto(lock) struct lock lock = { 0 };
	char line[MAX_LINE];
	unsigned number = 0;

	for (const char *p = text, *end = text + len; p < end;) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		size_t n = (size_t)((nl == NULL ? end : nl) - p);
		const char *why = NULL;

		number++;
		if (n >= sizeof(line) || memchr(p, '\0', n) != NULL)
			why = "it is too long or holds a zero byte";
		if (why == NULL && n > 0 && *p != '#') {
			memcpy(line, p, n);
			line[n] = '\0';
			why = parse_line(line, &lock);
		}
		if (why != NULL)
			return tt_err_set(err, -EINVAL, "InvalidLock",
			    "%s line %u: %s; make the lock anew with --relock", name,
			    number, why);
		p += n + 1;
	}
	lock_sort(&lock);
	for (size_t i = 1; i < lock.count; i++)
		if (same_pkg(&lock.pkgs[i - 1], &lock.pkgs[i]))
			return tt_err_set(err, -EINVAL, "InvalidLock",
			    "%s: package '%s' is there twice; make the lock anew with "
			    "--relock",
			    name, lock.pkgs[i].name);
	*ret = lock;
	lock = (struct lock){ 0 };
	return 0;
}
