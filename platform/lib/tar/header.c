// SPDX-License-Identifier: MPL-2.0
/*
 * Headers of tar archives, from bytes and to bytes: see tar.h.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "platform/lib/base/num.h"
#include "platform/lib/base/str.h"
#include "platform/lib/tar/tar.h"

/* Offsets and lengths of a header's fields. */
enum {
	NAME = 0,
	NAME_LEN = 100,
	MODE = 100,
	UID = 108,
	GID = 116,
	SIZE = 124,
	MTIME = 136,
	SUM = 148,
	SUM_LEN = 8,
	TYPE = 156,
	LINK = 157,
	LINK_LEN = 100,
	MAGIC = 257,
	PREFIX = 345,
	PREFIX_LEN = 155,
};
#define NUMBER_LEN  12
#define OCTAL11_MAX 077777777777ULL /* 8 GiB less one */
#define OCTAL7_MAX  07777777ULL
#define PAX_NAME    "././@PaxHeader"
#define LEN_DIGITS  8 /* of a record's length, with the blank */

static const char types[TT_TAR_TYPE_MAX] = { '0', '5', '2', 'x' };

/* Octal digits, ended by a blank, a NUL or the field's end. */
static int
octal(const uint8_t *p, size_t len, uint64_t *ret)
{
	uint64_t v = 0;
	size_t i = 0;

	while (i < len && p[i] == ' ')
		i++;
	if (i == len || p[i] < '0' || p[i] > '7')
		return -EBADMSG;
	for (; i < len && p[i] >= '0' && p[i] <= '7'; i++)
		v = v << 3 | (uint64_t)(p[i] - '0');
	if (i < len && p[i] != ' ' && p[i] != '\0')
		return -EBADMSG;
	*ret = v;
	return 0;
}

/* The checksum counts its own field as blanks. */
static uint64_t
checksum(const uint8_t *block)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < TT_TAR_BLOCK; i++)
		sum += i >= SUM && i < SUM + SUM_LEN ? ' ' : block[i];
	return sum;
}

static void
cut_slashes(char *path)
{
	size_t n = strlen(path);

	while (n > 1 && path[n - 1] == '/')
		path[--n] = '\0';
}

static void
take_names(const uint8_t *block, struct tt_tar_entry *e)
{
	size_t n = strnlen((const char *)block + NAME, NAME_LEN), p = 0;
	size_t t = strnlen((const char *)block + LINK, LINK_LEN);

	/* GNU's old format ("ustar  ") keeps times where the prefix would be */
	if (memcmp(block + MAGIC, "ustar", 6) == 0)
		p = strnlen((const char *)block + PREFIX, PREFIX_LEN);
	if (p > 0) {
		memcpy(e->path, block + PREFIX, p);
		e->path[p++] = '/';
	}
	memcpy(e->path + p, block + NAME, n);
	e->path[p + n] = '\0';
	cut_slashes(e->path);
	if (e->type == TT_TAR_LINK)
		memcpy(e->target, block + LINK, t);
}

static enum tt_tar_type
type_of(uint8_t c)
{
	enum tt_tar_type t = 0;

	while (t < TT_TAR_TYPE_MAX && (uint8_t)types[t] != (c ? c : '0'))
		t++;
	return t;
}

int
tt_tar_parse(
    const void *block, size_t len, struct tt_tar_entry *ret, const char **ret_why)
{
	static const uint8_t zeros[TT_TAR_BLOCK];
	const uint8_t *b = block;
	struct tt_tar_entry e = { 0 };
	uint64_t sum;

	*ret_why = NULL;
	if (len != TT_TAR_BLOCK)
		*ret_why = "it ends inside a header";
	else if (memcmp(b, zeros, TT_TAR_BLOCK) == 0)
		return 0;
	else if (memcmp(b + MAGIC, "ustar", 5) != 0 ||
		 octal(b + SUM, SUM_LEN, &sum) < 0 || sum != checksum(b))
		*ret_why =
		    "a header's sum is wrong: this is no tar archive, or a damaged one";
	else if ((e.type = type_of(b[TYPE])) == TT_TAR_TYPE_MAX)
		*ret_why = "it holds something that is neither file, folder nor link";
	else if (octal(b + SIZE, NUMBER_LEN, &e.size) < 0)
		*ret_why = "a size is not an octal number";
	if (*ret_why)
		return -EBADMSG;
	if (e.type == TT_TAR_DIR || e.type == TT_TAR_LINK)
		e.size = 0;
	take_names(b, &e);
	*ret = e;
	return 1;
}

static bool
is_key(const char *key, size_t len, const char *want)
{
	return len == strlen(want) && memcmp(key, want, len) == 0;
}

/* One record "LEN KEY=VALUE\n" at text; its length, or -EBADMSG. */
static ssize_t
pax_record(const char *text, size_t len, struct tt_tar_entry *e)
{
	const char *blank = memchr(text, ' ', len < LEN_DIGITS ? len : LEN_DIGITS);
	char digits[LEN_DIGITS], value[TT_TAR_NAME_MAX + 2];
	const char *key, *equal;
	uint32_t n;
	size_t key_len, value_len;

	if (!blank)
		return -EBADMSG;
	memcpy(digits, text, (size_t)(blank - text));
	digits[blank - text] = '\0';
	if (tt_parse_u32(digits, 5, (uint32_t)len, &n) < 0 || text[n - 1] != '\n' ||
	    blank + 2 >= text + n)
		return -EBADMSG;
	key = blank + 1;
	equal = memchr(key, '=', (size_t)(text + n - key));
	if (!equal)
		return -EBADMSG;
	key_len = (size_t)(equal - key);
	value_len = (size_t)(text + n - 1 - (equal + 1));
	if (value_len >= sizeof(value) || memchr(equal + 1, '\0', value_len))
		return -EBADMSG;
	memcpy(value, equal + 1, value_len);
	value[value_len] = '\0';
	if (is_key(key, key_len, "path"))
		(void)tt_strcpy(e->path, sizeof(e->path), value);
	else if (is_key(key, key_len, "linkpath") && e->type == TT_TAR_LINK)
		(void)tt_strcpy(e->target, sizeof(e->target), value);
	else if (is_key(key, key_len, "size") && e->type == TT_TAR_FILE &&
		 tt_parse_u64(value, 0, TT_TAR_SIZE_MAX, &e->size) < 0)
		return -EBADMSG;
	return n;
}

int
tt_tar_pax(const char *text, size_t len, struct tt_tar_entry *e, const char **ret_why)
{
	*ret_why = NULL;
	while (len > 0) {
		ssize_t n = pax_record(text, len, e);

		if (n < 0) {
			*ret_why = "it holds an extended header that is damaged";
			return (int)n;
		}
		text += n;
		len -= (size_t)n;
	}
	cut_slashes(e->path);
	return 0;
}

/* Digits and a NUL in a field of so many bytes. */
static void
put_octal(uint8_t *field, size_t len, uint64_t value)
{
	char text[24];

	(void)snprintf(
	    text, sizeof(text), "%0*llo", (int)len - 1, (unsigned long long)value);
	memcpy(field, text, len);
}

static void
put_text(uint8_t *field, size_t len, const char *text)
{
	size_t n = strlen(text);

	memcpy(field, text, n < len ? n : len);
}

static void
finish(uint8_t block[TT_TAR_BLOCK])
{
	memcpy(block + MAGIC, "ustar\0\060\060", 8);
	put_octal(block + SUM, SUM_LEN - 1, checksum(block));
	block[SUM + SUM_LEN - 1] = ' ';
}

static void
pax_add(struct tt_buf *out, const char *key, const char *value)
{
	/* the length counts its own digits */
	size_t n = strlen(key) + strlen(value) + 3, digits = 1, ten = 10;

	while (n + digits >= ten) {
		digits++;
		ten *= 10;
	}
	(void)tt_buf_addf(out, "%zu %s=%s\n", n + digits, key, value);
}

static void
add_pax(const struct tt_buf *records, struct tt_buf *out)
{
	uint8_t block[TT_TAR_BLOCK] = { 0 };
	static const char zeros[TT_TAR_BLOCK];

	put_text(block + NAME, NAME_LEN, PAX_NAME);
	put_octal(block + MODE, 8, 0600);
	put_octal(block + UID, 8, 0);
	put_octal(block + GID, 8, 0);
	put_octal(block + SIZE, NUMBER_LEN, records->len);
	put_octal(block + MTIME, NUMBER_LEN, 0);
	block[TYPE] = (uint8_t)types[TT_TAR_PAX];
	finish(block);
	(void)tt_buf_add(out, block, sizeof(block));
	(void)tt_buf_add(out, records->data, records->len);
	(void)tt_buf_add(out, zeros, tt_tar_padding(records->len));
}

void
tt_tar_format(const struct tt_tar_member *m, struct tt_buf *out)
{
	tt_auto(buf) struct tt_buf pax = TT_BUF_INIT(TT_TAR_PAX_MAX);
	uint8_t block[TT_TAR_BLOCK] = { 0 };
	char size[24];

	(void)tt_strf(size, sizeof(size), "%llu", (unsigned long long)m->size);
	if (strlen(m->path) > NAME_LEN)
		pax_add(&pax, "path", m->path);
	if (m->target && strlen(m->target) > LINK_LEN)
		pax_add(&pax, "linkpath", m->target);
	if (m->size > OCTAL11_MAX)
		pax_add(&pax, "size", size);
	if (pax.len > 0)
		add_pax(&pax, out);
	put_text(block + NAME, NAME_LEN, m->path);
	put_octal(block + MODE, 8, m->mode);
	/* whoever needs them in full keeps them elsewhere, too */
	put_octal(block + UID, 8, m->uid <= OCTAL7_MAX ? m->uid : 0);
	put_octal(block + GID, 8, m->gid <= OCTAL7_MAX ? m->gid : 0);
	put_octal(block + SIZE, NUMBER_LEN, m->size <= OCTAL11_MAX ? m->size : 0);
	put_octal(block + MTIME, NUMBER_LEN,
	    (uint64_t)m->mtime_s <= OCTAL11_MAX ? (uint64_t)m->mtime_s : 0);
	block[TYPE] = (uint8_t)types[m->type];
	if (m->target)
		put_text(block + LINK, LINK_LEN, m->target);
	finish(block);
	(void)tt_buf_add(out, block, sizeof(block));
}

size_t
tt_tar_padding(uint64_t size)
{
	return (size_t)(-size & (TT_TAR_BLOCK - 1));
}
