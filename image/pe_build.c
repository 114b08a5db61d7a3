// SPDX-License-Identifier: MPL-2.0
/*
 * Writer of EFI programs: more sections, and a signature at the end.
 *
 * Sections are padded to 512 bytes and placed on pages behind the last one: with other
 * paddings sbverify still accepts the file, but firmware refuses it.
 */
#include <errno.h>
#include <string.h>

#include "image/le.h"
#include "image/pe.h"
#include "image/pe_private.h"

static uint32_t
round_up(uint32_t n, uint32_t to)
{
	return (n + to - 1) / to * to;
}

/* Sum of 16-bit words with carry, plus the length; the field itself counts as zero. */
static uint32_t
checksum(const uint8_t *data, size_t len, size_t field)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < len; i += 2) {
		const uint32_t word = i + 1 < len ? le16_get(data + i) : data[i];

		if (i == field || i == field + 2)
			continue;
		sum += word;
		sum = (sum & 0xffff) + (sum >> 16);
	}
	return (sum & 0xffff) + (uint32_t)len;
}

static void
set_checksum(struct tt_buf *b)
{
	uint8_t *d = (uint8_t *)b->data;
	const size_t field = le32_get(d + 0x3c) + PE_COFF_LEN + PE_OPT_CHECKSUM;

	le32_put(d + field, checksum(d, b->len, field));
}

static void
pad(struct tt_buf *b, size_t to)
{
	static const char zero[PE_ALIGN];

	while (b->len % to != 0 && !b->overflow)
		tt_buf_add(b, zero, to - b->len % to);
}

/* One row of the section table; returns the address behind the section. */
static uint32_t
put_section(uint8_t *row, const struct pe_new *s, uint32_t address, uint32_t at)
{
	memset(row, 0, PE_SECTION_LEN);
	memcpy(row, s->name, strnlen(s->name, 8));
	le32_put(row + 8, (uint32_t)s->len);
	le32_put(row + 12, address);
	le32_put(row + 16, round_up((uint32_t)s->len, PE_ALIGN));
	le32_put(row + 20, at);
	le32_put(row + 36, PE_READ_DATA);
	return address + (uint32_t)s->len;
}

/* Headers of the result, in the copy that d is. */
static void
fix_headers(const struct pe *p, const struct pe_new *add, size_t count, uint8_t *d)
{
	const struct pe_section *last = &p->section[p->count - 1];
	uint32_t address = last->address + last->size;
	uint32_t at = round_up(p->end, PE_ALIGN);

	for (size_t i = 0; i < count; i++) {
		uint8_t *row = d + p->table + (p->count + i) * PE_SECTION_LEN;

		address = put_section(row, &add[i], round_up(address, PE_PAGE), at);
		at += round_up((uint32_t)add[i].len, PE_ALIGN);
	}
	le16_put(d + p->coff + PE_COFF_SECTIONS, (uint16_t)(p->count + count));
	memset(d + p->coff + PE_COFF_SYMBOLS, 0, 8);
	le32_put(d + p->opt + PE_OPT_IMAGE, round_up(address, PE_PAGE));
	memset(d + p->opt + PE_OPT_CERTS, 0, 8);
}

int
pe_build(const struct pe *p, const struct pe_new *add, size_t count, struct tt_buf *ret,
    struct tt_err **err)
{
	const size_t room = (p->headers - p->table) / PE_SECTION_LEN;
	uint64_t total = 0;

	for (size_t i = 0; i < count; i++)
		total += add[i].len + PE_PAGE;
	if (p->count + count > room || p->count + count > PE_SECTIONS_MAX)
		return tt_err_set(err, -ENOSPC, "InvalidProgram",
		    "the program has room for %zu sections, %zu are needed", room,
		    p->count + count);
	if (total > PE_MAX - p->end)
		return tt_err_set(err, -EFBIG, "ProgramTooLarge",
		    "sections of %llu bytes are too much for one EFI program",
		    (unsigned long long)total);
	tt_buf_add(ret, p->data, p->end);
	for (size_t i = 0; i < count; i++) {
		pad(ret, PE_ALIGN);
		tt_buf_add(ret, add[i].data, add[i].len);
	}
	pad(ret, PE_ALIGN);
	if (ret->overflow)
		return tt_err_set(err, -EFBIG, "ProgramTooLarge",
		    "the EFI program would have more than %zu bytes", ret->max);
	fix_headers(p, add, count, (uint8_t *)ret->data);
	set_checksum(ret);
	return 0;
}

int
pe_attach(struct tt_buf *b, const void *signature, size_t len, struct tt_err **err)
{
	uint8_t head[PE_CERT_HEAD];
	size_t at, row;

	pad(b, 8);
	at = b->len;
	le32_put(head, (uint32_t)(len + sizeof(head)));
	le16_put(head + 4, PE_CERT_REVISION);
	le16_put(head + 6, PE_CERT_PKCS7);
	tt_buf_add(b, head, sizeof(head));
	tt_buf_add(b, signature, len);
	pad(b, 8);
	if (b->overflow)
		return tt_err_set(err, -EFBIG, "ProgramTooLarge",
		    "the signed program would have more than %zu bytes", b->max);
	row = le32_get(b->data + 0x3c) + PE_COFF_LEN + PE_OPT_CERTS;
	le32_put(b->data + row, (uint32_t)at);
	le32_put(b->data + row + 4, (uint32_t)(b->len - at));
	set_checksum(b);
	return 0;
}
