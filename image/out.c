// SPDX-License-Identifier: MPL-2.0
/*
 * Sparse image files with digests over their data; see out.h.
 */
#include "image/out.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/buf.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/str.h"

#define COPY_SIZE (1 * TT_MIB)

int
out_create(struct out *o, const char *path, uint64_t size, struct tt_err **err)
{
	*o = (struct out){ .fd = -1, .path = tt_xstrdup(path) };
	o->fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (o->fd < 0)
		return tt_err_errno(err, -errno, "creating '%s'", path);
	if (ftruncate(o->fd, (off_t)size) < 0)
		return tt_err_errno(
		    err, -errno, "giving '%s' its size of %" PRIu64 " bytes", path, size);
	return 0;
}

void
out_finish(struct out *o)
{
	uint8_t digest[TT_SHA256_SIZE];

	if (!o->open)
		return;
	tt_sha256_end(&o->hash, digest);
	tt_hex(digest, sizeof(digest), o->extents[o->count - 1].sha256);
	o->open = 0;
}

void
out_release(struct out *o)
{
	if (o->path != NULL && o->fd >= 0)
		close(o->fd);
	free(o->path);
	free(o->extents);
	*o = (struct out){ .fd = -1 };
}

static void
extend(struct out *o, uint64_t offset, const void *data, size_t len)
{
	struct out_extent *e = o->count == 0 ? NULL : &o->extents[o->count - 1];

	if (e == NULL || !o->open || e->offset + e->length != offset) {
		out_finish(o);
		o->extents =
		    tt_xrealloc(o->extents, (o->count + 1) * sizeof(*o->extents));
		e = &o->extents[o->count++];
		*e = (struct out_extent){ .offset = offset };
		tt_sha256_init(&o->hash);
		o->open = 1;
	}
	tt_sha256_add(&o->hash, data, len);
	e->length += len;
}

int
out_put(void *ctx, uint64_t offset, const void *data, size_t len, struct tt_err **err)
{
	struct out *o = ctx;
	const uint8_t *p = data;
	size_t left = len;
	uint64_t at = offset;

	while (left > 0) {
		const ssize_t n = pwrite(o->fd, p, left, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return tt_err_errno(
			    err, n < 0 ? -errno : -EIO, "writing '%s'", o->path);
		p += n;
		at += (uint64_t)n;
		left -= (size_t)n;
	}
	if (len > 0)
		extend(o, offset, data, len);
	return 0;
}

int
out_put_file(struct out *o, uint64_t offset, const char *path, uint64_t size,
    const char *sha256, struct tt_err **err)
{
	tt_auto(free) uint8_t *buf = tt_xalloc(COPY_SIZE);
	tt_auto(close) int fd = open(path, O_RDONLY | O_CLOEXEC);
	uint8_t digest[TT_SHA256_SIZE];
	char hex[TT_SHA256_HEX_LEN];
	struct tt_sha256 h;
	uint64_t done = 0;
	int r;

	if (fd < 0)
		return tt_err_errno(err, -errno, "opening '%s'", path);
	tt_sha256_init(&h);
	while (done < size) {
		const size_t want =
		    size - done < COPY_SIZE ? (size_t)(size - done) : COPY_SIZE;
		const ssize_t n = tt_read_all(fd, buf, want);

		if (n < 0)
			return tt_err_errno(err, (int)n, "reading '%s'", path);
		if ((size_t)n != want)
			break;
		r = out_put(o, offset + done, buf, want, err);
		if (r < 0)
			return r;
		tt_sha256_add(&h, buf, want);
		done += want;
	}
	tt_sha256_end(&h, digest);
	tt_hex(digest, sizeof(digest), hex);
	if (done != size || strcmp(hex, sha256) != 0)
		return tt_err_set(err, -EIO, "InputChanged",
		    "'%s' changed while the image was made: start the build again", path);
	return 0;
}

json_t *
out_extents_json(const struct out *o)
{
	json_t *all = json_array();

	for (size_t i = 0; i < o->count; i++)
		json_array_append_new(
		    all, json_pack("[I,I,s]", (json_int_t)o->extents[i].offset,
			     (json_int_t)o->extents[i].length, o->extents[i].sha256));
	return all;
}

uint64_t
out_extents_bytes(const json_t *extents)
{
	uint64_t bytes = 0;
	json_t *row;
	size_t i;

	json_array_foreach(extents, i, row) bytes +=
	    (uint64_t)json_integer_value(json_array_get(row, 1));
	return bytes;
}

void
out_data_digest(const json_t *extents, char hex[TT_SHA256_HEX_LEN])
{
	uint8_t digest[TT_SHA256_SIZE];
	struct tt_sha256 h;
	json_t *row;
	size_t i;

	tt_sha256_init(&h);
	json_array_foreach(extents, i, row)
	{
		const char *sha = json_string_value(json_array_get(row, 2));
		tt_auto(free) char *line = tt_xprintf("%lld %lld %s\n",
		    json_integer_value(json_array_get(row, 0)),
		    json_integer_value(json_array_get(row, 1)), sha == NULL ? "" : sha);

		tt_sha256_add(&h, line, strlen(line));
	}
	tt_sha256_end(&h, digest);
	tt_hex(digest, sizeof(digest), hex);
}

static int
check_zero(const uint8_t *data, uint64_t from, uint64_t to, struct tt_err **err)
{
	static const uint8_t zeros[4096];

	for (uint64_t at = from; at < to;) {
		const uint64_t n = to - at < sizeof(zeros) ? to - at : sizeof(zeros);

		if (memcmp(data + at, zeros, (size_t)n) != 0)
			return tt_err_set(err, -EIO, "DigestMismatch",
			    "bytes %" PRIu64 " to %" PRIu64 " must be zero and are not",
			    at, at + n);
		at += n;
	}
	return 0;
}

/* Bytes from..to belong to no extent: whatever of them is data must be zero. */
static int
check_gap(int fd, const uint8_t *data, uint64_t from, uint64_t to, struct tt_err **err)
{
	while (from < to) {
		const off_t start = lseek(fd, (off_t)from, SEEK_DATA);
		off_t end;
		int r;

		if (start < 0 && errno == ENXIO)
			return 0;
		if (start < 0)
			return check_zero(data, from, to, err);
		if ((uint64_t)start >= to)
			return 0;
		end = lseek(fd, start, SEEK_HOLE);
		if (end <= start || (uint64_t)end > to)
			end = (off_t)to;
		r = check_zero(data, (uint64_t)start, (uint64_t)end, err);
		if (r < 0)
			return r;
		from = (uint64_t)end;
	}
	return 0;
}

int
out_check(int fd, const uint8_t *data, uint64_t size, const json_t *extents,
    struct tt_err **err)
{
	uint64_t done = 0;
	json_t *row;
	size_t i;
	int r;

	json_array_foreach(extents, i, row)
	{
		const json_int_t at = json_integer_value(json_array_get(row, 0));
		const json_int_t len = json_integer_value(json_array_get(row, 1));
		const char *want = json_string_value(json_array_get(row, 2));
		char hex[TT_SHA256_HEX_LEN];

		if (want == NULL || at < 0 || len < 0 || (uint64_t)at < done ||
		    (uint64_t)at > size || (uint64_t)len > size - (uint64_t)at)
			return tt_err_set(err, -EINVAL, "InvalidExtents",
			    "the list of extents does not fit an image of %" PRIu64
			    " bytes",
			    size);
		r = check_gap(fd, data, done, (uint64_t)at, err);
		if (r < 0)
			return r;
		tt_sha256_hex(data + at, (size_t)len, hex);
		if (strcmp(hex, want) != 0)
			return tt_err_set(err, -EIO, "DigestMismatch",
			    "bytes %lld to %lld differ from what was built",
			    (long long)at, (long long)(at + len));
		done = (uint64_t)(at + len);
	}
	return check_gap(fd, data, done, size, err);
}
