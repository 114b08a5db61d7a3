// SPDX-License-Identifier: MPL-2.0
/*
 * Between the files of this folder that know GnuTLS.
 */
#pragma once

#include <gnutls/abstract.h>
#include <gnutls/x509.h>

#include "platform/lib/base/buf.h"
#include "platform/lib/base/err.h"
#include "platform/lib/base/sha256.h"

struct sign_key {
	gnutls_privkey_t key;
	gnutls_x509_crt_t cert;
	struct tt_buf der; /* of the certificate */
};

/* SpcIndirectDataContent for a program's digest, the inside of its SEQUENCE. */
void spc_content(const uint8_t digest[TT_SHA256_SIZE], struct tt_buf *ret);
/* The whole PKCS #7 structure; content is spc_content(), without its head. */
int spc_sign(const struct sign_key *k, const struct tt_buf *content, struct tt_buf *ret,
    struct tt_err **err);

/* tt_err of a GnuTLS code. Returns -EINVAL. */
int sign_fault(int code, const char *what, const char *object, struct tt_err **err);
