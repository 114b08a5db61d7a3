// SPDX-License-Identifier: MPL-2.0
/* Query strings, form bodies and paths from the network. */
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/str.h"
#include "services/lib/http/internal.h"
#include "services/lib/http/query.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct tt_route routes[] = {
	{ .method = "GET", .path = "/nics/:mac" },
	{ .method = "PUT", .path = "/a/:one/b/:two" },
	{ .method = NULL },
};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	tt_auto(json) json_t *query = json_object(), *path = json_object();
	tt_auto(free) char *text = tt_xstrndup((const char *)data, size);
	tt_auto(strv) char **allow = NULL;
	const char *why = NULL;

	(void)tt_query_parse((const char *)data, size, query, &why);
	(void)http_route(routes, "GET", text, path, &allow);
	return 0;
}
