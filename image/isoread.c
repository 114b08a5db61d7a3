// SPDX-License-Identifier: MPL-2.0
/*
 * Reader of ISO 9660 images.
 */
#include "image/isoread.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "image/le.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/str.h"

#define FIRST_DESCRIPTOR 16U /* blocks before it are the system area */
#define RECORD_LEAST     34U
#define FLAG_DIR         0x02
#define FLAG_MORE        0x80 /* another extent follows */
#define NAME_MAX_BYTES   255

static int
bad(struct tt_err **err, const char *what)
{
	return tt_err_set(
	    err, -EINVAL, "InvalidIso", "the ISO 9660 file system is damaged: %s", what);
}

bool
isoread_is(const uint8_t *data, size_t len)
{
	const size_t at = (size_t)FIRST_DESCRIPTOR * ISOREAD_BLOCK;

	return len >= at + ISOREAD_BLOCK && memcmp(data + at, "\1CD001\1", 7) == 0;
}

/* A number that is stored in both byte orders; false when they disagree. */
static bool
both32(const uint8_t *p, uint32_t *ret)
{
	const uint32_t big =
	    (uint32_t)p[4] << 24 | (uint32_t)p[5] << 16 | (uint32_t)p[6] << 8 | p[7];

	*ret = le32_get(p);
	return *ret == big;
}

/* Are so many bytes from this block on inside of the volume? */
static bool
inside(const struct isoread *f, uint32_t block, uint32_t size)
{
	const uint64_t end = (uint64_t)block * ISOREAD_BLOCK + size;

	return end <= (uint64_t)f->blocks * ISOREAD_BLOCK && end <= f->len;
}

int
isoread_open(const uint8_t *data, size_t len, struct isoread *ret, struct tt_err **err)
{
	const uint8_t *d = data + (size_t)FIRST_DESCRIPTOR * ISOREAD_BLOCK;
	struct isoread f = { .data = data, .len = len };

	if (!isoread_is(data, len))
		return bad(err, "there is no volume descriptor in block 16");
	if (!both32(d + 80, &f.blocks) || (uint64_t)f.blocks * ISOREAD_BLOCK > len)
		return bad(err, "the volume is larger than the image");
	if (le16_get(d + 128) != ISOREAD_BLOCK)
		return bad(err, "its blocks have not 2048 bytes");
	if (!both32(d + 156 + 2, &f.root_block) || !both32(d + 156 + 10, &f.root_size) ||
	    !inside(&f, f.root_block, f.root_size))
		return bad(err, "the top folder lies outside of it");
	memcpy(f.label, d + 40, 32);
	for (size_t i = 32; i > 0 && (f.label[i - 1] == ' ' || f.label[i - 1] == '\0');)
		f.label[--i] = '\0';
	for (size_t i = 0; i < 32; i++)
		if (f.label[i] != '\0' && (f.label[i] < 0x20 || f.label[i] > 0x7e))
			f.label[i] = '?';
	for (size_t i = 0; i < 16; i++)
		f.date[i] =
		    d[830 + i] >= '0' && d[830 + i] <= '9' ? (char)d[830 + i] : '0';
	*ret = f;
	return 0;
}

struct name {
	char text[NAME_MAX_BYTES + 1];
	size_t len;
	uint32_t more_block, more_at, more_len; /* continuation area; more_len 0 = none */
};

/* Entries of one system use area: the NM parts of the name, and where it goes on. */
static int
read_area(const uint8_t *p, size_t len, struct name *n, struct tt_err **err)
{
	n->more_len = 0;
	while (len >= 4) {
		const size_t size = p[2];

		if (p[0] == 0)
			break;
		if (size < 4 || size > len)
			return bad(err, "an entry of a name is longer than its record");
		if (memcmp(p, "NM", 2) == 0 && size > 5) {
			if (n->len + (size - 5) > NAME_MAX_BYTES)
				return bad(err, "a name has more than 255 bytes");
			memcpy(n->text + n->len, p + 5, size - 5);
			n->len += size - 5;
		} else if (memcmp(p, "CE", 2) == 0) {
			if (size < 28 || !both32(p + 4, &n->more_block) ||
			    !both32(p + 12, &n->more_at) || !both32(p + 20, &n->more_len))
				return bad(err, "a continuation is no place");
		} else if (memcmp(p, "ST", 2) == 0) {
			break;
		}
		p += size;
		len -= size;
	}
	return 0;
}

/* The Rock Ridge name of a record; one continuation is followed, as no name needs more. */
static int
read_name(
    const struct isoread *f, const uint8_t *record, struct name *n, struct tt_err **err)
{
	const size_t id = record[32];
	const size_t skip = 33 + id + (id % 2 == 0);
	const size_t len = record[0];
	int r = 0;

	*n = (struct name){ 0 };
	if (33 + id > len)
		return bad(err, "a name is longer than its record");
	if (skip < len)
		r = read_area(record + skip, len - skip, n, err);
	if (r >= 0 && n->more_len > 0) {
		const uint32_t block = n->more_block, at = n->more_at, more = n->more_len;

		if (at >= ISOREAD_BLOCK || more > ISOREAD_BLOCK - at ||
		    !inside(f, block, at + more))
			return bad(err, "a continuation lies outside of it");
		r = read_area(f->data + (size_t)block * ISOREAD_BLOCK + at, more, n, err);
	}
	if (r < 0)
		return r;
	if (n->len == 0)
		return bad(err, "a file has no Rock Ridge name");
	if (memchr(n->text, '/', n->len) != NULL || memchr(n->text, '\0', n->len) ||
	    tt_streq(n->text, ".") || tt_streq(n->text, ".."))
		return bad(err, "a name is no name of a file");
	return 0;
}

struct walk {
	const struct isoread *f;
	isoread_seen *seen;
	void *ctx;
	size_t count;
	struct isoread_file file;
};

static int walk_dir(
    struct walk *w, uint32_t block, uint32_t size, unsigned depth, struct tt_err **err);

static int
walk_record(struct walk *w, const uint8_t *record, unsigned depth, struct tt_err **err)
{
	const size_t base = strlen(w->file.path);
	struct name n;
	int r;

	r = read_name(w->f, record, &n, err);
	if (r < 0)
		return r;
	if (++w->count > ISOREAD_FILES)
		return bad(err, "it holds more files than any key");
	if (base + 1 + n.len >= sizeof(w->file.path))
		return bad(err, "a path is too long");
	if (record[25] & FLAG_MORE)
		return bad(err, "a file has several extents");
	if (!both32(record + 2, &w->file.block) || !both32(record + 10, &w->file.size) ||
	    !inside(w->f, w->file.block, w->file.size))
		return tt_err_set(err, -EINVAL, "InvalidIso",
		    "the ISO 9660 file system is damaged: '%.64s' lies outside of it",
		    n.text);
	(void)tt_strf(w->file.path + base, sizeof(w->file.path) - base, "%s%s",
	    base > 0 ? "/" : "", n.text);
	w->file.is_dir = (record[25] & FLAG_DIR) != 0;
	r = w->seen(&w->file, w->ctx, err);
	if (r >= 0 && w->file.is_dir)
		r = walk_dir(w, w->file.block, w->file.size, depth + 1, err);
	w->file.path[base] = '\0';
	return r;
}

/* Records never cross a block; a length of zero means that the rest of one is empty. */
static int
walk_dir(
    struct walk *w, uint32_t block, uint32_t size, unsigned depth, struct tt_err **err)
{
	const uint8_t *dir = w->f->data + (size_t)block * ISOREAD_BLOCK;
	unsigned own = 0; /* "." and ".." come first */
	int r = 0;

	if (depth > ISOREAD_DEPTH)
		return bad(err, "its folders are nested too deeply");
	for (size_t at = 0; r >= 0 && at < size;) {
		const size_t left = ISOREAD_BLOCK - at % ISOREAD_BLOCK;
		const size_t len = dir[at];

		if (len == 0) {
			at += left;
			continue;
		}
		if (len < RECORD_LEAST || len > left || len > size - at)
			return bad(err, "a record crosses the end of its block");
		if (own < 2)
			own++;
		else
			r = walk_record(w, dir + at, depth, err);
		at += len;
	}
	return r;
}

int
isoread_walk(const struct isoread *f, isoread_seen *seen, void *ctx, struct tt_err **err)
{
	struct walk w = { .f = f, .seen = seen, .ctx = ctx };

	return walk_dir(&w, f->root_block, f->root_size, 1, err);
}

const uint8_t *
isoread_contents(const struct isoread *f, const struct isoread_file *file)
{
	return f->data + (size_t)file->block * ISOREAD_BLOCK;
}

struct find {
	const char *path;
	struct isoread_file file;
};

static int
seen_find(const struct isoread_file *file, void *ctx, struct tt_err **err TT_UNUSED)
{
	struct find *x = ctx;

	if (file->is_dir || !tt_streq(file->path, x->path))
		return 0;
	x->file = *file;
	return -ECANCELED; /* found: no further */
}

int
isoread_load(const struct isoread *f, const char *path, size_t max, char **ret_data,
    size_t *ret_len, struct tt_err **err)
{
	struct find x = { .path = path };
	int r;

	r = isoread_walk(f, seen_find, &x, err);
	if (r == 0)
		return tt_err_set(
		    err, -ENOENT, "ResourceNotFound", "'%s' is not on the disc", path);
	if (r != -ECANCELED)
		return r;
	if (x.file.size > max)
		return tt_err_set(err, -EFBIG, "FileTooLarge",
		    "'%s' has %u bytes, more than %zu", path, x.file.size, max);
	*ret_data = tt_xalloc((size_t)x.file.size + 1);
	memcpy(*ret_data, isoread_contents(f, &x.file), x.file.size);
	(*ret_data)[x.file.size] = '\0';
	*ret_len = x.file.size;
	return 0;
}

/* The block of the catalogue, from the boot record in block 17. */
static int
catalogue(const struct isoread *f, const uint8_t **ret, struct tt_err **err)
{
	const uint8_t *d = f->data + (size_t)(FIRST_DESCRIPTOR + 1) * ISOREAD_BLOCK;
	uint32_t block;
	uint16_t sum = 0;

	if (!inside(f, FIRST_DESCRIPTOR + 1, ISOREAD_BLOCK) ||
	    memcmp(d, "\0CD001\1EL TORITO SPECIFICATION", 30) != 0)
		return bad(err, "there is no boot record in block 17");
	block = le32_get(d + 71);
	if (!inside(f, block, ISOREAD_BLOCK))
		return bad(err, "the boot catalogue lies outside of it");
	*ret = f->data + (size_t)block * ISOREAD_BLOCK;
	for (size_t i = 0; i < 32; i += 2)
		sum = (uint16_t)(sum + le16_get(*ret + i));
	if ((*ret)[0] != 1 || sum != 0 || (*ret)[30] != 0x55 || (*ret)[31] != 0xaa)
		return bad(err, "the boot catalogue's first entry is not valid");
	return 0;
}

int
isoread_boots(const struct isoread *f, struct isoread_boot ret[ISOREAD_BOOTS],
    size_t *ret_n, struct tt_err **err)
{
	const uint8_t *c = NULL;
	uint8_t platform;
	size_t n = 0;
	int r;

	r = catalogue(f, &c, err);
	if (r < 0 || c == NULL)
		return r < 0 ? r : -EINVAL;
	platform = c[1];
	for (size_t at = 32; at < ISOREAD_BLOCK && n < ISOREAD_BOOTS; at += 32) {
		const uint8_t *e = c + at;

		if (e[0] == 0x90 || e[0] == 0x91) {
			platform = e[1]; /* header of a section */
		} else if (e[0] == 0x88) {
			ret[n] = (struct isoread_boot){ platform, le32_get(e + 8),
				le16_get(e + 6) };
			if (!inside(f, ret[n].block, ret[n].sectors * 512))
				return bad(err, "a boot image lies outside of it");
			n++;
		} else if (e[0] == 0) {
			break;
		}
	}
	*ret_n = n;
	return 0;
}
