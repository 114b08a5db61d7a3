// SPDX-License-Identifier: MPL-2.0
/*
 * Certificates as GnuTLS has them, for those who know GnuTLS.
 */
#pragma once

#include <gnutls/pkcs7.h>
#include <gnutls/x509.h>
#include <stdbool.h>

#include "platform/lib/base/err.h"

/* From DER or PEM. -EINVAL (InvalidCertificate); what names its place in the message. */
int tt_cert_import(const char *what, const void *data, size_t len, gnutls_x509_crt_t *ret,
    struct tt_err **err);

/* PEM unless it begins as DER does. */
gnutls_x509_crt_fmt_t tt_cert_form(const void *data, size_t len);

/* Is this the certificate that a signature names as its signer's? */
bool tt_cert_named(gnutls_x509_crt_t cert, const gnutls_pkcs7_signature_info_st *info);
