// SPDX-License-Identifier: MPL-2.0
/*
 * See sha256.h. Two block functions give the same result: plain C, and Intel's SHA
 * extensions, picked once at the first use.
 */
#include "platform/lib/base/sha256.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#endif

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/str.h"

/* FIPS 180-4, 4.2.2 */
// clang-format off
static const uint32_t K[64] __attribute__((aligned(16))) = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
	0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
	0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
	0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
	0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
	0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
	0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
	0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
	0xc67178f2,
};
// clang-format on

typedef void block_fn(uint32_t state[8], const uint8_t *data, size_t blocks);

static uint32_t
ror(uint32_t x, int n)
{
	return x >> n | x << (32 - n);
}

static void
blocks_c(uint32_t state[8], const uint8_t *p, size_t blocks)
{
	for (; blocks > 0; blocks--, p += 64) {
		uint32_t w[64], s[8];

		for (int i = 0; i < 16; i++)
			w[i] = (uint32_t)p[4 * i] << 24 | (uint32_t)p[4 * i + 1] << 16 |
			       (uint32_t)p[4 * i + 2] << 8 | p[4 * i + 3];
		for (int i = 16; i < 64; i++)
			w[i] = w[i - 16] + w[i - 7] +
			       (ror(w[i - 15], 7) ^ ror(w[i - 15], 18) ^ w[i - 15] >> 3) +
			       (ror(w[i - 2], 17) ^ ror(w[i - 2], 19) ^ w[i - 2] >> 10);
		memcpy(s, state, sizeof(s));
		for (int i = 0; i < 64; i++) {
			uint32_t t1 = s[7] +
				      (ror(s[4], 6) ^ ror(s[4], 11) ^ ror(s[4], 25)) +
				      ((s[4] & s[5]) ^ (~s[4] & s[6])) + K[i] + w[i];
			uint32_t t2 = (ror(s[0], 2) ^ ror(s[0], 13) ^ ror(s[0], 22)) +
				      ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));

			memmove(s + 1, s, 7 * sizeof(s[0]));
			s[4] += t1;
			s[0] = t1 + t2;
		}
		for (int i = 0; i < 8; i++)
			state[i] += s[i];
	}
}

#if defined(__x86_64__)
/*
 * The instruction keeps the state as two registers, ABEF and CDGH, and does two rounds at
 * a time; the message schedule runs four words ahead in a ring of four registers.
 */
__attribute__((target("sha,sse4.1,ssse3"))) static void
blocks_ni(uint32_t state[8], const uint8_t *p, size_t blocks)
{
	const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0bLL, 0x0405060700010203LL);
	__m128i t =
	    _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(state + 0)), 0xb1);
	__m128i u =
	    _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(state + 4)), 0x1b);
	__m128i abef = _mm_alignr_epi8(t, u, 8);
	__m128i cdgh = _mm_blend_epi16(u, t, 0xf0);

	for (; blocks > 0; blocks--, p += 64) {
		const __m128i abef0 = abef, cdgh0 = cdgh;
		__m128i w[4];

		for (int i = 0; i < 4; i++)
			w[i] = _mm_shuffle_epi8(
			    _mm_loadu_si128((const __m128i *)(p + 16 * i)), swap);
#pragma GCC unroll 16
		for (int i = 0; i < 16; i++) {
			__m128i k = _mm_load_si128((const __m128i *)(K + 4 * i));
			__m128i m = _mm_add_epi32(w[i & 3], k);

			cdgh = _mm_sha256rnds2_epu32(cdgh, abef, m);
			abef =
			    _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(m, 0x0e));
			if (i < 12) {
				__m128i *w0 = &w[i & 3], w1 = w[(i + 1) & 3];
				__m128i w2 = w[(i + 2) & 3], w3 = w[(i + 3) & 3];

				*w0 = _mm_add_epi32(_mm_sha256msg1_epu32(*w0, w1),
				    _mm_alignr_epi8(w3, w2, 4));
				*w0 = _mm_sha256msg2_epu32(*w0, w3);
			}
		}
		abef = _mm_add_epi32(abef, abef0);
		cdgh = _mm_add_epi32(cdgh, cdgh0);
	}
	t = _mm_shuffle_epi32(abef, 0x1b);
	u = _mm_shuffle_epi32(cdgh, 0xb1);
	_mm_storeu_si128((__m128i *)(state + 0), _mm_blend_epi16(t, u, 0xf0));
	_mm_storeu_si128((__m128i *)(state + 4), _mm_alignr_epi8(u, t, 8));
}
#endif

static block_fn *
pick(void)
{
#if defined(__x86_64__)
	unsigned a, b = 0, c, d;

	if (__get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_SHA) &&
	    __builtin_cpu_supports("sse4.1"))
		return blocks_ni;
#endif
	return blocks_c;
}

static void
add_blocks(uint32_t state[8], const uint8_t *p, size_t blocks)
{
	static block_fn *fn;

	if (fn == NULL)
		fn = pick();
	fn(state, p, blocks);
}

void
tt_sha256_init(struct tt_sha256 *h)
{
	*h = (struct tt_sha256){
		.state = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f,
		    0x9b05688c, 0x1f83d9ab, 0x5be0cd19 },
	};
}

void
tt_sha256_add(struct tt_sha256 *h, const void *data, size_t len)
{
	const uint8_t *p = data;
	size_t have = h->bytes % 64;

	h->bytes += len;
	if (have > 0) {
		size_t n = len < 64 - have ? len : 64 - have;

		memcpy(h->block + have, p, n);
		p += n;
		len -= n;
		if (have + n < 64)
			return;
		add_blocks(h->state, h->block, 1);
	}
	add_blocks(h->state, p, len / 64);
	if (len % 64 > 0)
		memcpy(h->block, p + len / 64 * 64, len % 64);
}

void
tt_sha256_end(struct tt_sha256 *h, uint8_t out[TT_SHA256_SIZE])
{
	static const uint8_t pad[64] = { 0x80 };
	const uint64_t bits = h->bytes * 8;
	uint8_t size[8];

	for (int i = 0; i < 8; i++)
		size[i] = (uint8_t)(bits >> (56 - 8 * i));
	tt_sha256_add(h, pad, 1 + (119 - h->bytes % 64) % 64);
	tt_sha256_add(h, size, sizeof(size));
	for (int i = 0; i < TT_SHA256_SIZE; i++)
		out[i] = (uint8_t)(h->state[i / 4] >> (24 - 8 * (i % 4)));
}

void
tt_sha256(const void *data, size_t len, uint8_t out[TT_SHA256_SIZE])
{
	struct tt_sha256 h;

	tt_sha256_init(&h);
	tt_sha256_add(&h, data, len);
	tt_sha256_end(&h, out);
}

void
tt_sha256_hex(const void *data, size_t len, char *hex)
{
	uint8_t out[TT_SHA256_SIZE];

	tt_sha256(data, len, out);
	tt_hex(out, sizeof(out), hex);
}

int
tt_sha256_file(const char *path, char *hex, uint64_t *ret_size, struct tt_err **err)
{
	tt_auto(close) int fd = open(path, O_RDONLY | O_CLOEXEC);
	tt_auto(free) uint8_t *chunk = NULL;
	uint8_t out[TT_SHA256_SIZE];
	struct tt_sha256 h;

	if (fd < 0)
		return tt_err_errno(err, -errno, "opening '%s'", path);
	chunk = tt_xalloc(TT_MIB);
	tt_sha256_init(&h);
	for (;;) {
		ssize_t n = tt_read_all(fd, chunk, TT_MIB);

		if (n < 0)
			return tt_err_errno(err, (int)n, "reading '%s'", path);
		if (n == 0)
			break;
		tt_sha256_add(&h, chunk, (size_t)n);
	}
	if (ret_size != NULL)
		*ret_size = h.bytes;
	tt_sha256_end(&h, out);
	tt_hex(out, sizeof(out), hex);
	return 0;
}
