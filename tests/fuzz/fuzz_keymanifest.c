// SPDX-License-Identifier: MPL-2.0
/* usb_key.manifest: no accepted path leaves the key. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "platform/key/manifest.h"
#include "platform/lib/base/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	tt_auto(manifest) struct manifest m = { 0 };

	if (manifest_parse("fuzz", (const char *)data, size, &m, NULL) < 0) {
		assert(m.n == 0 && !m.v);
		return 0;
	}
	assert(m.n > 0);
	for (size_t i = 0; i < m.n; i++) {
		assert(m.v[i].path[0] && m.v[i].path[0] != '/');
		assert(
		    !strstr(m.v[i].path, "/../") && !tt_after_prefix(m.v[i].path, "../"));
		assert(!tt_ends_with(m.v[i].path, "/..") && !tt_streq(m.v[i].path, ".."));
		assert(strlen(m.v[i].sha256) == TT_SHA256_HEX_LEN - 1);
		assert(manifest_find(&m, m.v[i].path));
		if (i == 100)
			break;
	}
	return 0;
}
