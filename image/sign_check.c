// SPDX-License-Identifier: MPL-2.0
/*
 * Check the signature of an EFI program as firmware and shim do: the digest in it is the
 * program's, and whoever signed it is the certificate's owner or was certified by it. Like
 * them it does not look at the date.
 */
#include <errno.h>
#include <gnutls/pkcs7.h>
#include <string.h>

#include "image/sign.h"
#include "image/sign_private.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/sign/cert.h"

#define CONTENT_MAX 4096
#define NO_DATES                                                                         \
	(GNUTLS_VERIFY_DISABLE_TIME_CHECKS | GNUTLS_VERIFY_DISABLE_TRUSTED_TIME_CHECKS)

struct check {
	gnutls_pkcs7_t p7;
	gnutls_x509_crt_t anchor, signer;
	gnutls_datum_t content; /* with the head of its SEQUENCE */
};

static void
tt_auto_check(struct check *c)
{
	if (c->p7 != NULL)
		gnutls_pkcs7_deinit(c->p7);
	if (c->anchor != NULL)
		gnutls_x509_crt_deinit(c->anchor);
	if (c->signer != NULL)
		gnutls_x509_crt_deinit(c->signer);
	gnutls_free(c->content.data);
}

/* The inside of the SEQUENCE; false when its length is not that of the rest. */
static bool
inside(const gnutls_datum_t *whole, gnutls_datum_t *ret)
{
	const uint8_t *d = whole->data;
	const unsigned head = whole->size > 2 && d[1] == 0x81  ? 3
			      : whole->size > 2 && d[1] < 0x80 ? 2
							       : 0;

	if (head == 0 || d[0] != 0x30 || d[head - 1] != whole->size - head)
		return false;
	*ret = (gnutls_datum_t){ whole->data + head, whole->size - head };
	return true;
}

/* The certificate in the structure that this signature names; 0 or a GnuTLS code. */
static int
find_signer(struct check *c)
{
	gnutls_pkcs7_signature_info_st info;
	int n = gnutls_pkcs7_get_crt_count(c->p7);
	int r = gnutls_pkcs7_get_signature_info(c->p7, 0, &info);

	for (int i = 0; r >= 0 && i < n && c->signer == NULL; i++) {
		gnutls_datum_t der = { NULL, 0 };
		gnutls_x509_crt_t crt = NULL;

		if (gnutls_pkcs7_get_crt_raw2(c->p7, (unsigned)i, &der) >= 0 &&
		    gnutls_x509_crt_init(&crt) >= 0 &&
		    gnutls_x509_crt_import(crt, &der, GNUTLS_X509_FMT_DER) >= 0 &&
		    tt_cert_named(crt, &info)) {
			c->signer = crt;
			crt = NULL;
		}
		if (crt != NULL)
			gnutls_x509_crt_deinit(crt);
		gnutls_free(der.data);
	}
	if (r >= 0)
		gnutls_pkcs7_signature_info_deinit(&info);
	return r < 0 ? r : c->signer == NULL ? GNUTLS_E_CERTIFICATE_ERROR : 0;
}

/* Is the signer the anchor itself, or did the anchor issue it? */
static bool
trusted(const struct check *c)
{
	unsigned status = 0;

	if (c->anchor == NULL)
		return false;
	if (gnutls_x509_crt_equals(c->signer, c->anchor) != 0)
		return true;
	/* Debian's name Netscape's certificate types, as critical */
	return gnutls_x509_crt_verify(c->signer, &c->anchor, 1,
		   NO_DATES | GNUTLS_VERIFY_IGNORE_UNKNOWN_CRIT_EXTENSIONS,
		   &status) >= 0 &&
	       status == 0;
}

/* The certificate that comes with the signature and has one of these digests. */
static void
find_anchor(struct check *c, const char *const *pins)
{
	const int n = gnutls_pkcs7_get_crt_count(c->p7);

	for (int i = 0; i < n && c->anchor == NULL; i++) {
		gnutls_datum_t der = { NULL, 0 };
		char hex[TT_SHA256_HEX_LEN];

		if (gnutls_pkcs7_get_crt_raw2(c->p7, (unsigned)i, &der) < 0)
			continue;
		tt_sha256_hex(der.data, der.size, hex);
		for (const char *const *pin = pins; *pin != NULL; pin++)
			if (strcmp(*pin, hex) == 0)
				(void)tt_cert_import(
				    hex, der.data, der.size, &c->anchor, NULL);
		gnutls_free(der.data);
	}
}

static const char *
check_one(struct check *c, const struct pe *p, const uint8_t *sig, size_t sig_len,
    const char *const *pins)
{
	const gnutls_datum_t d = { (unsigned char *)(uintptr_t)sig, (unsigned)sig_len };
	tt_auto(buf) struct tt_buf want = TT_BUF_INIT(CONTENT_MAX);
	uint8_t digest[TT_SHA256_SIZE];
	gnutls_datum_t content;

	if (gnutls_pkcs7_init(&c->p7) < 0 ||
	    gnutls_pkcs7_import(c->p7, &d, GNUTLS_X509_FMT_DER) < 0 ||
	    gnutls_pkcs7_get_embedded_data(
		c->p7, GNUTLS_PKCS7_EDATA_GET_RAW, &c->content) < 0 ||
	    !inside(&c->content, &content))
		return "its signature cannot be read";
	pe_digest(p, digest);
	spc_content(digest, &want);
	/* signers differ in what they write around it; the digest comes last */
	if (content.size < TT_SHA256_SIZE + 19 || want.len < TT_SHA256_SIZE + 19 ||
	    memcmp(content.data + content.size - TT_SHA256_SIZE - 19,
		want.data + want.len - TT_SHA256_SIZE - 19, TT_SHA256_SIZE + 19) != 0)
		return "it was changed after it was signed";
	if (find_signer(c) < 0)
		return "the certificate of its signer is missing";
	if (gnutls_pkcs7_verify_direct(c->p7, c->signer, 0, &content, NO_DATES) < 0)
		return "its signature is false";
	if (pins != NULL)
		find_anchor(c, pins);
	return trusted(c) ? NULL : "it was signed by somebody else";
}

/* cert, or else pins, says who is trusted. */
static int
check_all(const char *name, const struct pe *p, const gnutls_datum_t *cert,
    const char *const *pins, char **ret_signer, struct tt_err **err)
{
	const char *why = NULL;
	const uint8_t *sig;
	size_t len;

	for (unsigned i = 0; pe_signature(p, i, &sig, &len) == 0; i++) {
		tt_auto(check) struct check c = { 0 };
		char dn[256] = "?";
		size_t dn_len = sizeof(dn);

		if (cert != NULL &&
		    tt_cert_import(name, cert->data, cert->size, &c.anchor, NULL) < 0)
			return tt_err_set(err, -EINVAL, "InvalidCertificate",
			    "the certificate to check '%s' with cannot be read", name);
		why = check_one(&c, p, sig, len, pins);
		if (why != NULL)
			continue;
		(void)gnutls_x509_crt_get_dn_by_oid(
		    c.signer, GNUTLS_OID_X520_COMMON_NAME, 0, 0, dn, &dn_len);
		*ret_signer = tt_xstrdup(dn);
		return 0;
	}
	if (why == NULL)
		return tt_err_set(err, -ENOENT, "SignatureMissing",
		    "'%s' is not signed: Secure Boot will refuse it", name);
	return tt_err_set(err, -EBADMSG, "SignatureInvalid",
	    "'%s': %s: Secure Boot will refuse it", name, why);
}

int
sign_check_program(const char *name, const struct pe *p, const void *cert,
    size_t cert_len, char **ret_signer, struct tt_err **err)
{
	const gnutls_datum_t der = { (unsigned char *)(uintptr_t)cert,
		(unsigned)cert_len };

	return check_all(name, p, &der, NULL, ret_signer, err);
}

int
sign_check_pinned(const char *name, const struct pe *p, const char *const *pins,
    char **ret_signer, struct tt_err **err)
{
	return check_all(name, p, NULL, pins, ret_signer, err);
}
