// SPDX-License-Identifier: MPL-2.0
/*
 * An archive out of a manifest and the files it names. The manifest comes first and is
 * therefore made before; a file that changed since is told from its digest.
 */
#include "platform/lib/backup/private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <zlib.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/str.h"

#define CHUNK (256 * TT_KIB)
#define LEVEL "wb6"

struct out {
	gzFile gz;
	const struct tt_backup_manifest *m;
	uint64_t done;
	tt_backup_progress *progress;
	void *ctx;
};

static int
put(struct out *o, const void *data, size_t len, struct tt_err **err)
{
	int code = 0;

	if (len == 0 || gzwrite(o->gz, data, (unsigned)len) == (int)len)
		return 0;
	(void)gzerror(o->gz, &code);
	return tt_err_errno(err, code == Z_ERRNO && errno ? -errno : -EIO,
	    "writing the backup (is there room for it?)");
}

static int
put_header(struct out *o, const struct tt_backup_member *m, struct tt_err **err)
{
	tt_auto(buf) struct tt_buf b = TT_BUF_INIT(4 * TT_TAR_PAX_MAX);
	const struct tt_tar_member t = { .path = m->path,
		.target = m->target,
		.type = tt_backup_tar_type(m->type),
		.mode = m->mode,
		.uid = m->uid,
		.gid = m->gid,
		.mtime_s = m->mtime_s,
		.size = m->size };

	tt_tar_format(&t, &b);
	return put(o, b.data, b.len, err);
}

static int
put_padding(struct out *o, uint64_t size, struct tt_err **err)
{
	static const char zeros[TT_TAR_BLOCK];

	return put(o, zeros, tt_tar_padding(size), err);
}

static int
put_manifest(struct out *o, struct tt_err **err)
{
	tt_auto(free) char *text = tt_backup_manifest_text(o->m);
	char name[] = TT_BACKUP_MANIFEST;
	struct tt_backup_member m = {
		.path = name, .type = TT_BACKUP_FILE, .mode = 0600, .size = strlen(text)
	};
	int r;

	if (m.size > TT_BACKUP_MANIFEST_MAX || o->m->n > TT_BACKUP_MEMBERS_MAX)
		return tt_err_set(err, -EFBIG, "BackupTooLarge",
		    "the backup would have %zu members, at most %d are possible: remove "
		    "some files below /opt",
		    o->m->n, TT_BACKUP_MEMBERS_MAX);
	r = put_header(o, &m, err);
	if (r == 0)
		r = put(o, text, (size_t)m.size, err);
	return r < 0 ? r : put_padding(o, m.size, err);
}

static int
changed(const struct tt_backup_member *m, struct tt_err **err)
{
	return tt_err_set(err, -ESTALE, "FileChanged",
	    "'%s' changed while it was backed up: try again", m->path);
}

static int
pump(struct out *o, int fd, const struct tt_backup_member *m, struct tt_err **err)
{
	tt_auto(free) char *buf = tt_xalloc(CHUNK);
	uint8_t digest[TT_SHA256_SIZE];
	char hex[TT_SHA256_HEX_LEN];
	struct tt_sha256 h;
	int r = 0;

	tt_sha256_init(&h);
	for (uint64_t left = m->size; r == 0 && left > 0;) {
		size_t want = left < CHUNK ? (size_t)left : CHUNK;
		ssize_t n = tt_read_all(fd, buf, want);

		if (n < 0)
			return tt_err_errno(err, (int)n, "reading '%s'", m->path);
		if ((size_t)n < want)
			return changed(m, err);
		tt_sha256_add(&h, buf, want);
		r = put(o, buf, want, err);
		left -= want;
		o->done += want;
		if (o->progress)
			o->progress(o->ctx, o->done, o->m->bytes);
	}
	tt_sha256_end(&h, digest);
	tt_hex(digest, sizeof(digest), hex);
	if (r == 0 && !tt_streq(hex, m->sha256))
		r = changed(m, err);
	return r < 0 ? r : put_padding(o, m->size, err);
}

static int
put_member(struct out *o, const struct tt_backup_member *m,
    int (*open_it)(void *ctx, const struct tt_backup_member *m, struct tt_err **err),
    struct tt_err **err)
{
	tt_auto(close) int fd = -1;
	int r = put_header(o, m, err);

	if (r < 0 || m->type != TT_BACKUP_FILE)
		return r;
	fd = open_it(o->ctx, m, err);
	return fd < 0 ? fd : pump(o, fd, m, err);
}

int
tt_backup_write(int fd, const struct tt_backup_manifest *m,
    int (*open)(void *ctx, const struct tt_backup_member *m, struct tt_err **err),
    tt_backup_progress *progress, void *ctx, struct tt_err **err)
{
	static const char end[2 * TT_TAR_BLOCK];
	struct out o = { .m = m, .progress = progress, .ctx = ctx };
	int own = fcntl(fd, F_DUPFD_CLOEXEC, 0), r;

	if (own >= 0)
		o.gz = gzdopen(own, LEVEL);
	if (!o.gz) {
		r = -errno;
		if (own >= 0)
			close(own);
		return tt_err_errno(err, r, "beginning the backup");
	}
	r = put_manifest(&o, err);
	for (size_t i = 0; r == 0 && i < m->n; i++)
		r = put_member(&o, &m->v[i], open, err);
	if (r == 0)
		r = put(&o, end, sizeof(end), err);
	if (gzclose_w(o.gz) != Z_OK && r == 0)
		r = tt_err_errno(err, errno ? -errno : -EIO, "finishing the backup");
	return r;
}
