// SPDX-License-Identifier: MPL-2.0
/* See client.h. */
#include "platform/lib/mdata/client.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/base64.h"
#include "platform/lib/base/crc32.h"
#include "platform/lib/base/random.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/time.h"
#include "platform/lib/mdata/lines.h"
#include "platform/lib/mdata/link.h"

#define RESET_MS     2000
#define NEGOTIATE_MS 6000
#define FRAME_MS     45000 /* without a byte */
#define AGAIN_MS     1000

struct tt_md_client {
	struct tt_md_link link;
	struct tt_md_lines lines;
	void (*note)(const char *text);
	int version; /* 0 = not connected */
	char data[4096];
	size_t at, len; /* of data, not looked at yet */
};

struct tt_md_client *
tt_md_client_new(void (*note)(const char *text))
{
	struct tt_md_client *c = tt_xalloc(sizeof(*c));

	c->link.fd = -1;
	c->note = note;
	tt_md_lines_init(&c->lines, TT_MD_ANSWER_MAX);
	return c;
}

void
tt_md_client_free(struct tt_md_client *c)
{
	if (c == NULL)
		return;
	tt_md_link_close(&c->link);
	tt_md_lines_release(&c->lines);
	free(c);
}

/* The next line; valid until the next call. -ETIME when no byte comes for a while. */
static int
next_line(struct tt_md_client *c, unsigned timeout_ms, struct tt_md_line *ret)
{
	for (;;) {
		ssize_t n;

		c->at +=
		    tt_md_lines_next(&c->lines, c->data + c->at, c->len - c->at, ret);
		if (ret->kind != TT_MD_LINE_NONE)
			return 0;
		n = tt_md_link_read(&c->link, c->data, sizeof(c->data), timeout_ms);
		if (n < 0)
			return (int)n;
		c->at = 0;
		c->len = (size_t)n;
	}
}

static bool
line_is(const struct tt_md_line *line, const char *text)
{
	return line->kind == TT_MD_LINE && line->len == strlen(text) &&
	       memcmp(line->text, text, line->len) == 0;
}

static void
disconnect(struct tt_md_client *c)
{
	tt_md_link_close(&c->link);
	tt_md_lines_drop(&c->lines);
	c->at = c->len = 0;
	c->version = 0;
}

/* One step: send a line, look at the one that comes back. */
static int
step(struct tt_md_client *c, const char *say, unsigned timeout_ms, struct tt_md_line *ret)
{
	int r = tt_md_link_write(&c->link, say, strlen(say));

	return r < 0 ? r : next_line(c, timeout_ms, ret);
}

/* 0, -EAGAIN when a step failed, or what is for good. */
static int
connect_once(struct tt_md_client *c, struct tt_err **err)
{
	struct tt_md_line line;
	int r = tt_md_link_open(&c->link, err);

	if (r < 0)
		return r;
	r = step(c, "\n", RESET_MS, &line);
	if (r < 0 || !line_is(&line, "invalid command"))
		return -EAGAIN;
	r = step(c, "NEGOTIATE V2\n", NEGOTIATE_MS, &line);
	if (r < 0)
		return -EAGAIN;
	if (line_is(&line, "V2_OK"))
		c->version = 2;
	else if (line_is(&line, "FAILURE") || line_is(&line, "invalid command"))
		c->version = 1;
	return c->version > 0 ? 0 : -EAGAIN;
}

static void
tell(const struct tt_md_client *c, const char *text)
{
	if (c->note != NULL && text != NULL)
		c->note(text);
}

/* Until it works, or never can. */
static int
make_ready(struct tt_md_client *c, struct tt_err **err)
{
	int r = 0;

	while (c->version == 0 && (r = connect_once(c, err)) < 0) {
		if (r != -EAGAIN)
			return r;
		tell(c, c->link.why);
		disconnect(c);
		tt_sleep_ms(AGAIN_MS);
	}
	return 0;
}

static int
result_of(const char *word, size_t len, enum tt_md_result *ret)
{
	static const char *const words[] = { "SUCCESS", "NOTFOUND", "FAILURE" };

	for (size_t i = 0; i < TT_ARRAY_LEN(words); i++)
		if (strlen(words[i]) == len && memcmp(words[i], word, len) == 0) {
			*ret = (enum tt_md_result)i;
			return 0;
		}
	return -EBADMSG;
}

/* A response to this request: 0. Anything else on the line is noise: -EBADMSG. */
static int
read_frame(const struct tt_md_line *line, const char *reqid, struct tt_buf *out,
    enum tt_md_result *ret)
{
	const size_t head_len = line->len < 64 ? line->len : 64;
	struct tt_md_header h;
	struct tt_md_frame f;
	char head[64], *room;
	ssize_t n;

	/* some agents write the CRC in capitals */
	for (size_t i = 0; i < head_len; i++)
		head[i] =
		    i == 0 ? line->text[0] : (char)tolower((unsigned char)line->text[i]);
	if (line->kind != TT_MD_LINE || tt_md_header_parse(head, head_len, &h) < 0 ||
	    line->len - h.body_at != h.body_len ||
	    tt_crc32(0, line->text + h.body_at, h.body_len) != h.crc ||
	    tt_md_body_parse(line->text + h.body_at, h.body_len, &f) < 0 ||
	    memcmp(f.reqid, reqid, TT_MD_REQID_LEN) != 0 ||
	    result_of(f.word, f.word_len, ret) < 0)
		return -EBADMSG;
	tt_buf_reset(out);
	room = tt_buf_extend(out, TT_BASE64_MAX(f.payload_len));
	n = room != NULL ? tt_base64_decode(f.payload, f.payload_len, room) : -EMSGSIZE;
	if (n < 0)
		return -EBADMSG;
	out->len = (size_t)n;
	out->data[n] = '\0';
	return 0;
}

static int
ask_new(struct tt_md_client *c, const char *command, const void *payload, size_t len,
    struct tt_buf *out, enum tt_md_result *ret)
{
	tt_auto(buf) struct tt_buf frame = TT_BUF_INIT(TT_MD_ANSWER_MAX);
	char reqid[TT_MD_REQID_LEN + 1];
	struct tt_md_line line;
	int r;

	tt_random_hex(TT_MD_REQID_LEN / 2, reqid);
	r = tt_md_frame_build(&frame, reqid, command, payload, len);
	if (r == 0)
		r = tt_md_link_write(&c->link, frame.data, frame.len);
	while (r == 0) {
		r = next_line(c, FRAME_MS, &line);
		if (r == 0 && read_frame(&line, reqid, out, ret) == 0)
			break;
	}
	return r;
}

/* The lines of a value, up to the one that is a dot. */
static int
read_dotted(struct tt_md_client *c, struct tt_buf *out)
{
	for (bool first = true;; first = false) {
		struct tt_md_line line;
		int r = next_line(c, NEGOTIATE_MS, &line);

		if (r < 0 || line_is(&line, "."))
			return r;
		(void)tt_buf_adds(out, first ? "" : "\n");
		if (line.len > 0 && line.text[0] == '.') {
			line.text++;
			line.len--;
		}
		(void)tt_buf_add(out, line.text, line.len);
	}
}

static int
ask_old(struct tt_md_client *c, const char *command, const char *key, size_t len,
    struct tt_buf *out, enum tt_md_result *ret)
{
	tt_auto(free) char *say = len > 0
				      ? tt_xprintf("%s %.*s\n", command, (int)len, key)
				      : tt_xprintf("%s\n", command);
	struct tt_md_line line;
	int r;

	*ret = TT_MD_UNSUPPORTED;
	if (!tt_streq(command, "GET") && !tt_streq(command, "KEYS"))
		return 0;
	r = step(c, say, NEGOTIATE_MS, &line);
	if (r < 0)
		return r;
	tt_buf_reset(out);
	if (line.kind != TT_MD_LINE || result_of(line.text, line.len, ret) < 0)
		return -EBADMSG;
	return *ret == TT_MD_SUCCESS ? read_dotted(c, out) : 0;
}

int
tt_md_ask(struct tt_md_client *c, const char *command, const void *payload, size_t len,
    struct tt_buf *out, enum tt_md_result *ret_result, struct tt_err **err)
{
	for (;;) {
		int r = make_ready(c, err);

		if (r < 0)
			return r;
		c->link.why = NULL;
		r = c->version == 2 ? ask_new(c, command, payload, len, out, ret_result)
				    : ask_old(c, command, payload, len, out, ret_result);
		if (r >= 0)
			return 0;
		tell(c, c->link.why);
		tell(c, "receive timeout, resetting protocol...");
		disconnect(c);
		tt_sleep_ms(AGAIN_MS);
	}
}

int
tt_md_put(struct tt_md_client *c, const char *key, const void *value, size_t len,
    struct tt_buf *out, enum tt_md_result *ret_result, struct tt_err **err)
{
	const size_t key_len = TT_BASE64_LEN(strlen(key));
	tt_auto(free) char *both = tt_xalloc(key_len + 1 + TT_BASE64_LEN(len) + 1);

	tt_base64_encode(key, strlen(key), both);
	both[key_len] = ' ';
	tt_base64_encode(value, len, both + key_len + 1);
	return tt_md_ask(
	    c, "PUT", both, key_len + 1 + TT_BASE64_LEN(len), out, ret_result, err);
}
