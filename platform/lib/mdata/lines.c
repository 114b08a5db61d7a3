// SPDX-License-Identifier: MPL-2.0
/* See lines.h. */
#include "platform/lib/mdata/lines.h"

#include <string.h>

#include "platform/lib/base/crc32.h"

void
tt_md_lines_init(struct tt_md_lines *l, size_t max)
{
	*l = (struct tt_md_lines){ .max = max, .part = TT_BUF_INIT(max) };
}

void
tt_md_lines_release(struct tt_md_lines *l)
{
	tt_buf_release(&l->part);
}

void
tt_md_lines_drop(struct tt_md_lines *l)
{
	tt_buf_release(&l->part);
	l->too_long = l->handed = false;
}

bool
tt_md_lines_pending(const struct tt_md_lines *l)
{
	return l->too_long || (l->part.len > 0 && !l->handed);
}

static bool
is_white(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static size_t
trimmed(const char *text, size_t len)
{
	while (len > 0 && is_white(text[len - 1]))
		len--;
	return len;
}

/* More of a line that is too long: sum it up. */
static void
pass_by(struct tt_md_lines *l, const char *data, size_t len)
{
	const size_t end = trimmed(data, len);

	l->nul |= memchr(data, '\0', len) != NULL;
	if (!l->framed)
		return;
	l->all_crc = tt_crc32(l->all_crc, data, end);
	l->all_len += end;
	if (end > 0) {
		l->body_crc = l->all_crc;
		l->body_len = l->all_len;
	}
	l->all_crc = tt_crc32(l->all_crc, data + end, len - end);
	l->all_len += len - end;
}

/* The line passes the limit with these bytes: keep its head, let go of the rest. */
static void
grow_too_long(struct tt_md_lines *l, const char *data, size_t len)
{
	const size_t had = l->part.len;
	size_t kept = had < sizeof(l->head) ? had : sizeof(l->head);
	size_t more = sizeof(l->head) - kept < len ? sizeof(l->head) - kept : len;

	memset(l->head, ' ', sizeof(l->head));
	memcpy(l->head, tt_buf_str(&l->part), kept);
	memcpy(l->head + kept, data, more);
	kept += more;
	l->too_long = true;
	l->nul = false;
	l->body_len = l->all_len = 0;
	l->body_crc = l->all_crc = 0;
	l->framed = tt_md_header_parse(l->head, kept, &l->header) == 0;
	if (l->framed && l->header.body_at < had)
		pass_by(l, l->part.data + l->header.body_at, had - l->header.body_at);
	if (l->framed && l->header.body_at > had)
		pass_by(
		    l, data + (l->header.body_at - had), len - (l->header.body_at - had));
	else
		pass_by(l, data, len);
	tt_buf_release(&l->part);
}

static void
end_too_long(struct tt_md_lines *l, struct tt_md_line *ret)
{
	const bool whole = l->framed && !l->nul && l->body_len == l->header.body_len &&
			   l->body_crc == l->header.crc;

	l->too_long = false;
	ret->kind = whole ? TT_MD_LINE_LONG_FRAME : TT_MD_LINE_LONG;
	ret->text = whole ? l->head + l->header.body_at : "";
	ret->len = whole ? trimmed(ret->text, sizeof(l->head) - l->header.body_at) : 0;
}

/* Bytes of the line that goes on, its end not among them. */
static void
keep(struct tt_md_lines *l, const char *data, size_t len)
{
	if (l->too_long)
		pass_by(l, data, len);
	else if (len > l->max || l->part.len > l->max - len ||
		 tt_buf_add(&l->part, data, len) < 0)
		grow_too_long(l, data, len);
}

size_t
tt_md_lines_next(
    struct tt_md_lines *l, const char *data, size_t len, struct tt_md_line *ret)
{
	const char *end;
	size_t used = 0;

	*ret = (struct tt_md_line){ .kind = TT_MD_LINE_NONE };
	if (l->handed)
		tt_md_lines_drop(l);
	if (!tt_md_lines_pending(l))
		while (used < len && data[used] == '\0')
			used++;
	end = memchr(data + used, '\n', len - used);
	if (end == NULL) {
		keep(l, data + used, len - used);
		return len;
	}
	ret->kind = TT_MD_LINE;
	if (!tt_md_lines_pending(l) && (size_t)(end - data) - used <= l->max) {
		ret->text = data + used;
		ret->len = trimmed(ret->text, (size_t)(end - data) - used);
		return (size_t)(end - data) + 1;
	}
	keep(l, data + used, (size_t)(end - data) - used);
	if (l->too_long) {
		end_too_long(l, ret);
	} else {
		l->handed = true;
		ret->text = l->part.data;
		ret->len = trimmed(ret->text, l->part.len);
	}
	return (size_t)(end - data) + 1;
}
