// SPDX-License-Identifier: MPL-2.0
/*
 * EFI programs (PE32+ files for x86-64) in memory: read them trusting none of their bytes,
 * add sections to one, take the digest that firmware takes, find the signatures.
 *
 * Only the plain form that EFI programs have is accepted: sections in ascending order of
 * address and file place, file places on 512 bytes, no gap between them. In a file with
 * gaps, readers differ about which bytes are covered by a signature.
 *
 * Format: Microsoft PE Format specification; Windows Authenticode Portable Executable
 * Signature Format, "Calculating the PE Image Hash". Knows nothing of keys.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "platform/lib/base/buf.h"
#include "platform/lib/base/err.h"
#include "platform/lib/base/sha256.h"

#define PE_ALIGN        512U
#define PE_PAGE         4096U
#define PE_SECTIONS_MAX 96
#define PE_MAX          (512 * TT_MIB)

struct pe_section {
	char name[9];
	uint32_t address, size; /* in memory; size is that of the contents */
	uint32_t at, stored;    /* in the file */
};

/* data stays borrowed. */
struct pe {
	const uint8_t *data;
	size_t len;
	size_t coff, opt, table;    /* where these headers are */
	uint32_t headers;           /* SizeOfHeaders */
	uint32_t end;               /* of the last section's bytes in the file */
	uint32_t cert_at, cert_len; /* attribute certificates; 0, 0 = not signed */
	unsigned count;
	struct pe_section section[PE_SECTIONS_MAX];
};

/* -EINVAL (InvalidProgram) naming what is wrong. name is for messages. */
int pe_parse(const char *name, const uint8_t *data, size_t len, struct pe *ret,
    struct tt_err **err);

/* NULL when there is none of that name. */
const struct pe_section *pe_find(const struct pe *p, const char *name);

struct pe_new {
	const char *name; /* at most 8 bytes */
	const void *data;
	size_t len;
};

/*
 * The program without what follows its last section (symbols, signatures), plus count
 * sections of read-only data, each padded to 512 bytes in the file and put on the next
 * 4 KiB address; checksum set. ret is a buffer of the caller with its limit.
 * -ENOSPC when the header has no room for so many, -EFBIG when the limit is passed.
 */
int pe_build(const struct pe *p, const struct pe_new *add, size_t count,
    struct tt_buf *ret, struct tt_err **err);

/* SHA-256 over all but checksum, certificate entry and certificates. */
void pe_digest(const struct pe *p, uint8_t out[TT_SHA256_SIZE]);

/*
 * The number'th PKCS #7 signature (from 0); borrowed. 0, or -ENOENT when there are fewer,
 * -EINVAL when the table is damaged.
 */
int pe_signature(
    const struct pe *p, unsigned number, const uint8_t **ret, size_t *ret_len);

/*
 * The certificate (DER) that a shim trusts for what it starts; borrowed. 0, or -ENOENT when
 * this is no shim, -EINVAL when its table is damaged.
 */
int pe_vendor_cert(const struct pe *p, const uint8_t **ret, size_t *ret_len);

/*
 * Put one PKCS #7 signature behind a program that pe_build() made. The program in b must
 * be unsigned; its checksum is made right.
 */
int pe_attach(struct tt_buf *b, const void *signature, size_t len, struct tt_err **err);
