// SPDX-License-Identifier: MPL-2.0
/*
 * Machine ids. Knows no files.
 */
#include "platform/init/machineid.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

static const char hex[] = "0123456789abcdef";

/* Values that whole product lines share (empty, unprogrammed or copied from a manual). */
static const char *const bad_ids[] = {
	"00000000000000000000000000000000",
	"ffffffffffffffffffffffffffffffff",
	"03000200040005000006000700080009",
	"0102030405060708090a0b0c0d0e0f10",
	"00020003000400050006000700080009",
	"12345678123456789012123456789012",
	"fefefefefefefefefefefefefefefefe",
	"11111111111111111111111111111111",
};

bool
machine_id_from_uuid(const char *uuid, char out[MACHINE_ID_LEN])
{
	size_t n = 0;

	for (; *uuid != '\0'; uuid++) {
		unsigned char c = (unsigned char)*uuid;

		if (c == '-')
			continue;
		if (!isxdigit(c) || n == MACHINE_ID_LEN - 1)
			return false;
		out[n++] = (char)tolower(c);
	}
	if (n != MACHINE_ID_LEN - 1)
		return false;
	out[n] = '\0';
	for (size_t i = 0; i < sizeof(bad_ids) / sizeof(bad_ids[0]); i++)
		if (strcmp(out, bad_ids[i]) == 0)
			return false;
	return true;
}

/* FNV-1a of 128 bits: it tells machines apart, it need not resist anyone. */
void
machine_id_from_text(const char *text, char out[MACHINE_ID_LEN])
{
	const unsigned __int128 prime = ((unsigned __int128)1 << 88) + 0x13b;
	unsigned __int128 h =
	    (unsigned __int128)0x6c62272e07bb0142ULL << 64 | 0x62b821756295c58dULL;

	for (; *text != '\0'; text++)
		h = (h ^ (uint8_t)*text) * prime;
	for (int i = 31; i >= 0; i--, h >>= 4)
		out[i] = hex[(unsigned)h & 15];
	out[32] = '\0';
}
