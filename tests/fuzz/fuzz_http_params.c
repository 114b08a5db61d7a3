// SPDX-License-Identifier: MPL-2.0
/* JSON bodies from the network through a parameter table of every kind. */
#include "platform/lib/base/json.h"
#include "services/lib/http/internal.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const values[] = { "a", "b", NULL };

static const struct tt_param table[] = {
	{ .name = "s", .kind = TT_P_STR, .required = true, .max = 8 },
	{ .name = "i", .kind = TT_P_INT, .min = -5, .max = 5 },
	{ .name = "b", .kind = TT_P_BOOL },
	{ .name = "u", .kind = TT_P_UUID },
	{ .name = "p", .kind = TT_P_IP4 },
	{ .name = "m", .kind = TT_P_MAC, .list = true },
	{ .name = "e", .kind = TT_P_ENUM, .values = values },
	{ .name = "o", .kind = TT_P_OBJECT },
	{ .name = NULL },
};

static const struct tt_route route = {
	.method = "POST", .path = "/", .params = table, .strict = true
};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	tt_auto(json) json_t *params = NULL;
	struct tt_http h = { .opts = { .name = "fuzz" } };
	struct tt_res rs = { .http = &h };

	if (tt_json_parse("body", (const char *)data, size, &params, NULL) < 0 ||
	    !json_is_object(params))
		return 0;
	if (!http_params_check(&route, params, &rs)) {
		int r = tt_res_invalid(&rs, NULL);

		http_res_failure(&rs, r, NULL);
	}
	http_res_release(&rs);
	return 0;
}
