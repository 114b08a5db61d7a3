// SPDX-License-Identifier: MPL-2.0
/* The config's way onto the medium, with every failure that leaves the old one. */
#include "tests/lib/tap.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "installer/setup/write.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"

static char dir[] = "/tmp/test_write.XXXXXX";
static char *media, *ram;

static const char *
content(const char *folder, const char *name)
{
	static struct tt_buf text;
	tt_auto(free) char *path = tt_path_join(folder, name);

	tt_buf_release(&text);
	tt_buf_init(&text, 64 * TT_KIB);
	return tt_file_read(path, &text, NULL) == 0 ? tt_buf_str(&text) : NULL;
}

static void
put(const char *name, const char *text)
{
	tt_auto(free) char *path = tt_path_join(media, name);

	(void)tt_file_write(path, text, strlen(text), 0644, NULL);
}

static int
write_text(const char *text, const char **ret_dir)
{
	const struct write_where where = { .media = media, .fallback = ram };

	return write_config(&where, text, strlen(text), ret_dir, NULL);
}

static void
test_good(void)
{
	tt_auto(free) char *path = tt_path_join(media, "config");
	const char *where = NULL;
	struct stat st;

	TAP_EQ_INT(write_text("a=1\n", &where), 0, "a first config");
	TAP_EQ_STR(where, media, "goes to the medium");
	TAP_EQ_STR(content(media, "config"), "a=1\n", "as it is");
	TAP_OK(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600, "for root alone");
	put(".config.new", "torn");
	TAP_EQ_INT(write_text("a=2\n", &where), 0, "a second one over a torn rest");
	TAP_EQ_STR(content(media, "config"), "a=2\n", "takes its place");
	TAP_OK(content(media, ".config.new") == NULL, "no torn file stays");
	TAP_OK(content(media, "config.prev") == NULL, "nor the old secrets");
}

/* Files over 2 bytes cannot be written: what a full medium does. */
static void
test_full(void)
{
	struct rlimit before, small;
	const char *where;

	getrlimit(RLIMIT_FSIZE, &before);
	small = before;
	small.rlim_cur = 2;
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &small);
	TAP_EQ_INT(write_text("a=3\n", &where), -EFBIG, "no room is an error");
	setrlimit(RLIMIT_FSIZE, &before);
	TAP_EQ_STR(content(media, "config"), "a=2\n", "the old config is kept");
	TAP_OK(content(media, ".config.new") == NULL, "nothing torn is left");
}

/* A folder where the copy of the old one has to go: the write fails half way. */
static void
test_half_way(void)
{
	tt_auto(free) char *prev = tt_path_join(media, "config.prev");
	const char *where;

	(void)tt_mkdir_p(prev, 0700, NULL);
	TAP_OK(write_text("a=4\n", &where) < 0, "no place for the old copy is an error");
	TAP_EQ_STR(content(media, "config"), "a=2\n", "the old config is kept, too");
	TAP_OK(content(media, ".config.new") == NULL, "and the new file taken away");
	(void)rmdir(prev);
}

static void
test_private(void)
{
	tt_auto(free) char *folder = tt_path_join(media, "private");
	struct stat st;

	TAP_EQ_INT(write_private(media, "private/x", "1", 1, NULL), 0, "a private file");
	TAP_EQ_STR(content(media, "private/x"), "1", "is written");
	TAP_OK(stat(folder, &st) == 0 && (st.st_mode & 0777) == 0700,
	    "in a folder for root alone");
}

int
main(void)
{
	if (mkdtemp(dir) == NULL)
		return 1;
	media = tt_path_join(dir, "media");
	ram = tt_path_join(dir, "ram");
	(void)tt_mkdir_p(media, 0700, NULL);
	test_good();
	test_full();
	test_half_way();
	test_private();
	(void)content(dir, "none");
	free(media);
	free(ram);
	(void)tt_remove_tree(dir, NULL);
	return tap_done();
}
