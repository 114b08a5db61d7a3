// SPDX-License-Identifier: MPL-2.0
/*
 * Reader of EFI programs and their digest. The writer is pe_build.c.
 */
#include "image/pe.h"

#include <errno.h>
#include <string.h>

#include "image/le.h"
#include "image/pe_private.h"

static int
bad(const char *name, const char *what, struct tt_err **err)
{
	return tt_err_set(err, -EINVAL, "InvalidProgram",
	    "'%s' is no sound EFI program: %s", name, what);
}

static int
parse_headers(const char *name, struct pe *p, struct tt_err **err)
{
	size_t opt_len;

	if (p->len < 0x40 || p->len > PE_MAX || memcmp(p->data, "MZ", 2) != 0)
		return bad(name, "it does not start with an MZ header", err);
	p->coff = le32_get(p->data + 0x3c);
	if (p->coff > p->len || p->len - p->coff < PE_COFF_LEN + PE_OPT_MIN ||
	    memcmp(p->data + p->coff, "PE\0\0", 4) != 0)
		return bad(name, "the PE header is missing", err);
	p->opt = p->coff + PE_COFF_LEN;
	opt_len = le16_get(p->data + p->coff + PE_COFF_OPT_LEN);
	p->count = le16_get(p->data + p->coff + PE_COFF_SECTIONS);
	p->table = p->opt + opt_len;
	if (le16_get(p->data + p->coff + PE_COFF_MACHINE) != PE_X86_64 ||
	    le16_get(p->data + p->opt) != PE_PLUS)
		return bad(name, "it is not for 64-bit x86", err);
	if (opt_len < PE_OPT_MIN ||
	    le32_get(p->data + p->opt + PE_OPT_DIRS) < PE_DIRS_MIN)
		return bad(name, "the header has no place for a signature", err);
	p->headers = le32_get(p->data + p->opt + PE_OPT_HEADERS);
	if (p->count == 0 || p->count > PE_SECTIONS_MAX || p->headers > p->len ||
	    p->headers < p->table || p->headers - p->table < p->count * PE_SECTION_LEN)
		return bad(name, "the section table does not fit its header", err);
	return 0;
}

static int
parse_sections(const char *name, struct pe *p, struct tt_err **err)
{
	uint64_t address = 0;

	p->end = p->headers;
	for (unsigned i = 0; i < p->count; i++) {
		const uint8_t *row = p->data + p->table + i * (size_t)PE_SECTION_LEN;
		struct pe_section *s = &p->section[i];

		memcpy(s->name, row, 8);
		s->size = le32_get(row + 8);
		s->address = le32_get(row + 12);
		s->stored = le32_get(row + 16);
		s->at = le32_get(row + 20);
		if (s->address < address)
			return bad(name, "its sections are not in order", err);
		address = (uint64_t)s->address + s->size;
		if (address > PE_MAX)
			return bad(name, "a section lies outside of memory", err);
		if (s->stored == 0)
			continue;
		if (s->at != p->end)
			return bad(name, "there are gaps between its sections", err);
		if (s->stored > p->len - s->at)
			return bad(name, "a section ends behind the file", err);
		p->end = s->at + s->stored;
	}
	return 0;
}

static int
parse_certificates(const char *name, struct pe *p, struct tt_err **err)
{
	const uint8_t *row = p->data + p->opt + PE_OPT_CERTS;

	p->cert_at = le32_get(row);
	p->cert_len = le32_get(row + 4);
	if (p->cert_at == 0 && p->cert_len == 0)
		return 0;
	if (p->cert_at < p->end || p->cert_at > p->len ||
	    p->cert_len != p->len - p->cert_at)
		return bad(name, "its signatures are not at its end", err);
	return 0;
}

int
pe_parse(const char *name, const uint8_t *data, size_t len, struct pe *ret,
    struct tt_err **err)
{
	struct pe p = { .data = data, .len = len };
	int r;

	r = parse_headers(name, &p, err);
	if (r >= 0)
		r = parse_sections(name, &p, err);
	if (r >= 0)
		r = parse_certificates(name, &p, err);
	if (r >= 0)
		*ret = p;
	return r;
}

const struct pe_section *
pe_find(const struct pe *p, const char *name)
{
	for (unsigned i = 0; i < p->count; i++)
		if (strcmp(p->section[i].name, name) == 0)
			return &p->section[i];
	return NULL;
}

void
pe_digest(const struct pe *p, uint8_t out[TT_SHA256_SIZE])
{
	const size_t sum = p->opt + PE_OPT_CHECKSUM, row = p->opt + PE_OPT_CERTS;
	const size_t end = p->cert_at != 0 ? p->cert_at : p->len;
	struct tt_sha256 h;

	tt_sha256_init(&h);
	tt_sha256_add(&h, p->data, sum);
	tt_sha256_add(&h, p->data + sum + 4, row - sum - 4);
	tt_sha256_add(&h, p->data + row + 8, end - row - 8);
	tt_sha256_end(&h, out);
}

/* Signers differ in whether a signature's length counts the zeros behind its DER. */
static size_t
without_padding(const uint8_t *der, size_t len)
{
	const size_t whole = len >= 4 && der[0] == 0x30 && der[1] == 0x82
				 ? 4U + der[2] * 256U + der[3]
				 : len;

	if (whole > len || len - whole >= PE_CERT_ALIGN)
		return len;
	for (size_t i = whole; i < len; i++)
		if (der[i] != 0)
			return len;
	return whole;
}

int
pe_signature(const struct pe *p, unsigned number, const uint8_t **ret, size_t *ret_len)
{
	size_t at = p->cert_at;

	while (p->cert_at != 0 && p->len - at >= PE_CERT_HEAD) {
		const uint8_t *head = p->data + at;
		const size_t len = le32_get(head);
		const size_t step =
		    len + (PE_CERT_ALIGN - len % PE_CERT_ALIGN) % PE_CERT_ALIGN;

		if (len < PE_CERT_HEAD || len > p->len - at ||
		    le16_get(head + 6) != PE_CERT_PKCS7)
			return -EINVAL;
		if (number-- == 0) {
			*ret = head + PE_CERT_HEAD;
			*ret_len = without_padding(*ret, len - PE_CERT_HEAD);
			return 0;
		}
		if (step >= p->len - at)
			break;
		at += step;
	}
	return -ENOENT;
}
