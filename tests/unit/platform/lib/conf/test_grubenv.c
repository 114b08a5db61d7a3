// SPDX-License-Identifier: MPL-2.0
/*
 * The GRUB environment block: GRUB's own format, limits, damage.
 */
#include "platform/lib/conf/grubenv.h"

#include <errno.h>
#include <sys/stat.h>

#include "tests/lib/tap.h"

/* A block as grub-editenv writes it, with text behind the first line. */
static void
block_of(const char *rows, char out[TT_GRUBENV_SIZE])
{
	static const char first[] = "# GRUB Environment Block\n";

	memset(out, '#', TT_GRUBENV_SIZE);
	memcpy(out, first, sizeof(first) - 1);
	for (size_t i = 0; rows[i] != '\0'; i++)
		out[sizeof(first) - 1 + i] = rows[i];
}

static void
test_parse(void)
{
	tt_auto(grubenv) struct tt_grubenv env = TT_GRUBENV_INIT;
	tt_auto(err) struct tt_err *err = NULL;
	char block[TT_GRUBENV_SIZE];

	block_of("a=1\n# a comment of grub-editenv\nb=x\\\\y\\\nz\nc=\na=2\n", block);
	TAP_EQ_INT(
	    tt_grubenv_parse(block, sizeof(block), &env, &err), 0, "a block is read");
	TAP_EQ_INT(env.count, 3, "three names");
	TAP_EQ_STR(tt_grubenv_get(&env, "a"), "2", "the later value counts");
	TAP_EQ_STR(tt_grubenv_get(&env, "b"), "x\\y\nz", "escapes are undone");
	TAP_EQ_STR(tt_grubenv_get(&env, "c"), "", "a value may be empty");
	TAP_OK(tt_grubenv_get(&env, "d") == NULL, "what is not there is NULL");
}

static void
refused(const char *rows, const char *what)
{
	tt_auto(grubenv) struct tt_grubenv env = TT_GRUBENV_INIT;
	tt_auto(err) struct tt_err *err = NULL;
	char block[TT_GRUBENV_SIZE];

	block_of(rows, block);
	TAP_EQ_INT(tt_grubenv_parse(block, sizeof(block), &env, &err), -EINVAL,
	    "refused: %s", what);
	TAP_EQ_STR(tt_err_code(err), "InvalidGrubEnv", "with its code: %s", what);
	TAP_EQ_INT(env.count, 0, "and nothing is left: %s", what);
}

static void
test_damage(void)
{
	tt_auto(grubenv) struct tt_grubenv env = TT_GRUBENV_INIT;
	char block[TT_GRUBENV_SIZE];

	refused("a=1\nnonsense\n", "a line without '='");
	refused("1a=1\n", "a name that starts with a digit");
	refused("a b=1\n", "a blank in a name");
	refused("a=1", "a line that does not end");
	block_of("a=1\n", block);
	TAP_EQ_INT(tt_grubenv_parse(block, 1023, &env, NULL), -EINVAL,
	    "1,023 bytes are refused");
	block[2] = 'g';
	TAP_EQ_INT(tt_grubenv_parse(block, 1024, &env, NULL), -EINVAL,
	    "another first line is refused");
	memset(block, 0, sizeof(block));
	TAP_EQ_INT(
	    tt_grubenv_parse(block, 1024, &env, NULL), -EINVAL, "zeros are refused");
}

static void
test_set(void)
{
	tt_auto(grubenv) struct tt_grubenv env = TT_GRUBENV_INIT;
	tt_auto(grubenv) struct tt_grubenv back = TT_GRUBENV_INIT;
	char block[TT_GRUBENV_SIZE], again[TT_GRUBENV_SIZE];
	char big[1100];

	TAP_EQ_INT(tt_grubenv_set(&env, "os_console", "vga", NULL), 0, "set");
	TAP_EQ_INT(
	    tt_grubenv_set(&env, "odd", "a\\b=c d", NULL), 0, "set with a backslash");
	TAP_EQ_INT(tt_grubenv_set(&env, "bad name", "x", NULL), -EINVAL,
	    "a bad name is refused");
	TAP_EQ_INT(
	    tt_grubenv_set(&env, "x", "a\nb", NULL), -EINVAL, "a new line is refused");
	memset(big, 'v', sizeof(big));
	big[sizeof(big) - 1] = '\0';
	TAP_EQ_INT(tt_grubenv_set(&env, "big", big, NULL), -ENOSPC,
	    "what does not fit is refused");
	TAP_OK(tt_grubenv_get(&env, "big") == NULL, "and leaves nothing");
	tt_grubenv_format(&env, block);
	TAP_EQ_INT(tt_grubenv_parse(block, sizeof(block), &back, NULL), 0,
	    "what is written is read");
	TAP_EQ_STR(tt_grubenv_get(&back, "odd"), "a\\b=c d", "with every byte");
	tt_grubenv_format(&back, again);
	TAP_OK(memcmp(block, again, sizeof(block)) == 0, "and written again the same");
	TAP_OK(tt_grubenv_unset(&env, "os_console"), "unset");
	TAP_OK(!tt_grubenv_unset(&env, "os_console"), "only once");
	TAP_EQ_INT(env.count, 1, "one is left");
}

/* Exactly full: 1,024 bytes are used, one more is refused. */
static void
test_full(void)
{
	tt_auto(grubenv) struct tt_grubenv env = TT_GRUBENV_INIT;
	char block[TT_GRUBENV_SIZE];
	char value[TT_GRUBENV_SIZE] = "";
	const size_t room = TT_GRUBENV_SIZE - 25 - 3; /* first line, "a=" and newline */

	memset(value, 'v', room);
	TAP_EQ_INT(
	    tt_grubenv_set(&env, "a", value, NULL), 0, "the last byte can be used");
	tt_grubenv_format(&env, block);
	TAP_EQ_INT(block[TT_GRUBENV_SIZE - 1], '\n', "and is the end of the line");
	TAP_EQ_INT(tt_grubenv_parse(block, sizeof(block), &env, NULL), 0,
	    "a full block is read");
	value[room] = 'v';
	value[room + 1] = '\0';
	TAP_EQ_INT(
	    tt_grubenv_set(&env, "a", value, NULL), -ENOSPC, "one byte more is refused");
}

static void
test_file(void)
{
	tt_auto(grubenv) struct tt_grubenv env = TT_GRUBENV_INIT;
	tt_auto(err) struct tt_err *err = NULL;
	char path[] = "/tmp/grubenv-test-XXXXXX";
	struct stat st;
	const int fd = mkstemp(path);

	TAP_OK(
	    fd >= 0 && tt_grubenv_set(&env, "a", "b", NULL) == 0, "a file to write to");
	TAP_EQ_INT(tt_grubenv_save(path, &env, &err), 0, "saved");
	TAP_OK(fstat(fd, &st) == 0 && st.st_size == 1024, "in place, 1,024 bytes");
	TAP_EQ_INT(tt_grubenv_load(path, &env, &err), 0, "loaded");
	TAP_EQ_STR(tt_grubenv_get(&env, "a"), "b", "with its value");
	TAP_EQ_INT(
	    tt_grubenv_load("/nonexistent/grubenv", &env, &err), -ENOENT, "no file");
	TAP_OK(strstr(tt_err_message(err), "/nonexistent/grubenv") != NULL,
	    "names the file");
	close(fd);
	unlink(path);
}

int
main(void)
{
	test_parse();
	test_damage();
	test_set();
	test_full();
	test_file();
	return tap_done();
}
