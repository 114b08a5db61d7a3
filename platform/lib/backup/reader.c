// SPDX-License-Identifier: MPL-2.0
/*
 * An archive from front to back. Each header must be what the manifest says at its place:
 * name, type, size, target; each file must have the digest. So whoever gets the end of a
 * member has seen the bytes that were backed up.
 */
#include "platform/lib/backup/private.h"

#include <errno.h>
#include <string.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/str.h"

#define CHUNK (256 * TT_KIB)

struct tt_backup {
	char *name;
	struct tt_tar *tar;
	struct tt_backup_manifest m;
};

static int
damaged(const struct tt_backup *b, const char *what, struct tt_err **err)
{
	return tt_err_set(err, -EBADMSG, "InvalidBackup",
	    "'%s' is no whole backup of a headnode (%s): take another copy of it",
	    b->name, what);
}

/* The next member; 0 and no type at the end of the archive. */
static int
next(struct tt_backup *b, struct tt_tar_entry *ret, struct tt_err **err)
{
	int r = tt_tar_next(b->tar, ret);

	return r < 0 ? damaged(b, tt_tar_why(b->tar), err) : r;
}

static int
read_manifest(struct tt_backup *b, struct tt_err **err)
{
	tt_auto(free) char *text = NULL;
	struct tt_tar_entry e;
	int r = next(b, &e, err);

	if (r < 0)
		return r;
	if (r == 0 || e.type != TT_TAR_FILE || !tt_streq(e.path, TT_BACKUP_MANIFEST) ||
	    e.size > TT_BACKUP_MANIFEST_MAX)
		return damaged(b, "it does not begin with " TT_BACKUP_MANIFEST, err);
	text = tt_xalloc((size_t)e.size + 1);
	r = tt_tar_read(b->tar, text, (size_t)e.size);
	if (r < 0)
		r = damaged(b, tt_tar_why(b->tar), err);
	else
		r = tt_backup_manifest_parse(text, (size_t)e.size, &b->m, err);
	return r == -EINVAL ? tt_err_wrap(err, -EBADMSG, "'%s'", b->name) : r;
}

/* Takes the archive. */
static int
open_tar(
    const char *name, struct tt_tar *tar, struct tt_backup **ret, struct tt_err **err)
{
	tt_auto(backup) struct tt_backup *b = tt_xalloc(sizeof(*b));
	int r;

	b->name = tt_xstrdup(name);
	b->tar = tar;
	r = read_manifest(b, err);
	if (r == 0)
		*ret = tt_take(b);
	return r;
}

int
tt_backup_open_pull(const char *name, ssize_t (*pull)(void *ctx, void *buf, size_t len),
    void (*close)(void *ctx), void *ctx, struct tt_backup **ret, struct tt_err **err)
{
	return open_tar(name, tt_tar_open_pull(pull, close, ctx), ret, err);
}

int
tt_backup_open(const char *file, struct tt_backup **ret, struct tt_err **err)
{
	struct tt_tar *tar = NULL;
	int r = tt_tar_open(file, &tar, err);

	return r < 0 ? tt_err_wrap(err, r, "the backup") : open_tar(file, tar, ret, err);
}

void
tt_backup_close(struct tt_backup *b)
{
	if (!b)
		return;
	tt_tar_close(b->tar);
	tt_backup_manifest_release(&b->m);
	free(b->name);
	free(b);
}

const struct tt_backup_manifest *
tt_backup_manifest(const struct tt_backup *b)
{
	return &b->m;
}

static bool
is_the_one(const struct tt_tar_entry *e, const struct tt_backup_member *m)
{
	return e->type == tt_backup_tar_type(m->type) && tt_streq(e->path, m->path) &&
	       e->size == m->size && tt_streq(e->target, m->target ? m->target : "");
}

/* The bytes of one file, and its digest. */
static int
contents(struct tt_backup *b, const struct tt_backup_member *m,
    const struct tt_backup_sink *s, uint64_t *done, struct tt_err **err)
{
	tt_auto(free) char *buf = tt_xalloc(CHUNK);
	uint8_t digest[TT_SHA256_SIZE];
	char hex[TT_SHA256_HEX_LEN];
	struct tt_sha256 h;
	int r = 0;

	tt_sha256_init(&h);
	for (uint64_t left = m->size; r == 0 && left > 0;) {
		size_t n = left < CHUNK ? (size_t)left : CHUNK;

		if (tt_tar_read(b->tar, buf, n) < 0)
			return damaged(b, tt_tar_why(b->tar), err);
		tt_sha256_add(&h, buf, n);
		if (s->data)
			r = s->data(s->ctx, buf, n, err);
		left -= n;
		*done += n;
		if (s->progress)
			s->progress(s->ctx, *done, b->m.bytes);
	}
	if (r < 0)
		return r;
	tt_sha256_end(&h, digest);
	tt_hex(digest, sizeof(digest), hex);
	if (!tt_streq(hex, m->sha256))
		return damaged(b, m->path, err);
	return 0;
}

static int
member(struct tt_backup *b, const struct tt_backup_member *m,
    const struct tt_backup_sink *s, uint64_t *done, struct tt_err **err)
{
	struct tt_tar_entry e;
	int r = next(b, &e, err);

	if (r == 0 || (r == 1 && !is_the_one(&e, m)))
		return damaged(b, "a member is not the one that the manifest names", err);
	if (r == 1)
		r = 0;
	if (r == 0 && s->begin)
		r = s->begin(s->ctx, m, err);
	if (r == 0 && m->type == TT_BACKUP_FILE)
		r = contents(b, m, s, done, err);
	if (r == 0 && s->end)
		r = s->end(s->ctx, m, err);
	return r;
}

/* The end mark, and what gzip itself has to say about the whole. */
static int
ending(struct tt_backup *b, struct tt_err **err)
{
	struct tt_tar_entry e;
	int r = next(b, &e, err);

	if (r == 1)
		return damaged(b, "it goes on behind the last member", err);
	if (r == 0 && tt_tar_finish(b->tar) < 0)
		return damaged(b, tt_tar_why(b->tar), err);
	return r;
}

int
tt_backup_read(
    struct tt_backup *b, const struct tt_backup_sink *sink, struct tt_err **err)
{
	static const struct tt_backup_sink nothing;
	uint64_t done = 0;
	int r = 0;

	for (size_t i = 0; r == 0 && i < b->m.n; i++)
		r = member(b, &b->m.v[i], sink ? sink : &nothing, &done, err);
	return r < 0 ? r : ending(b, err);
}

int
tt_backup_verify(const char *file, tt_backup_progress *progress, void *ctx,
    struct tt_backup_manifest *ret_manifest, struct tt_err **err)
{
	struct tt_backup_sink s = { .progress = progress, .ctx = ctx };
	tt_auto(backup) struct tt_backup *b = NULL;
	int r = tt_backup_open(file, &b, err);

	if (r < 0 || !b)
		return r;
	r = tt_backup_read(b, &s, err);
	if (r == 0 && ret_manifest) {
		*ret_manifest = b->m;
		b->m = (struct tt_backup_manifest){ 0 };
	}
	return r;
}
