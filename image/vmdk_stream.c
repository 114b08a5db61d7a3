// SPDX-License-Identifier: MPL-2.0
/*
 * The streamOptimized form: compressed grains, each behind a marker with its sector, then
 * their tables, the directory and a footer, so that it can be written and read in one pass.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <zlib.h>

#include "image/le.h"
#include "image/out.h"
#include "image/vmdk.h"
#include "image/vmdk_private.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/str.h"

#define GRAIN_BYTES (VMDK_GRAIN * VMDK_SECTOR)
#define MARK_BYTES  12 /* u64 sector, u32 length, then the compressed grain */
#define SINK_BYTES  (1 * TT_MIB)
/* Root image and initrd are compressed already: a higher level costs and gains nothing. */
#define LEVEL Z_BEST_SPEED

enum marker { MARK_END, MARK_TABLE, MARK_DIRECTORY, MARK_FOOTER };

/* What is written goes through here: gathered, counted and digested. */
struct stream {
	const struct vmdk_disk *d;
	int fd, raw;
	uint8_t *pending;
	size_t waiting;
	uint64_t size;
	struct tt_sha256 hash;
	z_stream z;
	bool z_ready;
	uint8_t *grain, *packed;
	size_t packed_max;
	uint8_t table[VMDK_TABLE_ENTRIES * 4];
	bool table_used;
	uint64_t table_index;
	uint8_t *directory;
	uint64_t grains;
};

static void
tt_auto_stream(struct stream *s)
{
	if (s->z_ready)
		(void)deflateEnd(&s->z);
	if (s->fd >= 0)
		close(s->fd);
	if (s->raw >= 0)
		close(s->raw);
	free(s->pending);
	free(s->grain);
	free(s->packed);
	free(s->directory);
}

static int
flush(struct stream *s)
{
	const size_t n = s->waiting;

	s->waiting = 0;
	tt_sha256_add(&s->hash, s->pending, n);
	return tt_write_all(s->fd, s->pending, n);
}

static int
put(struct stream *s, const void *data, size_t len)
{
	int r = 0;

	if (s->waiting + len > SINK_BYTES)
		r = flush(s);
	if (r < 0)
		return r;
	memcpy(s->pending + s->waiting, data, len); /* no piece is larger than the sink */
	s->waiting += len;
	s->size += len;
	return 0;
}

/* Zeros up to a multiple of `unit` bytes. */
static int
pad(struct stream *s, uint64_t unit)
{
	static const uint8_t zeros[GRAIN_BYTES];
	const uint64_t over = s->size % unit;

	return over == 0 ? 0 : put(s, zeros, (size_t)(unit - over));
}

static int
put_marker(struct stream *s, enum marker type, uint64_t sectors)
{
	uint8_t block[VMDK_SECTOR] = { 0 };

	le64_put(block, sectors);
	le32_put(block + 12, type);
	return put(s, block, sizeof(block));
}

/* The table of the grains written so far, unless it is empty. */
static int
end_table(struct stream *s)
{
	int r;

	if (!s->table_used)
		return 0;
	r = put_marker(s, MARK_TABLE, VMDK_TABLE_SECTORS);
	le32_put(s->directory + s->table_index * 4, (uint32_t)(s->size / VMDK_SECTOR));
	if (r >= 0)
		r = put(s, s->table, sizeof(s->table));
	memset(s->table, 0, sizeof(s->table));
	s->table_used = false;
	return r;
}

static bool
all_zero(const uint8_t *data)
{
	return data[0] == 0 && memcmp(data, data + 1, GRAIN_BYTES - 1) == 0;
}

static int
pack(struct stream *s, size_t *ret_len)
{
	(void)deflateReset(&s->z);
	s->z.next_in = s->grain;
	s->z.avail_in = (uInt)GRAIN_BYTES;
	s->z.next_out = s->packed + MARK_BYTES;
	s->z.avail_out = (uInt)s->packed_max;
	if (deflate(&s->z, Z_FINISH) != Z_STREAM_END)
		return -EIO;
	*ret_len = s->z.total_out;
	return 0;
}

static int
put_grain(struct stream *s, uint64_t index)
{
	const uint64_t offset = index * GRAIN_BYTES;
	const uint64_t left = s->d->sectors * VMDK_SECTOR - offset;
	const size_t want = left < GRAIN_BYTES ? (size_t)left : (size_t)GRAIN_BYTES;
	size_t len = 0;
	int r;

	memset(s->grain + want, 0, GRAIN_BYTES - want);
	if (lseek(s->raw, (off_t)offset, SEEK_SET) < 0)
		return -errno;
	r = (int)tt_read_all(s->raw, s->grain, want);
	if (r >= 0 && (size_t)r != want)
		return -ENODATA; /* shorter than it was when it was measured */
	if (r < 0 || all_zero(s->grain))
		return r < 0 ? r : 0;
	if (index / VMDK_TABLE_ENTRIES != s->table_index)
		r = end_table(s);
	if (r >= 0)
		r = pack(s, &len);
	if (r < 0)
		return r;
	s->table_index = index / VMDK_TABLE_ENTRIES;
	s->table_used = true;
	s->grains++;
	le32_put(
	    s->table + index % VMDK_TABLE_ENTRIES * 4, (uint32_t)(s->size / VMDK_SECTOR));
	le64_put(s->packed, index * VMDK_GRAIN);
	le32_put(s->packed + 8, (uint32_t)len);
	r = put(s, s->packed, MARK_BYTES + len);
	return r < 0 ? r : pad(s, VMDK_SECTOR);
}

static int
put_grains(struct stream *s, const json_t *extents, const struct vmdk_stream *caller)
{
	const uint64_t total = out_extents_bytes(extents);
	const uint64_t all =
	    (s->d->sectors * VMDK_SECTOR + GRAIN_BYTES - 1) / GRAIN_BYTES;
	uint64_t done = 0;
	uint64_t next = 0; /* grains below are done: extents may share one */
	json_t *row;
	size_t i;
	int r = 0;

	json_array_foreach(extents, i, row)
	{
		const json_int_t at = json_integer_value(json_array_get(row, 0));
		const json_int_t len = json_integer_value(json_array_get(row, 1));
		uint64_t last;

		if (at < 0 || len <= 0)
			return -EINVAL;
		last = (uint64_t)(at + len - 1) / GRAIN_BYTES;
		if (last >= all)
			return -EINVAL;
		if ((uint64_t)at / GRAIN_BYTES > next)
			next = (uint64_t)at / GRAIN_BYTES;
		for (; r >= 0 && next <= last; next++) {
			r = put_grain(s, next);
			if (caller->progress != NULL && next < last)
				caller->progress(caller->ctx,
				    done + (next + 1) * GRAIN_BYTES - (uint64_t)at,
				    total);
		}
		if (r < 0)
			return r;
		done += (uint64_t)len;
		if (caller->progress != NULL)
			caller->progress(caller->ctx, done, total);
	}
	return end_table(s);
}

static int
put_head(struct stream *s, struct vmdk_header *h, const char *extent)
{
	tt_auto(buf) struct tt_buf text = TT_BUF_INIT(VMDK_DESCRIPTOR_MAX);
	uint8_t block[VMDK_SECTOR];
	int r;

	r = vmdk_text(s->d, "streamOptimized", "SPARSE", extent, &text);
	if (r < 0)
		return r;
	*h = (struct vmdk_header){
		.version = 3,
		.flags = VMDK_FLAG_NEWLINE | VMDK_FLAG_COMPRESSED | VMDK_FLAG_MARKERS,
		.sectors = s->d->sectors,
		.text_offset = VMDK_TEXT_OFFSET,
		.text_sectors = VMDK_TEXT_SECTORS,
		.directory = VMDK_DIRECTORY_AT_END,
		.overhead = VMDK_GRAIN,
		.compression = 1, /* deflate */
	};
	vmdk_header_build(h, block);
	r = put(s, block, sizeof(block));
	if (r >= 0)
		r = put(s, text.data, text.len);
	return r < 0 ? r : pad(s, GRAIN_BYTES);
}

/* Directory, then the header again with the place of the directory, then the end. */
static int
put_tail(struct stream *s, struct vmdk_header *h, uint64_t tables)
{
	const uint64_t sectors = vmdk_directory_sectors(tables);
	uint8_t block[VMDK_SECTOR];
	int r;

	r = put_marker(s, MARK_DIRECTORY, sectors);
	h->directory = s->size / VMDK_SECTOR;
	for (uint64_t i = 0; r >= 0 && i < sectors; i++)
		r = put(s, s->directory + i * VMDK_SECTOR, VMDK_SECTOR);
	vmdk_header_build(h, block);
	if (r >= 0)
		r = put_marker(s, MARK_FOOTER, 1);
	if (r >= 0)
		r = put(s, block, sizeof(block));
	if (r >= 0)
		r = put_marker(s, MARK_END, 0);
	return r < 0 ? r : flush(s);
}

static int
open_stream(struct stream *s, const char *path, const char *raw, struct tt_err **err)
{
	s->raw = open(raw, O_RDONLY | O_CLOEXEC);
	if (s->raw < 0)
		return tt_err_errno(err, -errno, "opening '%s'", raw);
	s->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (s->fd < 0)
		return tt_err_errno(err, -errno, "creating '%s'", path);
	if (deflateInit(&s->z, LEVEL) != Z_OK)
		return tt_err_errno(err, -ENOMEM, "starting to compress '%s'", raw);
	s->z_ready = true;
	s->packed_max = deflateBound(&s->z, GRAIN_BYTES);
	s->packed = tt_xalloc(MARK_BYTES + s->packed_max);
	tt_sha256_init(&s->hash);
	return 0;
}

int
vmdk_stream_write(const char *path, const struct vmdk_disk *d, const char *extent,
    const char *raw, const json_t *extents, struct vmdk_stream *ret, struct tt_err **err)
{
	const uint64_t tables = vmdk_tables(d);
	tt_auto(stream) struct stream s = {
		.d = d,
		.fd = -1,
		.raw = -1,
		.pending = tt_xalloc(SINK_BYTES),
		.grain = tt_xalloc(GRAIN_BYTES),
		.directory = tt_xalloc(vmdk_directory_sectors(tables) * VMDK_SECTOR),
	};
	uint8_t digest[TT_SHA256_SIZE];
	struct vmdk_header h;
	int r;

	r = open_stream(&s, path, raw, err);
	if (r < 0)
		return r;
	r = put_head(&s, &h, extent);
	if (r >= 0)
		r = put_grains(&s, extents, ret);
	if (r >= 0)
		r = put_tail(&s, &h, tables);
	if (r < 0)
		return tt_err_errno(err, r, "writing '%s' from '%s'", path, raw);
	tt_sha256_end(&s.hash, digest);
	tt_hex(digest, sizeof(digest), ret->sha256);
	ret->size = s.size;
	ret->grains = s.grains;
	return 0;
}
