// SPDX-License-Identifier: MPL-2.0
/*
 * The whole-volume check of the FAT reader.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "image/fatread_private.h"
#include "image/le.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/macro.h"

#define SECTOR 512U

struct check {
	const struct fatread *f;
	uint8_t *owned; /* one bit a cluster */
	uint32_t count;
};

/* Mark a chain; want is its length in clusters, 0 for a folder's unknown length. */
static int
mark(
    struct check *c, const char *path, uint32_t first, uint64_t want, struct tt_err **err)
{
	uint32_t at = first;
	uint64_t n = 0;

	for (;;) {
		if (!fatread_cluster_valid(c->f, at))
			return fatread_bad(err, path, "its chain leaves the volume");
		if ((c->owned[at / 8] & (1U << (at % 8))) != 0)
			return fatread_bad(err, path, "a cluster belongs to two chains");
		c->owned[at / 8] |= (uint8_t)(1U << (at % 8));
		c->count++;
		n++;
		at = fatread_next(c->f, at);
		if (at >= 0x0ffffff8)
			break;
	}
	if (want != 0 && n != want)
		return fatread_bad(
		    err, path, "its chain is longer or shorter than its size");
	return 0;
}

static int
seen_mark(const struct fatread_file *file, void *ctx, struct tt_err **err)
{
	struct check *c = ctx;
	const uint32_t cluster = c->f->cluster_bytes;

	if (!file->is_dir && file->size == 0)
		return file->first == 0
			   ? 0
			   : fatread_bad(err, file->path, "it is empty but has clusters");
	return mark(c, file->path, file->first,
	    file->is_dir ? 0 : ((uint64_t)file->size + cluster - 1) / cluster, err);
}

static int
check_front(const struct fatread *f, struct tt_err **err)
{
	const uint8_t *info = f->data + SECTOR;
	const uint16_t backup = le16_get(f->data + 50);

	if (le16_get(f->data + 48) != 1 || backup != 6)
		return fatread_bad(
		    err, "", "FSInfo or backup sector is not in its usual place");
	if (memcmp(f->data, f->data + 6 * SECTOR, 2 * SECTOR) != 0)
		return fatread_bad(err, "", "the backup boot sector differs");
	if (le32_get(info) != 0x41615252 || le32_get(info + 484) != 0x61417272 ||
	    le32_get(info + 508) != 0xaa550000)
		return fatread_bad(err, "", "FSInfo has no signature");
	if (memcmp(f->fat[0], f->fat[1], f->fat_bytes) != 0)
		return fatread_bad(err, "", "the two tables differ");
	return 0;
}

static int
check_free(const struct check *c, struct tt_err **err)
{
	const uint32_t said = le32_get(c->f->data + SECTOR + 488);
	uint32_t used = 0;

	for (uint32_t i = 2; i < c->f->clusters + 2; i++)
		used += fatread_next(c->f, i) != 0;
	if (used != c->count)
		return fatread_bad(err, "", "clusters are in use that belong to no file");
	if (said != c->f->clusters - used)
		return fatread_bad(err, "", "the count of free clusters is wrong");
	return 0;
}

int
fatread_check(const struct fatread *f, struct tt_err **err)
{
	tt_auto(free) uint8_t *owned = tt_xalloc(f->clusters / 8 + 1 + 1);
	struct check c = { f, owned, 0 };
	int r;

	r = check_front(f, err);
	if (r >= 0)
		r = mark(&c, "", f->root, 0, err);
	if (r >= 0)
		r = fatread_walk(f, seen_mark, &c, err);
	if (r >= 0)
		r = check_free(&c, err);
	return r;
}
