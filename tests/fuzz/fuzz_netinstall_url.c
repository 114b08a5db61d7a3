// SPDX-License-Identifier: MPL-2.0
/* The URL of the key tree: what is taken has no dot part left and keeps its host. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/str.h"
#include "platform/netinstall/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	tt_auto(free) char *text = tt_xstrndup((const char *)data, size);
	tt_auto(free) char *url = NULL;
	size_t path;

	if (netinstall_url(text, &url, NULL) < 0) {
		assert(!url);
		return 0;
	}
	url[strcspn(url, "?#")] = '\0';
	path = strcspn(strstr(url, "://") + 3, "/");
	assert(path > 0);
	assert(!strstr(url, "/../") && !strstr(url, "/./"));
	assert(!tt_ends_with(url, "/..") && !tt_ends_with(url, "/."));
	assert(strlen(url) <= strlen(text) + 1);
	return 0;
}
