// SPDX-License-Identifier: MPL-2.0
/* See random.h. */
#include "platform/lib/base/random.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/sha256.h"
#include "platform/lib/base/str.h"

static char *seed_text;
static uint64_t seed_counter;

void
tt_random_seed(const char *seed)
{
	free(seed_text);
	seed_text = tt_xstrdup_null(seed);
	seed_counter = 0;
}

/* Block n of the stream is SHA-256(seed, n as eight bytes, least significant first). */
static void
from_seed(unsigned char *out, size_t len)
{
	while (len > 0) {
		uint8_t block[TT_SHA256_SIZE], count[8];
		size_t n = len < sizeof(block) ? len : sizeof(block);
		struct tt_sha256 h;

		for (int i = 0; i < 8; i++)
			count[i] = (uint8_t)(seed_counter >> (8 * i));
		tt_sha256_init(&h);
		tt_sha256_add(&h, seed_text, strlen(seed_text));
		tt_sha256_add(&h, count, sizeof(count));
		tt_sha256_end(&h, block);
		memcpy(out, block, n);
		out += n;
		len -= n;
		seed_counter++;
	}
}

void
tt_random(void *out, size_t len)
{
	unsigned char *p = out;

	if (seed_text != NULL) {
		from_seed(p, len);
		return;
	}
	while (len > 0) {
		ssize_t n = getrandom(p, len, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			abort(); /* no kernel we run on lacks it */
		p += n;
		len -= (size_t)n;
	}
}

void
tt_random_hex(size_t n, char *out)
{
	unsigned char block[64];

	for (size_t i = 0; i < n; i += sizeof(block)) {
		size_t m = n - i < sizeof(block) ? n - i : sizeof(block);

		tt_random(block, m);
		tt_hex(block, m, out + 2 * i);
	}
	explicit_bzero(block, sizeof(block));
}
