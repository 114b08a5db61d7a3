// SPDX-License-Identifier: MPL-2.0
/*
 * An archive from front to back. Each header must be what the manifest says at its place:
 * name, type, size, target; each file must have the digest. So whoever gets the end of a
 * member has seen the bytes that were backed up.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "platform/lib/backup/tar.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/str.h"

#define CHUNK (256 * TT_KIB)

struct tt_backup {
	char *name;
	ssize_t (*pull)(void *ctx, void *buf, size_t len);
	void (*close)(void *ctx);
	void *ctx;
	struct tt_backup_manifest m;
};

static ssize_t
gz_pull(void *ctx, void *buf, size_t len)
{
	int n = gzread(ctx, buf, (unsigned)len), code = Z_OK;

	/* a file that is cut off behind the last data only shows here */
	if (n == 0)
		(void)gzerror(ctx, &code);
	return n < 0 || code != Z_OK ? -EBADMSG : n;
}

static void
gz_close(void *ctx)
{
	(void)gzclose_r(ctx);
}

static int
damaged(const struct tt_backup *b, const char *what, struct tt_err **err)
{
	return tt_err_set(err, -EBADMSG, "InvalidBackup",
	    "'%s' is no whole backup of a headnode (%s): take another copy of it",
	    b->name, what);
}

/* Exactly len bytes; what says what they are part of. */
static int
pull_all(
    struct tt_backup *b, void *buf, size_t len, const char *what, struct tt_err **err)
{
	size_t got = 0;

	while (got < len) {
		ssize_t n = b->pull(b->ctx, (char *)buf + got, len - got);

		if (n <= 0)
			return damaged(b, what, err);
		got += (size_t)n;
	}
	return 0;
}

static int
skip_padding(struct tt_backup *b, uint64_t size, struct tt_err **err)
{
	char rest[TAR_BLOCK];

	return pull_all(b, rest, tar_padding(size), "cut off", err);
}

static int
header(struct tt_backup *b, struct tar_entry *e, struct tt_err **err)
{
	uint8_t block[TAR_BLOCK];
	int r = pull_all(b, block, sizeof(block), "cut off", err);

	*e = (struct tar_entry){ 0 };
	if (r == 0 && tar_parse(block, e) < 0)
		r = damaged(b, "a header that no backup has", err);
	return r;
}

/* The next entry, its extended header taken into account. */
static int
next(struct tt_backup *b, struct tar_entry *ret, struct tt_err **err)
{
	tt_auto(free) char *pax = NULL;
	size_t len;
	int r = header(b, ret, err);

	if (r < 0 || ret->type != 'x')
		return r;
	if (ret->size > TAR_PAX_MAX)
		return damaged(b, "an extended header that is too long", err);
	len = (size_t)ret->size;
	pax = tt_xalloc(len + 1);
	r = pull_all(b, pax, len, "cut off", err);
	if (r == 0)
		r = skip_padding(b, len, err);
	if (r == 0)
		r = header(b, ret, err);
	if (r == 0 && (ret->type == 'x' || tar_pax_parse(pax, len, ret) < 0))
		r = damaged(b, "an extended header that no backup has", err);
	return r;
}

static int
read_manifest(struct tt_backup *b, struct tt_err **err)
{
	tt_auto(free) char *text = NULL;
	struct tar_entry e;
	int r = next(b, &e, err);

	if (r < 0)
		return r;
	if (e.type != '0' || !tt_streq(e.path, TT_BACKUP_MANIFEST) ||
	    e.size > TT_BACKUP_MANIFEST_MAX)
		return damaged(b, "it does not begin with " TT_BACKUP_MANIFEST, err);
	text = tt_xalloc((size_t)e.size + 1);
	r = pull_all(b, text, (size_t)e.size, "cut off in " TT_BACKUP_MANIFEST, err);
	if (r == 0)
		r = skip_padding(b, e.size, err);
	if (r == 0)
		r = tt_backup_manifest_parse(text, (size_t)e.size, &b->m, err);
	return r == -EINVAL ? tt_err_wrap(err, -EBADMSG, "'%s'", b->name) : r;
}

int
tt_backup_open_pull(const char *name, ssize_t (*pull)(void *ctx, void *buf, size_t len),
    void (*close)(void *ctx), void *ctx, struct tt_backup **ret, struct tt_err **err)
{
	tt_auto(backup) struct tt_backup *b = tt_xalloc(sizeof(*b));
	int r;

	b->name = tt_xstrdup(name);
	b->pull = pull;
	b->close = close;
	b->ctx = ctx;
	r = read_manifest(b, err);
	if (r == 0)
		*ret = tt_take(b);
	return r;
}

int
tt_backup_open(const char *file, struct tt_backup **ret, struct tt_err **err)
{
	gzFile gz;

	errno = 0;
	gz = gzopen(file, "rbe");
	if (!gz)
		return tt_err_errno(
		    err, errno ? -errno : -ENOMEM, "opening the backup '%s'", file);
	return tt_backup_open_pull(file, gz_pull, gz_close, gz, ret, err);
}

void
tt_backup_close(struct tt_backup *b)
{
	if (!b)
		return;
	if (b->close)
		b->close(b->ctx);
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
is_the_one(const struct tar_entry *e, const struct tt_backup_member *m)
{
	static const char types[TT_BACKUP_TYPE_MAX] = { '0', '5', '2' };

	return e->type == types[m->type] && tt_streq(e->path, m->path) &&
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

		r = pull_all(b, buf, n, m->path, err);
		if (r < 0)
			return r;
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
	return skip_padding(b, m->size, err);
}

static int
member(struct tt_backup *b, const struct tt_backup_member *m,
    const struct tt_backup_sink *s, uint64_t *done, struct tt_err **err)
{
	struct tar_entry e;
	int r = next(b, &e, err);

	if (r == 0 && !is_the_one(&e, m))
		r = damaged(b, "a member is not the one that the manifest names", err);
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
	char rest[TAR_BLOCK];
	struct tar_entry e;
	ssize_t n;
	int r = next(b, &e, err);

	if (r == 0 && e.type)
		r = damaged(b, "it goes on behind the last member", err);
	if (r < 0)
		return r;
	while ((n = b->pull(b->ctx, rest, sizeof(rest))) > 0)
		;
	return n < 0 ? damaged(b, "its checksum is wrong", err) : 0;
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
