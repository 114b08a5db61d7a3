// SPDX-License-Identifier: MPL-2.0
/*
 * A guest's change on its way to the disk: the order of the calls that a power cut could
 * fall between, and what is there when each of them fails. The linker sends fsync, rename
 * and flock of the code under test through here.
 */
#include "platform/daemon/metadatad/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "tests/lib/tap.h"

int __real_fsync(int fd);
int __real_rename(const char *from, const char *to);
int __real_flock(int fd, int how);
int __wrap_fsync(int fd);
int __wrap_rename(const char *from, const char *to);
int __wrap_flock(int fd, int how);

static char calls[256];
static int fail_at, call_count;

/* Note a call; false when this one must fail. */
static bool
allowed(const char *name)
{
	const size_t n = strlen(calls);

	(void)tt_strf(calls + n, sizeof(calls) - n, "%s ", name);
	if (++call_count != fail_at)
		return true;
	errno = EIO;
	return false;
}

int
__wrap_fsync(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0 ||
	    !allowed(S_ISDIR(st.st_mode) ? "sync-dir" : "sync-file"))
		return -1;
	return __real_fsync(fd);
}

int
__wrap_rename(const char *from, const char *to)
{
	return allowed("rename") ? __real_rename(from, to) : -1;
}

int
__wrap_flock(int fd, int how)
{
	return allowed("lock") ? __real_flock(fd, how) : -1;
}

static char *
contents(const char *dir)
{
	tt_auto(free) char *path = tt_path_join(dir, "metadata.json");
	tt_auto(json) json_t *j = NULL;

	return tt_json_load(path, TT_MIB, &j, NULL) == 0 ? tt_json_line(j)
							 : tt_xstrdup("");
}

static int
change(const char *dir, const char *value, int fail, unsigned lock_ms)
{
	char key[] = "key";
	tt_auto(free) char *copy = tt_xstrdup_null(value);
	const struct change c = {
		.key = key, .value = copy, .value_len = copy != NULL ? strlen(copy) : 0
	};
	tt_auto(err) struct tt_err *err = NULL;

	calls[0] = '\0';
	call_count = 0;
	fail_at = fail;
	return store_change(dir, &c, lock_ms, &err);
}

static void
test_order(const char *dir)
{
	static const char all[] = "lock sync-file rename sync-dir ";
	tt_auto(free) char *before = NULL;

	TAP_EQ_INT(change(dir, "old", 0, 1000), 0, "a change is stored");
	TAP_EQ_STR(calls, all,
	    "lock, new file on the disk, its name, the folder; then it is done");
	before = contents(dir);
	TAP_EQ_STR(before, "{\"customer_metadata\":{\"key\":\"old\"}}", "it is there");
	for (int fail = 1; fail <= 4; fail++) {
		tt_auto(free) char *after = NULL;

		TAP_EQ_INT(change(dir, "new", fail, 1000), -EIO,
		    "call %d fails: no success", fail);
		TAP_OK(strncmp(calls, all, strlen(calls)) == 0,
		    "nothing after it but '%s'", calls);
		after = contents(dir);
		TAP_EQ_STR(after,
		    fail < 4 ? before : "{\"customer_metadata\":{\"key\":\"new\"}}",
		    "the file is whole");
	}
	TAP_EQ_INT(change(dir, "new", 0, 1000), 0, "the same value again");
	TAP_EQ_STR(calls, "lock ", "is not written again");
	TAP_EQ_INT(change(dir, NULL, 0, 1000), 0, "a key is deleted");
	TAP_EQ_STR(calls, all, "in the same order");
	TAP_EQ_INT(change(dir, NULL, 0, 1000), 0, "and once more");
	TAP_EQ_STR(calls, "lock ", "without a write");
}

static void
test_lock(const char *dir)
{
	tt_auto(free) char *path = tt_path_join(dir, "lock");
	tt_auto(close) int fd = open(path, O_RDWR | O_CLOEXEC);

	fail_at = 0;
	TAP_EQ_INT(__real_flock(fd, LOCK_EX), 0, "another writer has the lock");
	TAP_EQ_INT(
	    change(dir, "late", 0, 50), -ETIMEDOUT, "it is waited for, not for ever");
}

static void
test_broken(const char *dir)
{
	tt_auto(free) char *path = tt_path_join(dir, "metadata.json");
	tt_auto(free) char *gone = tt_path_join(dir, "gone");
	tt_auto(record) struct record *r = NULL;

	TAP_EQ_INT(
	    tt_file_write(path, "[1]\n", 4, 0600, NULL), 0, "a file of another shape");
	TAP_EQ_INT(change(dir, "x", 0, 50), -EINVAL, "is not overwritten");
	TAP_EQ_INT(change(gone, "x", 0, 50), -ENOENT, "an instance that is gone");
	TAP_EQ_INT(store_load(dir, &r, NULL), -ENOENT, "no record without vm.json");
}

int
main(void)
{
	char dir[] = "/tmp/triton-store-XXXXXX";

	if (mkdtemp(dir) == NULL) {
		perror(dir);
		return 1;
	}
	test_order(dir);
	test_lock(dir);
	test_broken(dir);
	(void)tt_remove_tree(dir, NULL);
	return tap_done();
}
