// SPDX-License-Identifier: MPL-2.0
/*
 * build.spec: any bytes are values of the table or an error.
 */
#include <jansson.h>
#include <stdint.h>

#include "image/spec.h"
#include "platform/lib/base/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	tt_auto(spec) struct spec s = { 0 };
	tt_auto(err) struct tt_err *err = NULL;

	if (spec_parse(&s, "fuzz", (const char *)data, len, &err) >= 0 &&
	    spec_finish(&s, &err) >= 0)
		json_decref(spec_json(&s));
	return 0;
}
