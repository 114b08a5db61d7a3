// SPDX-License-Identifier: MPL-2.0
/*
 * What a judge of configuration has to say: a list of findings, each with a severity, a
 * stable code, the key, the place in the file, the value and one sentence that tells what
 * would be accepted. The same list comes out of answers files, typed values and configs.
 *
 * A list holds at most TT_FINDINGS_MAX entries; what comes later is counted, not kept.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "platform/lib/base/buf.h"

#define TT_FINDINGS_MAX 1000

enum tt_severity { TT_NOTE, TT_WARNING, TT_ERROR };

struct tt_finding {
	enum tt_severity severity;
	const char *code; /* constant: "E_IP", "W_UNKNOWN", "N_UNKNOWN" */
	char *key;        /* "" when about the whole file */
	char *value;      /* "" when there is none; secrets are already "***" */
	char *text;       /* the sentence: lower case, no full stop */
	char *suggest;    /* a value that would be accepted, or NULL */
	unsigned line;    /* 1-based; 0 = no place */
	unsigned col;     /* 1-based, in characters */
	int id;           /* enum tt_key_id of the key, or -1 */
	uint64_t
	    involved; /* bit per enum tt_key_id of every key the judgement looked at */
};

struct tt_findings {
	struct tt_finding *v;
	size_t n;
	size_t space;
	size_t dropped;
};

/*
 * Append one finding and return it (valid until the next call); severity follows from the
 * first letter of the code (E, W, N). Never NULL: past the limit a scratch entry is handed out.
 */
struct tt_finding *tt_findings_add(struct tt_findings *f, const char *code,
    const char *key, const char *value, const char *fmt, ...) TT_PRINTF(5, 6);
void tt_findings_release(struct tt_findings *f);
size_t tt_findings_count(const struct tt_findings *f, enum tt_severity severity);
/* First one with this code (NULL = any) and key (NULL = any), or NULL. */
const struct tt_finding *tt_findings_find(
    const struct tt_findings *f, const char *code, const char *key);
/* By line, then column; findings without a place go last; otherwise the order is kept. */
void tt_findings_sort(struct tt_findings *f);

/* "note", "warning", "error". */
const char *tt_severity_name(enum tt_severity severity);
/* One line without its end: `NAME:14:17: error E_GW_SUBNET external_gateway 10.88.89.1: ...` */
void tt_finding_text(const struct tt_finding *f, const char *name, struct tt_buf *out);
/* The same as one JSON object: file severity code key line column value message suggest. */
void tt_finding_json(const struct tt_finding *f, const char *name, struct tt_buf *out);

static inline void
tt_auto_findings(struct tt_findings *f)
{
	tt_findings_release(f);
}
