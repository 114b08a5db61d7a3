// SPDX-License-Identifier: MPL-2.0
/*
 * The one place where an update's signature is asked for.
 */
#pragma once

#include "platform/lib/base/err.h"

#define SITE_CERTIFICATE "/usr/share/triton/site.cer"

/*
 * The running platform may hold its site's certificate: then a new one must carry a detached
 * signature of its SHA256SUMS by that site, or it is refused. dir is the staged platform
 * folder, already checked against SHA256SUMS. 0, or -EKEYREJECTED (NotSigned, BadSignature).
 */
int platform_signature(const char *certificate, const char *dir, struct tt_err **err);
