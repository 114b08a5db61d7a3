// SPDX-License-Identifier: MPL-2.0
/* See frame.h. */
#include "platform/lib/mdata/frame.h"

#include <errno.h>
#include <string.h>

#include "platform/lib/base/base64.h"
#include "platform/lib/base/crc32.h"

#define CRC_DIGITS 8
/* "V2 ", up to 20 digits, two spaces, the CRC, another space. */
#define HEADER_SPACE 48

static const char hex[] = "0123456789abcdef";

bool
tt_md_frame_looks(const char *line, size_t len)
{
	return len >= 2 && line[0] == 'V' && line[1] == '2' &&
	       (len == 2 || line[2] == ' ');
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One space at least; the offset behind them, or 0. */
static size_t
skip_spaces(const char *line, size_t len, size_t at)
{
	const size_t from = at;

	while (at < len && line[at] == ' ')
		at++;
	return at > from ? at : 0;
}

int
tt_md_header_parse(const char *line, size_t len, struct tt_md_header *ret)
{
	struct tt_md_header h = { 0 };
	size_t at, digits;

	if (!tt_md_frame_looks(line, len) || (at = skip_spaces(line, len, 2)) == 0)
		return -EBADMSG;
	for (digits = 0; at < len && line[at] >= '0' && line[at] <= '9'; at++)
		if (++digits > 10)
			return -EBADMSG;
		else
			h.body_len = h.body_len * 10 + (size_t)(line[at] - '0');
	if (digits == 0 || (at = skip_spaces(line, len, at)) == 0)
		return -EBADMSG;
	for (digits = 0; at < len && line[at] != ' '; at++, digits++) {
		const int value = hex_value(line[at]);

		if (value < 0 || digits == CRC_DIGITS)
			return -EBADMSG;
		h.crc = h.crc << 4 | (uint32_t)value;
	}
	if (digits != CRC_DIGITS || (at = skip_spaces(line, len, at)) == 0)
		return -EBADMSG;
	h.body_at = at;
	*ret = h;
	return 0;
}

int
tt_md_body_parse(const char *body, size_t len, struct tt_md_frame *ret)
{
	struct tt_md_frame f = { .reqid = body };
	const char *const end = body + len;
	const char *space;

	if (len < TT_MD_REQID_LEN + 2 || body[TT_MD_REQID_LEN] != ' ')
		return -EBADMSG;
	for (size_t i = 0; i < TT_MD_REQID_LEN; i++)
		if (hex_value(body[i]) < 0)
			return -EBADMSG;
	f.word = body + TT_MD_REQID_LEN + 1;
	space = memchr(f.word, ' ', (size_t)(end - f.word));
	f.word_len = (size_t)((space != NULL ? space : end) - f.word);
	if (space != NULL) {
		f.payload = space + 1;
		f.payload_len = (size_t)(end - f.payload);
	}
	if (f.word_len == 0 || (f.payload != NULL && f.payload_len == 0) ||
	    end[-1] == ' ' || memmem(f.word, (size_t)(end - f.word), "  ", 2) != NULL)
		return -EBADMSG;
	*ret = f;
	return 0;
}

int
tt_md_frame_parse(const char *line, size_t len, struct tt_md_frame *ret)
{
	struct tt_md_header h;

	if (tt_md_header_parse(line, len, &h) < 0 || len - h.body_at != h.body_len ||
	    memchr(line, '\0', len) != NULL ||
	    tt_crc32(0, line + h.body_at, h.body_len) != h.crc)
		return -EBADMSG;
	return tt_md_body_parse(line + h.body_at, h.body_len, ret);
}

/* The header of a body of this length and CRC; returns its own length. */
static size_t
put_header(char out[HEADER_SPACE], size_t body_len, uint32_t crc)
{
	char number[24];
	size_t n = 0, at = 3;

	memcpy(out, "V2 ", 3);
	do {
		number[n++] = (char)('0' + body_len % 10);
		body_len /= 10;
	} while (body_len > 0);
	while (n > 0)
		out[at++] = number[--n];
	out[at++] = ' ';
	for (int shift = 28; shift >= 0; shift -= 4)
		out[at++] = hex[crc >> shift & 15];
	out[at++] = ' ';
	return at;
}

int
tt_md_frame_build(
    struct tt_buf *out, const char *reqid, const char *word, const void *data, size_t len)
{
	const size_t word_len = strlen(word), word_at = TT_MD_REQID_LEN + 1;
	const size_t body_len =
	    word_at + word_len + (len > 0 ? 1 + TT_BASE64_LEN(len) : 0);
	char header[HEADER_SPACE];
	const size_t head_len = put_header(header, body_len, 0);
	char *frame, *body;

	if (len > TT_MD_ALL_MAX || head_len + body_len + 1 > out->max - out->len)
		return -EMSGSIZE;
	/* all of it at once: the base64 is written in its place */
	frame = tt_buf_extend(out, head_len + body_len + 1);
	if (frame == NULL)
		return -EMSGSIZE;
	body = frame + head_len;
	memcpy(body, reqid, TT_MD_REQID_LEN);
	body[TT_MD_REQID_LEN] = ' ';
	memcpy(body + word_at, word, word_len);
	if (len > 0) {
		body[word_at + word_len] = ' ';
		tt_base64_encode(data, len, body + word_at + word_len + 1);
	}
	body[body_len] = '\n';
	put_header(header, body_len, tt_crc32(0, body, body_len));
	memcpy(frame, header, head_len);
	return 0;
}
