// SPDX-License-Identifier: MPL-2.0
/*
 * The FAT32 writer: checks, layout, boot sectors and tables. Folder entries and names are
 * in fatdir.c.
 */
#include "image/fatwrite.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "image/fat_private.h"
#include "image/le.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/time.h"

#define SECTOR        512U
#define RESERVED_MIN  32U
#define ALIGN_SECTORS 2048U  /* the data area starts on a whole MiB of the disk */
#define CLUSTERS_MIN  65525U /* below it a reader takes the volume for FAT16 */
#define SPC_MAX       32U    /* 16 KiB: short chains, and little lost to small files */
#define FAT_END       0x0fffffffU

/* The first n characters of s, which are digits, as a number. */
static unsigned
digits(const char *s, size_t n)
{
	unsigned v = 0;

	for (size_t i = 0; i < n; i++)
		v = v * 10 + (unsigned)(s[i] - '0');
	return v;
}

struct fat *
fat_new(const struct fat_params *params)
{
	struct fat *f = tt_xalloc(sizeof(*f));
	char stamp[TT_STAMP_LEN];
	unsigned year;

	f->p = *params;
	tt_time_stamp(params->epoch * 1000000, stamp);
	year = digits(stamp, 4);
	if (year >= 1980) {
		f->date = (uint16_t)((year - 1980) << 9 | digits(stamp + 4, 2) << 5 |
				     digits(stamp + 6, 2));
		f->time =
		    (uint16_t)(digits(stamp + 9, 2) << 11 | digits(stamp + 11, 2) << 5 |
			       digits(stamp + 13, 2) / 2);
	} else {
		f->date = 1 << 5 | 1;
	}
	f->nodes = tt_xcalloc(1, sizeof(*f->nodes));
	f->nodes[0] = (struct fat_node){ .name = tt_xstrdup(""), .is_dir = true };
	f->count = 1;
	return f;
}

void
fat_free(struct fat *f)
{
	if (f == NULL)
		return;
	for (size_t i = 0; i < f->count; i++)
		free(f->nodes[i].name);
	free(f->nodes);
	free(f);
}

static int
check_name(const char *path, const char *name, size_t len, struct tt_err **err)
{
	const char *why = NULL;

	if (len == 0)
		why = "a part of the path is empty";
	else if (len > 255)
		why = "a name has over 255 characters";
	else if (name[len - 1] == '.' || name[len - 1] == ' ')
		why = "a name ends with a dot or a blank";
	for (size_t i = 0; i < len && why == NULL; i++) {
		if ((uint8_t)name[i] >= 0x80)
			why = "a name is not ASCII";
		else if (name[i] < 0x20 || name[i] == 0x7f ||
			 strchr("\"*:<>?\\|", name[i]))
			why = "a name holds a character that FAT does not have";
	}
	if (why == NULL)
		return 0;
	return tt_err_set(err, -EINVAL, "InvalidName", "'%s': %s: rename it", path, why);
}

/* Index of the child of this name in any case, or -1. */
static long
child(const struct fat *f, size_t parent, const char *name)
{
	for (size_t i = 1; i < f->count; i++)
		if (f->nodes[i].parent == parent && tt_strcaseeq(f->nodes[i].name, name))
			return (long)i;
	return -1;
}

static size_t
add_node(struct fat *f, size_t parent, const char *name, bool is_dir, uint64_t size)
{
	f->nodes = tt_xrealloc(f->nodes, (f->count + 1) * sizeof(*f->nodes));
	f->nodes[f->count] = (struct fat_node){
		.name = tt_xstrdup(name), .parent = parent, .is_dir = is_dir, .size = size
	};
	return f->count++;
}

/* The folder of path, made part by part; *ret_name points to the last part. */
static int
parent_of(struct fat *f, const char *path, size_t *ret_dir, const char **ret_name,
    struct tt_err **err)
{
	const char *slash;
	size_t dir = 0;
	int r;

	for (; (slash = strchr(path, '/')) != NULL; path = slash + 1) {
		tt_auto(free) char *part = tt_xstrndup(path, (size_t)(slash - path));
		long have;

		r = check_name(path, part, strlen(part), err);
		if (r < 0)
			return r;
		have = child(f, dir, part);
		if (have < 0)
			have = (long)add_node(f, dir, part, true, 0);
		else if (!f->nodes[have].is_dir || strcmp(f->nodes[have].name, part) != 0)
			return tt_err_set(err, -EEXIST, "DuplicateName",
			    "'%s' and '%s' are one name on FAT: rename one", path,
			    f->nodes[have].name);
		dir = (size_t)have;
	}
	*ret_dir = dir;
	*ret_name = path;
	return 0;
}

int
fat_add(struct fat *f, const char *path, uint64_t size, struct tt_err **err)
{
	const char *name = path;
	size_t dir = 0;
	long have;
	int r;

	if (size >= FAT_FILE_MAX)
		return tt_err_set(err, -EFBIG, "FileTooLarge",
		    "'%s' has %llu bytes: a file on the key (FAT32) must stay under 4 "
		    "GiB "
		    "(%llu): split it",
		    path, (unsigned long long)size, (unsigned long long)FAT_FILE_MAX);
	r = parent_of(f, path, &dir, &name, err);
	if (r >= 0)
		r = check_name(path, name, strlen(name), err);
	if (r < 0)
		return r;
	have = child(f, dir, name);
	if (have >= 0)
		return tt_err_set(err, -EEXIST, "DuplicateName",
		    "'%s' and '%s' are one name on FAT: rename one", path,
		    f->nodes[have].name);
	return (int)add_node(f, dir, name, false, size);
}

/* Fix reserved sectors, size of a FAT and number of clusters for this cluster size. */
static void
geometry(struct fat *f, uint32_t spc)
{
	const uint64_t clusters = (f->p.sectors - RESERVED_MIN) / spc;
	uint64_t front;

	f->spc = spc;
	f->fat_sectors = (uint32_t)((clusters + 2) * 4 / SECTOR + 1);
	front = f->p.hidden + RESERVED_MIN + 2ULL * f->fat_sectors;
	f->reserved = RESERVED_MIN;
	if (f->p.sectors > 64 * ALIGN_SECTORS)
		f->reserved +=
		    (uint32_t)((ALIGN_SECTORS - front % ALIGN_SECTORS) % ALIGN_SECTORS);
	front = f->reserved + 2ULL * f->fat_sectors;
	f->clusters =
	    front >= f->p.sectors ? 0 : (uint32_t)((f->p.sectors - front) / spc);
}

static int
give(struct fat *f, struct fat_node *n, uint64_t bytes)
{
	const uint64_t cluster = (uint64_t)f->spc * SECTOR;

	n->clusters = (uint32_t)((bytes + cluster - 1) / cluster);
	n->first = n->clusters == 0 ? 0 : f->next;
	if (n->clusters > f->clusters + 2 - f->next)
		return -ENOSPC;
	f->next += n->clusters;
	return 0;
}

static uint64_t
content(const struct fat *f)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < f->count; i++)
		sum += f->nodes[i].size;
	return sum;
}

int
fat_layout(struct fat *f, struct tt_err **err)
{
	uint32_t spc = SPC_MAX;
	int r = 0;

	if (f->p.sectors <= RESERVED_MIN)
		f->p.sectors = RESERVED_MIN;
	for (geometry(f, spc); f->clusters < CLUSTERS_MIN && spc > 1; geometry(f, spc))
		spc /= 2;
	if (f->clusters < CLUSTERS_MIN)
		return tt_err_set(err, -ENOSPC, "NoSpace",
		    "a FAT32 volume needs %u clusters, %llu sectors give %u: take a "
		    "larger image",
		    CLUSTERS_MIN, (unsigned long long)f->p.sectors, f->clusters);
	f->next = 2;
	for (size_t i = 0; i < f->count && r == 0; i++)
		if (f->nodes[i].is_dir)
			r = give(f, &f->nodes[i], fat_dir_bytes(f, i));
	for (size_t i = 0; i < f->count && r == 0; i++)
		if (!f->nodes[i].is_dir)
			r = give(f, &f->nodes[i], f->nodes[i].size);
	if (r < 0)
		return tt_err_set(err, r, "NoSpace",
		    "the files have %llu bytes, the volume holds %llu: take a larger "
		    "image",
		    (unsigned long long)content(f),
		    (unsigned long long)f->clusters * f->spc * SECTOR);
	return 0;
}

static void
boot_sector(const struct fat *f, uint8_t b[SECTOR])
{
	/* a jump over the parameters, and the name that most readers know */
	static const uint8_t start[] = { 0xeb, 0x58, 0x90, 'M', 'S', 'W', 'I', 'N', '4',
		'.', '1' };
	static const uint8_t type[] = { 'F', 'A', 'T', '3', '2', ' ', ' ', ' ' };
	static const uint8_t halt[] = { 0xf4, 0xeb, 0xfd };

	memset(b, 0, SECTOR);
	memcpy(b, start, sizeof(start));
	le16_put(b + 11, SECTOR);
	b[13] = (uint8_t)f->spc;
	le16_put(b + 14, (uint16_t)f->reserved);
	b[16] = 2;
	b[21] = 0xf8;
	le16_put(b + 24, 63);
	le16_put(b + 26, 255);
	le32_put(b + 28, f->p.hidden);
	le32_put(b + 32, (uint32_t)f->p.sectors);
	le32_put(b + 36, f->fat_sectors);
	le32_put(b + 44, 2); /* first cluster of the root folder */
	le16_put(b + 48, 1); /* FSInfo */
	le16_put(b + 50, 6); /* backup boot sector */
	b[64] = 0x80;
	b[66] = 0x29;
	le32_put(b + 67, f->p.volume_id);
	fat_label(f, b + 71);
	memcpy(b + 82, type, sizeof(type));
	memcpy(b + 90, halt, sizeof(halt));
	b[510] = 0x55;
	b[511] = 0xaa;
}

static void
fsinfo_sector(const struct fat *f, uint8_t b[SECTOR])
{
	memset(b, 0, SECTOR);
	le32_put(b, 0x41615252);
	le32_put(b + 484, 0x61417272);
	le32_put(b + 488, f->clusters + 2 - f->next);
	le32_put(b + 492, f->next);
	le32_put(b + 508, 0xaa550000);
}

static uint8_t *
fat_table(const struct fat *f, size_t *ret_len)
{
	const size_t len = ((size_t)f->next * 4 + SECTOR - 1) / SECTOR * SECTOR;
	uint8_t *t = tt_xalloc(len);

	le32_put(t, 0x0ffffff8);
	le32_put(t + 4, FAT_END);
	for (size_t i = 0; i < f->count; i++) {
		const struct fat_node *n = &f->nodes[i];

		for (uint32_t k = 0; k < n->clusters; k++)
			le32_put(t + 4 * (size_t)(n->first + k),
			    k + 1 == n->clusters ? FAT_END : n->first + k + 1);
	}
	*ret_len = len;
	return t;
}

static uint64_t
cluster_offset(const struct fat *f, uint32_t cluster)
{
	return (f->reserved + 2ULL * f->fat_sectors + (uint64_t)(cluster - 2) * f->spc) *
	       SECTOR;
}

int
fat_write_meta(const struct fat *f, fat_put *put, void *ctx, struct tt_err **err)
{
	uint8_t front[8 * SECTOR] = { 0 };
	tt_auto(free) uint8_t *table = NULL;
	size_t len;
	int r;

	boot_sector(f, front);
	fsinfo_sector(f, front + SECTOR);
	memcpy(front + 6 * SECTOR, front, 2 * SECTOR);
	table = fat_table(f, &len);
	r = put(ctx, 0, front, sizeof(front), err);
	for (uint64_t copy = 0; r >= 0 && copy < 2; copy++)
		r = put(
		    ctx, (f->reserved + copy * f->fat_sectors) * SECTOR, table, len, err);
	for (size_t i = 0; r >= 0 && i < f->count; i++) {
		const struct fat_node *n = &f->nodes[i];
		tt_auto(free) uint8_t *dir = NULL;

		if (!n->is_dir)
			continue;
		len = (size_t)n->clusters * f->spc * SECTOR;
		dir = tt_xalloc(len);
		fat_dir_fill(f, i, dir);
		r = put(ctx, cluster_offset(f, n->first), dir, len, err);
	}
	return r;
}

uint64_t
fat_offset(const struct fat *f, int i)
{
	return cluster_offset(f, f->nodes[i].first);
}

uint64_t
fat_used(const struct fat *f)
{
	return (uint64_t)(f->next - 2) * f->spc * SECTOR;
}
