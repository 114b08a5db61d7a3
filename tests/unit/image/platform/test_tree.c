// SPDX-License-Identifier: MPL-2.0
/*
 * Merging trees: what wins over what, and that a stream written is the tree read back.
 */
#include "image/platform/tree.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "image/platform/accounts.h"
#include "image/platform/perms.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/proc.h"
#include "platform/lib/base/str.h"
#include "tests/lib/tap.h"

#define LONG                                                                             \
	"usr/share/a-folder-with-a-name-of-some-length/"                                 \
	"another-folder-with-a-longer-name/"                                             \
	"and-a-file-that-takes-the-path-past-a-hundred-characters"

static char dir[] = "/tmp/tt-tree-XXXXXX";

static void
test_order(void)
{
	tt_auto(tree) struct tree *t = tree_new();
	const struct tree_node *n;

	tree_add_link(t, "lib", "usr/lib");
	tree_add_data(t, "./lib/x", 0644, "one", 3);
	tree_add_data(t, "/usr//lib/x", 0755, "three", 5);
	tree_add_dir(t, "etc", 0700);
	tree_add_dir(t, "etc", 0755);
	tree_add_dir(t, "lib", 0755);
	tree_add_data(t, "sbin/y", 0644, NULL, 0);
	n = tree_find(t, "lib/x");
	TAP_OK(n != NULL && n->size == 5 && (n->mode & 07777) == 0755,
	    "the later file wins, under its path below usr");
	TAP_EQ_STR(n->path, "usr/lib/x", "which is where it is");
	TAP_OK(S_ISLNK(tree_find(t, "lib")->mode), "a folder does not replace a link");
	TAP_EQ_INT(tree_find(t, "etc")->mode & 07777, 0700, "nor an older folder");
	tree_add_parents(t);
	TAP_OK(tree_find(t, "usr") != NULL && S_ISDIR(tree_find(t, "usr/sbin")->mode),
	    "missing folders are made");
	TAP_EQ_STR(tree_at(t, 0)->path, "etc", "sorted");
	TAP_OK(tree_find(t, "nothing") == NULL, "what is not there is not found");
}

static bool
named(const struct tree_node *n, void *ctx)
{
	return tt_streq(n->path, ctx);
}

static void
test_remove(void)
{
	tt_auto(tree) struct tree *t = tree_new();

	tree_add_dir(t, "a", 0755);
	tree_add_data(t, "a/b", 0644, NULL, 0);
	tree_add_data(t, "a-b", 0644, NULL, 0); /* sorts between "a" and "a/b" */
	tree_add_data(t, "a/c/d", 0644, NULL, 0);
	tree_add_data(t, "b", 0644, NULL, 0);
	TAP_EQ_INT(tree_remove_if(t, named, (void *)(uintptr_t) "a"), 3,
	    "a folder goes with what is below it");
	TAP_OK(
	    tree_find(t, "a-b") != NULL && tree_find(t, "b") != NULL, "and nothing else");
}

static struct tree *
sample(void)
{
	struct tree *t = tree_new();

	tree_add_dir(t, "usr", 0755);
	tree_add_data(t, "usr/ping", 0755, "ELF", 3);
	tree_find(t, "usr/ping")->caps = 1U << 13;
	tree_find(t, "usr/ping")->gid = 42;
	tree_add_data(t, LONG, 0600, "long", 4);
	tree_add_link(t, "usr/long", "/" LONG);
	tree_add_link(t, "usr/ut\xc5\xb1", "/usr/share/tan\xc3\xbas");
	tree_add_data(t, "usr/empty", 04755, NULL, 0);
	return t;
}

static char *
write_tar(struct tree *t, const char *name)
{
	char *path = tt_path_join(dir, name);
	tt_auto(close) int fd =
	    open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	tt_auto(err) struct tt_err *err = NULL;

	TAP_EQ_INT(tree_write_tar(t, fd, 1700000000, &err), 0, "stream written: %s",
	    tt_err_message(err));
	return path;
}

static void
test_stream(void)
{
	tt_auto(tree) struct tree *t = sample();
	tt_auto(tree) struct tree *back = tree_new();
	tt_auto(free) char *tar = write_tar(t, "sample.tar");
	tt_auto(err) struct tt_err *err = NULL;
	const struct tree_node *a, *b;
	size_t i;

	TAP_EQ_INT(tree_add_tar(back, tar, "", NULL, NULL, &err), 0, "read back: %s",
	    tt_err_message(err));
	for (i = 0; (a = tree_at(t, i)) != NULL && (b = tree_at(back, i)) != NULL; i++)
		TAP_OK(tt_streq(a->path, b->path) && a->mode == b->mode &&
			   a->gid == b->gid && a->size == b->size &&
			   tt_streq(a->link, b->link) &&
			   (a->size == 0 || memcmp(a->data, b->data, a->size) == 0),
		    "the same node: %.40s", a->path);
	TAP_OK(tree_at(t, i) == NULL && tree_at(back, i) == NULL, "and no other");
}

/* What the packer makes of it: link targets whole, capabilities kept. */
static void
test_squashfs(void)
{
	tt_auto(tree) struct tree *t = sample();
	tt_auto(free) char *tar = write_tar(t, "sq.tar");
	tt_auto(free) char *img = tt_path_join(dir, "img");
	tt_auto(buf) struct tt_buf out = TT_BUF_INIT(TT_MIB);
	const char *const pack[] = { "mksquashfs", "-", img, "-tar", "-quiet",
		"-no-progress", NULL };
	const char *const list[] = { "unsquashfs", "-lln", img, NULL };
	tt_auto(close) int fd = open(tar, O_RDONLY | O_CLOEXEC);
	tt_auto(err) struct tt_err *err = NULL;

	TAP_EQ_INT(
	    tt_proc_run(pack, &(struct tt_proc_opts){ .stdin_fd = fd }, NULL, &err), 0,
	    "packed: %s", tt_err_message(err));
	TAP_EQ_INT(tt_proc_run(list, &(struct tt_proc_opts){ .out = &out }, NULL, &err),
	    0, "listed: %s", tt_err_message(err));
	TAP_OK(strstr(tt_buf_str(&out), "/long -> /" LONG "\n") != NULL, "long target");
	TAP_OK(strstr(tt_buf_str(&out), "-> /usr/share/tan\xc3\xbas\n") != NULL,
	    "target that is not ASCII keeps its slash");
	TAP_OK(strstr(tt_buf_str(&out), "-rwsr-xr-x 0/0 ") != NULL, "mode bits");
	TAP_OK(strstr(tt_buf_str(&out), "-rwxr-xr-x 0/42 ") != NULL, "group");
}

static void
test_caps(void)
{
	tt_auto(tree) struct tree *t = sample();
	tt_auto(free) char *tar = write_tar(t, "caps.tar");
	struct archive *a = archive_read_new();
	struct archive_entry *e;
	const uint8_t want[20] = { 1, 0, 0, 2, 0, 0x20 };
	const char *name = NULL;
	const void *value = NULL;
	size_t size = 0;

	archive_read_support_format_tar(a);
	TAP_EQ_INT(archive_read_open_filename(a, tar, 10240), ARCHIVE_OK, "opened");
	while (archive_read_next_header(a, &e) == ARCHIVE_OK)
		if (tt_streq(archive_entry_pathname(e), "usr/ping")) {
			archive_entry_xattr_reset(e);
			archive_entry_xattr_next(e, &name, &value, &size);
			TAP_EQ_STR(name, "security.capability", "an xattr is there");
			TAP_OK(
			    size == 20 && memcmp(value, want, 20) == 0, "cap_net_raw=ep");
		}
	archive_read_free(a);
	TAP_OK(name != NULL, "seen");
}

static void
test_folder(void)
{
	tt_auto(tree) struct tree *t = tree_new();
	tt_auto(free) char *top = tt_path_join(dir, "overlay");
	tt_auto(free) char *etc = tt_path_join(top, "etc");
	tt_auto(free) char *file = tt_path_join(etc, "conf");
	tt_auto(free) char *prog = tt_path_join(etc, "run");
	tt_auto(free) char *link = tt_path_join(etc, "mask");
	tt_auto(free) char *tar = NULL;
	tt_auto(err) struct tt_err *err = NULL;

	TAP_EQ_INT(tt_mkdir_p(etc, 0700, NULL), 0, "folder");
	TAP_EQ_INT(tt_file_write(file, "x", 1, 0600, NULL), 0, "file");
	TAP_EQ_INT(tt_file_write(prog, "#!", 2, 0700, NULL), 0, "program");
	TAP_EQ_INT(symlink("/dev/null", link), 0, "link");
	TAP_EQ_INT(tree_add_folder(t, top, &err), 0, "taken: %s", tt_err_message(err));
	TAP_EQ_INT(tree_find(t, "etc")->mode, S_IFDIR | 0755, "folders are 0755");
	TAP_EQ_INT(tree_find(t, "etc/conf")->mode, S_IFREG | 0644, "files 0644");
	TAP_EQ_INT(tree_find(t, "etc/run")->mode, S_IFREG | 0755, "programs 0755");
	TAP_EQ_STR(tree_find(t, "etc/mask")->link, "/dev/null", "links stay");
	tar = write_tar(t, "folder.tar");
	TAP_EQ_INT(tt_file_write(file, "xyz", 3, 0600, NULL), 0, "a file changes");
	TAP_EQ_INT(tree_write_tar(t, STDERR_FILENO, 0, &err), -ESTALE,
	    "and is not written half: %s", tt_err_message(err));
}

static void
test_accounts(void)
{
	tt_auto(tree) struct tree *t = tree_new();
	tt_auto(free) char *users = tt_path_join(dir, "users.list");
	tt_auto(free) char *perms = tt_path_join(dir, "perms.list");
	tt_auto(err) struct tt_err *err = NULL;
	static const char pw[] = "root:x:0:0:root:/root:/bin/bash\n";
	static const char gr[] = "root:x:0:\nstaff:x:50:\n";
	static const char sh[] = "root:*:19000:0:99999:7:::\n";
	static const char us[] = "front 400 400 / /usr/sbin/nologin\n";
	static const char pe[] =
	    "d /data 0750 front staff\nf /usr/p 4711 root front cap_net_raw\n";

	tree_add_data(t, "etc/passwd", 0644, pw, sizeof(pw) - 1);
	tree_add_data(t, "etc/group", 0644, gr, sizeof(gr) - 1);
	tree_add_data(t, "etc/shadow", 0640, sh, sizeof(sh) - 1);
	tree_add_data(t, "etc/gshadow", 0640, "root:*::\n", 9);
	tree_add_data(t, "usr/p", 0755, NULL, 0);
	TAP_EQ_INT(tt_file_write(users, us, sizeof(us) - 1, 0644, NULL), 0, "users");
	TAP_EQ_INT(tt_file_write(perms, pe, sizeof(pe) - 1, 0644, NULL), 0, "perms");
	TAP_EQ_INT(
	    accounts_apply(t, users, "$y$hash", &err), 0, "%s", tt_err_message(err));
	TAP_OK(strncmp(tree_find(t, "etc/shadow")->data, "root:$y$hash:1:", 15) == 0,
	    "root's password");
	TAP_OK(strstr(tree_find(t, "etc/passwd")->data, "\nfront:x:400:400::/:") != NULL,
	    "our user");
	TAP_OK(strstr(tree_find(t, "etc/group")->data, "\nfront:x:400:\n") != NULL,
	    "and group");
	TAP_EQ_INT(tree_find(t, "etc/shadow")->mode & 07777, 0640, "the mode stays");
	TAP_EQ_INT(perms_apply(t, perms, &err), 0, "%s", tt_err_message(err));
	TAP_OK(tree_find(t, "data")->uid == 400 && tree_find(t, "data")->gid == 50,
	    "a folder with owner and group");
	TAP_OK(tree_find(t, "usr/p")->mode == (S_IFREG | 04711) &&
		   tree_find(t, "usr/p")->caps == 1U << 13,
	    "a file with mode and capability");
	TAP_EQ_INT(accounts_apply(t, users, NULL, &err), -EINVAL,
	    "a user twice is refused: %s", tt_err_message(err));
}

int
main(void)
{
	TAP_OK(mkdtemp(dir) != NULL, "a folder");
	test_order();
	test_remove();
	test_stream();
	test_squashfs();
	test_caps();
	test_folder();
	test_accounts();
	TAP_EQ_INT(tt_remove_tree(dir, NULL), 0, "cleaned up");
	return tap_done();
}
