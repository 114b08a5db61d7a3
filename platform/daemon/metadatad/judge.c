// SPDX-License-Identifier: MPL-2.0
/* See judge.h. */
#include "platform/daemon/metadatad/judge.h"

#include <stdio.h>
#include <string.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/base64.h"
#include "platform/lib/base/str.h"

/* Longest coded key that is looked at, and what of an unknown command is repeated. */
#define KEY_CODED_MAX TT_BASE64_LEN(1024)
#define WORD_SHOWN    64
/* So many unknown lines in a row are no client: answered once a second from then on. */
#define NOISE_MAX    100
#define NOISE_GAP_US 1000000

#define UNREADABLE "The metadata of this instance cannot be read."
#define TOO_LARGE  "Request too large"

struct ask {
	const struct record *rec;
	bool broken;
	struct tt_buf *out;
	struct change **ret_change;
};

static bool
is_word(const char *text, size_t len, const char *word)
{
	return strlen(word) == len && memcmp(text, word, len) == 0;
}

static bool
starts_with(const char *text, size_t len, const char *prefix)
{
	return len >= strlen(prefix) && memcmp(text, prefix, strlen(prefix)) == 0;
}

static void
trim(const char **text, size_t *len)
{
	while (
	    *len > 0 && strchr(" \t\r\n\v\f", (*text)[0]) != NULL && (*text)[0] != '\0') {
		(*text)++;
		(*len)--;
	}
	while (*len > 0 && (*text)[*len - 1] != '\0' &&
	       strchr(" \t\r\n\v\f", (*text)[*len - 1]) != NULL)
		(*len)--;
}

static void
answer(struct tt_buf *out, const char *reqid, const char *result, const void *data,
    size_t len)
{
	if (tt_md_frame_build(out, reqid, result, data, len) < 0)
		(void)tt_md_frame_build(out, reqid, "FAILURE", "Answer too large",
		    strlen("Answer too large"));
}

static enum judgement
refuse(const struct ask *a, const struct tt_md_frame *f, const char *why)
{
	answer(a->out, f->reqid, "FAILURE", why, strlen(why));
	return JUDGE_DONE;
}

static enum judgement
invalid(const struct ask *a, const struct tt_md_frame *f)
{
	char why[64];

	(void)tt_strf(
	    why, sizeof(why), "Invalid %.*s Request", (int)f->word_len, f->word);
	return refuse(a, f, why);
}

/* --- version 2 --- */

/* The key of GET and DELETE: trimmed, in space. False when there is none or no base64. */
static bool
decode_key(const struct tt_md_frame *f, char space[TT_BASE64_MAX(KEY_CODED_MAX)],
    const char **ret, size_t *ret_len)
{
	ssize_t n;

	if (f->payload_len == 0 || f->payload_len > KEY_CODED_MAX)
		return false;
	n = tt_base64_decode(f->payload, f->payload_len, space);
	if (n < 0)
		return false;
	*ret = space;
	*ret_len = (size_t)n;
	trim(ret, ret_len);
	return *ret_len > 0;
}

static enum judgement
get(const struct ask *a, const struct tt_md_frame *f)
{
	char space[TT_BASE64_MAX(KEY_CODED_MAX)];
	struct record_value v;
	const char *key;
	size_t len;

	if (!decode_key(f, space, &key, &len))
		return invalid(a, f);
	if (a->broken)
		return refuse(a, f, UNREADABLE);
	if (a->rec == NULL)
		return JUDGE_NEED_RECORD;
	if (record_get(a->rec, key, len, &v))
		answer(a->out, f->reqid, "SUCCESS", v.data, v.len);
	else
		answer(a->out, f->reqid, "NOTFOUND", NULL, 0);
	return JUDGE_DONE;
}

static enum judgement
keys(const struct ask *a, const struct tt_md_frame *f)
{
	struct record_value v;

	if (a->broken)
		return refuse(a, f, UNREADABLE);
	if (a->rec == NULL)
		return JUDGE_NEED_RECORD;
	v = record_keys(a->rec);
	answer(a->out, f->reqid, "SUCCESS", v.data, v.len);
	return JUDGE_DONE;
}

/* What a guest may name a key. */
static bool
good_key(const char *key, size_t len)
{
	return len > 0 && len <= TT_MD_KEY_MAX && tt_utf8_check(key, len) < 0 &&
	       tt_control_find(key, len) < 0;
}

/* Which object a change of this key goes to; refuses what is read-only. */
static enum judgement
place_change(const struct ask *a, const struct tt_md_frame *f, const char *key,
    size_t len, bool *ret_internal)
{
	const char *colon = memchr(key, ':', len);
	tt_auto(free) char *why = NULL;

	if (a->broken)
		return refuse(a, f, UNREADABLE);
	if (a->rec == NULL)
		return JUDGE_NEED_RECORD;
	if (starts_with(key, len, "sdc:") || record_protects(a->rec, key, len)) {
		why = tt_xprintf("Cannot update the \"%.*s\" Namespace.",
		    (int)(colon != NULL ? colon - key : 0), key);
		return refuse(a, f, why);
	}
	*ret_internal = (len >= 3 && memcmp(key + len - 3, "_pw", 3) == 0) ||
			is_word(key, len, "operator-script");
	return JUDGE_CHANGE;
}

static void
hand_out(const struct ask *a, const struct tt_md_frame *f, bool internal, const char *key,
    size_t len, char *value, size_t value_len)
{
	struct change *c = tt_xalloc(sizeof(*c));

	memcpy(c->reqid, f->reqid, TT_MD_REQID_LEN);
	c->internal = internal;
	c->key = tt_xstrndup(key, len);
	c->value = value;
	c->value_len = value_len;
	*a->ret_change = c;
}

static enum judgement delete (const struct ask *a, const struct tt_md_frame *f) {
	char space[TT_BASE64_MAX(KEY_CODED_MAX)]; enum judgement j; const char * key;
	bool internal; size_t len;

	if (!decode_key(f, space, &key, &len)) return invalid(a, f);
	j = place_change(a, f, key, len, &internal);
	if (j == JUDGE_CHANGE && !good_key(key, len)){
	    answer(a->out, f->reqid, "SUCCESS", "OK", 2); /* cannot be there */
	    return JUDGE_DONE; }
if (j == JUDGE_CHANGE && a->ret_change != NULL)
    hand_out(a, f, internal, key, len, NULL, 0);
return j;
}

/* The two words inside PUT's payload, decoded in place. */
static bool
decode_put(char *text, size_t len, const char **ret_key, size_t *ret_key_len,
    const char **ret_value, size_t *ret_value_len)
{
	char *space = memchr(text, ' ', len), *value;
	ssize_t key_n, value_n;

	if (space == NULL)
		return false;
	value = space + 1;
	key_n = tt_base64_decode(text, (size_t)(space - text), text);
	value_n = tt_base64_decode(value, (size_t)(text + len - value), value);
	if (key_n < 0 || value_n <= 0)
		return false;
	*ret_key = text;
	*ret_key_len = (size_t)key_n;
	trim(ret_key, ret_key_len);
	*ret_value = value;
	*ret_value_len = (size_t)value_n;
	return good_key(*ret_key, *ret_key_len) &&
	       tt_utf8_check(value, (size_t)value_n) < 0 &&
	       memchr(value, '\0', (size_t)value_n) == NULL;
}

static enum judgement
put(const struct ask *a, const struct tt_md_frame *f)
{
	tt_auto(free) char *text = tt_xalloc(TT_BASE64_MAX(f->payload_len) + 1);
	ssize_t n = tt_base64_decode(f->payload, f->payload_len, text);
	size_t key_len, value_len;
	const char *key, *value;
	enum judgement j;
	bool internal;

	if (n < 0 || !decode_put(text, (size_t)n, &key, &key_len, &value, &value_len))
		return invalid(a, f);
	if (value_len > TT_MD_VALUE_MAX)
		return refuse(a, f, TOO_LARGE);
	j = place_change(a, f, key, key_len, &internal);
	if (j == JUDGE_CHANGE && a->ret_change != NULL)
		hand_out(a, f, internal, key, key_len, tt_xstrndup(value, value_len),
		    value_len);
	return j;
}

/* A result instead of a command: our own words come back from an echoing terminal. */
static bool
is_result(const char *word, size_t len)
{
	return is_word(word, len, "SUCCESS") || is_word(word, len, "FAILURE") ||
	       is_word(word, len, "NOTFOUND");
}

static enum judgement
frame(const struct ask *a, const struct tt_md_frame *f)
{
	tt_auto(free) char *why = NULL;

	if (is_result(f->word, f->word_len))
		return JUDGE_DONE;
	if (is_word(f->word, f->word_len, "GET"))
		return get(a, f);
	if (is_word(f->word, f->word_len, "KEYS"))
		return keys(a, f);
	if (is_word(f->word, f->word_len, "PUT"))
		return put(a, f);
	if (is_word(f->word, f->word_len, "DELETE"))
		return delete (a, f);
	why = tt_xprintf("Unknown command %.*s",
	    (int)(f->word_len < WORD_SHOWN ? f->word_len : WORD_SHOWN), f->word);
	return refuse(a, f, why);
}

/* --- version 1 --- */

/* A value in lines, each that starts with a dot with one more, and a dot at the end. */
static void
dotted(struct tt_buf *out, const char *data, size_t len)
{
	(void)tt_buf_adds(out, "SUCCESS\n");
	for (size_t at = 0; at < len;) {
		const char *end = memchr(data + at, '\n', len - at);
		const size_t n = end != NULL ? (size_t)(end - data) - at : len - at;

		(void)tt_buf_adds(out, data[at] == '.' ? "." : "");
		(void)tt_buf_add(out, data + at, n);
		(void)tt_buf_addc(out, '\n');
		at += n + 1;
	}
	if (len == 0 || data[len - 1] == '\n')
		(void)tt_buf_addc(out, '\n');
	(void)tt_buf_adds(out, ".\n");
}

/* An unknown line; noise without end is answered rarely. */
static void
unknown(struct judge_state *state, int64_t now_us, struct tt_buf *out)
{
	if (++state->unknown > NOISE_MAX) {
		state->unknown = NOISE_MAX + 1;
		if (now_us - state->answered_us < NOISE_GAP_US)
			return;
		state->answered_us = now_us;
	}
	(void)tt_buf_adds(out, "FAILURE\n");
}

/* What version 1 serves: GET and KEYS. */
static enum judgement
old_read(const struct ask *a, const char *key, size_t len)
{
	struct record_value v;

	if (a->broken) {
		(void)tt_buf_adds(a->out, "FAILURE\n");
		return JUDGE_DONE;
	}
	if (a->rec == NULL)
		return JUDGE_NEED_RECORD;
	if (key == NULL)
		v = record_keys(a->rec);
	else if (!record_get(a->rec, key, len, &v)) {
		(void)tt_buf_adds(a->out, "NOTFOUND\n");
		return JUDGE_DONE;
	}
	dotted(a->out, v.data, v.len);
	return JUDGE_DONE;
}

static enum judgement
old_line(const struct ask *a, const char *text, size_t len, int64_t now_us,
    struct judge_state *state)
{
	static const char *const own[] = { "invalid command", "FAILURE", "V2_OK",
		"SUCCESS", "NOTFOUND" };
	const char *space = memchr(text, ' ', len), *arg = space;
	const size_t word_len = space != NULL ? (size_t)(space - text) : len;
	size_t arg_len = len - word_len;

	for (size_t i = 0; i < TT_ARRAY_LEN(own); i++)
		if (is_word(text, len, own[i]))
			return JUDGE_DONE;
	if (space != NULL)
		trim(&arg, &arg_len);
	if (is_word(text, word_len, "KEYS"))
		return old_read(a, NULL, 0);
	if (is_word(text, word_len, "GET") || is_word(text, word_len, "NEGOTIATE")) {
		if (arg_len == 0)
			(void)tt_buf_adds(a->out, "invalid command\n");
		else if (text[0] == 'G')
			return old_read(a, arg, arg_len);
		else
			(void)tt_buf_adds(a->out,
			    is_word(arg, arg_len, "V2") ? "V2_OK\n" : "FAILURE\n");
		return JUDGE_DONE;
	}
	unknown(state, now_us, a->out);
	return JUDGE_DONE;
}

/* --- both --- */

/* A frame that was too long to keep; its request id and command are there. */
static void
long_frame(const struct tt_md_line *line, struct tt_buf *out)
{
	const char *word = line->text + TT_MD_REQID_LEN + 1;
	struct tt_md_frame f;
	size_t len = 0;

	while (TT_MD_REQID_LEN + 1 + len < line->len && word[len] != ' ')
		len++;
	if (tt_md_body_parse(line->text, TT_MD_REQID_LEN + 1 + len, &f) == 0 &&
	    !is_result(f.word, f.word_len))
		answer(out, f.reqid, "FAILURE", TOO_LARGE, strlen(TOO_LARGE));
}

enum judgement
judge_line(const struct tt_md_line *line, const struct record *rec, bool broken,
    int64_t now_us, struct judge_state *state, struct tt_buf *out,
    struct change **ret_change)
{
	const struct ask a = { rec, broken, out, ret_change };
	struct tt_md_frame f;

	if (line->kind == TT_MD_LINE_LONG_FRAME) {
		state->unknown = 0;
		long_frame(line, out);
		return JUDGE_DONE;
	}
	if (line->kind == TT_MD_LINE_LONG) {
		state->damaged++;
		return JUDGE_DONE;
	}
	if (line->len == 0 || strchr(" \t\r\v\f", line->text[0]) != NULL) {
		(void)tt_buf_adds(out, "invalid command\n");
		return JUDGE_DONE;
	}
	if (!tt_md_frame_looks(line->text, line->len))
		return old_line(&a, line->text, line->len, now_us, state);
	if (tt_md_frame_parse(line->text, line->len, &f) < 0) {
		state->damaged++;
		return JUDGE_DONE;
	}
	state->unknown = 0;
	return frame(&a, &f);
}

void
judge_stored(const char *reqid, const char *why, struct tt_buf *out)
{
	if (why == NULL)
		answer(out, reqid, "SUCCESS", "OK", 2);
	else
		answer(out, reqid, "FAILURE", why, strlen(why));
}

void
judge_late(const struct tt_md_line *line, const char *why, struct tt_buf *out)
{
	struct tt_md_frame f;

	if (line->kind == TT_MD_LINE && tt_md_frame_parse(line->text, line->len, &f) == 0)
		judge_stored(f.reqid, why, out);
	else
		(void)tt_buf_adds(out, "FAILURE\n");
}

void
change_free(struct change *c)
{
	if (c == NULL)
		return;
	free(c->key);
	free(c->value);
	free(c);
}
