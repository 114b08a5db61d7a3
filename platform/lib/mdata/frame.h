// SPDX-License-Identifier: MPL-2.0
/*
 * Frames of version 2 of the metadata protocol, read from and written to memory:
 *
 *     "V2" SP length SP crc SP body        body = reqid SP word [SP payload]
 *
 * length counts the bytes of the body, crc is its CRC-32 and reqid a number of the client,
 * both as eight lower-case hex digits; word is a command or a result; the payload is base64
 * and absent when empty. Used by both ends: the agent on the node and the tools in an
 * instance. Knows no command's meaning and does no I/O.
 *
 * Source: TritonDataCenter/mdata-docs, mdata/protocol.md. Stricter than it: see
 * tt_md_frame_parse(). Nothing here allocates but the caller's tt_buf.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "platform/lib/base/buf.h"

#define TT_MD_REQID_LEN 8

/* Limits of ours; the protocol names none. */
#define TT_MD_KEY_MAX    255          /* bytes of a key */
#define TT_MD_VALUE_MAX  TT_MIB       /* bytes of a value */
#define TT_MD_LINE_MAX   (2 * TT_MIB) /* bytes of a request */
#define TT_MD_ALL_MAX    (4 * TT_MIB) /* all customer keys of an instance */
#define TT_MD_ANSWER_MAX (TT_MD_ALL_MAX / 3 * 4 + 256) /* bytes of a response */

/* All pointers lead into the line that was parsed. */
struct tt_md_frame {
	const char *reqid; /* TT_MD_REQID_LEN digits */
	const char *word;
	size_t word_len;
	const char *payload; /* base64, not judged yet; NULL when absent */
	size_t payload_len;
};

/* What stands before the body. */
struct tt_md_header {
	size_t body_at;  /* offset of the body in the line */
	size_t body_len; /* what the sender says */
	uint32_t crc;
};

/* True when the line asks to be taken for a frame: "V2" and a blank or nothing behind it. */
bool tt_md_frame_looks(const char *line, size_t len);

/*
 * The header at the start of a line, of which len bytes are there. Runs of spaces between
 * fields are accepted. 0 or -EBADMSG.
 */
int tt_md_header_parse(const char *line, size_t len, struct tt_md_header *ret);

/* The fields of a body whose length and CRC are right. 0 or -EBADMSG. */
int tt_md_body_parse(const char *body, size_t len, struct tt_md_frame *ret);

/*
 * A whole line without its end. -EBADMSG for a damaged one, which must not be answered:
 * length or CRC differ, the CRC is not eight lower-case digits, a field is missing, an
 * empty one left its space behind, or a NUL is inside.
 */
int tt_md_frame_parse(const char *line, size_t len, struct tt_md_frame *ret);

/*
 * Add a frame and its line end to out; data (len bytes) becomes the payload. Returns 0, or
 * -EMSGSIZE with out as it was: it does not fit out, or data is over TT_MD_ALL_MAX.
 */
int tt_md_frame_build(struct tt_buf *out, const char *reqid, const char *word,
    const void *data, size_t len);
