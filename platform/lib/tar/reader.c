// SPDX-License-Identifier: MPL-2.0
/*
 * An archive from front to back, once: see tar.h. Every length in it was checked before
 * anything is read by it.
 */
#include <errno.h>
#include <string.h>
#include <zlib.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/tar/tar.h"

#define INPUT (256 * TT_KIB) /* zlib's buffer, and what is passed over at once */

struct tt_tar {
	ssize_t (*pull)(void *ctx, void *buf, size_t len);
	void (*close)(void *ctx);
	void *ctx;
	gzFile gz;     /* NULL for a pull source */
	uint64_t left; /* of the member's data, with the padding behind it */
	size_t padding;
	const char *why;
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
damaged(struct tt_tar *t, const char *why)
{
	t->why = why;
	return -EBADMSG;
}

/* Exactly len bytes of the archive. */
static int
pull_all(struct tt_tar *t, void *buf, size_t len)
{
	size_t got = 0;

	while (got < len) {
		ssize_t n = t->pull(t->ctx, (char *)buf + got, len - got);

		if (n <= 0)
			return damaged(t, n < 0 ? "it cannot be unpacked, it is damaged"
						: "it ends too early");
		got += (size_t)n;
	}
	return 0;
}

static int
pass_over(struct tt_tar *t, uint64_t len)
{
	char buf[8 * TT_TAR_BLOCK];
	int r = 0;

	while (r == 0 && len > 0) {
		size_t n = len < sizeof(buf) ? (size_t)len : sizeof(buf);

		r = pull_all(t, buf, n);
		len -= n;
	}
	return r;
}

static int
header(struct tt_tar *t, struct tt_tar_entry *ret)
{
	uint8_t block[TT_TAR_BLOCK];
	int r = pull_all(t, block, sizeof(block));

	return r < 0 ? r : tt_tar_parse(block, sizeof(block), ret, &t->why);
}

/* The records of an extended header, then the header they belong to. */
static int
extended(struct tt_tar *t, struct tt_tar_entry *ret)
{
	tt_auto(free) char *text = NULL;
	size_t len;
	int r;

	if (ret->size > TT_TAR_PAX_MAX)
		return damaged(t, "it holds an extended header that is too long");
	len = (size_t)ret->size;
	text = tt_xalloc(len + 1);
	r = pull_all(t, text, len);
	if (r == 0)
		r = pass_over(t, tt_tar_padding(len));
	if (r == 0)
		r = header(t, ret);
	if (r == 0 || (r == 1 && ret->type == TT_TAR_PAX))
		return damaged(t, "an extended header belongs to nothing");
	if (r == 1 && tt_tar_pax(text, len, ret, &t->why) < 0)
		r = -EBADMSG;
	return r;
}

int
tt_tar_next(struct tt_tar *t, struct tt_tar_entry *ret)
{
	struct tt_tar_entry e = { 0 };
	int r = pass_over(t, t->left);

	t->left = 0;
	if (r == 0)
		r = header(t, &e);
	if (r == 1 && e.type == TT_TAR_PAX)
		r = extended(t, &e);
	if (r != 1)
		return r;
	t->padding = tt_tar_padding(e.size);
	t->left = e.size + t->padding;
	*ret = e;
	return 1;
}

int
tt_tar_read(struct tt_tar *t, void *buf, size_t len)
{
	if (t->left < t->padding || len > t->left - t->padding)
		return damaged(t, "a member of it is shorter than was asked for");
	t->left -= len;
	return pull_all(t, buf, len);
}

int
tt_tar_finish(struct tt_tar *t)
{
	char rest[TT_TAR_BLOCK];
	ssize_t n;

	while ((n = t->pull(t->ctx, rest, sizeof(rest))) > 0)
		;
	return n < 0 ? damaged(t, "its checksum is wrong, it is damaged") : 0;
}

const char *
tt_tar_why(const struct tt_tar *t)
{
	return t->why ? t->why : "it is damaged";
}

uint64_t
tt_tar_offset(const struct tt_tar *t)
{
	z_off_t at = t->gz ? gzoffset(t->gz) : 0;

	return at > 0 ? (uint64_t)at : 0;
}

struct tt_tar *
tt_tar_open_pull(ssize_t (*pull)(void *ctx, void *buf, size_t len),
    void (*close)(void *ctx), void *ctx)
{
	struct tt_tar *t = tt_xalloc(sizeof(*t));

	*t = (struct tt_tar){ .pull = pull, .close = close, .ctx = ctx };
	return t;
}

int
tt_tar_open(const char *file, struct tt_tar **ret, struct tt_err **err)
{
	gzFile gz;

	errno = 0;
	gz = gzopen(file, "rbe");
	if (!gz)
		return tt_err_errno(
		    err, errno ? -errno : -ENOMEM, "opening the archive '%s'", file);
	(void)gzbuffer(gz, INPUT);
	*ret = tt_tar_open_pull(gz_pull, gz_close, gz);
	(*ret)->gz = gz;
	return 0;
}

void
tt_tar_close(struct tt_tar *t)
{
	if (!t)
		return;
	if (t->close)
		t->close(t->ctx);
	free(t);
}
