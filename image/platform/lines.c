// SPDX-License-Identifier: MPL-2.0
/*
 * Lists as rows of words.
 */
#include "image/platform/lines.h"

#include <errno.h>
#include <string.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/str.h"

void
lines_release(struct lines *l)
{
	free(l->path);
	free(l->text);
	free(l->rows);
	*l = (struct lines){ 0 };
}

int
lines_bad(
    const struct lines *l, const struct line *row, const char *why, struct tt_err **err)
{
	return tt_err_set(
	    err, -EINVAL, "InvalidList", "%s line %u: %s", l->path, row->number, why);
}

static int
split(struct lines *l, char *text, unsigned number, const char *sep, struct tt_err **err)
{
	struct line row = { .number = number };

	for (char *save = NULL, *w = strtok_r(text, sep, &save); w != NULL;
	     w = strtok_r(NULL, sep, &save)) {
		if (row.count == LINES_MAX_WORDS)
			return lines_bad(l, &row, "too many words", err);
		row.words[row.count++] = w;
	}
	if (row.count == 0)
		return 0;
	if (l->count % 64 == 0)
		l->rows = tt_xrealloc(l->rows, (l->count + 64) * sizeof(*l->rows));
	l->rows[l->count++] = row;
	return 0;
}

int
lines_load(const char *path, const char *sep, struct lines *ret, struct tt_err **err)
{
	tt_auto(buf) struct tt_buf b = TT_BUF_INIT(4 * TT_MIB);
	tt_auto(lines) struct lines l = { 0 };
	unsigned number = 0;
	int r;

	r = tt_file_read(path, &b, err);
	if (r < 0)
		return r;
	if (b.len > 0 && memchr(b.data, '\0', b.len) != NULL)
		return tt_err_set(
		    err, -EINVAL, "InvalidList", "%s holds a zero byte", path);
	l.path = tt_xstrdup(path);
	l.text = tt_buf_detach(&b);
	for (char *p = l.text, *next; p != NULL && *p != '\0'; p = next) {
		next = strchr(p, '\n');
		if (next != NULL)
			*next++ = '\0';
		number++;
		r = *p == '#' ? 0 : split(&l, p, number, sep, err);
		if (r < 0)
			return r;
	}
	*ret = l;
	l = (struct lines){ 0 };
	return 0;
}
