// SPDX-License-Identifier: MPL-2.0
/*
 * Writer and reader of GUID partition tables. Offsets are those of the UEFI
 * specification, tables 5-5 (header) and 5-6 (entry).
 */
#include "image/gpt.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "image/le.h"
#include "platform/lib/base/crc32.h"
#include "platform/lib/base/macro.h"
#include "platform/lib/base/str.h"

#define HEADER_SIZE  92
#define ENTRY_SIZE   128
#define ENTRIES_MOST 248
#define ENTRIES_LEN  (GPT_PARTS_MAX * ENTRY_SIZE)
#define NAME_CHARS   36

static const char signature[8] = { 'E', 'F', 'I', ' ', 'P', 'A', 'R', 'T' };

/* Text form to disk form: the first three groups are little-endian. */
static void
guid_put(const char *text, uint8_t out[16])
{
	static const uint8_t order[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13,
		14, 15 };
	char digits[33];
	uint8_t raw[16];
	size_t n = 0;

	for (const char *c = text; *c != '\0' && n < 32; c++)
		if (*c != '-')
			digits[n++] = *c;
	digits[n] = '\0';
	if (tt_unhex(digits, raw, sizeof(raw)) < 0)
		abort();
	for (size_t i = 0; i < 16; i++)
		out[order[i]] = raw[i];
}

static void
guid_get(const uint8_t *p, char out[37])
{
	(void)snprintf(out, 37, "%08x-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x",
	    le32_get(p), le16_get(p + 4), le16_get(p + 6), p[8], p[9], p[10], p[11],
	    p[12], p[13], p[14], p[15]);
}

void
gpt_layout(uint64_t sectors, struct gpt *ret)
{
	memset(ret, 0, sizeof(*ret));
	(void)tt_strcpy(ret->disk_guid, 37, "5452494f-4e00-4000-8000-000000000000");
	ret->sectors = sectors;
	ret->count = 2;
	ret->part[0] =
	    (struct gpt_part){ GPT_TYPE_BIOS, "5452494f-4e00-4000-8000-000000000001",
		    GPT_BIOS_FIRST, GPT_BIOS_FIRST + GPT_BIOS_SECTORS - 1, "bios" };
	ret->part[1] =
	    (struct gpt_part){ GPT_TYPE_ESP, "5452494f-4e00-4000-8000-000000000002",
		    GPT_KEY_FIRST, sectors - GPT_ALIGN - 1, "TRITON" };
}

/* One header; me and other are the sectors of this copy and the other one. */
static void
put_header(const struct gpt *g, uint64_t me, uint64_t other, uint64_t entries,
    uint32_t entries_crc, uint8_t *out)
{
	memset(out, 0, GPT_SECTOR);
	memcpy(out, signature, sizeof(signature));
	le32_put(out + 8, 0x00010000);
	le32_put(out + 12, HEADER_SIZE);
	le64_put(out + 24, me);
	le64_put(out + 32, other);
	le64_put(out + 40, GPT_HEAD_SECTORS);
	le64_put(out + 48, g->sectors - GPT_TAIL_SECTORS - 1);
	guid_put(g->disk_guid, out + 56);
	le64_put(out + 72, entries);
	le32_put(out + 80, GPT_PARTS_MAX);
	le32_put(out + 84, ENTRY_SIZE);
	le32_put(out + 88, entries_crc);
	le32_put(out + 16, tt_crc32(0, out, HEADER_SIZE));
}

static void
put_mbr(uint64_t sectors, uint8_t *out)
{
	static const uint8_t chs[8] = { 0x00, 0x00, 0x02, 0x00, 0xee, 0xff, 0xff, 0xff };
	uint8_t *entry = out + 446;

	memset(out, 0, GPT_SECTOR);
	memcpy(entry, chs, sizeof(chs));
	le32_put(entry + 8, 1);
	le32_put(
	    entry + 12, sectors - 1 > UINT32_MAX ? UINT32_MAX : (uint32_t)(sectors - 1));
	out[510] = 0x55;
	out[511] = 0xaa;
}

void
gpt_build(const struct gpt *g, uint8_t head[GPT_HEAD_SECTORS * GPT_SECTOR],
    uint8_t tail[GPT_TAIL_SECTORS * GPT_SECTOR])
{
	uint8_t *entries = head + 2 * GPT_SECTOR;
	const uint64_t last = g->sectors - 1;
	uint32_t crc;

	memset(entries, 0, ENTRIES_LEN);
	for (size_t i = 0; i < g->count; i++) {
		const struct gpt_part *p = &g->part[i];
		uint8_t *e = entries + i * ENTRY_SIZE;

		guid_put(p->type, e);
		guid_put(p->guid, e + 16);
		le64_put(e + 32, p->first);
		le64_put(e + 40, p->last);
		for (size_t k = 0; p->name[k] != '\0'; k++)
			le16_put(e + 56 + 2 * k, (uint8_t)p->name[k]);
	}
	crc = tt_crc32(0, entries, ENTRIES_LEN);
	put_mbr(g->sectors, head);
	put_header(g, 1, last, 2, crc, head + GPT_SECTOR);
	memcpy(tail, entries, ENTRIES_LEN);
	put_header(g, last, 1, last - 32, crc, tail + ENTRIES_LEN);
}

static int
bad(struct tt_err **err, const char *copy, const char *what)
{
	return tt_err_set(err, -EINVAL, "InvalidPartitionTable",
	    "partition table, %s copy: %s: write the image anew", copy, what);
}

/* What a copy of a table says of itself, checked. */
struct copy {
	const uint8_t *entries; /* into the disk */
	uint32_t count;         /* of entries, used or not */
	size_t len;
};

/*
 * Header at sector me and its entries. Our own tables have 128; that of a disc image has as
 * many as fit in front of its file system.
 */
static int
check_header(const uint8_t *data, uint64_t sectors, uint64_t me, uint64_t other,
    struct copy *ret, struct tt_err **err)
{
	const char *copy = me == 1 ? "first" : "backup";
	const uint8_t *h = data + me * GPT_SECTOR;
	uint8_t header[HEADER_SIZE];
	uint64_t entries;

	memcpy(header, h, HEADER_SIZE);
	if (memcmp(header, signature, sizeof(signature)) != 0)
		return bad(err, copy, "no signature 'EFI PART'");
	if (le32_get(header + 12) != HEADER_SIZE)
		return bad(err, copy, "header size is not 92");
	le32_put(header + 16, 0);
	if (tt_crc32(0, header, HEADER_SIZE) != le32_get(h + 16))
		return bad(err, copy, "CRC of the header is wrong");
	if (le64_get(h + 24) != me || le64_get(h + 32) != other)
		return bad(err, copy, "header is not where it says");
	ret->count = le32_get(h + 80);
	if (ret->count < 4 || ret->count > ENTRIES_MOST || ret->count % 4 != 0 ||
	    le32_get(h + 84) != ENTRY_SIZE)
		return bad(err, copy, "not 4 to 248 entries of 128 bytes");
	ret->len = (size_t)ret->count * ENTRY_SIZE;
	entries = le64_get(h + 72);
	if (ret->len / GPT_SECTOR > sectors || entries < 2 ||
	    entries > sectors - ret->len / GPT_SECTOR)
		return bad(err, copy, "entries lie outside of the disk");
	ret->entries = data + entries * GPT_SECTOR;
	if (tt_crc32(0, ret->entries, ret->len) != le32_get(h + 88))
		return bad(err, copy, "CRC of the entries is wrong");
	return 0;
}

static void
get_entry(const uint8_t *e, struct gpt_part *ret)
{
	guid_get(e, ret->type);
	guid_get(e + 16, ret->guid);
	ret->first = le64_get(e + 32);
	ret->last = le64_get(e + 40);
	for (size_t k = 0; k < NAME_CHARS; k++) {
		const uint16_t c = le16_get(e + 56 + 2 * k);

		ret->name[k] = (char)(c == 0 || (c >= 0x20 && c < 0x7f) ? c : '?');
	}
	ret->name[NAME_CHARS] = '\0';
}

static int
get_entries(const struct copy *c, struct gpt *ret, struct tt_err **err)
{
	static const uint8_t unused[16];
	const uint64_t table = 1 + c->len / GPT_SECTOR; /* header and entries */

	for (size_t i = 0; i < c->count; i++) {
		const uint8_t *e = c->entries + i * ENTRY_SIZE;
		struct gpt_part *p = &ret->part[ret->count];

		if (memcmp(e, unused, sizeof(unused)) == 0)
			continue;
		if (ret->count == GPT_PARTS_MAX)
			return bad(err, "first", "more than 128 partitions");
		get_entry(e, p);
		if (p->first < 1 + table || p->last < p->first ||
		    p->last >= ret->sectors - table)
			return bad(
			    err, "first", "a partition lies outside of the usable area");
		for (size_t k = 0; k < ret->count; k++)
			if (p->first <= ret->part[k].last &&
			    ret->part[k].first <= p->last)
				return bad(err, "first", "two partitions overlap");
		ret->count++;
	}
	return 0;
}

int
gpt_parse(const uint8_t *data, size_t len, struct gpt *ret, struct tt_err **err)
{
	const uint64_t sectors = len / GPT_SECTOR;
	struct copy first = { 0 }, backup = { 0 };
	int r;

	memset(ret, 0, sizeof(*ret));
	if (len % GPT_SECTOR != 0 || sectors < GPT_HEAD_SECTORS + GPT_TAIL_SECTORS)
		return tt_err_set(err, -EINVAL, "InvalidPartitionTable",
		    "%zu bytes are no disk: need whole sectors of 512, at least %d", len,
		    GPT_HEAD_SECTORS + GPT_TAIL_SECTORS);
	if (data[510] != 0x55 || data[511] != 0xaa || data[450] != 0xee)
		return bad(err, "first", "no protective MBR");
	r = check_header(data, sectors, 1, sectors - 1, &first, err);
	if (r >= 0)
		r = check_header(data, sectors, sectors - 1, 1, &backup, err);
	if (r < 0 || first.entries == NULL || backup.entries == NULL)
		return r < 0 ? r : -EINVAL;
	if (first.count != backup.count ||
	    memcmp(first.entries, backup.entries, first.len) != 0 ||
	    memcmp(data + GPT_SECTOR + 56, data + (sectors - 1) * GPT_SECTOR + 56, 16) !=
		0)
		return bad(err, "backup", "differs from the first one");
	guid_get(data + GPT_SECTOR + 56, ret->disk_guid);
	ret->sectors = sectors;
	return get_entries(&first, ret, err);
}
