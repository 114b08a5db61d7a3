// SPDX-License-Identifier: MPL-2.0
/*
 * The life of one request: route, parameters, handler, answer, audit record. Independent of
 * the server library; a test can drive it without a socket.
 */
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/num.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/time.h"
#include "platform/lib/base/uuid.h"
#include "services/lib/http/internal.h"
#include "services/lib/http/query.h"

#include <errno.h>
#include <string.h>

/* A sender that goes on far beyond the limit is cut off instead of read to its end. */
#define SKIP_MAX (1024 * TT_KIB)

struct tt_req *
http_req_new(struct tt_http *h, const char *uri)
{
	struct tt_req *rq = tt_xalloc(sizeof(*rq));
	size_t path_len = strcspn(uri, "?");

	rq->http = h;
	rq->res.http = h;
	rq->path = tt_xstrndup(uri, path_len);
	if (uri[path_len] == '?')
		rq->query = tt_xstrdup(uri + path_len + 1);
	rq->started_us = tt_mono_us();
	return rq;
}

void
http_req_free(struct tt_req *rq)
{
	if (rq == NULL)
		return;
	http_res_release(&rq->res);
	tt_buf_release(&rq->body);
	json_decref(rq->params);
	free(rq->method);
	free(rq->path);
	free(rq->query);
	free(rq);
}

/* An id of the caller is passed on when it cannot hurt a log or a header. */
static bool
good_id(const char *s)
{
	size_t n = s != NULL ? strlen(s) : 0;

	return n > 0 && n <= 128 &&
	       strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-"
			 "_.:/+=") == n;
}

static void
take_id(struct tt_req *rq)
{
	const char *id = tt_req_header(rq, "x-request-id");

	if (!good_id(id))
		id = tt_req_header(rq, "request-id");
	if (good_id(id))
		(void)tt_strcpy(rq->id, sizeof(rq->id), id);
	else
		tt_uuid_new(rq->id);
}

static void
refuse_method(struct tt_req *rq, char **allow)
{
	tt_auto(free) char *list = tt_strv_join(allow, ", ");
	tt_auto(free) char *message = tt_xprintf("%s is not allowed", rq->method);

	tt_res_header(&rq->res, "Allow", list);
	http_res_error(&rq->res, 405, "MethodNotAllowed", message);
}

void
http_req_begin(struct tt_req *rq, const char *method)
{
	tt_auto(strv) char **allow = NULL;
	tt_auto(free) char *message = NULL;

	rq->begun = true;
	rq->method = tt_xstrdup(method);
	rq->params = json_object();
	take_id(rq);
	rq->route =
	    http_route(rq->http->opts.routes, method, rq->path, rq->params, &allow);
	tt_buf_init(&rq->body, rq->route != NULL ? rq->route->max_body : 0);
	if (rq->route != NULL)
		return;
	if (allow != NULL) {
		refuse_method(rq, allow);
		return;
	}
	message = tt_xprintf("%.500s does not exist", rq->path);
	http_res_error(&rq->res, 404, "ResourceNotFound", message);
}

bool
http_req_body(struct tt_req *rq, const char *data, size_t len)
{
	if (!rq->body_too_large && tt_buf_add(&rq->body, data, len) == 0)
		return true;
	rq->body_too_large = true;
	rq->skipped += len;
	return rq->skipped <= SKIP_MAX;
}

/* Body parameters by content type. 0, or -EINVAL with the answer made. */
static int
parse_body(struct tt_req *rq, json_t *into)
{
	const char *type = tt_req_header(rq, "content-type"), *why = NULL;
	const char *text = tt_buf_str(&rq->body);
	tt_auto(err) struct tt_err *err = NULL;
	tt_auto(json) json_t *body = NULL;
	tt_auto(free) char *message = NULL;

	if (rq->body.len == 0)
		return 0;
	if (type != NULL &&
	    tt_after_prefix(type, "application/x-www-form-urlencoded") != NULL) {
		if (tt_query_parse(text, rq->body.len, into, &why) == 0)
			return 0;
		message = tt_xprintf("Invalid form body: %s", why);
	} else if (type == NULL || tt_after_prefix(type, "application/json") != NULL) {
		if (tt_json_parse("body", text, rq->body.len, &body, &err) == 0) {
			/* an array or a scalar is the handler's, through tt_req_body() */
			if (json_is_object(body))
				json_object_update(into, body);
			return 0;
		}
		message = tt_xprintf("Invalid JSON: %s", tt_err_message(err));
	} else {
		return 0;
	}
	http_res_error(&rq->res, 400, "InvalidContent", message);
	return -EINVAL;
}

/* Query, then body over it, then path over both. 0, or -EINVAL with the answer made. */
static int
merge_params(struct tt_req *rq)
{
	tt_auto(json) json_t *path = rq->params;
	tt_auto(free) char *message = NULL;
	const char *why = NULL;

	rq->params = json_object();
	if (rq->query != NULL &&
	    tt_query_parse(rq->query, strlen(rq->query), rq->params, &why) < 0) {
		message = tt_xprintf("Invalid query: %s", why);
		http_res_error(&rq->res, 400, "BadRequestError", message);
		return -EINVAL;
	}
	if (parse_body(rq, rq->params) < 0)
		return -EINVAL;
	json_object_update(rq->params, path);
	return 0;
}

static void
run_handler(struct tt_req *rq)
{
	tt_auto(err) struct tt_err *err = NULL;
	int r;

	if (http_params_check(rq->route, rq->params, &rq->res))
		r = rq->route->handle(rq, &rq->res, &err);
	else
		r = tt_res_invalid(&rq->res, &err);
	if (r < 0)
		http_res_failure(&rq->res, r, err);
	else if (rq->res.status == 0)
		rq->res.status = 204;
}

static void
common_headers(struct tt_req *rq)
{
	char ms[24];

	(void)tt_strf(
	    ms, sizeof(ms), "%lld", (long long)((tt_mono_us() - rq->started_us) / 1000));
	tt_res_header(&rq->res, "Server", rq->http->server);
	tt_res_header(&rq->res, "x-request-id", rq->id);
	tt_res_header(&rq->res, "x-response-time", ms);
	tt_res_header(&rq->res, "x-server-name", rq->http->host);
}

static void
refuse_body(struct tt_req *rq)
{
	tt_auto(free) char *message =
	    tt_xprintf("the body is larger than the %zu bytes that %s %s "
		       "takes",
		rq->body.max, rq->method, rq->route->path);

	http_res_error(&rq->res, 413, "RequestEntityTooLargeError", message);
}

void
http_dispatch(struct tt_req *rq)
{
	rq->answered = true;
	if (rq->route != NULL) {
		if (rq->body_too_large)
			refuse_body(rq);
		else if (merge_params(rq) == 0)
			run_handler(rq);
	}
	common_headers(rq);
}

void
http_audit(const struct tt_req *rq)
{
	tt_auto(json) json_t *req = NULL, *res = NULL;
	long long ms = (tt_mono_us() - rq->started_us) / 1000;

	if (rq->http->opts.log == NULL || !rq->answered)
		return;
	req = json_pack("{s:s, s:s*}", "method", rq->method, "url", rq->path);
	res = json_pack("{s:i}", "statusCode", (int)rq->res.status);
	tt_log(rq->http->opts.log, TT_INFO, "handled", "req_id", TT_STR(rq->id), "req",
	    TT_JSON(req), "res", TT_JSON(res), "latency", TT_INT(ms), NULL);
}

void *
tt_req_ctx(const struct tt_req *rq)
{
	return rq->http->opts.ctx;
}

const char *
tt_req_method(const struct tt_req *rq)
{
	return rq->method;
}

const char *
tt_req_path(const struct tt_req *rq)
{
	return rq->path;
}

const char *
tt_req_id(const struct tt_req *rq)
{
	return rq->id;
}

const char *
tt_req_header(const struct tt_req *rq, const char *name)
{
	return rq->header != NULL ? rq->header(rq->header_source, name) : NULL;
}

const json_t *
tt_req_params(const struct tt_req *rq)
{
	return rq->params;
}

const char *
tt_req_str(const struct tt_req *rq, const char *name, const char *fallback)
{
	return tt_json_str(rq->params, name, fallback);
}

int64_t
tt_req_int(const struct tt_req *rq, const char *name, int64_t fallback)
{
	return tt_json_int(rq->params, name, fallback);
}

bool
tt_req_bool(const struct tt_req *rq, const char *name, bool fallback)
{
	return tt_json_bool(rq->params, name, fallback);
}

const char *
tt_req_body(const struct tt_req *rq, size_t *ret_len)
{
	*ret_len = rq->body.len;
	return tt_buf_str(&rq->body);
}
