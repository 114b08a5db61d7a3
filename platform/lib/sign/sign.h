// SPDX-License-Identifier: MPL-2.0
/*
 * Detached signatures of a site: is this file what the holder of the site's key signed?
 *
 * The signature of FILE is FILE.p7s: PKCS #7 or CMS signed data (RFC 2315, RFC 5652) in DER,
 * without the file in it. One signer of several is enough. A signature with SHA-1 or MD5
 * counts for nothing.
 *
 * The certificate is all the trust there is. Who was certified by its owner is nobody here,
 * and the uses and dates in it are not looked at, as firmware and shim do not either: a node's clock
 * may be wrong, and the only way to bring a newer certificate is an update that this one
 * lets in. Trust ends with a platform that holds another certificate.
 *
 * Knows nothing of platforms.
 */
#pragma once

#include <stddef.h>

#include "platform/lib/base/err.h"

#define TT_SIGN_SUFFIX ".p7s"

/*
 * what  names the signed thing in messages
 * cert  DER or PEM
 * Returns 0 or
 *   -EBADMSG       BadSignature: no signature in DER, or of other bytes than these
 *   -EKEYREJECTED  BadSignature: made with another key than the certificate's
 *   -EINVAL        InvalidCertificate
 */
int tt_sign_verify(const char *what, const void *data, size_t len, const void *signature,
    size_t signature_len, const void *cert, size_t cert_len, struct tt_err **err);

/*
 * A file of at most 1 MiB with its signature beside it, and a certificate's file. Also
 *   -ENOKEY        NotSigned: there is no signature, or nothing that it could be of
 * and the errors of reading files.
 */
int tt_sign_verify_file(
    const char *what, const char *path, const char *cert_path, struct tt_err **err);
