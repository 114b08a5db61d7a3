// SPDX-License-Identifier: MPL-2.0
/*
 * Sparse output with digests of its extents, and the key tree's list.
 */
#include "image/out.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "image/digest.h"
#include "image/keytree.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/json.h"
#include "tests/lib/tap.h"

#define SIZE (64 * TT_MIB)

static char path[] = "/tmp/out-test-XXXXXX";

static int
check(const json_t *extents)
{
	tt_auto(close) int fd = open(path, O_RDONLY | O_CLOEXEC);
	tt_auto(err) struct tt_err *err = NULL;
	void *map = mmap(NULL, SIZE, PROT_READ, MAP_PRIVATE, fd, 0);
	const int r = out_check(fd, map, SIZE, extents, &err);

	(void)munmap(map, SIZE);
	return r;
}

static void
poke(off_t where, uint8_t value)
{
	tt_auto(close) int fd = open(path, O_WRONLY | O_CLOEXEC);

	TAP_EQ_INT(
	    pwrite(fd, &value, 1, where), 1, "write a byte at %lld", (long long)where);
}

static void
test_extents(void)
{
	tt_auto(out) struct out o = { .fd = -1 };
	tt_auto(err) struct tt_err *err = NULL;
	tt_auto(json) json_t *extents = NULL;
	struct stat st;

	TAP_EQ_INT(
	    out_create(&o, path, SIZE, &err), 0, "create: %s", tt_err_message(err));
	TAP_EQ_INT(out_put(&o, 0, "abc", 3, &err), 0, "put");
	TAP_EQ_INT(out_put(&o, 3, "def", 3, &err), 0, "put behind it");
	TAP_EQ_INT(out_put(&o, 10 * TT_MIB, "xyz", 3, &err), 0, "put far away");
	out_finish(&o);
	extents = out_extents_json(&o);
	TAP_EQ_INT(json_array_size(extents), 2, "neighbours are one extent");
	TAP_EQ_STR(o.extents[0].sha256,
	    "bef57ec7f53a6d40beb640a780a639c83bc29ac8a9816f1fc6c5c6dcd93c4721",
	    "of 'abcdef'");
	TAP_OK(fstat(o.fd, &st) == 0 && st.st_size == (off_t)SIZE &&
		   st.st_blocks * 512 < 1 << 20,
	    "the file is sparse");
	TAP_EQ_INT(check(extents), 0, "it checks");
	poke(1, 'B');
	TAP_EQ_INT(check(extents), -EIO, "a flipped byte is found");
	poke(1, 'b');
	poke(30 * TT_MIB, 1);
	TAP_EQ_INT(check(extents), -EIO, "a byte in a hole is found");
	poke(30 * TT_MIB, 0);
	TAP_EQ_INT(check(extents), 0, "a zero in a hole is none");
	json_array_set_new(json_array_get(extents, 1), 0, json_integer(1LL << 40));
	TAP_EQ_INT(check(extents), -EINVAL, "a list that does not fit is refused");
}

static void
test_changed_input(void)
{
	char from[] = "/tmp/out-from-XXXXXX";
	tt_auto(close) int fd = mkstemp(from);
	tt_auto(out) struct out o = { .fd = -1 };
	tt_auto(err) struct tt_err *err = NULL;
	char hex[TT_SHA256_HEX_LEN];

	TAP_EQ_INT(write(fd, "12345", 5), 5, "a file");
	tt_sha256_hex("12345", 5, hex);
	TAP_EQ_INT(out_create(&o, path, SIZE, NULL), 0, "create");
	TAP_EQ_INT(out_put_file(&o, 0, from, 5, hex, NULL), 0, "copied");
	TAP_EQ_INT(out_put_file(&o, 8, from, 6, hex, &err), -EIO, "shorter than it was");
	TAP_EQ_STR(tt_err_code(err), "InputChanged", "says that it changed");
	TAP_EQ_INT(pwrite(fd, "x", 1, 0), 1, "changed");
	TAP_EQ_INT(out_put_file(&o, 16, from, 5, hex, NULL), -EIO, "and found");
	unlink(from);
}

static void
test_tree(void)
{
	tt_auto(keytree) struct keytree t = { 0 };
	tt_auto(keytree) struct keytree twice = { 0 };
	tt_auto(err) struct tt_err *err = NULL;

	keytree_add_data(&t, "version", "v\n", 2);
	keytree_add_data(&t, "private/answers.json", "{}", 2);
	keytree_add_data(&t, "boot/grub/grubenv", "#", 1);
	keytree_add_data(&t, ".joyliveusb", "", 0);
	TAP_EQ_INT(keytree_seal(&t, &err), 0, "sealed");
	TAP_EQ_STR(keytree_find(&t, KEY_MANIFEST)->data,
	    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  0  "
	    ".joyliveusb\n"
	    "73324e1ab1db72ee9eb4fdf1c90a586d67e00ab58330d1cbfea26ecd0a77fa4d  2  "
	    "version\n",
	    "the manifest lists what does not change, sorted");
	keytree_add_data(&twice, "a", "1", 1);
	keytree_add_data(&twice, "a", "2", 1);
	TAP_EQ_INT(keytree_seal(&twice, &err), -EEXIST, "the same path twice is refused");
	TAP_OK(keytree_changes("config") && keytree_changes("private/x") &&
		   keytree_changes(KEY_MANIFEST) &&
		   !keytree_changes("config.inc/generic"),
	    "which files change");
}

int
main(void)
{
	close(mkstemp(path));
	test_extents();
	test_changed_input();
	test_tree();
	unlink(path);
	return tap_done();
}
