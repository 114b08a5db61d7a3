// SPDX-License-Identifier: MPL-2.0
/*
 * The one place where an update's signature is asked for.
 */
#pragma once

#include <stdbool.h>

#include "platform/lib/base/err.h"

#define SITE_CERTIFICATE "/usr/share/triton/site.cer"

/*
 * The running platform may hold its site's certificate: then a new one must carry that
 * site's signature of its SHA256SUMS, or it is refused. Without a certificate every platform
 * is taken, and *ret_verified is false.
 *
 * certificate  where it would be
 * dir          the staged platform folder, already checked against SHA256SUMS
 * 0, or -EKEYREJECTED (NotSigned, BadSignature), -EINVAL (InvalidCertificate).
 */
int platform_signature(const char *certificate, const char *stamp, const char *dir,
    bool *ret_verified, struct tt_err **err);
