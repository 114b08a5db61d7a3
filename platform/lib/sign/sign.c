// SPDX-License-Identifier: MPL-2.0
/*
 * Check of detached signatures. GnuTLS reads the structure and does the arithmetic; what is
 * decided here is whose key counts and how a refusal is put.
 */
#include "platform/lib/sign/sign.h"

#include <errno.h>
#include <gnutls/pkcs7.h>
#include <gnutls/x509.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/buf.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/sign/cert.h"

#define DATA_MAX      (1 * TT_MIB)
#define SIGNATURE_MAX (64 * TT_KIB)
#define NO_DATES                                                                         \
	(GNUTLS_VERIFY_DISABLE_TIME_CHECKS | GNUTLS_VERIFY_DISABLE_TRUSTED_TIME_CHECKS)

struct check {
	const char *what;
	gnutls_pkcs7_t p7;
	gnutls_x509_crt_t cert;
};

static void
tt_auto_check(struct check *c)
{
	if (c->p7 != NULL)
		gnutls_pkcs7_deinit(c->p7);
	if (c->cert != NULL)
		gnutls_x509_crt_deinit(c->cert);
}

static gnutls_datum_t
datum(const void *data, size_t len)
{
	return (gnutls_datum_t){ (unsigned char *)(uintptr_t)data, (unsigned)len };
}

static int
import(struct check *c, const void *signature, size_t len, struct tt_err **err)
{
	const gnutls_datum_t d = datum(signature, len);
	int r = gnutls_pkcs7_init(&c->p7);

	if (r >= 0)
		r = gnutls_pkcs7_import(c->p7, &d, GNUTLS_X509_FMT_DER);
	if (r >= 0 && gnutls_pkcs7_get_signature_count(c->p7) < 1)
		r = GNUTLS_E_NO_CERTIFICATE_FOUND;
	return r >= 0 ? 0
		      : tt_err_set(err, -EBADMSG, "BadSignature",
			    "%s: its signature is none in PKCS #7 and DER (%s): get it "
			    "again",
			    c->what, gnutls_strerror(r));
}

/* GnuTLS refuses MD5 by itself, SHA-1 not yet. */
static bool
strong(gnutls_sign_algorithm_t algo)
{
	const gnutls_digest_algorithm_t hash = gnutls_sign_get_hash_algorithm(algo);

	return hash == GNUTLS_DIG_SHA256 || hash == GNUTLS_DIG_SHA384 ||
	       hash == GNUTLS_DIG_SHA512;
}

/* One of the signatures; 0 or a GnuTLS code. */
static int
verify_one(const struct check *c, unsigned number, const gnutls_datum_t *data)
{
	gnutls_pkcs7_signature_info_st info;
	int r = gnutls_pkcs7_get_signature_info(c->p7, number, &info);

	if (r < 0)
		return r;
	r = strong(info.algo)
		? gnutls_pkcs7_verify_direct(c->p7, c->cert, number, data, NO_DATES)
		: GNUTLS_E_INSUFFICIENT_SECURITY;
	gnutls_pkcs7_signature_info_deinit(&info);
	return r;
}

/* Does any signature name the certificate as its signer's? */
static bool
names_us(const struct check *c)
{
	const int n = gnutls_pkcs7_get_signature_count(c->p7);
	bool named = false;

	for (int i = 0; i < n && !named; i++) {
		gnutls_pkcs7_signature_info_st info;

		if (gnutls_pkcs7_get_signature_info(c->p7, (unsigned)i, &info) < 0)
			continue;
		named = tt_cert_named(c->cert, &info);
		gnutls_pkcs7_signature_info_deinit(&info);
	}
	return named;
}

int
tt_sign_verify(const char *what, const void *data, size_t len, const void *signature,
    size_t signature_len, const void *cert, size_t cert_len, struct tt_err **err)
{
	tt_auto(check) struct check c = { .what = what };
	const gnutls_datum_t d = datum(len == 0 ? "" : data, len);
	int r = tt_cert_import("the site's certificate", cert, cert_len, &c.cert, err);

	if (r >= 0)
		r = import(&c, signature, signature_len, err);
	if (r < 0)
		return r;
	r = GNUTLS_E_PK_SIG_VERIFY_FAILED;
	for (int i = 0; r < 0 && i < gnutls_pkcs7_get_signature_count(c.p7); i++)
		r = verify_one(&c, (unsigned)i, &d);
	if (r >= 0)
		return 0;
	if (!names_us(&c))
		return tt_err_set(err, -EKEYREJECTED, "BadSignature",
		    "%s was signed with another key than that of this site's "
		    "certificate: have it signed with the site's key",
		    what);
	return tt_err_set(err, -EBADMSG, "BadSignature",
	    "%s is not what the site signed (%s): get it again", what,
	    gnutls_strerror(r));
}

static int
read_one(const char *path, size_t max, struct tt_buf *ret, struct tt_err **err)
{
	tt_buf_init(ret, max);
	return tt_file_read(path, ret, err);
}

int
tt_sign_verify_file(
    const char *what, const char *path, const char *cert_path, struct tt_err **err)
{
	tt_auto(free) char *sig_path = tt_xprintf("%s" TT_SIGN_SUFFIX, path);
	tt_auto(buf) struct tt_buf data = { 0 }, sig = { 0 }, cert = { 0 };
	int r;

	if (!tt_path_exists(path) || !tt_path_exists(sig_path))
		return tt_err_set(err, -ENOKEY, "NotSigned",
		    "%s is not signed: there is no '%s' in it; have it signed with the "
		    "site's key",
		    what, tt_path_base(tt_path_exists(path) ? sig_path : path));
	r = read_one(cert_path, SIGNATURE_MAX, &cert, err);
	if (r >= 0)
		r = read_one(path, DATA_MAX, &data, err);
	if (r >= 0)
		r = read_one(sig_path, SIGNATURE_MAX, &sig, err);
	return r < 0 ? r
		     : tt_sign_verify(what, tt_buf_str(&data), data.len, tt_buf_str(&sig),
			   sig.len, tt_buf_str(&cert), cert.len, err);
}
