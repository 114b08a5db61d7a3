// SPDX-License-Identifier: MPL-2.0
/*
 * Parser of usb_key.manifest. Paths are held to the rule of tt_path_bad.
 */
#include "platform/key/manifest.h"

#include <errno.h>
#include <string.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/buf.h"
#include "platform/lib/base/num.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"

#define LINE_MAX_LEN 1400

/* Parse one line in place; the reason when it is wrong. */
static const char *
take(char *line, struct manifest_file *f)
{
	uint8_t digest[TT_SHA256_SIZE];
	char *size, *path;

	size = strstr(line, "  ");
	if (!size || size - line != TT_SHA256_HEX_LEN - 1)
		return "it does not start with 64 hex digits and two blanks";
	*size = '\0';
	size += 2;
	path = strstr(size, "  ");
	if (tt_unhex(line, digest, sizeof(digest)) < 0)
		return "the digest is not 64 hex digits";
	if (!path)
		return "there is no path";
	*path = '\0';
	path += 2;
	if (tt_parse_u64(size, 0, 1ULL << 40, &f->size) < 0)
		return "the size is no number";
	if (tt_path_bad(path))
		return tt_path_bad(path);
	tt_hex(digest, sizeof(digest), f->sha256);
	f->path = tt_xstrdup(path);
	return NULL;
}

int
manifest_parse(const char *name, const char *text, size_t len, struct manifest *ret,
    struct tt_err **err)
{
	tt_auto(manifest) struct manifest m = { 0 };
	size_t line_no = 0;

	for (size_t i = 0; i < len;) {
		const char *eol = memchr(text + i, '\n', len - i);
		size_t n = eol ? (size_t)(eol - (text + i)) : len - i;
		struct manifest_file f = { 0 };
		const char *why;
		char line[LINE_MAX_LEN];

		line_no++;
		if (!eol)
			return tt_err_set(err, -EINVAL, "InvalidManifest",
			    "%s: line %zu is cut off: the file is damaged", name,
			    line_no);
		if (n >= sizeof(line) || memchr(text + i, '\0', n) ||
		    m.n >= MANIFEST_FILES_MAX)
			return tt_err_set(err, -EINVAL, "InvalidManifest",
			    "%s: line %zu is too long, holds a NUL or is one too many",
			    name, line_no);
		memcpy(line, text + i, n);
		line[n] = '\0';
		why = take(line, &f);
		if (why)
			return tt_err_set(err, -EINVAL, "InvalidManifest",
			    "%s: line %zu: %s", name, line_no, why);
		manifest_add(&m, f.path, f.size, f.sha256);
		free(f.path);
		i += n + 1;
	}
	if (m.n == 0)
		return tt_err_set(
		    err, -EINVAL, "InvalidManifest", "%s: it is empty", name);
	*ret = m;
	m = (struct manifest){ 0 };
	return 0;
}

void
manifest_add(struct manifest *m, const char *path, uint64_t size, const char *sha256)
{
	struct manifest_file f = { .size = size, .path = tt_xstrdup(path) };

	(void)tt_strcpy(f.sha256, sizeof(f.sha256), sha256);
	m->v = tt_xrealloc(m->v, (m->n + 1) * sizeof(*m->v));
	m->v[m->n++] = f;
	m->bytes += size;
}

static int
by_path(const void *a, const void *b)
{
	const struct manifest_file *x = a, *y = b;

	return strcmp(x->path, y->path);
}

void
manifest_sort(struct manifest *m)
{
	if (m->n > 1)
		qsort(m->v, m->n, sizeof(*m->v), by_path);
}

void
manifest_drop(struct manifest *m, const char *prefix)
{
	size_t kept = 0;

	for (size_t i = 0; i < m->n; i++) {
		if (tt_after_prefix(m->v[i].path, prefix)) {
			m->bytes -= m->v[i].size;
			free(m->v[i].path);
		} else {
			m->v[kept++] = m->v[i];
		}
	}
	m->n = kept;
}

void
manifest_drop_path(struct manifest *m, const char *path)
{
	for (size_t i = 0; i < m->n; i++) {
		if (!tt_streq(m->v[i].path, path))
			continue;
		m->bytes -= m->v[i].size;
		free(m->v[i].path);
		m->v[i] = m->v[--m->n];
		manifest_sort(m);
		return;
	}
}

char *
manifest_text(const struct manifest *m)
{
	struct tt_buf text = TT_BUF_INIT(MANIFEST_MAX);

	for (size_t i = 0; i < m->n; i++)
		(void)tt_buf_addf(&text, "%s  %llu  %s\n", m->v[i].sha256,
		    (unsigned long long)m->v[i].size, m->v[i].path);
	return tt_buf_detach(&text);
}

void
manifest_release(struct manifest *m)
{
	for (size_t i = 0; i < m->n; i++)
		free(m->v[i].path);
	free(m->v);
	*m = (struct manifest){ 0 };
}

const struct manifest_file *
manifest_find(const struct manifest *m, const char *path)
{
	for (size_t i = 0; i < m->n; i++)
		if (tt_streq(m->v[i].path, path))
			return &m->v[i];
	return NULL;
}
