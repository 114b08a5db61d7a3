// SPDX-License-Identifier: MPL-2.0
/*
 * Hash trees: veritysetup agrees with ours at sizes around each level's border, and every
 * flipped byte is found.
 */
#include "image/platform/verity.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/proc.h"
#include "platform/lib/base/str.h"
#include "tests/lib/tap.h"

static char dir[] = "/tmp/tt-verity-XXXXXX";

static char *
make(const char *name, size_t size)
{
	tt_auto(free) char *data = tt_xalloc(size + 1);
	char *path = tt_path_join(dir, name);

	for (size_t i = 0; i < size; i++)
		data[i] = (char)(i * 31 + i / 4096);
	TAP_EQ_INT(tt_file_write(path, data, size, 0644, NULL), 0, "%zu bytes", size);
	return path;
}

static int
veritysetup(const char *path, const struct platform_verity *v)
{
	tt_auto(free) char *offset =
	    tt_xprintf("--hash-offset=%" PRIu64, v->blocks * VERITY_BLOCK);
	tt_auto(free) char *blocks = tt_xprintf("--data-blocks=%" PRIu64, v->blocks);
	tt_auto(free) char *salt = tt_xprintf("--salt=%s", v->salt);
	const char *const argv[] = { "veritysetup", "verify", "--no-superblock",
		"--format=1", "--hash=sha256", "--data-block-size=4096",
		"--hash-block-size=4096", offset, blocks, salt, path, path, v->root_hash,
		NULL };
	tt_auto(err) struct tt_err *err = NULL;
	int r = tt_proc_run(argv, NULL, NULL, &err);

	if (r < 0)
		tap_note("%s", tt_err_message(err));
	return r;
}

static void
test_size(size_t size, uint64_t blocks, uint64_t tree)
{
	tt_auto(free) char *path = make("img", size);
	tt_auto(err) struct tt_err *err = NULL;
	struct platform_verity v = { 0 };
	struct stat st;

	TAP_EQ_INT(
	    verity_append(path, &v, &err), 0, "tree made: %s", tt_err_message(err));
	TAP_EQ_INT(v.blocks, blocks, "%" PRIu64 " data blocks", blocks);
	TAP_OK(stat(path, &st) == 0 &&
		   (uint64_t)st.st_size == (blocks + tree) * VERITY_BLOCK,
	    "%" PRIu64 " blocks of tree", tree);
	TAP_EQ_INT(veritysetup(path, &v), 0, "veritysetup agrees");
	TAP_EQ_INT(
	    verity_check(path, &v, &err), 0, "and so do we: %s", tt_err_message(err));
}

static void
flip(const char *path, off_t at)
{
	tt_auto(close) int fd = open(path, O_RDWR | O_CLOEXEC);
	char c = 0;

	TAP_OK(pread(fd, &c, 1, at) == 1, "byte %lld", (long long)at);
	c ^= 1;
	TAP_OK(pwrite(fd, &c, 1, at) == 1, "flipped");
}

static void
test_flips(void)
{
	tt_auto(free) char *path = make("img", 200 * VERITY_BLOCK);
	tt_auto(free) char *text = NULL;
	struct platform_verity v = { 0 };
	/* data: first, last; tree: top block, bottom blocks, padding behind the last digest */
	const off_t at[] = { 0, 200 * VERITY_BLOCK - 1, 200 * VERITY_BLOCK + 5,
		201 * VERITY_BLOCK, 203 * VERITY_BLOCK - 1 };

	TAP_EQ_INT(verity_append(path, &v, NULL), 0, "tree made");
	for (size_t i = 0; i < TT_ARRAY_LEN(at); i++) {
		flip(path, at[i]);
		TAP_EQ_INT(verity_check(path, &v, NULL), -EBADMSG, "is found");
		flip(path, at[i]);
	}
	TAP_EQ_INT(verity_check(path, &v, NULL), 0, "whole again");
	v.blocks = 1000;
	TAP_EQ_INT(verity_check(path, &v, NULL), -EINVAL, "more blocks than there are");
	v.blocks = 200;
	text = verity_text(&v);
	TAP_OK(strstr(text, "\nblocks=200\nalgorithm=sha256\n") != NULL, "its text form");
}

int
main(void)
{
	struct platform_verity v;

	TAP_OK(mkdtemp(dir) != NULL, "a folder");
	test_size(1, 1, 0);
	test_size(VERITY_BLOCK, 1, 0);
	test_size(VERITY_BLOCK + 1, 2, 1);
	test_size(128 * VERITY_BLOCK, 128, 1);
	test_size(129 * VERITY_BLOCK, 129, 3);
	test_size(16385 * VERITY_BLOCK, 16385, 129 + 2 + 1);
	test_flips();
	tt_auto(free) char *empty = make("empty", 0);
	TAP_EQ_INT(verity_append(empty, &v, NULL), -EINVAL, "an empty file has no tree");
	TAP_EQ_INT(tt_remove_tree(dir, NULL), 0, "cleaned up");
	return tap_done();
}
