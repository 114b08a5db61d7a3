// SPDX-License-Identifier: MPL-2.0
/*
 * The FAT32 reader: boot sector, chains, files. Folders and names are in fatnames.c, the
 * whole-volume check in fatcheck.c.
 */
#include "image/fatread.h"

#include <errno.h>
#include <string.h>

#include "image/fatread_private.h"
#include "image/le.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/macro.h"
#include "platform/lib/base/str.h"

#define SECTOR 512ULL

int
fatread_bad(struct tt_err **err, const char *path, const char *what)
{
	return tt_err_set(err, -EINVAL, "InvalidFat", "FAT volume%s%s%s: %s",
	    *path == '\0' ? "" : ", '", path, *path == '\0' ? "" : "'", what);
}

static void
get_label(const uint8_t *b, char out[12])
{
	size_t n = 11;

	for (size_t i = 0; i < 11; i++)
		out[i] = (char)(b[i] >= 0x20 && b[i] < 0x7f ? b[i] : '?');
	while (n > 0 && out[n - 1] == ' ')
		n--;
	out[n] = '\0';
}

/* The sums are over 64 bits and each term has at most 32, so nothing wraps. */
static int
geometry(struct fatread *f, const uint8_t *b, struct tt_err **err)
{
	const uint64_t reserved = le16_get(b + 14);
	const uint64_t total = le32_get(b + 32);
	const uint64_t fat_sectors = le32_get(b + 36);
	const uint64_t front = reserved + 2 * fat_sectors;
	const uint32_t spc = b[13];

	if (le16_get(b + 11) != SECTOR)
		return fatread_bad(err, "", "sectors are not of 512 bytes");
	if (spc == 0 || (spc & (spc - 1)) != 0 || spc > 128)
		return fatread_bad(err, "", "sectors per cluster is no power of two");
	if (b[16] != 2 || le16_get(b + 17) != 0 || le16_get(b + 22) != 0)
		return fatread_bad(err, "", "it is not FAT32 with two tables");
	if (total * SECTOR > f->len || front >= total || reserved < 8)
		return fatread_bad(err, "", "it is larger than the place it is in");
	f->clusters = (uint32_t)((total - front) / spc);
	if (f->clusters < 65525 || f->clusters > 0x0ffffff0 ||
	    fat_sectors * SECTOR / 4 < (uint64_t)f->clusters + 2)
		return fatread_bad(
		    err, "", "number of clusters does not fit FAT32 or its table");
	f->cluster_bytes = (uint32_t)(spc * SECTOR);
	f->fat_bytes = (size_t)(fat_sectors * SECTOR);
	f->fat[0] = f->data + reserved * SECTOR;
	f->fat[1] = f->fat[0] + f->fat_bytes;
	f->area = f->data + front * SECTOR;
	return 0;
}

int
fatread_open(const uint8_t *data, size_t len, struct fatread *ret, struct tt_err **err)
{
	int r;

	memset(ret, 0, sizeof(*ret));
	ret->data = data;
	ret->len = len;
	if (len < 8 * SECTOR || data[510] != 0x55 || data[511] != 0xaa)
		return fatread_bad(err, "", "no boot sector");
	r = geometry(ret, data, err);
	if (r < 0)
		return r;
	ret->root = le32_get(data + 44);
	if (!fatread_cluster_valid(ret, ret->root))
		return fatread_bad(err, "", "the root folder lies outside");
	ret->volume_id = le32_get(data + 67);
	get_label(data + 71, ret->label);
	return 0;
}

bool
fatread_cluster_valid(const struct fatread *f, uint32_t c)
{
	return c >= 2 && c - 2 < f->clusters;
}

uint32_t
fatread_next(const struct fatread *f, uint32_t c)
{
	return le32_get(f->fat[0] + 4 * (size_t)c) & 0x0fffffff;
}

const uint8_t *
fatread_cluster(const struct fatread *f, uint32_t c)
{
	return f->area + (size_t)(c - 2) * f->cluster_bytes;
}

int
fatread_contents(const struct fatread *f, const struct fatread_file *file,
    fatread_piece *piece, void *ctx, struct tt_err **err)
{
	uint32_t left = file->size;
	uint32_t c = file->first;

	/* left shrinks with each round, so a looped chain ends too */
	while (left > 0) {
		uint32_t last = c;
		size_t run = f->cluster_bytes;
		size_t n;
		int r;

		if (!fatread_cluster_valid(f, c))
			return fatread_bad(
			    err, file->path, "its chain of clusters ends early");
		while (run < left && run < TT_MIB && fatread_next(f, last) == last + 1 &&
		       fatread_cluster_valid(f, last + 1)) {
			last++;
			run += f->cluster_bytes;
		}
		n = run < left ? run : left;
		r = piece(fatread_cluster(f, c), n, ctx, err);
		if (r < 0)
			return r;
		left -= (uint32_t)n;
		c = fatread_next(f, last);
	}
	return 0;
}

struct finding {
	const char *path;
	struct fatread_file *ret;
	bool found;
};

static int
seen_find(const struct fatread_file *file, void *ctx, struct tt_err **err TT_UNUSED)
{
	struct finding *want = ctx;

	if (!file->is_dir && strcmp(file->path, want->path) == 0) {
		*want->ret = *file;
		want->found = true;
	}
	return 0;
}

int
fatread_find(const struct fatread *f, const char *path, struct fatread_file *ret,
    struct tt_err **err)
{
	struct finding want = { .path = path, .ret = ret };
	int r = fatread_walk(f, seen_find, &want, err);

	if (r < 0)
		return r;
	return want.found ? 0
			  : tt_err_set(err, -ENOENT, "ResourceNotFound",
				"there is no '%s' on the key", path);
}

static int
piece_add(const uint8_t *data, size_t len, void *ctx, struct tt_err **err TT_UNUSED)
{
	return tt_buf_add(ctx, data, len);
}

int
fatread_load(const struct fatread *f, const char *path, size_t max, char **ret_data,
    size_t *ret_len, struct tt_err **err)
{
	tt_auto(buf) struct tt_buf out = TT_BUF_INIT(max);
	struct fatread_file file;
	int r = fatread_find(f, path, &file, err);

	if (r < 0)
		return r;
	if (file.size > max)
		return tt_err_set(err, -EFBIG, "FileTooLarge",
		    "'%s' on the key has %u bytes, at most %zu are expected", path,
		    file.size, max);
	r = fatread_contents(f, &file, piece_add, &out, err);
	if (r < 0)
		return r;
	*ret_len = out.len;
	*ret_data = tt_buf_detach(&out);
	return 0;
}
