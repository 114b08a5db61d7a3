// SPDX-License-Identifier: MPL-2.0
/*
 * The package lock: what is written is read, and every kind of bad line is named.
 */
#include "image/platform/lock.h"

#include <errno.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "tests/lib/tap.h"

#define A64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B64 "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static const char good[] =
    "# comment\n"
    "list " A64 "\n"
    "epoch 1700000000\n"
    "\n"
    "root zstd 1.5.4+dfsg2-5 " A64 " 700656 pool/main/z/zstd_1.5.4.deb\n"
    "kernel linux-image-6.12.1+deb12-amd64 6.12.1-1~deb12u1 " B64
    " 7 pool/main/l/linux.deb\n"
    "root ssh 1:9.2p1-2+deb12u10 " B64 " 1 pool/main/o/ssh.deb";

static void
test_good(void)
{
	tt_auto(lock) struct lock l = { 0 };
	tt_auto(err) struct tt_err *err = NULL;
	const struct lock_pkg *p;

	TAP_EQ_INT(lock_parse("good", good, sizeof(good) - 1, &l, &err), 0,
	    "a lock without a last newline is read: %s", tt_err_message(err));
	TAP_EQ_INT(l.count, 3, "three packages");
	TAP_EQ_INT(l.epoch, 1700000000, "its date");
	TAP_EQ_STR(l.list_sha256, A64, "the list's digest");
	TAP_EQ_STR(l.pkgs[0].name, "ssh", "sorted by role and name");
	p = lock_find(&l, LOCK_KERNEL, "linux-image-6.12.1+deb12-amd64");
	TAP_OK(p != NULL && p->size == 7 && tt_streq(p->sha256, B64),
	    "found by role and name");
	TAP_OK(lock_find(&l, LOCK_ROOT, "linux-image-6.12.1+deb12-amd64") == NULL,
	    "and not in another role");
}

static void
test_bad(void)
{
	static const struct {
		const char *line, *why;
	} rows[] = {
		{ "list abc", "SHA-256" },
		{ "epoch -1", "seconds" },
		{ "epoch 99999999999999", "seconds" },
		{ "root a 1 " A64 " 1", "six words" },
		{ "root a 1 " A64 " 1 p/a.deb more", "more than six" },
		{ "toor a 1 " A64 " 1 p/a.deb", "first word" },
		{ "root -oa 1 " A64 " 1 p/a.deb", "package name" },
		{ "root a;b 1 " A64 " 1 p/a.deb", "package name" },
		{ "root a -1 " A64 " 1 p/a.deb", "version" },
		{ "root a 1$x " A64 " 1 p/a.deb", "version" },
		{ "root a 1 " A64 "0 1 p/a.deb", "fourth" },
		{ "root a 1 A" A64 " 1 p/a.deb", "fourth" },
		{ "root a 1 " A64 " 0 p/a.deb", "size" },
		{ "root a 1 " A64 " 9999999999 p/a.deb", "size" },
		{ "root a 1 " A64 " 1 /etc/a.deb", "path" },
		{ "root a 1 " A64 " 1 p/../a.deb", "path" },
		{ "root a 1 " A64 " 1 p//a.deb", "path" },
		{ "root a 1 " A64 " 1 p/a.tar", "path" },
	};

	for (size_t i = 0; i < TT_ARRAY_LEN(rows); i++) {
		tt_auto(err) struct tt_err *err = NULL;
		tt_auto(free) char *text = tt_xprintf("# first\n%s\n", rows[i].line);
		struct lock l = { .count = 77 };

		TAP_EQ_INT(lock_parse("lock", text, strlen(text), &l, &err), -EINVAL,
		    "refused: %.40s", rows[i].line);
		TAP_OK(strstr(tt_err_message(err), rows[i].why) != NULL &&
			   strstr(tt_err_message(err), "line 2") != NULL,
		    "and says where and why: %s", tt_err_message(err));
		TAP_OK(l.count == 77, "output untouched");
	}
}

static void
test_twice(void)
{
	static const char twice[] =
	    "root a 1 " A64 " 1 p/a.deb\nroot a 2 " A64 " 1 p/b.deb\n";
	static const char zero[] = "root a 1\0 " A64 " 1 p/a.deb\n";
	tt_auto(err) struct tt_err *err = NULL;
	struct lock l;

	TAP_EQ_INT(lock_parse("lock", twice, sizeof(twice) - 1, &l, &err), -EINVAL,
	    "a package twice in one role is refused");
	TAP_OK(strstr(tt_err_message(err), "'a'") != NULL, "by name: %s",
	    tt_err_message(err));
	tt_err_clear(&err);
	TAP_EQ_INT(lock_parse("lock", zero, sizeof(zero) - 1, &l, &err), -EINVAL,
	    "a zero byte is refused");
}

static void
test_round_trip(void)
{
	char dir[] = "/tmp/tt-lock-XXXXXX";
	tt_auto(lock) struct lock l = { 0 };
	tt_auto(lock) struct lock again = { 0 };
	tt_auto(free) char *path = NULL;
	char before[TT_SHA256_HEX_LEN], after[TT_SHA256_HEX_LEN];

	TAP_OK(mkdtemp(dir) != NULL, "a folder");
	path = tt_path_join(dir, "packages.lock");
	TAP_EQ_INT(lock_load(path, &again, NULL), -ENOENT, "no lock yet");
	lock_add(&l, LOCK_HVM, "qemu", "1:7.2", B64, 5, "pool/q.deb");
	lock_add(&l, LOCK_ROOT, "bash", "5.2", A64, 6, "pool/b.deb");
	(void)tt_strcpy(l.list_sha256, sizeof(l.list_sha256), A64);
	l.epoch = 42;
	lock_role_digest(&l, LOCK_HVM, before);
	TAP_EQ_INT(lock_save(path, &l, NULL), 0, "saved");
	TAP_EQ_INT(lock_load(path, &again, NULL), 0, "loaded");
	lock_role_digest(&again, LOCK_HVM, after);
	TAP_EQ_STR(after, before, "a role's digest survives");
	TAP_OK(again.count == 2 && again.epoch == 42, "and so does the rest");
	lock_add(&again, LOCK_ROOT, "curl", "7", A64, 6, "pool/c.deb");
	lock_role_digest(&again, LOCK_HVM, after);
	TAP_EQ_STR(after, before, "another role's package does not change it");
	again.pkgs[again.count - 2].version[0] = '9';
	lock_role_digest(&again, LOCK_HVM, after);
	TAP_OK(!tt_streq(after, before), "another version does");
	TAP_EQ_INT(tt_remove_tree(dir, NULL), 0, "cleaned up");
}

int
main(void)
{
	test_good();
	test_bad();
	test_twice();
	test_round_trip();
	return tap_done();
}
