// SPDX-License-Identifier: MPL-2.0
/*
 * EFI programs: read, digested, searched for signatures, built upon.
 */
#include <stdint.h>

#include "image/pe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct pe_new add[] = { { ".osrel", "ID=x\n", 5 } };
	tt_auto(buf) struct tt_buf out = TT_BUF_INIT(1 * TT_MIB);
	uint8_t digest[TT_SHA256_SIZE];
	const uint8_t *signature;
	size_t size;
	struct pe p, again;

	if (pe_parse("input", data, len, &p, NULL) < 0)
		return 0;
	pe_digest(&p, digest);
	(void)pe_find(&p, ".linux");
	for (unsigned i = 0; i < 8; i++)
		if (pe_signature(&p, i, &signature, &size) == 0 && size > 0)
			digest[0] ^= signature[size - 1];
	if (pe_vendor_cert(&p, &signature, &size) == 0)
		digest[0] ^= signature[size - 1];
	if (pe_build(&p, add, 1, &out, NULL) == 0)
		(void)pe_parse(
		    "output", (const uint8_t *)out.data, out.len, &again, NULL);
	return 0;
}
