// SPDX-License-Identifier: MPL-2.0
/*
 * Building an answer: bodies, headers, and the error body that Triton's clients know.
 */
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/str.h"
#include "services/lib/http/internal.h"

#include <errno.h>
#include <string.h>

/* Codes whose status is fixed by restify-errors 3.0 (the form without "Error" is the
 * REST class, with it the HTTP class). */
static const struct {
	const char *code;
	unsigned status;
} code_status[] = {
	{ "BadMethod", 405 },
	{ "BadRequest", 400 },
	{ "BadRequestError", 400 },
	{ "Conflict", 409 },
	{ "ConflictError", 409 },
	{ "InUse", 422 },
	{ "InternalError", 500 },
	{ "InternalServerError", 500 },
	{ "InvalidArgument", 409 },
	{ "InvalidContent", 400 },
	{ "InvalidCredentials", 401 },
	{ "InvalidHeader", 400 },
	{ "MethodNotAllowed", 405 },
	{ "MissingParameter", 409 },
	{ "NotAuthorized", 403 },
	{ "PreconditionFailed", 412 },
	{ "PreconditionRequiredError", 428 },
	{ "RequestEntityTooLargeError", 413 },
	{ "RequestExpired", 400 },
	{ "ResourceNotFound", 404 },
	{ "ServiceUnavailable", 503 },
	{ "ServiceUnavailableError", 503 },
	{ "UnauthorizedError", 401 },
	{ "UnprocessableEntityError", 422 },
	{ "ValidationFailed", 409 },
};

static unsigned
invalid_status(const struct tt_http_opts *o)
{
	return o->invalid_status != 0 ? o->invalid_status : 422;
}

static const char *
invalid_code(const struct tt_http_opts *o)
{
	return o->invalid_code != NULL ? o->invalid_code : "InvalidParameters";
}

static unsigned
status_of(const struct tt_http_opts *o, const char *code, int r)
{
	if (tt_streq(code, invalid_code(o)))
		return invalid_status(o);
	for (size_t i = 0; i < TT_ARRAY_LEN(code_status); i++) {
		if (tt_streq(code_status[i].code, code) &&
		    !tt_streq(code, "InternalError"))
			return code_status[i].status;
	}
	switch (r) {
	case -ENOENT:
		return 404;
	case -EINVAL:
	case -EEXIST:
		return 409;
	case -EACCES:
	case -EPERM:
		return 403;
	case -EAGAIN:
	case -EBUSY:
		return 503;
	default:
		return 500;
	}
}

/* What an answer holds besides its status and headers. */
static void
drop_body(struct tt_res *rs)
{
	free(rs->body);
	rs->body = NULL;
	rs->len = 0;
	rs->type[0] = '\0';
	if (rs->release != NULL)
		rs->release(rs->stream_ctx);
	rs->pull = NULL;
	rs->release = NULL;
}

void
http_res_release(struct tt_res *rs)
{
	drop_body(rs);
	tt_strv_free(rs->headers);
	rs->headers = NULL;
	json_decref(rs->fields);
	rs->fields = NULL;
}

static void
set_body(struct tt_res *rs, unsigned status, const char *type, char *body)
{
	drop_body(rs);
	rs->status = status;
	rs->body = body;
	rs->len = strlen(body);
	(void)tt_strcpy(rs->type, sizeof(rs->type), type);
}

void
tt_res_json(struct tt_res *rs, unsigned status, json_t *value)
{
	set_body(rs, status, "application/json", tt_json_line(value));
	json_decref(value);
}

void
tt_res_text(struct tt_res *rs, unsigned status, const char *type, const char *text)
{
	set_body(rs, status, type, tt_xstrdup(text));
}

void
tt_res_status(struct tt_res *rs, unsigned status)
{
	drop_body(rs);
	rs->status = status;
}

void
tt_res_header(struct tt_res *rs, const char *name, const char *value)
{
	long end = tt_control_find(value, strlen(value));
	tt_auto(free) char *cut =
	    end < 0 ? tt_xstrdup(value) : tt_xstrndup(value, (size_t)end);

	tt_strv_add(&rs->headers, name);
	tt_strv_add(&rs->headers, cut);
}

void
tt_res_field_error(
    struct tt_res *rs, const char *field, const char *code, const char *message)
{
	json_t *entry = json_object();

	if (rs->fields == NULL)
		rs->fields = json_array();
	json_object_set_new(entry, "field", json_string(field));
	json_object_set_new(entry, "code", json_string(code));
	json_object_set_new(entry, "message", json_string(message));
	json_array_append_new(rs->fields, entry);
}

int
tt_res_invalid(struct tt_res *rs, struct tt_err **err)
{
	const struct tt_http_opts *o = &rs->http->opts;

	return tt_err_set(err, -EINVAL, invalid_code(o), "%s",
	    o->invalid_message != NULL ? o->invalid_message : "Invalid parameters");
}

void
tt_res_stream(struct tt_res *rs, unsigned status, const char *type,
    ssize_t (*pull)(struct tt_stream *st, char *buf, size_t max, void *ctx),
    void (*release)(void *ctx), void *ctx)
{
	drop_body(rs);
	rs->status = status;
	(void)tt_strcpy(rs->type, sizeof(rs->type), type);
	rs->pull = pull;
	rs->release = release;
	rs->stream_ctx = ctx;
}

/* The text an entry is sorted by: its field, or the first of its fields. */
static const char *
sort_key(const json_t *entry)
{
	const json_t *field = json_object_get(entry, "field");
	const char *s =
	    json_string_value(json_is_array(field) ? json_array_get(field, 0) : field);

	return s != NULL ? s : "";
}

static int
by_field(const void *a, const void *b)
{
	return strcmp(sort_key(*(json_t *const *)a), sort_key(*(json_t *const *)b));
}

static json_t *
sorted(json_t *list)
{
	size_t n = json_array_size(list);
	tt_auto(free) json_t **v = tt_xcalloc(n + 1, sizeof(json_t *));
	json_t *out = json_array();

	for (size_t i = 0; i < n; i++)
		v[i] = json_array_get(list, i);
	qsort(v, n, sizeof(json_t *), by_field);
	for (size_t i = 0; i < n; i++)
		json_array_append(out, v[i]);
	return out;
}

void
http_res_error(struct tt_res *rs, unsigned status, const char *code, const char *message)
{
	json_t *body = json_object(), *text = json_string(message);

	json_object_set_new(body, "code", json_string(code));
	json_object_set_new(
	    body, "message", text != NULL ? text : json_string("(message is not UTF-8)"));
	if (rs->fields != NULL)
		json_object_set_new(body, "errors",
		    rs->http->opts.unsorted_errors ? json_incref(rs->fields)
						   : sorted(rs->fields));
	tt_res_json(rs, status, body);
}

void
http_res_failure(struct tt_res *rs, int r, const struct tt_err *err)
{
	const char *code = tt_err_code(err);
	unsigned status =
	    rs->status >= 400 ? rs->status : status_of(&rs->http->opts, code, r);
	const char *message = err != NULL ? tt_err_message(err) : strerror(-r);

	if (rs->fields == NULL && err == NULL && status == 404)
		code = "ResourceNotFound";
	http_res_error(rs, status, code, message);
}
