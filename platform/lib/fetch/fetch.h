// SPDX-License-Identifier: MPL-2.0
/*
 * HTTP client on libcurl (GnuTLS build): fetch a URL into memory or a file with a limit for
 * every dimension (bytes, time, tries), TLS verified or pinned, body checked by SHA-256.
 * Knows nothing of any API of ours.
 *
 * Link: LIB fetch base, PKG libcurl gnutls jansson.
 * Threads: any number of calls at once; call tt_fetch_init() once before the first thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "platform/lib/base/buf.h"
#include "platform/lib/base/err.h"

struct tt_fetch_opts {
	const char *method; /* NULL = GET; anything else is tried once only */
	const char *body;   /* bytes to send, with its length */
	size_t body_len;
	const char *const
	    *headers; /* "Name: value" lines, NULL-terminated; may be NULL */

	unsigned timeout_ms; /* one try, 0 = 30,000 */
	unsigned connect_ms; /* one try, 0 = 10,000 */
	unsigned stall_ms;   /* no byte for this long ends the try, 0 = 15,000 */
	unsigned tries;      /* 0 = 3 */
	unsigned backoff_ms; /* pause after the first failed try, doubled each time up to
	                             30 s; 0 = 500 */
	uint64_t
	    max_bytes; /* body limit, 0 = 1 MiB; into a buffer its own limit holds too */

	const char
	    *cert_sha256; /* hex SHA-256 of the server's certificate (DER). When set, the
	                             chain, dates and name are not asked, this alone decides */
	const char *ca_file; /* PEM bundle instead of the system's; NULL = the system's */
	const char *body_sha256; /* hex; another digest is -EBADMSG and tried again */
	const char
	    *unix_socket;      /* connect to this socket, whatever the URL's host says */
	const char *interface; /* send from this network interface */
	bool any_status;       /* hand the body over for 4xx and 5xx answers, too */

	/*
	 * Called about four times a second and before each try. total is 0 when unknown;
	 * attempt counts from 1. A non-zero answer ends the fetch with -ECANCELED.
	 */
	int (*progress)(uint64_t done, uint64_t total, unsigned attempt, void *ctx);
	/* Bytes as they arrive instead of a buffer or file (streams: no body_sha256, one try).
	 * A non-zero answer ends the fetch with 0: the caller has seen enough. */
	int (*data)(const char *bytes, size_t len, void *ctx);
	void *ctx;
};

struct tt_fetch_result {
	unsigned status; /* HTTP status, 0 = no answer */
	unsigned attempts;
	uint64_t bytes;
	char sha256[65];       /* of the body, hex */
	char content_type[80]; /* "" when the server sent none */
	char cert_sha256[65];  /* of the server's certificate, "" without TLS */
};

/* Once per process, before threads start; safe to call again. 0 or -ENOMEM. */
int tt_fetch_init(void);

/*
 * Fetch url (http or https only; redirects are followed five deep, never from https to
 * http) and add the body to out. opts and ret may be NULL.
 * Errors, each message naming the URL without its password and the next step:
 *   -EINVAL       not an http(s) URL, or a digest that is not 64 hex digits  (InvalidArgument)
 *   -ENOENT       404 or 410                                                 (NotFound)
 *   -EACCES       401 or 403                                                 (NotAuthorized)
 *   -EPROTO       another status than 2xx                                    (BadStatus)
 *                 not HTTP at all, or a redirect to something else           (BadAnswer)
 *   -EFBIG        body over the limit                                        (TooLarge)
 *   -EBADMSG      body digest differs                                        (WrongDigest)
 *   -EKEYREJECTED certificate not trusted or not the pinned one              (Untrusted)
 *   -EHOSTUNREACH no address, no route, refused                              (Unreachable)
 *   -ETIME        a deadline passed                                          (Timeout)
 *   -ECANCELED    the progress callback said so                              (Canceled)
 *   -EIO          connection broke                                           (ConnectionLost)
 * Tried again: -EIO, -ETIME, -EHOSTUNREACH, -EBADMSG and statuses 408, 429, 5xx.
 */
int tt_fetch(const char *url, const struct tt_fetch_opts *opts, struct tt_buf *out,
    struct tt_fetch_result *ret, struct tt_err **err);

/*
 * The same into a file: written to path.part beside it, synced, renamed when the length and
 * digest are right; a failed fetch leaves path as it was and no .part behind.
 */
int tt_fetch_file(const char *url, const struct tt_fetch_opts *opts, const char *path,
    unsigned mode, struct tt_fetch_result *ret, struct tt_err **err);
