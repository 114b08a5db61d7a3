// SPDX-License-Identifier: MPL-2.0
/* Which config is whole after a power cut: all combinations of the three files. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "platform/lib/conf/loader.h"
#include "tests/lib/tap.h"

enum content { NONE, WHOLE, TORN, WRONG_N, GROWN, CONTENTS };

static const char *const names[] = { ".config.new", "config", "config.prev" };

/* The file's text; the first value says which file it was. */
static char *
text_of(unsigned file, enum content kind)
{
	switch (kind) {
	case WHOLE:
		return tt_xprintf("a=%u\nb=2\n\n# end of config, 2 keys\n", file);
	case TORN:
		return tt_xprintf("a=%u\nb=2\n\n# end of conf", file);
	case WRONG_N:
		return tt_xprintf("a=%u\n\n# end of config, 2 keys\n", file);
	case GROWN:
		return tt_xprintf("a=%u\n\n# end of config, 1 keys\nadded=1\n", file);
	default:
		return NULL;
	}
}

static char *
path_of(const char *dir, unsigned file)
{
	return tt_path_join(dir, names[file]);
}

static void
put(const char *dir, unsigned file, enum content kind)
{
	tt_auto(free) char *path = path_of(dir, file);
	tt_auto(free) char *text = text_of(file, kind);

	(void)unlink(path);
	if (text && tt_file_write(path, text, strlen(text), 0600, NULL) < 0)
		abort();
}

/* A hand edit may leave another N or grow behind the line; our own temporary may not. */
static bool
acceptable(unsigned file, enum content kind)
{
	return kind == WHOLE || (file > 0 && (kind == WRONG_N || kind == GROWN));
}

static int
expected(const enum content kinds[3], enum tt_conf_recovered *how, int *from)
{
	static const enum tt_conf_recovered results[] = { TT_CONF_FROM_NEW, TT_CONF_KEPT,
		TT_CONF_FROM_PREV };

	for (unsigned i = 0; i < 3; i++)
		if (acceptable(i, kinds[i])) {
			*how = results[i];
			*from = (int)i;
			return 0;
		}
	*how = TT_CONF_NONE;
	*from = -1;
	return kinds[1] == NONE && kinds[2] == NONE ? 0 : -EBADMSG;
}

static bool
one_case(const char *dir, const enum content kinds[3])
{
	enum tt_conf_recovered want, got = TT_CONF_NONE;
	tt_auto(free) char *config = path_of(dir, 1), *temp = path_of(dir, 0);
	tt_auto(free) char *line = NULL, *wanted_line = NULL;
	struct tt_config_opts opts = { .file = config };
	tt_auto(config) struct tt_config *c = NULL;
	int from, r, wanted;

	for (unsigned i = 0; i < 3; i++)
		put(dir, i, kinds[i]);
	wanted = expected(kinds, &want, &from);
	r = tt_conf_recover(dir, &got, NULL);
	if (r != wanted || (r == 0 && got != want))
		return false;
	if (from < 0)
		return true;
	wanted_line = tt_xprintf("a=%d", from);
	line = tt_file_line(config);
	if (!tt_streq(line, wanted_line) || tt_config_load(&opts, &c, NULL) < 0)
		return false;
	/* Again: nothing left to do. */
	return !tt_path_exists(temp) && tt_conf_recover(dir, &got, NULL) == 0 &&
	       got == TT_CONF_KEPT;
}

int
main(void)
{
	char dir[] = "/tmp/tt-recover-XXXXXX";
	tt_auto(err) struct tt_err *err = NULL;
	enum tt_conf_recovered how;

	if (!mkdtemp(dir))
		return 1;
	for (int a = 0; a < CONTENTS; a++)
		for (int b = 0; b < CONTENTS; b++)
			for (int c = 0; c < CONTENTS; c++) {
				enum content kinds[] = { (enum content)a, (enum content)b,
					(enum content)c };

				TAP_OK(one_case(dir, kinds), "new %d, config %d, prev %d",
				    a, b, c);
			}
	put(dir, 0, NONE);
	put(dir, 1, TORN);
	put(dir, 2, NONE);
	TAP_EQ_INT(tt_conf_recover(dir, &how, &err), -EBADMSG, "a torn config alone");
	TAP_OK(strstr(tt_err_message(err), "validate-config"), "says what to do: %s",
	    tt_err_message(err));
	TAP_EQ_INT(tt_remove_tree(dir, NULL), 0, "clean up");
	return tap_done();
}
