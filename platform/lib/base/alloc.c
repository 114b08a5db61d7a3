// SPDX-License-Identifier: MPL-2.0
/* See alloc.h. */
#include "platform/lib/base/alloc.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

static void TT_NORETURN
out_of_memory(size_t size)
{
	fprintf(stderr, "out of memory: %zu bytes could not be allocated\n", size);
	abort();
}

void *
tt_xcalloc(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size ? size : 1);

	if (p == NULL)
		out_of_memory(n * size);
	return p;
}

void *
tt_xalloc(size_t size)
{
	return tt_xcalloc(1, size);
}

void *
tt_xrealloc(void *p, size_t size)
{
	void *q = realloc(p, size ? size : 1);

	if (q == NULL)
		out_of_memory(size);
	return q;
}

char *
tt_xstrndup(const char *s, size_t n)
{
	size_t len = strnlen(s, n);
	char *copy = tt_xalloc(len + 1);

	memcpy(copy, s, len);
	return copy;
}

char *
tt_xstrdup(const char *s)
{
	return tt_xstrndup(s, SIZE_MAX);
}

char *
tt_xstrdup_null(const char *s)
{
	return s != NULL ? tt_xstrdup(s) : NULL;
}

char *
tt_xvprintf(const char *fmt, va_list ap)
{
	char *text = NULL;

	if (vasprintf(&text, fmt, ap) < 0)
		out_of_memory(0);
	return text;
}

char *
tt_xprintf(const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = tt_xvprintf(fmt, ap);
	va_end(ap);
	return text;
}
