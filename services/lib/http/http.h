// SPDX-License-Identifier: MPL-2.0
/*
 * HTTP server: a service is a table of routes; a handler decodes, calls its model and
 * answers. Handlers never see the server library and never wait: they run on the event
 * thread. What has nothing to say yet is a stream or an event channel.
 *
 *	static const struct tt_param nic_params[] = {
 *		{ "mac", TT_P_MAC, .required = true },
 *		{ NULL },
 *	};
 *	static const struct tt_route routes[] = {
 *		{ "GET", "/nics/:mac", get_nic, .params = nic_params },
 *		{ NULL },
 *	};
 *
 * Owner: the server owns requests and answers; a handler may keep neither. Threads: with
 * opts.threads > 1 handlers run at once; tt_stream_wake() and tt_events_send() may be
 * called from any thread.
 *
 * Wire shapes (error body, merged parameters, headers): the restify conventions of Triton's
 * services, restify-errors 3.0 codes.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "platform/lib/base/err.h"
#include "platform/lib/base/log.h"

struct tt_http;
struct tt_req;
struct tt_res;
struct tt_stream;
struct tt_events;

/* ---- parameters ---------------------------------------------------------------------- */

enum tt_param_kind {
	TT_P_STR,    /* min..max characters; max 0 = 1,024 */
	TT_P_INT,    /* min..max; both 0 = any; numeric text is taken */
	TT_P_BOOL,   /* JSON boolean, or "true" / "false" */
	TT_P_UUID,   /* lower-cased */
	TT_P_IP4,    /* dotted quad */
	TT_P_MAC,    /* normal form "90:b8:d0:00:00:01" */
	TT_P_ENUM,   /* one of values */
	TT_P_OBJECT, /* JSON object, or its text */
	TT_P_KIND_MAX,
};

/*
 * One parameter. Query, form or JSON body and path are one set (path over body over query).
 * A value that passed is stored in its own JSON type: what a handler reads is judged.
 */
struct tt_param {
	const char *name; /* NULL closes the table */
	enum tt_param_kind kind;
	bool required;
	bool list; /* JSON array or comma-joined text; always read as an array */
	int64_t min, max;
	const char *const *values; /* TT_P_ENUM, closed by NULL */
	/* A rule of one's own on the converted value: true, or false with *ret_why set. */
	bool (*check)(const json_t *value, const char **ret_why);
};

/* ---- routes --------------------------------------------------------------------------- */

struct tt_route {
	const char *method; /* NULL closes the table; GET answers HEAD, too */
	const char *path;   /* "/nics/:mac": a part that starts with ':' is a parameter */
	/* 0, or a negative errno whose code and message become the error body. */
	int (*handle)(struct tt_req *rq, struct tt_res *rs, struct tt_err **err);
	const struct tt_param *params; /* NULL = anything goes, as it came */
	bool strict;     /* refuse parameters that the table does not have */
	size_t max_body; /* bytes; 0 = no body is taken */
};

/* ---- server --------------------------------------------------------------------------- */

struct tt_http_opts {
	const char *name;    /* of the service, for the Server header */
	const char *version; /* "1.0.0" */
	const struct tt_route *routes;
	void *ctx;                   /* tt_req_ctx() */
	struct tt_log *log;          /* audit records at info; NULL = none */
	unsigned threads;            /* per listening socket, 0 = 1 */
	unsigned max_connections;    /* per listening socket, 0 = 1,024 */
	unsigned max_streams;        /* open streams of this server, 0 = 256 */
	unsigned idle_s;             /* idle connection is closed, 0 = 120 */
	unsigned keepalive_ms;       /* silent event channels say something, 0 = 10,000 */
	unsigned invalid_status;     /* of failed parameters, 0 = 422 */
	const char *invalid_code;    /* NULL = "InvalidParameters" */
	const char *invalid_message; /* NULL = "Invalid parameters" */
	bool unsorted_errors;        /* field errors in table order, not by field */
};

/* Never NULL; not yet listening. opts is copied, what it points to is borrowed. */
struct tt_http *tt_http_new(const struct tt_http_opts *opts);
/*
 * Serve ip:port (port 0 picks one, see *ret_port, may be NULL). The address need not be up
 * yet. -EADDRINUSE (PortInUse) and others, with the address in the message.
 */
int tt_http_listen(struct tt_http *h, const char *ip, uint16_t port, uint16_t *ret_port,
    struct tt_err **err);
/* Serve a unix socket with this mode; a stale socket file is replaced. */
int tt_http_listen_unix(
    struct tt_http *h, const char *path, mode_t mode, struct tt_err **err);
/* Ends streams, waits for requests under way, closes, frees. NULL is allowed. */
void tt_http_free(struct tt_http *h);
TT_AUTO_DEFINE(http, struct tt_http *, tt_http_free)

/* ---- request: everything is borrowed until the handler returns ------------------------ */

void *tt_req_ctx(const struct tt_req *rq);
const char *tt_req_method(const struct tt_req *rq);
/* Path without the query, as sent. */
const char *tt_req_path(const struct tt_req *rq);
/* x-request-id of the caller, or a new UUID: pass it on with every call made for it. */
const char *tt_req_id(const struct tt_req *rq);
/* NULL when absent; the name's case does not matter. */
const char *tt_req_header(const struct tt_req *rq, const char *name);
/* The merged parameters. */
const json_t *tt_req_params(const struct tt_req *rq);
const char *tt_req_str(const struct tt_req *rq, const char *name, const char *fallback);
int64_t tt_req_int(const struct tt_req *rq, const char *name, int64_t fallback);
bool tt_req_bool(const struct tt_req *rq, const char *name, bool fallback);
/* Body bytes as they came. */
const char *tt_req_body(const struct tt_req *rq, size_t *ret_len);

/* ---- answer ---------------------------------------------------------------------------- */

/* value is stolen. */
void tt_res_json(struct tt_res *rs, unsigned status, json_t *value);
/* text is copied. */
void tt_res_text(struct tt_res *rs, unsigned status, const char *type, const char *text);
/* A status without a body (204, 304); also sets the status of a failure that follows. */
void tt_res_status(struct tt_res *rs, unsigned status);
/* name and value are copied; control characters in value end it. */
void tt_res_header(struct tt_res *rs, const char *name, const char *value);
/* One entry of "errors"; the handler then returns tt_res_invalid(). */
void tt_res_field_error(
    struct tt_res *rs, const char *field, const char *code, const char *message);
/* Fails with the service's code for bad parameters and the field errors so far. */
int tt_res_invalid(struct tt_res *rs, struct tt_err **err);

/* ---- streams ----------------------------------------------------------------------------*/

#define TT_PULL_END  0
#define TT_PULL_WAIT (-11) /* nothing yet: the connection sleeps until tt_stream_wake() */

/*
 * Answer with what pull hands out. pull runs on an event thread, must not wait, and returns
 * a number of bytes (1..max), TT_PULL_END, TT_PULL_WAIT or another negative number to break
 * the connection. release is called once, after the last pull; from then on the stream is
 * gone and must not be woken.
 */
void tt_res_stream(struct tt_res *rs, unsigned status, const char *type,
    ssize_t (*pull)(struct tt_stream *st, char *buf, size_t max, void *ctx),
    void (*release)(void *ctx), void *ctx);
/* Any thread. A wake that comes before the sleep is not lost. */
void tt_stream_wake(struct tt_stream *st);

/* ---- server-sent events (WHATWG HTML, 9.2) -------------------------------------------- */

/* A channel that remembers its last `keep` messages for readers that are behind. */
struct tt_events *tt_events_new(size_t keep);
/* To all readers; event and data are copied, line ends in data become separate data lines. */
void tt_events_send(struct tt_events *ev, const char *event, const char *data);
/* After the server that its readers came through is gone. */
void tt_events_free(struct tt_events *ev);
/*
 * Answer with the channel: one message with the state of now (first returns its text, the
 * caller's to free; may be NULL), then what is sent from now on, or from behind the
 * request's Last-Event-ID as far as that is remembered. The place in the channel is taken
 * before first is called, so a change in between comes twice and never not at all.
 */
void tt_res_events(struct tt_req *rq, struct tt_res *rs, struct tt_events *ev,
    const char *first_event, char *(*first)(void *ctx), void *ctx);
/* Close the channel: each reader gets what is left and then the end. */
void tt_events_close(struct tt_events *ev);
