// SPDX-License-Identifier: MPL-2.0
/*
 * What one line of a guest is answered: the rules of both versions of the protocol, of
 * damaged input, and of which keys a guest may change. Pure: a line and a record in, bytes
 * and perhaps a change to make out; no descriptor, no file, no clock but the argument.
 */
#pragma once

#include "platform/daemon/metadatad/record.h"
#include "platform/lib/mdata/lines.h"

enum judgement {
	JUDGE_DONE,        /* out holds the answer, which may be none */
	JUDGE_NEED_RECORD, /* ask again with a record */
	JUDGE_CHANGE,      /* *ret_change says what to store; then judge_stored() */
};

/* A change of metadata that a guest asked for and may make. */
struct change {
	char reqid[TT_MD_REQID_LEN + 1];
	bool internal; /* object that it goes to */
	char *key;
	char *value; /* NULL: the key is deleted */
	size_t value_len;
};

/* What a connection remembers of the lines before. */
struct judge_state {
	unsigned unknown;    /* unknown lines since the last good frame */
	int64_t answered_us; /* when the last of these was answered, once they are many */
	unsigned damaged;    /* frames so far that were dropped */
};

/*
 * rec      NULL when none is at hand: JUDGE_NEED_RECORD if the line needs one
 * broken   the files of the instance cannot be read: such lines get a failure instead
 * A change is handed out only when ret_change is not NULL; without, JUDGE_CHANGE alone says
 * that there is one to make.
 */
enum judgement judge_line(const struct tt_md_line *line, const struct record *rec,
    bool broken, int64_t now_us, struct judge_state *state, struct tt_buf *out,
    struct change **ret_change);

/* The answer of a change that was stored (why NULL), or of a request that cannot be served. */
void judge_stored(const char *reqid, const char *why, struct tt_buf *out);
/* The same for the line of a request that waited too long. */
void judge_late(const struct tt_md_line *line, const char *why, struct tt_buf *out);

void change_free(struct change *c);
TT_AUTO_DEFINE(change, struct change *, change_free)
