// SPDX-License-Identifier: MPL-2.0
/*
 * Tar archives: a header that is taken has names that end and a size within bounds, and a
 * reader hands out no more bytes than the archive has.
 */
#include <assert.h>
#include <string.h>

#include "platform/lib/tar/tar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct bytes {
	const uint8_t *data;
	size_t left;
};

static ssize_t
pull(void *ctx, void *buf, size_t len)
{
	struct bytes *b = ctx;
	size_t n = len < b->left ? len : b->left;

	if (n > 0)
		memcpy(buf, b->data, n);
	b->data += n;
	b->left -= n;
	return (ssize_t)n;
}

static void
check(const struct tt_tar_entry *e)
{
	assert(memchr(e->path, '\0', sizeof(e->path)));
	assert(memchr(e->target, '\0', sizeof(e->target)));
	assert(e->size <= TT_TAR_SIZE_MAX);
	assert(e->type == TT_TAR_FILE || e->type == TT_TAR_PAX || e->size == 0);
	assert(e->type == TT_TAR_LINK || e->target[0] == '\0');
}

/* With a sum that fits, so that the fields behind it are reached. */
static void
one_block(const uint8_t *data, size_t size)
{
	uint8_t block[TT_TAR_BLOCK] = { 0 };
	struct tt_tar_entry e;
	const char *why;
	unsigned sum = 0;
	int r;

	memcpy(block, data, size < TT_TAR_BLOCK ? size : TT_TAR_BLOCK);
	memcpy(block + 257, "ustar", 5);
	memset(block + 148, ' ', 8);
	for (size_t i = 0; i < TT_TAR_BLOCK; i++)
		sum += block[i];
	for (int i = 6; i-- > 0; sum >>= 3)
		block[148 + i] = (uint8_t)('0' + (sum & 7));
	block[154] = '\0';
	r = tt_tar_parse(block, TT_TAR_BLOCK, &e, &why);
	if (r == 1)
		check(&e);
	else
		assert(r < 0 && why);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes b = { data, size };
	tt_auto(tar) struct tt_tar *t = tt_tar_open_pull(pull, NULL, &b);
	struct tt_tar_entry e = { .type = TT_TAR_LINK };
	const char *why;
	char buf[100];

	one_block(data, size);
	if (tt_tar_pax((const char *)data, size, &e, &why) == 0)
		check(&(struct tt_tar_entry){ .type = TT_TAR_FILE, .size = e.size });
	while (tt_tar_next(t, &e) == 1) {
		check(&e);
		assert(e.type != TT_TAR_PAX);
		if (tt_tar_read(
			t, buf, e.size < sizeof(buf) ? (size_t)e.size : sizeof(buf)) < 0)
			break;
	}
	assert(tt_tar_why(t));
	return 0;
}
