// SPDX-License-Identifier: MPL-2.0
/*
 * What the site's own key signs: EFI programs, for firmware (Authenticode), and lists of
 * digests, for running machines (platform/lib/sign checks those). The key stays in the file
 * that build.spec names: it is read when something is signed, never made, never copied.
 *
 * No time goes into a signature and RSA with PKCS #1 padding uses no random numbers, so
 * the same program signed with the same key gives the same bytes. That is why this is not
 * done by sbsign, which puts the time of day in.
 */
#pragma once

#include <stdint.h>

#include "image/pe.h"
#include "platform/lib/base/buf.h"
#include "platform/lib/base/err.h"

struct sign_key;

/*
 * key_path   PEM or DER, RSA of at least 2048 bits, without a passphrase
 * cert_path  PEM or DER, of that key
 * epoch      the build's time: a certificate that was over by then is refused
 * -EINVAL (InvalidSiteKey) with what is wrong and what to do.
 */
int sign_key_open(const char *key_path, const char *cert_path, int64_t epoch,
    struct sign_key **ret, struct tt_err **err);
void sign_key_free(struct sign_key *k);
TT_AUTO_DEFINE(sign_key, struct sign_key *, sign_key_free)

/* The certificate as DER; borrowed. */
const struct tt_buf *sign_key_certificate(const struct sign_key *k);

/* A certificate's file, PEM or DER, as DER; with a key that is kept elsewhere. */
int sign_certificate(const char *path, struct tt_buf *ret, struct tt_err **err);

/*
 * Detached PKCS #7 signature in DER of these bytes, with the certificate in it; name is for
 * messages. What `openssl smime -verify` reads.
 */
int sign_data(const struct sign_key *k, const char *name, const void *data, size_t len,
    struct tt_buf *ret, struct tt_err **err);

/* Sign a program that pe_build() made; the signature is put behind it. */
int sign_program(const struct sign_key *k, const char *name, struct tt_buf *program,
    struct tt_err **err);

/*
 * Is one of the program's signatures made with a key that the certificate (DER) names or
 * issued? *ret_signer (caller frees) is the name of whoever signed.
 * -EBADMSG (SignatureInvalid), -ENOENT (SignatureMissing).
 */
int sign_check_program(const char *name, const struct pe *p, const void *cert,
    size_t cert_len, char **ret_signer, struct tt_err **err);

/*
 * The same with certificates of which only the SHA-256 is known (lower-case hex, the last is
 * NULL): one of them must come with the signature.
 */
int sign_check_pinned(const char *name, const struct pe *p, const char *const *pins,
    char **ret_signer, struct tt_err **err);
