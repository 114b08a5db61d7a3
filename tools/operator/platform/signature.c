// SPDX-License-Identifier: MPL-2.0
/*
 * Signatures of updates. Nothing is taken on trust: a platform that holds a certificate
 * refuses what it cannot check.
 */
#include "tools/operator/platform/signature.h"

#include <errno.h>

#include "platform/lib/base/path.h"

int
platform_signature(const char *certificate, const char *dir, struct tt_err **err)
{
	if (!tt_path_exists(certificate))
		return 0;
	return tt_err_set(err, -EKEYREJECTED, "NotSigned",
	    "this platform holds the certificate '%s' and takes signed platforms only; "
	    "the "
	    "signature of '%s' cannot be checked by this version",
	    certificate, dir);
}
