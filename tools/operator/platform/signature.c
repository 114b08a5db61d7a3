// SPDX-License-Identifier: MPL-2.0
/*
 * Signatures of updates. Nothing is taken on trust: a platform that holds a certificate
 * refuses what it cannot check.
 */
#include "tools/operator/platform/signature.h"

#include <errno.h>

#include "platform/key/platmanifest.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/path.h"
#include "platform/lib/sign/sign.h"

int
platform_signature(const char *certificate, const char *stamp, const char *dir,
    bool *ret_verified, struct tt_err **err)
{
	tt_auto(free) char *sums = tt_path_join(dir, PLATFORM_SUMS);
	tt_auto(free) char *what = tt_xprintf("platform %s", stamp);
	int r;

	*ret_verified = false;
	if (!tt_path_exists(certificate))
		return 0;
	r = tt_sign_verify_file(what, sums, certificate, err);
	if (r == 0)
		*ret_verified = true;
	return r == 0 || r == -EINVAL
		   ? r
		   : tt_err_wrap(err, -EKEYREJECTED,
			 "this platform holds the certificate '%s' and takes only what "
			 "that site has signed",
			 certificate);
}
