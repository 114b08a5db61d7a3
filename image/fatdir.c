// SPDX-License-Identifier: MPL-2.0
/*
 * Folder entries of the FAT writer: short names, long names, times.
 */
#include <stdio.h>
#include <string.h>

#include "image/fat_private.h"
#include "image/le.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/str.h"

#define ENTRY      32U
#define LFN_CHARS  13U
#define ATTR_LABEL 0x08
#define ATTR_DIR   0x10
#define ATTR_FILE  0x20
#define ATTR_LFN   0x0f
#define NAME_LEN   11U

void
fat_label(const struct fat *f, uint8_t out[11])
{
	memset(out, ' ', NAME_LEN);
	for (size_t i = 0; i < NAME_LEN && f->p.label[i] != '\0'; i++)
		out[i] = (uint8_t)f->p.label[i];
}

uint8_t
fat_short_sum(const uint8_t name[11])
{
	uint8_t sum = 0;

	for (size_t i = 0; i < NAME_LEN; i++)
		sum = (uint8_t)((sum >> 1 | sum << 7) + name[i]);
	return sum;
}

/* Upper-case form for an 8.3 name, '_' for what it cannot hold, 0 for what is dropped. */
static char
short_char(char c, bool *lossy)
{
	if (c >= 'a' && c <= 'z')
		return (char)(c - 'a' + 'A');
	if ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	    strchr("!#$%&'()-@^_`{}~", c))
		return c;
	*lossy = true;
	return c == '.' || c == ' ' ? 0 : '_';
}

/* Base and extension without a number; true when the name is exactly representable. */
static bool
short_basis(const char *name, char base[9], char ext[4])
{
	const char *dot = strrchr(name, '.');
	bool lossy = false;
	size_t n = 0;

	if (dot != NULL && (dot == name || strspn(name, ".") == (size_t)(dot - name) + 1))
		dot = NULL; /* ".joyliveusb" has no extension */
	for (const char *c = name; *c != '\0' && c != dot; c++) {
		const char s = short_char(*c, &lossy);

		if (s != 0 && n == 8)
			lossy = true;
		else if (s != 0)
			base[n++] = s;
	}
	base[n] = '\0';
	n = 0;
	for (const char *c = dot == NULL ? "" : dot + 1; *c != '\0'; c++) {
		const char s = short_char(*c, &lossy);

		if (s != 0 && n == 3)
			lossy = true;
		else if (s != 0)
			ext[n++] = s;
	}
	ext[n] = '\0';
	return !lossy;
}

/* Without a terminator: the fields of an entry have none. */
static void
put_chars(uint8_t *out, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out[i] = (uint8_t)s[i];
}

static void
pack(const char *base, const char *ext, unsigned number, uint8_t out[11])
{
	char tail[12] = "";
	size_t n = strlen(base);

	memset(out, ' ', NAME_LEN);
	if (number > 0)
		(void)snprintf(tail, sizeof(tail), "~%u", number);
	if (n + strlen(tail) > 8)
		n = 8 - strlen(tail);
	put_chars(out, base, n);
	put_chars(out + n, tail, strlen(tail));
	put_chars(out + 8, ext, strlen(ext));
}

static bool
taken(const uint8_t *names, size_t count, const uint8_t name[11])
{
	for (size_t i = 0; i < count; i++)
		if (memcmp(names + i * NAME_LEN, name, NAME_LEN) == 0)
			return true;
	return false;
}

/* The 8.3 name of a child; names holds the count ones given before. */
static void
short_name(const char *name, const uint8_t *names, size_t count, uint8_t out[11])
{
	char base[9] = "", ext[4] = "";
	const bool exact = short_basis(name, base, ext);

	if (exact)
		pack(base, ext, 0, out);
	for (unsigned n = 1; !exact || taken(names, count, out); n++) {
		pack(base, ext, n, out);
		if (!taken(names, count, out))
			break;
	}
}

/* True when the long name says nothing that the 8.3 name does not. */
static bool
plain(const char *name, const uint8_t s[11])
{
	char text[13];
	size_t n = 0;

	for (size_t i = 0; i < 8 && s[i] != ' '; i++)
		text[n++] = (char)s[i];
	if (s[8] != ' ')
		text[n++] = '.';
	for (size_t i = 8; i < NAME_LEN && s[i] != ' '; i++)
		text[n++] = (char)s[i];
	text[n] = '\0';
	return strcmp(text, name) == 0;
}

static uint8_t *
put_long(uint8_t *out, const char *name, const uint8_t s[11])
{
	static const uint8_t place[LFN_CHARS] = { 1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24,
		28, 30 };
	const size_t len = strlen(name);
	const size_t parts = (len + LFN_CHARS - 1) / LFN_CHARS;

	for (size_t part = parts; part > 0; part--, out += ENTRY) {
		out[0] = (uint8_t)(part | (part == parts ? 0x40 : 0));
		out[11] = ATTR_LFN;
		out[13] = fat_short_sum(s);
		for (size_t i = 0; i < LFN_CHARS; i++) {
			const size_t at = (part - 1) * LFN_CHARS + i;

			le16_put(out + place[i], at < len    ? (uint8_t)name[at]
						 : at == len ? 0
							     : 0xffff);
		}
	}
	return out;
}

static uint8_t *
put_short(const struct fat *f, uint8_t *out, const void *name, uint8_t attr,
    uint32_t first, uint64_t size)
{
	memcpy(out, name, NAME_LEN);
	out[11] = attr;
	le16_put(out + 14, f->time);
	le16_put(out + 16, f->date);
	le16_put(out + 18, f->date);
	le16_put(out + 20, (uint16_t)(first >> 16));
	le16_put(out + 22, f->time);
	le16_put(out + 24, f->date);
	le16_put(out + 26, (uint16_t)first);
	le32_put(out + 28, (uint32_t)size);
	return out + ENTRY;
}

uint64_t
fat_dir_bytes(const struct fat *f, size_t dir)
{
	uint64_t entries = dir == 0 ? 1 : 2;

	for (size_t i = 1; i < f->count; i++)
		if (f->nodes[i].parent == dir)
			entries +=
			    1 + (strlen(f->nodes[i].name) + LFN_CHARS - 1) / LFN_CHARS;
	return entries * ENTRY;
}

void
fat_dir_fill(const struct fat *f, size_t dir, uint8_t *out)
{
	const struct fat_node *me = &f->nodes[dir];
	tt_auto(free) uint8_t *names = tt_xcalloc(f->count, NAME_LEN);
	size_t given = 0;
	uint8_t label[NAME_LEN];

	fat_label(f, label);
	if (dir == 0) {
		out = put_short(f, out, label, ATTR_LABEL, 0, 0);
	} else {
		/* the root is cluster 0 in "..", by the specification */
		out = put_short(f, out, ".          ", ATTR_DIR, me->first, 0);
		out = put_short(f, out, "..         ", ATTR_DIR,
		    me->parent == 0 ? 0 : f->nodes[me->parent].first, 0);
	}
	for (size_t i = 1; i < f->count; i++) {
		const struct fat_node *n = &f->nodes[i];
		uint8_t *s = names + given * NAME_LEN;

		if (n->parent != dir)
			continue;
		short_name(n->name, names, given, s);
		given++;
		if (!plain(n->name, s))
			out = put_long(out, n->name, s);
		out = put_short(
		    f, out, s, n->is_dir ? ATTR_DIR : ATTR_FILE, n->first, n->size);
	}
}
