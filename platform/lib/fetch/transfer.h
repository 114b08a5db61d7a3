// SPDX-License-Identifier: MPL-2.0
/*
 * One try of a fetch. Private to this library: fetch.c decides about tries and files,
 * transfer.c talks to libcurl.
 */
#pragma once

#include <curl/curl.h>

#include "platform/lib/base/sha256.h"
#include "platform/lib/fetch/fetch.h"

struct transfer {
	const char *url;
	const char *shown; /* url without its password, for messages */
	const struct tt_fetch_opts *opts;
	unsigned attempt;

	struct tt_buf *out; /* one of out, fd (>= 0) and opts->data takes the body */
	int fd;
	uint64_t limit;

	/* what came of it */
	unsigned status;
	uint64_t bytes;
	struct tt_sha256 sha;
	char content_type[80];
	char cert_sha256[TT_SHA256_HEX_LEN];

	/* why a callback ended it */
	bool too_large, canceled, enough, stalled, untrusted;
	int sink_errno;
	CURL *curl;
	int64_t last_byte_us, last_call_us;
	uint64_t seen;
};

/*
 * Run it. Returns 0 when an answer came whole, whatever its status, or a negative errno
 * of tt_fetch() with the message set.
 */
int transfer_run(struct transfer *t, struct tt_err **err);

/* The URL with its password taken out; NULL when it is not an http or https URL. */
char *transfer_shown_url(const char *url, bool *ret_https);
