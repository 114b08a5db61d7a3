// SPDX-License-Identifier: MPL-2.0
/* Route matching, path parameters, percent decoding and query strings. */
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/str.h"
#include "services/lib/http/internal.h"
#include "services/lib/http/query.h"
#include "tests/lib/tap.h"

static int
nothing(struct tt_req *rq, struct tt_res *rs, struct tt_err **err)
{
	(void)rq;
	(void)rs;
	(void)err;
	return 0;
}

static const struct tt_route routes[] = {
	{ .method = "GET", .path = "/", .handle = nothing },
	{ .method = "GET", .path = "/nics", .handle = nothing },
	{ .method = "POST", .path = "/nics", .handle = nothing },
	{ .method = "GET", .path = "/nics/search", .handle = nothing },
	{ .method = "GET", .path = "/nics/:mac", .handle = nothing },
	{ .method = "PUT", .path = "/a/:one/b/:two", .handle = nothing },
	{ .method = NULL },
};

static const struct {
	const char *method, *path, *route, *params, *allow;
} cases[] = {
	{ "GET", "/", "/", "{}", "" },
	{ "GET", "/nics", "/nics", "{}", "" },
	{ "HEAD", "/nics", "/nics", "{}", "" },
	{ "GET", "/nics/", "/nics", "{}", "" },
	{ "GET", "/nics/search", "/nics/search", "{}", "" },
	{ "GET", "/nics/90:b8", "/nics/:mac", "{\"mac\":\"90:b8\"}", "" },
	{ "GET", "/nics/a%2Fb", "/nics/:mac", "{\"mac\":\"a/b\"}", "" },
	{ "GET", "/nics/a+b", "/nics/:mac", "{\"mac\":\"a+b\"}", "" },
	{ "GET", "/nics/a%", NULL, "{}", "" },
	{ "GET", "/nics/%00", NULL, "{}", "" },
	{ "GET", "/nics/x/y", NULL, "{}", "" },
	{ "GET", "//nics", NULL, "{}", "" },
	{ "GET", "nics", NULL, "{}", "" },
	{ "GET", "*", NULL, "{}", "" },
	{ "GET", "", NULL, "{}", "" },
	{ "GET", "/nic", NULL, "{}", "" },
	{ "GET", "/nicsx", NULL, "{}", "" },
	{ "DELETE", "/nics", NULL, "{}", "GET, POST" },
	{ "PUT", "/a/1/b/2", "/a/:one/b/:two", "{\"one\":\"1\",\"two\":\"2\"}", "" },
	{ "PUT", "/a//b/2", NULL, "{}", "" },
	{ "PUT", "/a/1/c/2", NULL, "{}", "" },
};

static void
test_routes(void)
{
	for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++) {
		tt_auto(json) json_t *params = json_object();
		tt_auto(strv) char **allow = NULL;
		const struct tt_route *r =
		    http_route(routes, cases[i].method, cases[i].path, params, &allow);
		tt_auto(free) char *got = tt_json_line(params);
		tt_auto(free) char *methods = tt_strv_join(allow, ", ");

		TAP_EQ_STR(r != NULL ? r->path : NULL, cases[i].route, "%s %s: route",
		    cases[i].method, cases[i].path);
		TAP_EQ_STR(got, cases[i].params, "%s %s: parameters", cases[i].method,
		    cases[i].path);
		if (r == NULL)
			TAP_EQ_STR(methods, cases[i].allow, "%s %s: allowed methods",
			    cases[i].method, cases[i].path);
	}
}

static const struct {
	const char *query, *want; /* NULL = refused */
} queries[] = {
	{ "", "{}" },
	{ "a=1", "{\"a\":\"1\"}" },
	{ "a=1&b=2", "{\"a\":\"1\",\"b\":\"2\"}" },
	{ "a=1&a=2&a=3", "{\"a\":[\"1\",\"2\",\"3\"]}" },
	{ "a", "{\"a\":\"\"}" },
	{ "a=", "{\"a\":\"\"}" },
	{ "&&a=1&", "{\"a\":\"1\"}" },
	{ "a=b=c", "{\"a\":\"b=c\"}" },
	{ "tag.role=x+y", "{\"tag.role\":\"x y\"}" },
	{ "a=%c3%a9", "{\"a\":\"\xc3\xa9\"}" },
	{ "a%3Db=1", "{\"a=b\":\"1\"}" },
	{ "=1", NULL },
	{ "a=%", NULL },
	{ "a=%4", NULL },
	{ "a=%zz", NULL },
	{ "a=%00", NULL },
	{ "a=%ff", NULL },
	{ "a=%c3", NULL },
};

static void
test_queries(void)
{
	tt_auto(buf) struct tt_buf many = TT_BUF_INIT(4096);
	tt_auto(json) json_t *obj = json_object();
	const char *why = NULL;

	for (size_t i = 0; i < TT_ARRAY_LEN(queries); i++) {
		tt_auto(json) json_t *got = json_object();
		int r =
		    tt_query_parse(queries[i].query, strlen(queries[i].query), got, &why);
		tt_auto(free) char *line = r < 0 ? NULL : tt_json_line(got);

		TAP_EQ_STR(line, queries[i].want, "query '%s'", queries[i].query);
	}
	for (int i = 0; i < TT_QUERY_MAX_PAIRS + 1; i++)
		tt_buf_adds(&many, "a=1&");
	TAP_OK(tt_query_parse(many.data, many.len, obj, &why) < 0, "too many pairs: %s",
	    why);
}

int
main(void)
{
	test_routes();
	test_queries();
	return tap_done();
}
