// SPDX-License-Identifier: MPL-2.0
/*
 * Archives from outside: what is made, what is left out, what is refused. Archives are made
 * with libarchive's writer, owned by whoever runs this.
 */
#include "platform/machine/instance/untar.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "tests/lib/tap.h"

struct item {
	const char *path;
	mode_t mode;      /* with type; 0 = hard link */
	const char *text; /* contents, link target */
	unsigned uid;     /* 0 = ours */
};

static char root[] = "/tmp/untar-test-XXXXXX";
static unsigned number;

static void
add(struct archive *a, const struct item *it)
{
	struct archive_entry *e = archive_entry_new();
	const char *text = it->text == NULL ? "" : it->text;

	archive_entry_set_pathname(e, it->path);
	archive_entry_set_mode(e, it->mode == 0 ? S_IFREG | 0644 : it->mode);
	archive_entry_set_uid(e, it->uid != 0 ? it->uid : getuid());
	archive_entry_set_gid(e, it->uid != 0 ? it->uid : getgid());
	archive_entry_set_mtime(e, 1000000000, 0);
	if (it->mode == 0)
		archive_entry_set_hardlink(e, text);
	else if (S_ISLNK(it->mode))
		archive_entry_set_symlink(e, text);
	else if (S_ISREG(it->mode))
		archive_entry_set_size(e, (la_int64_t)strlen(text));
	else if (S_ISCHR(it->mode))
		archive_entry_set_rdev(e, makedev(1, 3));
	archive_write_header(a, e);
	if (S_ISREG(it->mode))
		archive_write_data(a, text, strlen(text));
	archive_entry_free(e);
}

/* The archive's file; cut > 0 takes so many bytes off its end. Caller frees. */
static char *
archive_of(const struct item *items, size_t n, int filter, off_t cut)
{
	char *file = tt_xprintf("%s/%u.tar", root, ++number);
	struct archive *a = archive_write_new();
	struct stat st;

	archive_write_set_format_pax(a);
	archive_write_add_filter(a, filter);
	archive_write_open_filename(a, file);
	for (size_t i = 0; i < n; i++)
		add(a, &items[i]);
	archive_write_close(a);
	archive_write_free(a);
	if (cut > 0 && stat(file, &st) == 0)
		(void)!truncate(file, st.st_size - cut);
	return file;
}

/* Unpacked into a new folder, whose name the caller frees. */
static char *
unpack(const char *file, struct mach_untar *u, int *ret_r, struct tt_err **err)
{
	char *dir = tt_xprintf("%s/%u", root, ++number);
	tt_auto(close) int fd = open(file, O_RDONLY | O_CLOEXEC);
	tt_auto(close) int to = -1;

	(void)tt_mkdir_p(dir, 0755, NULL);
	to = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	u->dir = to;
	*ret_r = mach_untar(u, fd, err);
	return dir;
}

static bool
is(const char *dir, const char *name, mode_t mode, const char *text)
{
	tt_auto(free) char *path = tt_path_join(dir, name);
	tt_auto(buf) struct tt_buf b = TT_BUF_INIT(4096);
	char target[256] = "";
	struct stat st;

	if (lstat(path, &st) < 0 || (!S_ISLNK(mode) && st.st_mode != mode))
		return false;
	if (S_ISREG(mode))
		return tt_file_read(path, &b, NULL) == 0 &&
		       tt_streq(tt_buf_str(&b), text);
	if (S_ISLNK(mode))
		return readlink(path, target, sizeof(target) - 1) > 0 &&
		       tt_streq(target, text);
	return true;
}

static void
test_good(int filter, const char *name)
{
	static const struct item items[] = {
		{ "./", S_IFDIR | 0711, NULL, 0 },
		{ "./etc/", S_IFDIR | 0750, NULL, 0 },
		{ "etc/passwd", S_IFREG | 0640, "root\n", 0 },
		{ "deep/er/file", S_IFREG | 04755, "x",
		    0 }, /* its folders are not in it */
		{ "link", S_IFLNK | 0777, "etc/passwd", 0 },
		{ "hard", 0, "etc/passwd", 0 },
		{ "out", S_IFLNK | 0777, "/etc", 0 },
		{ "out/inside", S_IFREG | 0600, "in the tree", 0 }, /* /etc of the tree */
		{ "pipe", S_IFIFO | 0600, NULL, 0 },
		{ "dev/null", S_IFCHR | 0666, NULL, 0 },
		{ "twice", S_IFREG | 0644, "first", 0 },
		{ "twice", S_IFREG | 0600, "second", 0 },
		{ ".wh.kept", S_IFREG | 0600, "no layer", 0 },
	};
	tt_auto(free) char *file = archive_of(items, TT_ARRAY_LEN(items), filter, 0);
	tt_auto(err) struct tt_err *err = NULL;
	struct mach_untar u = { 0 };
	struct stat st, other;
	int r;
	tt_auto(free) char *dir = unpack(file, &u, &r, &err);
	tt_auto(free) char *hard = tt_path_join(dir, "hard");
	tt_auto(free) char *etc = tt_path_join(dir, "etc");

	TAP_EQ_INT(r, 0, "%s: unpacked (%s)", name, tt_err_message(err));
	TAP_OK(is(dir, "etc/passwd", S_IFREG | 0640, "root\n"), "a file");
	TAP_OK(is(dir, "deep/er/file", S_IFREG | 04755, "x"), "set-id, its folders made");
	TAP_OK(is(dir, "link", S_IFLNK, "etc/passwd"), "a link");
	TAP_OK(stat(hard, &st) == 0 && st.st_nlink == 2, "a hard link");
	TAP_OK(is(dir, "etc/inside", S_IFREG | 0600, "in the tree"),
	    "a link to /etc leads to that of the tree");
	TAP_OK(!tt_path_exists("/etc/inside"), "not to ours");
	TAP_OK(is(dir, "pipe", S_IFIFO | 0600, NULL), "a pipe");
	TAP_OK(is(dir, "twice", S_IFREG | 0600, "second"), "the later of two");
	TAP_OK(is(dir, ".wh.kept", S_IFREG | 0600, "no layer"), "no layer, no whiteouts");
	TAP_EQ_INT(u.dropped, 1, "the device node is left out");
	TAP_OK(stat(etc, &other) == 0 && other.st_mode == (S_IFDIR | 0750) &&
		   other.st_mtime == 1000000000,
	    "mode and time of a folder, though files came later");
}

static void
test_bad(const struct item *items, size_t n, off_t cut, const char *what)
{
	tt_auto(free) char *file = archive_of(items, n, ARCHIVE_FILTER_GZIP, cut);
	tt_auto(err) struct tt_err *err = NULL;
	struct mach_untar u = { 0 };
	int r;
	tt_auto(free) char *dir = unpack(file, &u, &r, &err);

	TAP_EQ_INT(r, -EBADMSG, "%s: refused", what);
	TAP_EQ_STR(tt_err_code(err), "BadArchive", "in words: %s", tt_err_message(err));
}

static void
test_refused(void)
{
	static const struct item up[] = { { "../x", S_IFREG | 0644, "", 0 } };
	static const struct item middle[] = { { "a/../../x", S_IFREG | 0644, "", 0 } };
	static const struct item hard[] = { { "h", 0, "../../etc/passwd", 0 } };
	static const struct item nowhere[] = { { "h", 0, "etc/shadow", 0 } };
	static const struct item other[] = { { "f", S_IFREG | 0644, "", 70000 } };
	static const struct item top[] = { { ".", S_IFREG | 0644, "", 0 } };
	static const struct item fine[] = { { "f", S_IFREG | 0644,
	    "a text that is long enough to be cut in the middle of something", 0 } };
	tt_auto(free) char *text = tt_path_join(root, "text");
	tt_auto(err) struct tt_err *err = NULL;
	struct mach_untar u = { 0 };
	int r;

	test_bad(up, 1, 0, "a name that leaves the tree");
	test_bad(middle, 1, 0, "one that does so in its middle");
	test_bad(hard, 1, 0, "a hard link that leaves it");
	test_bad(nowhere, 1, 0, "a hard link to nothing");
	test_bad(other, 1, 0, "an owner that no instance has");
	test_bad(top, 1, 0, "a file as the tree");
	test_bad(fine, 1, 40, "an archive that is cut short");
	(void)tt_file_write(text, "no archive\n", 11, 0600, NULL);
	free(unpack(text, &u, &r, &err));
	TAP_EQ_INT(r, -EBADMSG, "no archive: %s", tt_err_message(err));
	u = (struct mach_untar){ .max_bytes = 10 };
	tt_err_clear(&err);
	free(text);
	text = archive_of(fine, 1, ARCHIVE_FILTER_NONE, 0);
	free(unpack(text, &u, &r, &err));
	TAP_EQ_INT(r, -EFBIG, "more than the limit: %s", tt_err_message(err));
}

/* Devices and trusted attributes need the real root. */
static void
test_layer(void)
{
	static const struct item items[] = {
		{ "dir/", S_IFDIR | 0755, NULL, 0 },
		{ "dir/.wh..wh..opq", S_IFREG | 0600, NULL, 0 },
		{ "dir/.wh.gone", S_IFREG | 0600, NULL, 0 },
		{ ".wh..wh.plnk", S_IFREG | 0600, NULL, 0 },
	};
	tt_auto(free) char *file =
	    archive_of(items, TT_ARRAY_LEN(items), ARCHIVE_FILTER_NONE, 0);
	struct mach_untar u = { .layer = true };
	struct stat st;
	int r;
	tt_auto(free) char *dir = unpack(file, &u, &r, NULL);
	tt_auto(free) char *gone = tt_path_join(dir, "dir/gone");
	tt_auto(free) char *meta = tt_path_join(dir, ".wh..wh.plnk");

	if (geteuid() != 0) {
		TAP_EQ_INT(r, -EPERM, "whiteouts need root");
		return;
	}
	TAP_EQ_INT(r, 0, "a layer");
	TAP_OK(lstat(gone, &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == 0,
	    "a deletion is a character device 0:0");
	TAP_OK(!tt_path_exists(meta), "the source's own files are left out");
}

int
main(void)
{
	if (mkdtemp(root) == NULL)
		return 1;
	test_good(ARCHIVE_FILTER_NONE, "plain");
	test_good(ARCHIVE_FILTER_GZIP, "gzip");
	test_good(ARCHIVE_FILTER_BZIP2, "bzip2");
	test_good(ARCHIVE_FILTER_XZ, "xz");
	test_good(ARCHIVE_FILTER_ZSTD, "zstd");
	test_refused();
	test_layer();
	(void)tt_remove_tree(root, NULL);
	return tap_done();
}
