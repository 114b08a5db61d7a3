// SPDX-License-Identifier: MPL-2.0
/* Tar: what is written is read back; what is damaged or of another kind is refused in words. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "platform/lib/tar/below.h"
#include "platform/lib/tar/tar.h"
#include "tests/lib/tap.h"

struct bytes {
	const char *data;
	size_t left;
};

static ssize_t
pull(void *ctx, void *buf, size_t len)
{
	struct bytes *b = ctx;
	size_t n = len < b->left ? len : b->left;

	/* in pieces that fit no block */
	n = n > 333 ? 333 : n;
	memcpy(buf, b->data, n);
	b->data += n;
	b->left -= n;
	return (ssize_t)n;
}

static void
add(struct tt_buf *out, const struct tt_tar_member *m, const char *data)
{
	static const char zeros[TT_TAR_BLOCK];

	tt_tar_format(m, out);
	(void)tt_buf_add(out, data, (size_t)m->size);
	(void)tt_buf_add(out, zeros, tt_tar_padding(m->size));
}

static void
archive(struct tt_buf *out, const char *deep)
{
	static const char zeros[2 * TT_TAR_BLOCK];

	add(out,
	    &(struct tt_tar_member){ .path = "os/", .type = TT_TAR_DIR, .mode = 0755 },
	    "");
	add(out,
	    &(struct tt_tar_member){
		.path = "os/a", .type = TT_TAR_FILE, .mode = 0644, .size = 5 },
	    "hello");
	add(out, &(struct tt_tar_member){ .path = deep, .type = TT_TAR_FILE, .size = 3 },
	    "end");
	add(out,
	    &(struct tt_tar_member){
		.path = "link", .target = deep, .type = TT_TAR_LINK, .mode = 0777 },
	    "");
	(void)tt_buf_add(out, zeros, sizeof(zeros));
}

static void
test_round_trip(void)
{
	tt_auto(free) char *deep = tt_xprintf("os/%0150d/%0150d", 1, 2);
	tt_auto(buf) struct tt_buf text = TT_BUF_INIT(TT_MIB);
	struct tt_tar_entry e;
	struct bytes b;
	tt_auto(tar) struct tt_tar *t = NULL;
	char data[8] = "";

	archive(&text, deep);
	b = (struct bytes){ text.data, text.len };
	t = tt_tar_open_pull(pull, NULL, &b);
	TAP_OK(
	    tt_tar_next(t, &e) == 1 && e.type == TT_TAR_DIR && e.size == 0, "a folder");
	TAP_EQ_STR(e.path, "os", "without its slash");
	TAP_OK(tt_tar_next(t, &e) == 1 && e.type == TT_TAR_FILE && e.size == 5, "a file");
	TAP_EQ_INT(tt_tar_read(t, data, 5), 0, "its bytes");
	TAP_EQ_STR(data, "hello", "as they were");
	TAP_OK(tt_tar_read(t, data, 1) == -EBADMSG, "it has no more");
	TAP_OK(tt_tar_next(t, &e) == 1 && tt_streq(e.path, deep),
	    "a long name; bytes that nobody reads are passed over");
	TAP_OK(
	    tt_tar_next(t, &e) == 1 && e.type == TT_TAR_LINK && tt_streq(e.target, deep),
	    "a link with a long target");
	TAP_EQ_INT(tt_tar_next(t, &e), 0, "the end");
	TAP_EQ_INT(tt_tar_finish(t), 0, "and nothing behind it");
}

static int
read_through(const char *data, size_t len, char *why, size_t why_size)
{
	struct bytes b = { data, len };
	tt_auto(tar) struct tt_tar *t = tt_tar_open_pull(pull, NULL, &b);
	struct tt_tar_entry e;
	int r;

	while ((r = tt_tar_next(t, &e)) == 1)
		;
	(void)tt_strcpy(why, why_size, tt_tar_why(t));
	return r;
}

static void
test_damage(void)
{
	static const struct {
		const char *what;
		size_t at;
		char byte;
		const char *why;
	} bad[] = {
		{ "a letter of a name", 0, 'X', "sum is wrong" },
		{ "the kind: a device", 156, '3', "neither file, folder nor link" },
		{ "the kind: a hard link", 156, '1', "neither file, folder nor link" },
		{ "a size", 124, 'x', "octal" },
	};
	tt_auto(buf) struct tt_buf text = TT_BUF_INIT(TT_MIB);
	size_t cuts = 0, refused = 0;
	char why[200];

	archive(&text, "os/short");
	TAP_EQ_INT(read_through(text.data, text.len, why, sizeof(why)), 0, "a whole one");
	for (size_t at = 0; at < text.len - (size_t)TT_TAR_BLOCK; at += 100) {
		/* a cut behind the first zeros is one that nobody has to see */
		cuts += at < text.len - 2 * (size_t)TT_TAR_BLOCK;
		refused += read_through(text.data, at, why, sizeof(why)) == -EBADMSG &&
			   at < text.len - 2 * (size_t)TT_TAR_BLOCK;
	}
	TAP_EQ_INT(refused, cuts, "cut anywhere it is refused");
	for (size_t i = 0; i < TT_ARRAY_LEN(bad); i++) {
		tt_auto(buf) struct tt_buf b = TT_BUF_INIT(TT_MIB);
		unsigned sum = 0;

		(void)tt_buf_add(&b, text.data, text.len);
		b.data[bad[i].at] = bad[i].byte;
		if (i > 0) {
			memset(b.data + 148, ' ', 8);
			for (size_t k = 0; k < TT_TAR_BLOCK; k++)
				sum += (uint8_t)b.data[k];
			(void)snprintf(b.data + 148, 8, "%06o", sum);
		}
		TAP_EQ_INT(read_through(b.data, b.len, why, sizeof(why)), -EBADMSG,
		    "refused: %s", bad[i].what);
		TAP_OK(strstr(why, bad[i].why), "in words: %s", why);
	}
}

static void
test_paths(void)
{
	static const char *const bad[] = { "", "/etc/shadow", "a/../b", "..", ".", "a//b",
		"a/", "a\tb", "a/./b", "\xff" };
	tt_auto(free) char *part = tt_xprintf("%0256d", 1);
	tt_auto(free) char *path =
	    tt_xprintf("a/%0200d/%0200d/%0200d/%0200d/%0200d", 1, 2, 3, 4, 5);

	TAP_OK(!tt_path_bad("os/20260102T030405Z/a..b/.x"), "a name that stays");
	for (size_t i = 0; i < TT_ARRAY_LEN(bad); i++)
		TAP_OK(tt_path_bad(bad[i]), "'%s': %s", bad[i], tt_path_bad(bad[i]));
	TAP_OK(tt_path_bad(part) && tt_path_bad(path), "too long");
}

static void
test_below(void)
{
	char dir[] = "/tmp/triton-tar-XXXXXX";
	tt_auto(free) char *root = NULL, *link = NULL, *outside = NULL, *kept = NULL;
	tt_auto(close) int fd = -1, file = -1, through = -1, again = -1;
	struct stat st;

	if (!mkdtemp(dir))
		return;
	root = tt_xprintf("%s/root", dir);
	link = tt_xprintf("%s/root/link", dir);
	outside = tt_xprintf("%s/x", dir);
	kept = tt_xprintf("%s/root/link/x", dir);
	TAP_OK(
	    mkdir(root, 0700) == 0 && symlink(dir, link) == 0, "a link that leads out");
	fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	file = tt_below_create(fd, "a/b/c", 0640);
	TAP_OK(file >= 0 && fstat(file, &st) == 0 && (st.st_mode & 0777) == 0640,
	    "a file with its folders");
	again = tt_below_create(fd, "a/b/c", 0600);
	TAP_OK(again >= 0, "and instead of one that is there");
	through = tt_below_create(fd, "link/x", 0600);
	TAP_OK(through >= 0 && !tt_path_exists(outside) && tt_path_exists(kept),
	    "a link in the way gives way to a folder");
	TAP_EQ_INT(tt_below_open(fd, "../x", O_RDONLY, 0), -EXDEV, "nothing goes up");
	(void)tt_remove_tree(dir, NULL);
}

int
main(void)
{
	(void)umask(022);
	test_round_trip();
	test_damage();
	test_paths();
	test_below();
	return tap_done();
}
