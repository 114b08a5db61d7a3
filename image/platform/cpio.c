// SPDX-License-Identifier: MPL-2.0
/*
 * newc records: a header of 6 + 13 * 8 characters, the name with its NUL, contents, each
 * padded to four bytes.
 */
#include "image/platform/cpio.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

void
cpio_init(struct cpio *c, struct tt_buf *out, int64_t mtime)
{
	*c = (struct cpio){ .out = out, .mtime = (uint32_t)mtime };
}

static void
pad4(struct tt_buf *b)
{
	static const char zero[4];

	tt_buf_add(b, zero, (4 - b->len % 4) % 4);
}

static void
record(struct cpio *c, const char *path, uint32_t inode, mode_t mode, uint32_t mtime,
    const void *data, size_t size, unsigned major, unsigned minor)
{
	unsigned links = S_ISDIR(mode) ? 2 : 1;

	tt_buf_addf(c->out,
	    "070701%08X%08X%08X%08X%08X%08X%08zX%08X%08X%08X%08X%08zX%08X", inode,
	    (unsigned)mode, 0U, 0U, links, mtime, size, 0U, 0U, major, minor,
	    strlen(path) + 1, 0U);
	tt_buf_add(c->out, path, strlen(path) + 1);
	pad4(c->out);
	if (size > 0)
		tt_buf_add(c->out, data, size);
	pad4(c->out);
}

void
cpio_add(struct cpio *c, const char *path, mode_t mode, const void *data, size_t size)
{
	record(c, path, ++c->inode, mode, c->mtime, data, size, 0, 0);
}

void
cpio_add_device(
    struct cpio *c, const char *path, mode_t mode, unsigned major, unsigned minor)
{
	record(c, path, ++c->inode, mode, c->mtime, NULL, 0, major, minor);
}

int
cpio_end(struct cpio *c)
{
	record(c, "TRAILER!!!", 0, 0, 0, NULL, 0, 0, 0);
	return c->out->overflow ? -EMSGSIZE : 0;
}
