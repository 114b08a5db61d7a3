// SPDX-License-Identifier: MPL-2.0
/*
 * Module indexes: the input is a modules.dep, a zero byte, and a modules.softdep. Every
 * module's order ends, with itself at the end.
 */
#include <stdint.h>
#include <string.h>

#include "image/platform/moddep.h"
#include "image/platform/modinfo.h"
#include "platform/lib/base/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	tt_auto(moddep) struct moddep *d = moddep_new();
	tt_auto(strv) char **order = NULL;
	const char *text = (const char *)data;
	size_t first = len == 0 ? 0 : strnlen(text, len);
	const char *path;

	if (len > 4096 || moddep_add_dep(d, text, first, NULL) < 0)
		return 0;
	if (first < len &&
	    moddep_add_softdep(d, text + first + 1, len - first - 1, NULL) < 0)
		return 0;
	path = moddep_path(d, "a");
	if (path != NULL && moddep_order(d, "a", &order, NULL) == 0 &&
	    !tt_streq(order[tt_strv_len(order) - 1], path))
		__builtin_trap();
	return 0;
}
