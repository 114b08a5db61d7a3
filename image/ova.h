// SPDX-License-Identifier: MPL-2.0
/*
 * An OVA: a ustar archive of an OVF package, descriptor first, manifest second (DMTF
 * DSP0243, "Distribution of OVF packages"). Bytes follow from the arguments.
 *
 * Knows nothing of what the descriptor says.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "image/tarball.h"
#include "platform/lib/base/buf.h"
#include "platform/lib/base/err.h"
#include "platform/lib/base/sha256.h"

/*
 * "SHA256(name)= digest" for each file, of its text where it names none. 0 or -EMSGSIZE.
 */
int ova_manifest(const struct tarball_file *files, size_t n, struct tt_buf *out);

/* In the order given; times are epoch, owner 0, mode 0644. sha256: of the archive. */
int ova_write(const char *path, const struct tarball_file *files, size_t n, int64_t epoch,
    char sha256[TT_SHA256_HEX_LEN], struct tt_err **err);
