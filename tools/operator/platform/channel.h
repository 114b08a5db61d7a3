// SPDX-License-Identifier: MPL-2.0
/*
 * What a channel offers: a folder or an http(s) URL that holds platform-<stamp>.tgz files
 * and, at a URL always, the SHA256SUMS that `make release` writes beside them.
 */
#pragma once

#include "tools/operator/platform/oper.h"

struct offer {
	char *stamp;
	char *source; /* path or URL of the archive */
	char *sha256; /* NULL when the folder has no SHA256SUMS */
};

struct offers {
	struct offer *v; /* oldest first */
	size_t n;
};

void offers_release(struct offers *o);
static inline void
tt_auto_offers(struct offers *o)
{
	offers_release(o);
}

/*
 * name NULL: the channel of the configuration (update_channel, when it is a URL or an
 * absolute path). -ENOENT (NoChannel) when none is set.
 */
int channel_offers(
    const struct oper *o, const char *name, struct offers *ret, struct tt_err **err);
/* By stamp, or the newest with NULL; borrowed, NULL when there is none. */
const struct offer *offers_find(const struct offers *o, const char *stamp);
