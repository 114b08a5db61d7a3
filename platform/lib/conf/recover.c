// SPDX-License-Identifier: MPL-2.0
/*
 * After a power cut: which of .config.new, config, config.prev is whole, and putting it
 * back as config. FAT has no atomic rename, so the files are trusted by their last line,
 * never by their times.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/conf/config_int.h"

enum state { ABSENT, TORN, WHOLE };

/*
 * ours  the file was written by the program in one go: nothing may stand behind the last
 *       line, and its number must be right. An edited config may have grown.
 */
static enum state
state_of(const char *path, bool ours)
{
	tt_auto(findings) struct tt_findings found = { 0 };
	tt_auto(config) struct tt_config *c = NULL;
	tt_auto(secret) struct tt_secret text = { 0 };
	struct stat st;

	if (stat(path, &st) < 0)
		return ABSENT;
	if (!S_ISREG(st.st_mode) || st.st_size > TT_CONFIG_MAX_SIZE)
		return TORN;
	tt_secret_init(&text, TT_CONFIG_MAX_SIZE);
	if (tt_secret_read_file(&text, path, NULL) < 0)
		return TORN;
	tt_config_parse(text.data, text.len, false, &c, &found);
	if (found.n || c->end_mark < 0 || c->own == 0)
		return TORN;
	if (ours && (!c->end_last || (size_t)c->end_mark != c->own))
		return TORN;
	return WHOLE;
}

static int
put_new(const char *from, const char *to, struct tt_err **err)
{
	int r = tt_file_move(from, to);

	return r < 0 ? tt_err_errno(err, r, "renaming '%s' to '%s'", from, to) : 0;
}

/* config.prev stays until the next config is known to be on the medium. */
static int
put_prev(const char *prev, const char *temp, const char *to, struct tt_err **err)
{
	int r;

	r = tt_file_copy(prev, temp, 0600, true, err);
	if (r < 0) {
		(void)unlink(temp);
		return r;
	}
	return put_new(temp, to, err);
}

int
tt_conf_recover(const char *dir, enum tt_conf_recovered *ret, struct tt_err **err)
{
	tt_auto(free) char *temp = tt_path_join(dir, ".config.new");
	tt_auto(free) char *config = tt_path_join(dir, "config");
	tt_auto(free) char *prev = tt_path_join(dir, "config.prev");
	enum state is_temp = state_of(temp, true), is_config, is_prev;
	int r;

	if (is_temp == WHOLE) {
		/* while it is renamed there must be another one */
		r = 0;
		if (state_of(config, false) != WHOLE && state_of(prev, false) != WHOLE)
			r = tt_file_copy(temp, prev, 0600, true, err);
		if (r == 0)
			r = put_new(temp, config, err);
		*ret = r < 0 ? *ret : TT_CONF_FROM_NEW;
		return r;
	}
	if (is_temp == TORN && unlink(temp) < 0 && errno != EROFS)
		return tt_err_errno(err, -errno, "removing the torn '%s'", temp);
	is_config = state_of(config, false);
	if (is_config == WHOLE) {
		*ret = TT_CONF_KEPT;
		return 0;
	}
	is_prev = state_of(prev, false);
	if (is_prev == WHOLE) {
		r = put_prev(prev, temp, config, err);
		*ret = r < 0 ? *ret : TT_CONF_FROM_PREV;
		return r;
	}
	if (is_config == ABSENT && is_prev == ABSENT) {
		*ret = TT_CONF_NONE;
		return 0;
	}
	return tt_err_set(err, -EBADMSG, "ConfigTorn",
	    "'%s' does not end in its line `# end of config, N keys` or cannot be "
	    "parsed; "
	    "look at it with `triton-setup validate-config`, or remove it to run the "
	    "setup "
	    "again",
	    is_config == ABSENT ? prev : config);
}
