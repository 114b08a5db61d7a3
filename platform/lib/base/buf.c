// SPDX-License-Identifier: MPL-2.0
/* See buf.h. */
#include "platform/lib/base/buf.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "platform/lib/base/alloc.h"

void
tt_buf_init(struct tt_buf *b, size_t max)
{
	*b = (struct tt_buf)TT_BUF_INIT(max);
}

void
tt_buf_release(struct tt_buf *b)
{
	free(b->data);
	tt_buf_init(b, b->max);
}

void
tt_buf_reset(struct tt_buf *b)
{
	b->len = 0;
	b->overflow = false;
	if (b->data != NULL)
		b->data[0] = '\0';
}

/* Room for len more bytes and the terminator. */
static int
reserve(struct tt_buf *b, size_t len)
{
	size_t space = b->space ? b->space : 64;

	if (b->overflow || len > b->max - b->len) {
		b->overflow = true;
		return -EMSGSIZE;
	}
	if (b->data != NULL && len < b->space - b->len)
		return 0;
	while (space - b->len <= len)
		space *= 2;
	b->data = tt_xrealloc(b->data, space);
	b->space = space;
	return 0;
}

int
tt_buf_add(struct tt_buf *b, const void *data, size_t len)
{
	int r = reserve(b, len);

	if (r < 0)
		return r;
	if (len > 0)
		memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = '\0';
	return 0;
}

char *
tt_buf_extend(struct tt_buf *b, size_t len)
{
	if (reserve(b, len) < 0)
		return NULL;
	b->len += len;
	b->data[b->len] = '\0';
	return b->data + b->len - len;
}

int
tt_buf_adds(struct tt_buf *b, const char *s)
{
	return tt_buf_add(b, s, strlen(s));
}

int
tt_buf_addc(struct tt_buf *b, char c)
{
	return tt_buf_add(b, &c, 1);
}

int
tt_buf_vaddf(struct tt_buf *b, const char *fmt, va_list ap)
{
	va_list copy;
	int n, r;

	va_copy(copy, ap);
	n = vsnprintf(NULL, 0, fmt, copy);
	va_end(copy);
	if (n < 0)
		return -EINVAL;
	r = reserve(b, (size_t)n);
	if (r < 0)
		return r;
	vsnprintf(b->data + b->len, (size_t)n + 1, fmt, ap);
	b->len += (size_t)n;
	return 0;
}

int
tt_buf_addf(struct tt_buf *b, const char *fmt, ...)
{
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = tt_buf_vaddf(b, fmt, ap);
	va_end(ap);
	return r;
}

const char *
tt_buf_str(const struct tt_buf *b)
{
	return b->data != NULL ? b->data : "";
}

char *
tt_buf_detach(struct tt_buf *b)
{
	char *data = b->data != NULL ? b->data : tt_xstrdup("");

	tt_buf_init(b, b->max);
	return data;
}
