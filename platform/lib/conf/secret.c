// SPDX-License-Identifier: MPL-2.0
/*
 * Locked, wiped memory for clear text.
 */
#include "platform/lib/conf/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"

static size_t
mapped_size(const struct tt_secret *s)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return (s->size + 1 + page - 1) / page * page;
}

void
tt_secret_init(struct tt_secret *s, size_t size)
{
	void *p;

	*s = (struct tt_secret){ .size = size };
	p = mmap(NULL, mapped_size(s), PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED) {
		fprintf(stderr, "out of memory for %zu locked bytes\n", size);
		abort();
	}
	/* Without the right to lock (a build user) the text may reach swap: still useful. */
	(void)mlock(p, mapped_size(s));
	(void)madvise(p, mapped_size(s), MADV_DONTDUMP);
	s->data = p;
}

int
tt_secret_add(struct tt_secret *s, const void *data, size_t len)
{
	if (s->overflow || len > s->size - s->len) {
		s->overflow = true;
		return -EMSGSIZE;
	}
	memcpy(s->data + s->len, data, len);
	s->len += len;
	s->data[s->len] = '\0';
	return 0;
}

int
tt_secret_adds(struct tt_secret *s, const char *text)
{
	return tt_secret_add(s, text, strlen(text));
}

int
tt_secret_addf(struct tt_secret *s, const char *fmt, ...)
{
	size_t space = s->size - s->len;
	va_list ap;
	int n;

	if (s->overflow)
		return -EMSGSIZE;
	va_start(ap, fmt);
	n = vsnprintf(s->data + s->len, space + 1, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n > space) {
		explicit_bzero(s->data + s->len, space + 1);
		s->overflow = true;
		return -EMSGSIZE;
	}
	s->len += (size_t)n;
	return 0;
}

int
tt_secret_set(struct tt_secret *s, const char *text)
{
	tt_secret_wipe(s);
	return tt_secret_adds(s, text);
}

void
tt_secret_wipe(struct tt_secret *s)
{
	if (s->data)
		explicit_bzero(s->data, s->size + 1);
	s->len = 0;
	s->overflow = false;
}

void
tt_secret_release(struct tt_secret *s)
{
	if (!s->data)
		return;
	tt_secret_wipe(s);
	(void)munmap(s->data, mapped_size(s));
	*s = (struct tt_secret){ 0 };
}

int
tt_secret_read_file(struct tt_secret *s, const char *path, struct tt_err **err)
{
	tt_auto(close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	ssize_t n;
	char more;

	if (fd < 0)
		return tt_err_errno(err, -errno, "opening '%s'", path);
	tt_secret_wipe(s);
	n = tt_read_all(fd, s->data, s->size);
	if (n < 0)
		return tt_err_errno(err, (int)n, "reading '%s'", path);
	s->len = (size_t)n;
	s->data[s->len] = '\0';
	n = tt_read_all(fd, &more, 1);
	if (n < 0)
		return tt_err_errno(err, (int)n, "reading '%s'", path);
	if (n > 0) {
		tt_secret_wipe(s);
		return tt_err_set(err, -EFBIG, "TooLarge",
		    "'%s' is larger than %zu bytes; that is no file of this kind", path,
		    s->size);
	}
	return 0;
}

/*
 * Plain malloc underneath, because text of the JSON library is also released with free():
 * such text is then just not wiped.
 */
static void *
json_alloc(size_t size)
{
	return tt_xalloc(size);
}

static void
json_wiping_free(void *p)
{
	if (p)
		explicit_bzero(p, malloc_usable_size(p));
	free(p);
}

void
tt_secret_process(void)
{
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	json_set_alloc_funcs(json_alloc, json_wiping_free);
}
