// SPDX-License-Identifier: MPL-2.0
/*
 * Cache entries: verify by digest, commit by rename. See entry.h for the layout.
 */
#include "image/entry.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/sha256.h"
#include "platform/lib/base/str.h"

#define META_MAX (64 * TT_MIB)

static int64_t
mtime_ns(const struct stat *st)
{
	return st->st_mtim.tv_sec * 1000000000LL + st->st_mtim.tv_nsec;
}

/* "l:TARGET" for a link, "d" for a folder: what stands in the place of a digest. */
static int
describe(const char *path, const struct stat *st, char **ret, struct tt_err **err)
{
	char text[4096];
	char hex[TT_SHA256_HEX_LEN];
	ssize_t n;
	int r;

	if (S_ISDIR(st->st_mode)) {
		*ret = tt_xstrdup("d");
		return 0;
	}
	if (S_ISLNK(st->st_mode)) {
		n = readlink(path, text, sizeof(text) - 1);
		if (n < 0)
			return tt_err_errno(err, -errno, "reading link '%s'", path);
		text[n] = '\0';
		*ret = tt_xprintf("l:%s", text);
		return 0;
	}
	if (!S_ISREG(st->st_mode))
		return tt_err_set(err, -EINVAL, "InvalidOutput",
		    "'%s' is neither file, folder nor link: a cache entry cannot keep it",
		    path);
	r = tt_sha256_file(path, hex, NULL, err);
	if (r < 0)
		return r;
	*ret = tt_xstrdup(hex);
	return 0;
}

static int
record(const char *dir, const char *rel, json_t *files, struct tt_err **err)
{
	tt_auto(free) char *here =
	    *rel == '\0' ? tt_xstrdup(dir) : tt_path_join(dir, rel);
	tt_auto(strv) char **names = NULL;
	int r;

	r = tt_dir_list(here, &names, err);
	for (size_t i = 0; r >= 0 && i < tt_strv_len(names); i++) {
		tt_auto(free) char *path = tt_path_join(here, names[i]);
		tt_auto(free) char *sub =
		    *rel == '\0' ? tt_xstrdup(names[i]) : tt_path_join(rel, names[i]);
		tt_auto(free) char *what = NULL;
		struct stat st;

		if (strcmp(sub, ENTRY_META) == 0)
			continue;
		if (lstat(path, &st) < 0)
			return tt_err_errno(err, -errno, "reading '%s'", path);
		r = describe(path, &st, &what, err);
		if (r < 0)
			return r;
		json_array_append_new(
		    files, json_pack("[s,s,I,I,I]", sub, what, (json_int_t)st.st_size,
			       (json_int_t)mtime_ns(&st), (json_int_t)st.st_ino));
		if (S_ISDIR(st.st_mode))
			r = record(dir, sub, files, err);
	}
	return r;
}

/*
 * 1 true to its record, 0 not. *ret_moved: the bytes are right but under another stat
 * (a copied cache): the record is to be renewed.
 */
static int
check_file(const char *dir, json_t *row, bool *ret_moved)
{
	const char *rel = json_string_value(json_array_get(row, 0));
	const char *what = json_string_value(json_array_get(row, 1));
	tt_auto(free) char *path = NULL;
	tt_auto(free) char *now = NULL;
	struct stat st;

	if (rel == NULL || what == NULL || *rel == '/' || strstr(rel, "..") != NULL)
		return 0;
	path = tt_path_join(dir, rel);
	if (lstat(path, &st) < 0)
		return 0;
	if (S_ISREG(st.st_mode)) {
		if (st.st_size != json_integer_value(json_array_get(row, 2)))
			return 0;
		if (mtime_ns(&st) == json_integer_value(json_array_get(row, 3)) &&
		    (json_int_t)st.st_ino == json_integer_value(json_array_get(row, 4)))
			return 1;
	}
	if (describe(path, &st, &now, NULL) < 0 || !tt_streq(now, what))
		return 0;
	if (S_ISREG(st.st_mode)) {
		*ret_moved = true;
		json_array_set_new(row, 3, json_integer(mtime_ns(&st)));
		json_array_set_new(row, 4, json_integer((json_int_t)st.st_ino));
	}
	return 1;
}

int
entry_open(const char *dir, json_t **ret_meta, char **ret_damaged, struct tt_err **err)
{
	tt_auto(free) char *meta_path = tt_path_join(dir, ENTRY_META);
	tt_auto(json) json_t *meta = NULL;
	bool moved = false;
	json_t *row;
	size_t i;
	int r;

	if (!tt_path_exists(dir))
		return 0;
	r = tt_json_load(meta_path, META_MAX, &meta, NULL);
	if (r < 0 || !json_is_array(json_object_get(meta, "files"))) {
		*ret_damaged = tt_xstrdup(ENTRY_META);
		return tt_remove_tree(dir, err);
	}
	json_array_foreach(json_object_get(meta, "files"), i, row)
	{
		if (check_file(dir, row, &moved) == 1)
			continue;
		*ret_damaged = tt_xstrdup_null(json_string_value(json_array_get(row, 0)));
		return tt_remove_tree(dir, err);
	}
	if (moved)
		(void)tt_json_save(meta_path, meta, 0644, NULL);
	else /* its mtime is when the entry was last of use, for gc */
		(void)utimensat(AT_FDCWD, meta_path, NULL, 0);
	*ret_meta = tt_take(meta);
	return 1;
}

static int
save_last(const char *dir, const json_t *inputs, struct tt_err **err)
{
	tt_auto(free) char *parent = tt_path_dir(dir);
	tt_auto(free) char *last = tt_path_join(parent, ENTRY_LAST);

	return tt_json_save(last, inputs, 0644, err);
}

int
entry_commit(const char *tmp, const char *dir, const json_t *inputs, const json_t *facts,
    struct tt_err **err)
{
	tt_auto(free) char *meta_path = tt_path_join(tmp, ENTRY_META);
	tt_auto(json) json_t *files = json_array();
	tt_auto(json) json_t *meta = NULL;
	int r;

	r = record(tmp, "", files, err);
	if (r < 0)
		return tt_err_wrap(err, r, "recording the result of '%s'", dir);
	meta =
	    json_pack("{s:O,s:O,s:O}", "inputs", inputs, "facts", facts, "files", files);
	r = tt_json_save(meta_path, meta, 0644, err);
	if (r < 0)
		return r;
	if (rename(tmp, dir) < 0) {
		if (errno != ENOTEMPTY && errno != EEXIST)
			return tt_err_errno(
			    err, -errno, "renaming '%s' to '%s'", tmp, dir);
		r = tt_remove_tree(tmp, err);
		if (r < 0)
			return r;
	}
	return save_last(dir, inputs, err);
}

json_t *
entry_last_inputs(const char *phase_dir)
{
	tt_auto(free) char *last = tt_path_join(phase_dir, ENTRY_LAST);
	json_t *inputs = NULL;

	if (tt_json_load(last, META_MAX, &inputs, NULL) < 0)
		return NULL;
	if (!json_is_array(inputs)) {
		json_decref(inputs);
		return NULL;
	}
	return inputs;
}
