// SPDX-License-Identifier: MPL-2.0
/*
 * What the files of this library share. server.c alone knows the server library; dispatch.c
 * and below work on these structs and can be tested without a socket.
 */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "platform/lib/base/buf.h"
#include "services/lib/http/http.h"

#define MAX_LISTENERS 4

struct MHD_Connection;
struct MHD_Daemon;

struct tt_res {
	struct tt_http *http;
	unsigned status;
	char *body; /* NULL = none */
	size_t len;
	char type[80];
	char **headers; /* tt_strv: name, value, name, value */
	json_t *fields; /* array of field errors, or NULL */
	ssize_t (*pull)(struct tt_stream *st, char *buf, size_t max, void *ctx);
	void (*release)(void *ctx);
	void *stream_ctx;
};

struct tt_req {
	struct tt_http *http;
	const struct tt_route *route; /* NULL until matched */
	char *method;
	char *path;  /* undecoded, without the query */
	char *query; /* behind the '?', NULL when there is none */
	char id[129];
	struct tt_buf body;
	bool body_too_large;
	size_t skipped;
	json_t *params;
	/* Headers come from the connection, or from a test. */
	const char *(*header)(void *source, const char *name);
	void *header_source;
	int64_t started_us;
	struct tt_res res;
	bool begun, answered;
};

struct tt_stream {
	struct tt_http *http;
	struct MHD_Connection *conn;
	ssize_t (*pull)(struct tt_stream *st, char *buf, size_t max, void *ctx);
	void (*release)(void *ctx);
	void *ctx;
	pthread_mutex_t lock;
	bool asleep, woken;
	struct tt_stream *next, *prev; /* in tt_http.streams */
};

struct tt_http {
	struct tt_http_opts opts;
	char host[65];
	char *server; /* "setupd/1.0.0" */
	struct MHD_Daemon *daemon[MAX_LISTENERS];
	char *unix_path[MAX_LISTENERS];
	unsigned listeners;

	pthread_mutex_t lock; /* streams, n_streams, ticker */
	pthread_cond_t changed;
	struct tt_stream *streams;
	unsigned n_streams;
	bool ticking;
	pthread_t ticker;
	atomic_bool closing;
};

/* router.c: the route, with path parameters put into params; NULL with *ret_allow (a
 * tt_strv) when other methods have this path. */
const struct tt_route *http_route(const struct tt_route *routes, const char *method,
    const char *path, json_t *params, char ***ret_allow);

/* params.c: check and convert in place; false after adding field errors to rs. */
bool http_params_check(const struct tt_route *route, json_t *params, struct tt_res *rs);

/* request.c */
struct tt_req *http_req_new(struct tt_http *h, const char *uri);
void http_req_free(struct tt_req *rq);
/* Route and request id: when the headers are there, before the body. */
void http_req_begin(struct tt_req *rq, const char *method);
/* A piece of the body. False: stop reading, too much was sent. */
bool http_req_body(struct tt_req *rq, const char *data, size_t len);
/* Parameters, handler, error body, common headers. rq->res is complete afterwards. */
void http_dispatch(struct tt_req *rq);
void http_audit(const struct tt_req *rq);

/* response.c */
void http_res_release(struct tt_res *rs);
void http_res_error(
    struct tt_res *rs, unsigned status, const char *code, const char *message);
void http_res_failure(struct tt_res *rs, int r, const struct tt_err *err);

/* stream.c; false when the server has as many streams as it may have. */
bool http_stream_start(struct tt_http *h, struct MHD_Connection *conn, struct tt_res *rs,
    struct tt_stream **ret);
/* Content reader: bytes, 0 = asleep, negative = end (-1) or broken (-2). */
ssize_t http_stream_read(struct tt_stream *st, char *buf, size_t max);
void http_stream_free(struct tt_stream *st);
void http_streams_close(struct tt_http *h);
/* server.c: the two calls of the server library that streams need. */
void http_conn_suspend(struct MHD_Connection *conn);
void http_conn_resume(struct MHD_Connection *conn);
