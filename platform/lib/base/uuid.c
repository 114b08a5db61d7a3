// SPDX-License-Identifier: MPL-2.0
/* See uuid.h. */
#include "platform/lib/base/uuid.h"

#include <string.h>

#include "platform/lib/base/random.h"
#include "platform/lib/base/str.h"

char *
tt_uuid_new(char *out)
{
	static const int groups[] = { 4, 2, 2, 2, 6 };
	unsigned char u[16];
	const unsigned char *from = u;
	char *p = out;

	tt_random(u, sizeof(u));
	u[6] = (unsigned char)((u[6] & 0x0f) | 0x40);
	u[8] = (unsigned char)((u[8] & 0x3f) | 0x80);
	for (int i = 0; i < 5; i++) {
		if (i > 0)
			*p++ = '-';
		tt_hex(from, (size_t)groups[i], p);
		from += groups[i];
		p += 2 * groups[i];
	}
	return out;
}

bool
tt_uuid_valid(const char *s)
{
	if (strlen(s) != 36)
		return false;
	for (int i = 0; i < 36; i++) {
		const bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? s[i] != '-' : strchr("0123456789abcdef", s[i]) == NULL)
			return false;
	}
	return true;
}
