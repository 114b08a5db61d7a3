// SPDX-License-Identifier: MPL-2.0
/*
 * The certificate that a shim holds: who may sign what it starts. It lies in the section
 * ".vendor_cert", whose name is longer than the section table has room for and so stands in
 * the table of strings behind the symbols.
 *
 * Format: Microsoft PE Format, "COFF String Table"; shim's cert.S (two lengths, two offsets
 * from the section's start, then the certificate and the list of what is revoked).
 */
#include <errno.h>
#include <string.h>

#include "image/le.h"
#include "image/pe.h"
#include "image/pe_private.h"
#include "platform/lib/base/num.h"

#define VENDOR      ".vendor_cert"
#define SYMBOL_LEN  18U
#define VENDOR_HEAD 16U

/* Does a section's name "/NUMBER" stand for this one? */
static bool
named(const struct pe *p, const struct pe_section *s, const char *name)
{
	const uint8_t *coff = p->data + p->coff;
	const uint64_t symbols = le32_get(coff + PE_COFF_SYMBOLS);
	const uint64_t count = le32_get(coff + PE_COFF_SYMBOLS + 4);
	const size_t len = strlen(name) + 1;
	uint64_t at;

	if (s->name[0] != '/' || tt_parse_u64(s->name + 1, 0, UINT32_MAX, &at) < 0)
		return false;
	at += symbols + count * SYMBOL_LEN;
	return at <= p->len && p->len - at >= len && memcmp(p->data + at, name, len) == 0;
}

int
pe_vendor_cert(const struct pe *p, const uint8_t **ret, size_t *ret_len)
{
	for (unsigned i = 0; i < p->count; i++) {
		const struct pe_section *s = &p->section[i];
		const uint8_t *d = p->data + s->at;
		size_t room = s->size < s->stored ? s->size : s->stored;
		size_t len, at;

		if (!named(p, s, VENDOR))
			continue;
		if (room < VENDOR_HEAD)
			return -EINVAL;
		len = le32_get(d);
		at = le32_get(d + 8);
		if (at < VENDOR_HEAD || at > room || len == 0 || len > room - at)
			return -EINVAL;
		*ret = d + at;
		*ret_len = len;
		return 0;
	}
	return -ENOENT;
}
