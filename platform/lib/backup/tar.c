// SPDX-License-Identifier: MPL-2.0
/*
 * See tar.h. Only what tar_format writes is understood; it is also what tar(1) makes and
 * reads with --format=pax.
 */
#include "platform/lib/backup/tar.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "platform/lib/base/num.h"
#include "platform/lib/base/str.h"

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
	TYPE = 156,
	LINK = 157,
	LINK_LEN = 100,
	MAGIC = 257,
	PREFIX = 345,
	PREFIX_LEN = 155,
};
#define OCTAL11_MAX 077777777777ULL /* 8 GiB less one */
#define OCTAL7_MAX  07777777ULL

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
checksum(const uint8_t block[TAR_BLOCK])
{
	uint64_t sum = 0;

	for (size_t i = 0; i < TAR_BLOCK; i++)
		sum += i >= SUM && i < SUM + 8 ? ' ' : block[i];
	return sum;
}

static bool
all_zero(const uint8_t block[TAR_BLOCK])
{
	for (size_t i = 0; i < TAR_BLOCK; i++)
		if (block[i])
			return false;
	return true;
}

static void
take_name(const uint8_t block[TAR_BLOCK], struct tar_entry *e)
{
	size_t n = strnlen((const char *)block + NAME, NAME_LEN);
	size_t p = strnlen((const char *)block + PREFIX, PREFIX_LEN);
	size_t t = strnlen((const char *)block + LINK, LINK_LEN);

	if (p > 0) {
		memcpy(e->path, block + PREFIX, p);
		e->path[p++] = '/';
	}
	memcpy(e->path + p, block + NAME, n);
	e->path[p + n] = '\0';
	memcpy(e->target, block + LINK, t);
	e->target[t] = '\0';
}

int
tar_parse(const uint8_t block[TAR_BLOCK], struct tar_entry *ret)
{
	struct tar_entry e = { 0 };
	uint64_t sum;
	size_t n;

	if (all_zero(block)) {
		*ret = e;
		return 0;
	}
	if (memcmp(block + MAGIC, "ustar", 6) != 0 || octal(block + SUM, 8, &sum) < 0 ||
	    sum != checksum(block) || octal(block + SIZE, 12, &e.size) < 0)
		return -EBADMSG;
	e.type = block[TYPE] ? (char)block[TYPE] : '0';
	if (!strchr("052x", e.type))
		return -EBADMSG;
	take_name(block, &e);
	n = strlen(e.path);
	if (e.type == '5' && n > 1 && e.path[n - 1] == '/')
		e.path[n - 1] = '\0';
	*ret = e;
	return 0;
}

/* One record "LEN KEY=VALUE\n" at text; its length, or -EBADMSG. */
static ssize_t
pax_record(const char *text, size_t len, struct tar_entry *e)
{
	const char *blank = memchr(text, ' ', len < 8 ? len : 8);
	char digits[8], value[TT_BACKUP_PATH_MAX + 2];
	const char *key, *equal;
	uint32_t n;
	size_t value_len;

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
	value_len = (size_t)(text + n - 1 - (equal + 1));
	if (value_len >= sizeof(value) || memchr(equal + 1, '\0', value_len))
		return -EBADMSG;
	memcpy(value, equal + 1, value_len);
	value[value_len] = '\0';
	if (equal - key == 4 && memcmp(key, "path", 4) == 0)
		(void)tt_strcpy(e->path, sizeof(e->path), value);
	else if (equal - key == 8 && memcmp(key, "linkpath", 8) == 0)
		(void)tt_strcpy(e->target, sizeof(e->target), value);
	else if (equal - key == 4 && memcmp(key, "size", 4) == 0 &&
		 tt_parse_u64(value, 0, TT_BACKUP_SIZE_MAX, &e->size) < 0)
		return -EBADMSG;
	return n;
}

int
tar_pax_parse(const char *text, size_t len, struct tar_entry *e)
{
	while (len > 0) {
		ssize_t n = pax_record(text, len, e);
		size_t path;

		if (n < 0)
			return (int)n;
		text += n;
		len -= (size_t)n;
		path = strlen(e->path);
		if (e->type == '5' && path > 1 && e->path[path - 1] == '/')
			e->path[path - 1] = '\0';
	}
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
finish(uint8_t block[TAR_BLOCK])
{
	memcpy(block + MAGIC, "ustar\0\060\060", 8);
	put_octal(block + SUM, 7, checksum(block));
	block[SUM + 7] = ' ';
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
	uint8_t block[TAR_BLOCK] = { 0 };
	static const char zeros[TAR_BLOCK];

	put_text(block + NAME, NAME_LEN, TAR_PAX_NAME);
	put_octal(block + MODE, 8, 0600);
	put_octal(block + UID, 8, 0);
	put_octal(block + GID, 8, 0);
	put_octal(block + SIZE, 12, records->len);
	put_octal(block + MTIME, 12, 0);
	block[TYPE] = 'x';
	finish(block);
	(void)tt_buf_add(out, block, sizeof(block));
	(void)tt_buf_add(out, records->data, records->len);
	(void)tt_buf_add(out, zeros, tar_padding(records->len));
}

void
tar_format(const struct tt_backup_member *m, struct tt_buf *out)
{
	static const char types[TT_BACKUP_TYPE_MAX] = { '0', '5', '2' };
	tt_auto(buf) struct tt_buf pax = TT_BUF_INIT(TAR_PAX_MAX);
	uint8_t block[TAR_BLOCK] = { 0 };
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
	/* manifest.json has them in full */
	put_octal(block + UID, 8, m->uid <= OCTAL7_MAX ? m->uid : 0);
	put_octal(block + GID, 8, m->gid <= OCTAL7_MAX ? m->gid : 0);
	put_octal(block + SIZE, 12, m->size <= OCTAL11_MAX ? m->size : 0);
	put_octal(block + MTIME, 12,
	    (uint64_t)m->mtime_s <= OCTAL11_MAX ? (uint64_t)m->mtime_s : 0);
	block[TYPE] = (uint8_t)types[m->type];
	if (m->target)
		put_text(block + LINK, LINK_LEN, m->target);
	finish(block);
	(void)tt_buf_add(out, block, sizeof(block));
}

size_t
tar_padding(uint64_t size)
{
	return (size_t)(-size & (TAR_BLOCK - 1));
}
