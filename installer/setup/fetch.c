// SPDX-License-Identifier: MPL-2.0
/*
 * The order of the sources, and those that are files.
 */
#include "installer/setup/fetch.h"

#include <errno.h>
#include <string.h>

#include "installer/setup/tsetup.h"
#include "installer/setup/write.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"

#define PROVIDER_MAX (1 * TT_MIB)

void
fetch_answers_release(struct fetch_answers *a)
{
	if (a->text.data != NULL)
		tt_secret_release(&a->text);
	free(a->name);
	free(a->on_medium);
	memset(a, 0, sizeof(*a));
}

char *
fetch_bootarg(const char *cmdline, const char *name)
{
	const size_t n = strlen(name);
	char *found = NULL;

	while (*cmdline != '\0') {
		size_t len = strcspn(cmdline, " \t\n");
		const char *value = NULL;

		if (len >= n && strncmp(cmdline, name, n) == 0) {
			if (len == n)
				value = "";
			else if (cmdline[n] == '=')
				value = cmdline + n + 1;
		}
		if (value != NULL) {
			free(found);
			found = tt_xstrndup(value, len == n ? 0 : len - n - 1);
		}
		cmdline += len;
		cmdline += strspn(cmdline, " \t\n");
	}
	return found;
}

char *
fetch_cmdline(const char *root)
{
	tt_auto(free) char *path = tt_xprintf("%s/proc/cmdline", root);
	tt_auto(buf) struct tt_buf text = TT_BUF_INIT(16 * TT_KIB);

	if (tt_file_read(path, &text, NULL) < 0)
		return tt_xstrdup("");
	return tt_buf_detach(&text);
}

/* One file as the answers. -ENOENT without a message when it is not there. */
static int
take_file(const char *path, struct fetch_answers *ret, struct tt_err **err)
{
	int r;

	if (!tt_path_exists(path))
		return -ENOENT;
	tt_secret_init(&ret->text, TS_ANSWERS_MAX);
	r = tt_secret_read_file(&ret->text, path, err);
	if (r == -EFBIG) {
		tt_err_clear(err);
		r = tt_err_set(err, r, "TooLarge",
		    "answers file '%s' is larger than %d bytes", path, TS_ANSWERS_MAX);
	}
	if (r < 0)
		return r;
	ret->name = tt_xstrdup(path);
	return 0;
}

static int
from_option(const struct fetch_opts *o, struct fetch_answers *ret, struct tt_err **err)
{
	int r;

	if (o->file == NULL)
		return -ENOENT;
	r = take_file(o->file, ret, err);
	if (r == -ENOENT)
		return tt_err_set(err, r, "NotFound",
		    "answers file '%s' does not exist; name an existing one with -f",
		    o->file);
	return r;
}

static int
from_bootarg(const struct fetch_opts *o, struct fetch_answers *ret, struct tt_err **err)
{
	tt_auto(free) char *where = fetch_bootarg(o->cmdline, "triton.answers");
	tt_auto(free) char *path = NULL;
	int r;

	if (where == NULL || *where == '\0')
		return -ENOENT;
	if (tt_streq(where, "none"))
		return -ECANCELED;
	if (strstr(where, "://") != NULL)
		return fetch_from_url(o, where, ret, err);
	path = tt_path_join(o->media, where + strspn(where, "/"));
	r = take_file(path, ret, err);
	if (r == -ENOENT)
		return tt_err_set(err, r, "NotFound",
		    "triton.answers=%s: '%s' does not exist on the medium", where, path);
	if (r == 0)
		ret->on_medium = tt_xstrdup(path);
	return r;
}

static int
from_media(const struct fetch_opts *o, struct fetch_answers *ret, struct tt_err **err)
{
	tt_auto(free) char *path = tt_path_join(o->media, "private/answers.json");
	int r = take_file(path, ret, err);

	if (r == 0)
		ret->on_medium = tt_xstrdup(path);
	return r;
}

static int
from_initrd(const struct fetch_opts *o, struct fetch_answers *ret, struct tt_err **err)
{
	tt_auto(free) char *path = tt_xprintf("%s/system/boot/answers.json", o->root);

	return take_file(path, ret, err);
}

/* A file of the medium, or beside the session in RAM when the medium cannot be written. */
static int
keep_private(
    const struct fetch_opts *o, const char *name, const char *text, struct tt_err **err)
{
	tt_auto(free) char *ram = tt_xprintf("%s/run/triton", o->root);
	int r;

	if (text == NULL)
		return 0;
	r = write_private(o->media, name, text, strlen(text), err);
	if (r != -EROFS)
		return r;
	tt_err_clear(err);
	return write_private(ram, name, text, strlen(text), err);
}

/* Keep what was converted, so that another boot asks the provider nothing. */
static int
keep_converted(
    const struct fetch_opts *o, const struct ts_tinkerbell *t, struct tt_err **err)
{
	tt_auto(free) char *stored = json_dumps(t->stored, JSON_INDENT(2));
	int r = keep_private(o, "private/answers.json", stored, err);

	if (r == 0)
		r = keep_private(o, "private/generated-passwords", t->passwords, err);
	if (r == 0)
		r = keep_private(o, "config.inc/root.authorized_keys", t->ssh_keys, err);
	return r;
}

static int
from_provider(const struct fetch_opts *o, struct fetch_answers *ret, struct tt_err **err)
{
	tt_auto(free) char *path = tt_xprintf("%s/system/boot/tinkerbell.json", o->root);
	tt_auto(buf) struct tt_buf text = TT_BUF_INIT(PROVIDER_MAX);
	struct ts_tinkerbell t = { 0 };
	char *answers;
	int r;

	if (!tt_path_exists(path))
		return -ENOENT;
	r = tt_file_read(path, &text, err);
	if (r == 0)
		r = ts_tinkerbell_convert(path, tt_buf_str(&text), text.len, &t, err);
	if (r < 0)
		return r;
	r = keep_converted(o, &t, err);
	answers = json_dumps(t.answers, JSON_INDENT(2));
	tt_secret_init(&ret->text, TS_ANSWERS_MAX);
	if (r == 0)
		r = tt_secret_adds(&ret->text, answers);
	explicit_bzero(answers, strlen(answers));
	free(answers);
	ts_tinkerbell_release(&t);
	ret->name = tt_xstrdup(path);
	ret->on_medium = tt_path_join(o->media, "private/answers.json");
	return r;
}

int
fetch_answers(
    const struct fetch_opts *opts, struct fetch_answers *ret, struct tt_err **err)
{
	static int (*const sources[])(const struct fetch_opts *, struct fetch_answers *,
	    struct tt_err **) = { from_option, from_bootarg, from_media, fetch_from_label,
		from_initrd, from_provider };
	int r = -ENOENT;

	for (size_t i = 0; i < TT_ARRAY_LEN(sources); i++) {
		tt_auto(err) struct tt_err *why = NULL;

		r = sources[i](opts, ret, &why);
		if (r == 0)
			return 0;
		fetch_answers_release(ret);
		if (r == -ECANCELED && why == NULL)
			return -ENOENT; /* triton.answers=none */
		if (why != NULL || r != -ENOENT) {
			if (why == NULL)
				(void)tt_err_errno(&why, r, "looking for answers");
			if (err != NULL)
				*err = tt_take(why);
			return r;
		}
	}
	return -ENOENT;
}
