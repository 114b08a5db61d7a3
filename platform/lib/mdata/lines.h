// SPDX-License-Identifier: MPL-2.0
/*
 * Cuts the byte stream of the metadata protocol into lines. Bytes are fed as they come; a
 * line that lies whole in what is fed is handed out where it lies, without a copy, so a
 * quiet connection holds no memory.
 *
 * A line longer than the limit is not stored: its first bytes are kept, its length and the
 * CRC of its body are summed as it passes, and at its end it is handed out as too long.
 * NUL bytes in front of a line are dropped, white space at its end is cut.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "platform/lib/base/buf.h"
#include "platform/lib/mdata/frame.h"

/* What is kept of a line that is too long. */
#define TT_MD_HEAD_LEN 64

struct tt_md_lines {
	struct tt_buf part; /* start of a line whose end has not come */
	bool handed;        /* part is the line that was handed out last */
	size_t max;    /* longest line that is stored; may be lowered and raised again */
	bool too_long; /* the fields below count */
	bool nul;      /* there is a NUL in it */
	char head[TT_MD_HEAD_LEN];
	size_t body_len; /* of the body so far, without white space at its end */
	size_t all_len;  /* with it */
	uint32_t body_crc, all_crc;
	bool framed; /* head starts with a frame's header */
	struct tt_md_header header;
};

enum tt_md_line_kind {
	TT_MD_LINE_NONE, /* the end has not come yet */
	TT_MD_LINE,
	/* too long, and nothing more can be said: damaged, or no frame at all */
	TT_MD_LINE_LONG,
	/* too long; length and CRC hold. text is "reqid word" as far as it was kept */
	TT_MD_LINE_LONG_FRAME,
};

struct tt_md_line {
	enum tt_md_line_kind kind;
	const char *text; /* valid until the next call */
	size_t len;
};

/* max  longest line that is ever stored, in bytes without its end */
void tt_md_lines_init(struct tt_md_lines *l, size_t max);
void tt_md_lines_release(struct tt_md_lines *l);
/* Forget the line that has begun. */
void tt_md_lines_drop(struct tt_md_lines *l);
/* True when the start of a line waits for its end. */
bool tt_md_lines_pending(const struct tt_md_lines *l);
/* Look at the next line of data; returns the number of bytes used, all of them with NONE. */
size_t tt_md_lines_next(
    struct tt_md_lines *l, const char *data, size_t len, struct tt_md_line *ret);
