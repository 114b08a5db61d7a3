// SPDX-License-Identifier: MPL-2.0
/* The kernel command line: names are found again, secrets never reach the journal. */
#include <assert.h>
#include <stdint.h>

#include "platform/boot/params.h"
#include "platform/lib/base/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct boot_params p;
	const json_t *v;
	json_t *o;

	boot_params_parse((const char *)data, size, &p);
	assert(p.n <= BOOT_PARAMS_MAX);
	for (size_t i = 0; i < p.n; i++)
		assert(p.v[i].name && p.v[i].value && boot_param(&p, p.v[i].name));
	o = boot_params_json(&p);
	v = json_object_get(o, "root_shadow");
	assert(!v || tt_streq(json_string_value(v), "***"));
	json_decref(o);
	boot_params_release(&p);
	return 0;
}
