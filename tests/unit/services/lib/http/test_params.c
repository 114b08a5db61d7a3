// SPDX-License-Identifier: MPL-2.0
/* Parameter tables: conversion, field errors in one pass, their order and their shape. */
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/str.h"
#include "services/lib/http/internal.h"
#include "tests/lib/tap.h"

static const char *const colours[] = { "red", "blue", NULL };

static bool
is_even(const json_t *v, const char **ret_why)
{
	*ret_why = "must be even";
	return json_integer_value(v) % 2 == 0;
}

static const struct tt_param table[] = {
	{ .name = "name", .kind = TT_P_STR, .required = true, .min = 1, .max = 5 },
	{ .name = "count", .kind = TT_P_INT, .min = 1, .max = 10 },
	{ .name = "even", .kind = TT_P_INT, .check = is_even },
	{ .name = "on", .kind = TT_P_BOOL },
	{ .name = "uuid", .kind = TT_P_UUID },
	{ .name = "ip", .kind = TT_P_IP4 },
	{ .name = "mac", .kind = TT_P_MAC },
	{ .name = "colour", .kind = TT_P_ENUM, .values = colours },
	{ .name = "tags", .kind = TT_P_OBJECT },
	{ .name = "ids", .kind = TT_P_INT, .list = true },
	{ .name = NULL },
};

#define NAME "\"name\":\"a\""

/* Given parameters, what a handler sees; NULL = refused, then the list of errors. */
static const struct {
	const char *in, *out, *errors;
} cases[] = {
	{ "{" NAME "}", "{" NAME "}", NULL },
	{ "{" NAME ",\"count\":\"10\"}", "{" NAME ",\"count\":10}", NULL },
	{ "{" NAME ",\"count\":10}", "{" NAME ",\"count\":10}", NULL },
	{ "{" NAME ",\"on\":\"true\"}", "{" NAME ",\"on\":true}", NULL },
	{ "{" NAME ",\"on\":false}", "{" NAME ",\"on\":false}", NULL },
	{ "{" NAME ",\"on\":null}", "{" NAME "}", NULL },
	{ "{" NAME ",\"uuid\":\"930896AF-bf8c-48d4-885c-6573a94b1853\"}",
	    "{" NAME ",\"uuid\":\"930896af-bf8c-48d4-885c-6573a94b1853\"}", NULL },
	{ "{" NAME ",\"mac\":\"90-B8-D0-0-0-1\"}",
	    "{" NAME ",\"mac\":\"90:b8:d0:00:00:01\"}", NULL },
	{ "{" NAME ",\"tags\":\"{\\\"a\\\":1}\"}", "{" NAME ",\"tags\":{\"a\":1}}",
	    NULL },
	{ "{" NAME ",\"ids\":\"1,2\"}", "{" NAME ",\"ids\":[1,2]}", NULL },
	{ "{" NAME ",\"ids\":[3]}", "{" NAME ",\"ids\":[3]}", NULL },
	{ "{" NAME ",\"ids\":\"\"}", "{" NAME ",\"ids\":[]}", NULL },
	{ "{" NAME ",\"ids\":7}", "{" NAME ",\"ids\":[7]}", NULL },
	{ "{" NAME ",\"other\":1}", "{" NAME ",\"other\":1}", NULL },
	{ "{}", NULL,
	    "[{\"field\":\"name\",\"code\":\"MissingParameter\",\"message\":\"Missing "
	    "parameter\"}]" },
	{ "{\"name\":\"abcdef\"}", NULL,
	    "[{\"field\":\"name\",\"code\":\"InvalidParameter\",\"message\":\"is too "
	    "long\"}]" },
	{ "{\"name\":\"\"}", NULL,
	    "[{\"field\":\"name\",\"code\":\"InvalidParameter\",\"message\":\"must not "
	    "be "
	    "empty\"}]" },
	{ "{\"name\":5}", NULL,
	    "[{\"field\":\"name\",\"code\":\"InvalidParameter\",\"message\":\"must be a "
	    "string\"}]" },
	{ "{" NAME ",\"even\":3,\"count\":11,\"colour\":\"green\"}", NULL,
	    "[{\"field\":\"colour\",\"code\":\"InvalidParameter\",\"message\":\"is not "
	    "one of the "
	    "known values\"},"
	    "{\"field\":\"count\",\"code\":\"InvalidParameter\",\"message\":\"is out of "
	    "range\"},"
	    "{\"field\":\"even\",\"code\":\"InvalidParameter\",\"message\":\"must be "
	    "even\"}]" },
	{ "{" NAME ",\"ip\":\"10.0.0\",\"mac\":\"x\",\"on\":\"yes\",\"uuid\":\"1\"}",
	    NULL,
	    "[{\"field\":\"ip\",\"code\":\"InvalidParameter\",\"message\":\"invalid IP "
	    "address\"},"
	    "{\"field\":\"mac\",\"code\":\"InvalidParameter\",\"message\":\"invalid MAC "
	    "address\"},"
	    "{\"field\":\"on\",\"code\":\"InvalidParameter\",\"message\":\"must be a "
	    "boolean "
	    "value\"},"
	    "{\"field\":\"uuid\",\"code\":\"InvalidParameter\",\"message\":\"invalid "
	    "UUID\"}]" },
	{ "{" NAME ",\"ids\":\"1,x,y\"}", NULL,
	    "[{\"field\":\"ids\",\"code\":\"InvalidParameter\",\"message\":\"must be an "
	    "integer\",\"invalid\":[\"x\",\"y\"]}]" },
	{ "{" NAME ",\"tags\":\"[]\"}", NULL,
	    "[{\"field\":\"tags\",\"code\":\"InvalidParameter\",\"message\":\"must be an "
	    "object\"}]" },
};

static int
nothing(struct tt_req *rq, struct tt_res *rs, struct tt_err **err)
{
	(void)rq;
	(void)rs;
	(void)err;
	return 0;
}

/* The "errors" list of the body that a client would get. */
static char *
error_list(struct tt_res *rs)
{
	tt_auto(err) struct tt_err *err = NULL;
	tt_auto(json) json_t *body = NULL;
	int r = tt_res_invalid(rs, &err);

	http_res_failure(rs, r, err);
	TAP_EQ_INT(rs->status, 422, "status of bad parameters");
	body = json_loads(rs->body, 0, NULL);
	TAP_EQ_STR(tt_json_str(body, "code", ""), "InvalidParameters", "code");
	return tt_json_line(json_object_get(body, "errors"));
}

static void
run(struct tt_http *h, const struct tt_route *route, const char *in, const char *out,
    const char *errors)
{
	struct tt_res rs = { .http = h };
	tt_auto(json) json_t *params = json_loads(in, 0, NULL);
	bool good = http_params_check(route, params, &rs);
	tt_auto(free) char *got = good ? tt_json_line(params) : error_list(&rs);

	TAP_EQ_INT(good, out != NULL, "%s is %s", in, out != NULL ? "taken" : "refused");
	TAP_EQ_STR(got, out != NULL ? out : errors, "%s", in);
	http_res_release(&rs);
}

int
main(void)
{
	static const struct tt_route loose = {
		.method = "GET", .path = "/", .handle = nothing, .params = table
	};
	static const struct tt_route strict = { .method = "GET",
		.path = "/",
		.handle = nothing,
		.params = table,
		.strict = true };
	struct tt_http *h = tt_http_new(&(struct tt_http_opts){
	    .name = "test", .version = "1.0.0", .routes = &loose });

	for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++)
		run(h, &loose, cases[i].in, cases[i].out, cases[i].errors);
	run(h, &strict, "{" NAME ",\"zz\":1,\"yy\":2}", NULL,
	    "[{\"field\":[\"yy\",\"zz\"],\"code\":\"UnknownParameters\",\"message\":"
	    "\"Unknown "
	    "parameters: yy, zz\"}]");
	tt_http_free(h);
	return tap_done();
}
