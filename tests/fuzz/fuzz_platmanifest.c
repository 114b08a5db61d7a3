// SPDX-License-Identifier: MPL-2.0
/* The texts of a platform folder: first byte odd = manifest.json, even = SHA256SUMS. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "platform/key/platmanifest.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(const struct manifest *m)
{
	assert(m->n > 0);
	for (size_t i = 0; i < m->n && i < 100; i++) {
		assert(!tt_path_bad(m->v[i].path));
		assert(strlen(m->v[i].sha256) == TT_SHA256_HEX_LEN - 1);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	tt_auto(platform_manifest) struct platform_manifest p = { 0 };
	tt_auto(manifest) struct manifest m = { 0 };
	tt_auto(free) char *hash = NULL;
	const char *text = (const char *)data + 1;

	if (size == 0)
		return 0;
	hash = platform_bootcfg_roothash(text, size - 1);
	if (data[0] & 1) {
		if (platform_manifest_parse("fuzz", text, size - 1, &p, NULL) == 0)
			check(&p.files);
		return 0;
	}
	if (platform_sums_parse("fuzz", text, size - 1, "20260102T030405Z", &m, NULL) ==
	    0)
		check(&m);
	return 0;
}
