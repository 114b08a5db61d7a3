// SPDX-License-Identifier: MPL-2.0
/* The tar stream of a backup: whatever the bytes, members keep to the manifest and its rules. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "platform/lib/backup/backup.h"
#include "platform/lib/base/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct bytes {
	const uint8_t *data;
	size_t left;
	uint64_t of_member;
};

static ssize_t
pull(void *ctx, void *buf, size_t len)
{
	struct bytes *b = ctx;
	size_t n = len < b->left ? len : b->left;

	memcpy(buf, b->data, n);
	b->data += n;
	b->left -= n;
	return (ssize_t)n;
}

static int
begin(void *ctx, const struct tt_backup_member *m, struct tt_err **err)
{
	(void)err;
	((struct bytes *)ctx)->of_member = 0;
	assert(!tt_path_bad(m->path));
	assert(m->path[0] != '/' && !strstr(m->path, "/../"));
	return 0;
}

static int
take(void *ctx, const void *data, size_t len, struct tt_err **err)
{
	(void)data;
	(void)err;
	((struct bytes *)ctx)->of_member += len;
	return 0;
}

static int
end(void *ctx, const struct tt_backup_member *m, struct tt_err **err)
{
	(void)err;
	assert(((struct bytes *)ctx)->of_member == m->size);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes b = { data, size, 0 };
	struct tt_backup_sink s = { .begin = begin, .data = take, .end = end, .ctx = &b };
	tt_auto(backup) struct tt_backup *k = NULL;

	if (tt_backup_open_pull("fuzz", pull, NULL, &b, &k, NULL) == 0)
		(void)tt_backup_read(k, &s, NULL);
	return 0;
}
