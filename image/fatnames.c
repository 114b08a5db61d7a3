// SPDX-License-Identifier: MPL-2.0
/*
 * Folders of the FAT reader: entries, long names, the walk.
 */
#include <errno.h>
#include <string.h>

#include "image/fatread_private.h"
#include "image/le.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/macro.h"
#include "platform/lib/base/str.h"

#define ENTRY       32U
#define LFN_CHARS   13U
#define LFN_PARTS   20U
#define DIR_ENTRIES 65536U /* the format's own limit for one folder */

/* A long name while its parts come in, last part first. */
struct longname {
	char text[LFN_PARTS * LFN_CHARS + 1];
	unsigned want; /* number of the part that must come next; 0 = complete */
	uint8_t sum;
	bool open;
	bool foreign; /* a character that is not ASCII */
};

struct walk {
	const struct fatread *f;
	fatread_seen *seen;
	void *ctx;
	size_t files;
};

static int walk_dir(struct walk *w, const char *path, uint32_t first, unsigned depth,
    struct tt_err **err);

static uint8_t
short_sum(const uint8_t *name)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < 11; i++)
		sum = (uint8_t)((sum >> 1 | sum << 7) + name[i]);
	return sum;
}

static void
add_part(struct longname *l, const uint8_t *e)
{
	static const uint8_t place[LFN_CHARS] = { 1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24,
		28, 30 };
	const unsigned part = e[0] & 0x3f;

	if ((e[0] & 0x40) != 0) {
		memset(l, 0, sizeof(*l));
		l->want = part;
		l->sum = e[13];
		l->open = part >= 1 && part <= LFN_PARTS;
	}
	if (!l->open || part != l->want || e[13] != l->sum || part == 0) {
		l->open = false;
		return;
	}
	l->want--;
	for (size_t i = 0; i < LFN_CHARS; i++) {
		const uint16_t c = le16_get(e + place[i]);

		if (c == 0)
			break;
		if (c >= 0x80 || c < 0x20)
			l->foreign = true;
		l->text[(part - 1) * LFN_CHARS + i] = (char)(c & 0x7f);
	}
}

static void
short_text(const uint8_t *e, char out[13])
{
	const bool low_base = (e[12] & 0x08) != 0, low_ext = (e[12] & 0x10) != 0;
	size_t n = 0;

	for (size_t i = 0; i < 8 && e[i] != ' '; i++)
		out[n++] =
		    (char)(low_base && e[i] >= 'A' && e[i] <= 'Z' ? e[i] + 32 : e[i]);
	if (e[8] != ' ')
		out[n++] = '.';
	for (size_t i = 8; i < 11 && e[i] != ' '; i++)
		out[n++] =
		    (char)(low_ext && e[i] >= 'A' && e[i] <= 'Z' ? e[i] + 32 : e[i]);
	out[n] = '\0';
}

static int
check_text(const char *path, const char *name, struct tt_err **err)
{
	if (*name == '\0' || strchr(name, '/') != NULL || strcmp(name, ".") == 0 ||
	    strcmp(name, "..") == 0 || strlen(name) > 255)
		return fatread_bad(err, path, "a name in it is not allowed");
	for (const char *c = name; *c != '\0'; c++)
		if ((uint8_t)*c < 0x20 || (uint8_t)*c >= 0x7f)
			return fatread_bad(err, path, "a name in it is not ASCII");
	return 0;
}

/* One file or folder of the folder path; goes down into folders. */
static int
entry(struct walk *w, const char *path, const uint8_t *e, const struct longname *l,
    unsigned depth, struct tt_err **err)
{
	tt_auto(free) struct fatread_file *file = tt_xalloc(sizeof(*file));
	char name[13];
	const char *text = name;
	int r;

	short_text(e, name);
	if (l->open && l->want == 0 && l->sum == short_sum(e)) {
		if (l->foreign)
			return fatread_bad(err, path, "a name in it is not ASCII");
		text = l->text;
	}
	r = check_text(path, text, err);
	if (r < 0)
		return r;
	if (++w->files > FATREAD_FILES)
		return fatread_bad(err, path, "over 200,000 files and folders");
	if (tt_strf(file->path, sizeof(file->path), "%s%s%s", path,
		*path == '\0' ? "" : "/", text) < 0)
		return fatread_bad(err, path, "a path in it is over 1,023 characters");
	file->is_dir = (e[11] & 0x10) != 0;
	file->size = file->is_dir ? 0 : le32_get(e + 28);
	file->first = (uint32_t)le16_get(e + 20) << 16 | le16_get(e + 26);
	r = w->seen(file, w->ctx, err);
	if (r < 0 || !file->is_dir)
		return r;
	return walk_dir(w, file->path, file->first, depth + 1, err);
}

/* 1 at the end mark of the folder. */
static int
cluster_entries(struct walk *w, const char *path, const uint8_t *data, struct longname *l,
    unsigned depth, struct tt_err **err)
{
	for (uint32_t at = 0; at < w->f->cluster_bytes; at += ENTRY) {
		const uint8_t *e = data + at;
		int r = 0;

		if (e[0] == 0)
			return 1;
		if (e[0] == 0xe5) {
			l->open = false;
			continue;
		}
		if (e[11] == 0x0f) {
			add_part(l, e);
			continue;
		}
		if ((e[11] & 0x08) == 0 && memcmp(e, ".          ", 11) != 0 &&
		    memcmp(e, "..         ", 11) != 0)
			r = entry(w, path, e, l, depth, err);
		l->open = false;
		if (r < 0)
			return r;
	}
	return 0;
}

static int
walk_dir(
    struct walk *w, const char *path, uint32_t first, unsigned depth, struct tt_err **err)
{
	const uint32_t most = DIR_ENTRIES * ENTRY / w->f->cluster_bytes + 1;
	tt_auto(free) struct longname *l = tt_xalloc(sizeof(*l));
	uint32_t c = first;
	int r = 0;

	if (depth > FATREAD_DEPTH)
		return fatread_bad(err, path, "folders are nested over 16 deep");
	for (uint32_t n = 0; r == 0; n++) {
		if (n >= most)
			return fatread_bad(err, path, "the folder has no end");
		if (!fatread_cluster_valid(w->f, c))
			return fatread_bad(
			    err, path, "the folder's chain leaves the volume");
		r = cluster_entries(w, path, fatread_cluster(w->f, c), l, depth, err);
		c = fatread_next(w->f, c);
		if (r == 0 && c >= 0x0ffffff8)
			return 0;
	}
	return r < 0 ? r : 0;
}

int
fatread_walk(const struct fatread *f, fatread_seen *seen, void *ctx, struct tt_err **err)
{
	struct walk w = { f, seen, ctx, 0 };

	return walk_dir(&w, "", f->root, 0, err);
}
