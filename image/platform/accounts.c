// SPDX-License-Identifier: MPL-2.0
/*
 * passwd(5), group(5), shadow(5) as text in the tree.
 */
#include "image/platform/accounts.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "image/platform/lines.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/buf.h"
#include "platform/lib/base/num.h"
#include "platform/lib/base/str.h"

#define MAX_FILE (256 * TT_KIB)

/* Text of a small file of the tree that is held in memory. */
static int
load(struct tree *t, const char *path, struct tt_buf *out, struct tt_err **err)
{
	const struct tree_node *n = tree_find(t, path);

	if (n == NULL || !S_ISREG(n->mode) || n->file != NULL)
		return tt_err_set(
		    err, -ENOENT, "NoSuchFile", "the root tree has no file /%s", path);
	if (n->size > 0)
		tt_buf_add(out, n->data, n->size);
	return out->overflow
		   ? tt_err_set(err, -EFBIG, "TooLarge", "/%s is too large", path)
		   : 0;
}

/* The new text in the old one's place, with its owner and mode. */
static void
store(struct tree *t, const char *path, struct tt_buf *text)
{
	struct tree_node old = *tree_find(t, path);
	uint64_t size = text->len;
	struct tree_node *n;

	tree_add_owned(t, path, old.mode & 07777, tt_buf_detach(text), size);
	n = tree_find(t, path);
	n->uid = old.uid;
	n->gid = old.gid;
}

/* Field i of the first line whose field 0 (key NULL) or field 2 is value; caller frees. */
static char *
look_up(const char *text, size_t by, const char *value, size_t field)
{
	tt_auto(strv) char **lines = tt_split(text, '\n');

	for (size_t i = 0; lines != NULL && lines[i] != NULL; i++) {
		tt_auto(strv) char **f = tt_split(lines[i], ':');

		if (tt_strv_len(f) > by && tt_strv_len(f) > field &&
		    tt_streq(f[by], value))
			return tt_xstrdup(f[field]);
	}
	return NULL;
}

static int
number_of(struct tree *t, const char *path, const char *name, uint32_t *ret,
    struct tt_err **err)
{
	tt_auto(buf) struct tt_buf text = TT_BUF_INIT(MAX_FILE);
	tt_auto(free) char *number = NULL;
	int r = load(t, path, &text, err);

	if (r < 0)
		return r;
	number = look_up(tt_buf_str(&text), 0, name, 2);
	if (number == NULL || tt_parse_u32(number, 0, 65535, ret) < 0)
		return tt_err_set(err, -ENOENT, "NoSuchAccount",
		    "/%s of the image has no '%s'", path, name);
	return 0;
}

int
accounts_uid(struct tree *t, const char *name, uid_t *ret, struct tt_err **err)
{
	return number_of(t, "etc/passwd", name, ret, err);
}

int
accounts_gid(struct tree *t, const char *name, gid_t *ret, struct tt_err **err)
{
	return number_of(t, "etc/group", name, ret, err);
}

struct files {
	struct tt_buf passwd, group, shadow, gshadow;
};

static void
tt_auto_files(struct files *f)
{
	tt_buf_release(&f->passwd);
	tt_buf_release(&f->group);
	tt_buf_release(&f->shadow);
	tt_buf_release(&f->gshadow);
}

static int
add_user(
    struct files *f, const struct lines *l, const struct line *row, struct tt_err **err)
{
	char *const *w = row->words;
	tt_auto(free) char *taken = NULL;
	tt_auto(free) char *group = NULL;
	uint32_t number;

	if (row->count != 5)
		return lines_bad(l, row, "wants NAME UID GID HOME SHELL", err);
	if (tt_parse_u32(w[1], 1, 65533, &number) < 0 ||
	    tt_parse_u32(w[2], 1, 65533, &number) < 0)
		return lines_bad(l, row, "UID and GID are numbers from 1 to 65533", err);
	taken = look_up(tt_buf_str(&f->passwd), 0, w[0], 0);
	if (taken == NULL)
		taken = look_up(tt_buf_str(&f->passwd), 2, w[1], 0);
	if (taken != NULL)
		return lines_bad(
		    l, row, "a package has this user or this number already", err);
	tt_buf_addf(&f->passwd, "%s:x:%s:%s::%s:%s\n", w[0], w[1], w[2], w[3], w[4]);
	tt_buf_addf(&f->shadow, "%s:!*:1::::::\n", w[0]);
	group = look_up(tt_buf_str(&f->group), 2, w[2], 0);
	if (group == NULL) {
		tt_buf_addf(&f->group, "%s:x:%s:\n", w[0], w[2]);
		tt_buf_addf(&f->gshadow, "%s:!::\n", w[0]);
	}
	return 0;
}

/* root's line of shadow: the given text, a fixed date, so that its age never matters. */
static void
set_root(struct tt_buf *shadow, const char *hash)
{
	tt_auto(buf) struct tt_buf out = TT_BUF_INIT(MAX_FILE);

	tt_buf_addf(&out, "root:%s:1:0:99999:7:::\n", hash == NULL ? "*" : hash);
	for (char *p = shadow->data, *next; p != NULL && *p != '\0'; p = next) {
		next = strchr(p, '\n');
		if (next != NULL)
			*next++ = '\0';
		if (tt_after_prefix(p, "root:") == NULL)
			tt_buf_addf(&out, "%s\n", p);
	}
	tt_buf_reset(shadow);
	tt_buf_add(shadow, tt_buf_str(&out), out.len);
}

int
accounts_apply(
    struct tree *t, const char *list, const char *root_hash, struct tt_err **err)
{
	tt_auto(files) struct files f = { TT_BUF_INIT(MAX_FILE), TT_BUF_INIT(MAX_FILE),
		TT_BUF_INIT(MAX_FILE), TT_BUF_INIT(MAX_FILE) };
	tt_auto(lines) struct lines l = { 0 };
	int r = load(t, "etc/passwd", &f.passwd, err);

	if (r == 0)
		r = load(t, "etc/group", &f.group, err);
	if (r == 0)
		r = load(t, "etc/shadow", &f.shadow, err);
	if (r == 0)
		r = load(t, "etc/gshadow", &f.gshadow, err);
	if (r == 0)
		r = lines_load(list, " \t", &l, err);
	for (size_t i = 0; r == 0 && i < l.count; i++)
		r = add_user(&f, &l, &l.rows[i], err);
	if (r < 0)
		return tt_err_wrap(err, r, "making the accounts of the image");
	set_root(&f.shadow, root_hash);
	store(t, "etc/passwd", &f.passwd);
	store(t, "etc/group", &f.group);
	store(t, "etc/shadow", &f.shadow);
	store(t, "etc/gshadow", &f.gshadow);
	return 0;
}
