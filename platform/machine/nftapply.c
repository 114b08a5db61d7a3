// SPDX-License-Identifier: MPL-2.0
/* Text to the kernel through libnftables, in this process: no fork, one transaction. */
#include "platform/machine/nft.h"

#include <errno.h>
#include <nftables/libnftables.h>
#include <string.h>

#include "platform/lib/base/alloc.h"

int
mach_nft_apply(const char *text, struct tt_err **err)
{
	struct nft_ctx *ctx;
	const char *said;
	int r = 0;

	if (text[0] == '\0')
		return 0;
	ctx = nft_ctx_new(NFT_CTX_DEFAULT);
	if (ctx == NULL)
		return tt_err_set(err, -ENOMEM, "NftError",
		    "packet filter: libnftables does not start");
	nft_ctx_buffer_error(ctx);
	nft_ctx_buffer_output(ctx);
	if (nft_run_cmd_from_buffer(ctx, text) != 0) {
		said = nft_ctx_get_error_buffer(ctx);
		r = tt_err_set(err, -EIO, "NftError",
		    "packet filter: the kernel refused the change, the old rules stay: "
		    "%.*s",
		    (int)strcspn(said, "\n"), said);
	}
	nft_ctx_free(ctx);
	return r;
}
