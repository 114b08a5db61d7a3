// SPDX-License-Identifier: MPL-2.0
/*
 * Repair of a half-written medium. Writes go to the media in order, so the first is always
 * the furthest: what another lacks or has differently is copied from it.
 */
#include "platform/key/repair.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "platform/key/env.h"
#include "platform/key/manifest.h"
#include "platform/key/uki.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"

/* What changes on a running machine and no manifest lists; small. */
static const char *const unlisted[] = { "config", "config.prev",
	"config.inc/root.authorized_keys", KEY_ID };
#define UNLISTED_MAX TT_MIB

int
key_copy_file(const char *from, const char *to, struct tt_err **err)
{
	tt_auto(free) char *part = tt_xprintf("%s.part", to);
	tt_auto(free) char *dir = tt_path_dir(to);
	int r = tt_mkdir_p(dir, 0700, err);

	if (r == 0)
		r = tt_file_copy(from, part, 0600, true, err);
	if (r < 0)
		return r;
	r = tt_file_move(part, to);
	return r < 0 ? tt_err_errno(err, r, "putting '%s' in place", to) : 0;
}

static int
load(const char *top, struct tt_buf *text, struct manifest *m, struct tt_err **err)
{
	tt_auto(free) char *path = tt_path_join(top, KEY_MANIFEST);
	int r = tt_file_read(path, text, err);

	return r < 0 ? r : manifest_parse(path, tt_buf_str(text), text->len, m, err);
}

static bool
same_size(const char *path, uint64_t size)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	       (uint64_t)st.st_size == size;
}

/* Listed files that differ; then those that only the other one lists go. */
static int
repair_listed(const char *good, const char *top, const struct manifest *want,
    const struct manifest *have, struct tt_err **err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < want->n; i++) {
		const struct manifest_file *f = &want->v[i];
		const struct manifest_file *h = manifest_find(have, f->path);
		tt_auto(free) char *from = tt_path_join(good, f->path);
		tt_auto(free) char *to = tt_path_join(top, f->path);

		if (!h || !tt_streq(h->sha256, f->sha256) || !same_size(to, f->size))
			r = key_copy_file(from, to, err);
	}
	for (size_t i = 0; r == 0 && i < have->n; i++) {
		tt_auto(free) char *path = tt_path_join(top, have->v[i].path);

		if (!manifest_find(want, have->v[i].path))
			(void)unlink(path);
	}
	return r;
}

static int
repair_unlisted(const char *good, const char *top, struct tt_err **err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < TT_ARRAY_LEN(unlisted); i++) {
		tt_auto(buf) struct tt_buf a = TT_BUF_INIT(UNLISTED_MAX);
		tt_auto(buf) struct tt_buf b = TT_BUF_INIT(UNLISTED_MAX);
		tt_auto(free) char *from = tt_path_join(good, unlisted[i]);
		tt_auto(free) char *to = tt_path_join(top, unlisted[i]);

		if (tt_file_read(from, &a, NULL) < 0)
			continue;
		if (tt_file_read(to, &b, NULL) < 0 ||
		    !tt_streq(tt_buf_str(&a), tt_buf_str(&b)))
			r = key_copy_file(from, to, err);
	}
	return r;
}

static int
repair_one(struct key_set *s, size_t i, const struct tt_buf *text,
    const struct manifest *want, struct tt_err **err)
{
	const char *good = s->v[0].where, *top = s->v[i].where;
	tt_auto(free) char *to = tt_path_join(top, KEY_MANIFEST);
	tt_auto(buf) struct tt_buf other = TT_BUF_INIT(MANIFEST_MAX);
	tt_auto(manifest) struct manifest have = { 0 };
	int r = 0;

	if (load(top, &other, &have, NULL) < 0 ||
	    !tt_streq(tt_buf_str(&other), tt_buf_str(text))) {
		r = repair_listed(good, top, want, &have, err);
		if (r == 0)
			r = tt_file_replace(to, tt_buf_str(text), text->len, 0600, err);
	}
	if (r == 0 && uki_medium(good))
		r = uki_repair(top, good, s->copy, err);
	return r < 0 ? r : repair_unlisted(good, top, err);
}

int
key_repair(struct key_set *s, struct tt_err **err)
{
	tt_auto(buf) struct tt_buf text = TT_BUF_INIT(MANIFEST_MAX);
	tt_auto(manifest) struct manifest want = { 0 };
	tt_auto(grubenv) struct tt_grubenv env = TT_GRUBENV_INIT;
	int r = 0;

	if (uki_medium(s->v[0].where))
		r = uki_repair(s->v[0].where, NULL, s->copy, err);
	if (r < 0 || s->n < 2)
		return r;
	r = load(s->v[0].where, &text, &want, err);
	for (size_t i = 1; r == 0 && i < s->n; i++) {
		tt_auto(err) struct tt_err *bad = NULL;

		if (repair_one(s, i, &text, &want, &bad) < 0)
			tt_strv_addf(
			    &s->missing, "%s: %s", s->v[i].device, tt_err_message(bad));
	}
	/* the variables last: they name what must be there by then */
	if (r == 0)
		r = key_env_load(s, &env, err);
	if (r == 0)
		r = key_env_save(s, &env, err);
	return r;
}
