// SPDX-License-Identifier: MPL-2.0
/*
 * The site's key and what it signs.
 */
#include "image/sign.h"

#include <errno.h>
#include <gnutls/pkcs7.h>
#include <string.h>

#include "image/sign_private.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/sign/cert.h"

#define FILE_MAX (64 * TT_KIB)
#define RSA_MIN  2048U

int
sign_fault(int code, const char *what, const char *object, struct tt_err **err)
{
	return tt_err_set(err, -EINVAL, "InvalidSiteKey", "%s '%s': %s", what, object,
	    gnutls_strerror(code));
}

void
sign_key_free(struct sign_key *k)
{
	if (k == NULL)
		return;
	if (k->key != NULL)
		gnutls_privkey_deinit(k->key);
	if (k->cert != NULL)
		gnutls_x509_crt_deinit(k->cert);
	tt_buf_release(&k->der);
	free(k);
}

static int
load_certificate(
    const char *path, gnutls_x509_crt_t *ret, struct tt_buf *der, struct tt_err **err)
{
	tt_auto(buf) struct tt_buf text = TT_BUF_INIT(FILE_MAX);
	gnutls_datum_t out = { NULL, 0 };
	int r;

	r = tt_file_read(path, &text, err);
	if (r >= 0)
		r = tt_cert_import(path, tt_buf_str(&text), text.len, ret, err);
	if (r < 0)
		return tt_err_wrap(err, r, "site-cert");
	r = gnutls_x509_crt_export2(*ret, GNUTLS_X509_FMT_DER, &out);
	if (r < 0)
		return sign_fault(r, "reading the certificate", path, err);
	tt_buf_add(der, out.data, out.size);
	gnutls_free(out.data);
	return 0;
}

int
sign_certificate(const char *path, struct tt_buf *ret, struct tt_err **err)
{
	gnutls_x509_crt_t cert = NULL;
	const int r = load_certificate(path, &cert, ret, err);

	if (cert != NULL)
		gnutls_x509_crt_deinit(cert);
	return r;
}

static int
load_key(struct sign_key *k, const char *path, struct tt_err **err)
{
	tt_auto(buf) struct tt_buf text = TT_BUF_INIT(FILE_MAX);
	gnutls_datum_t d;
	unsigned bits = 0;
	int r;

	r = tt_file_read(path, &text, err);
	if (r < 0)
		return r;
	d = (gnutls_datum_t){ (unsigned char *)text.data, (unsigned)text.len };
	r = gnutls_privkey_init(&k->key);
	if (r >= 0)
		r = gnutls_privkey_import_x509_raw(
		    k->key, &d, tt_cert_form(d.data, d.size), NULL, 0);
	gnutls_memset(text.data, 0, text.len);
	if (r == GNUTLS_E_DECRYPTION_FAILED)
		return tt_err_set(err, -EINVAL, "InvalidSiteKey",
		    "site-key '%s' has a passphrase: a build cannot ask for it, give a "
		    "file "
		    "without one",
		    path);
	if (r < 0)
		return sign_fault(r, "reading the private key", path, err);
	if (gnutls_privkey_get_pk_algorithm(k->key, &bits) != GNUTLS_PK_RSA ||
	    bits < RSA_MIN)
		return tt_err_set(err, -EINVAL, "InvalidSiteKey",
		    "site-key '%s' must be an RSA key of at least %u bits: firmware "
		    "checks "
		    "no other",
		    path, RSA_MIN);
	return 0;
}

/* The key of the certificate, and in force at the build's time. */
static int
judge(const struct sign_key *k, const char *key_path, const char *cert_path,
    int64_t epoch, struct tt_err **err)
{
	uint8_t mine[64], its[64];
	size_t mine_len = sizeof(mine), its_len = sizeof(its);
	gnutls_pubkey_t pub = NULL;
	int r;

	r = gnutls_pubkey_init(&pub);
	if (r >= 0)
		r = gnutls_pubkey_import_privkey(pub, k->key, 0, 0);
	if (r >= 0)
		r = gnutls_pubkey_get_key_id(
		    pub, GNUTLS_KEYID_USE_SHA256, mine, &mine_len);
	if (r >= 0)
		r = gnutls_x509_crt_get_key_id(
		    k->cert, GNUTLS_KEYID_USE_SHA256, its, &its_len);
	if (pub != NULL)
		gnutls_pubkey_deinit(pub);
	if (r < 0)
		return sign_fault(r, "comparing the certificate with", key_path, err);
	if (mine_len != its_len || memcmp(mine, its, its_len) != 0)
		return tt_err_set(err, -EINVAL, "InvalidSiteKey",
		    "site-cert '%s' is of another key than site-key '%s'", cert_path,
		    key_path);
	if (gnutls_x509_crt_get_expiration_time(k->cert) < epoch)
		return tt_err_set(err, -EINVAL, "InvalidSiteKey",
		    "site-cert '%s' was over before this build's date: make a new one",
		    cert_path);
	return 0;
}

int
sign_key_open(const char *key_path, const char *cert_path, int64_t epoch,
    struct sign_key **ret, struct tt_err **err)
{
	tt_auto(sign_key) struct sign_key *k = tt_xcalloc(1, sizeof(*k));
	int r;

	tt_buf_init(&k->der, FILE_MAX);
	r = load_certificate(cert_path, &k->cert, &k->der, err);
	if (r >= 0)
		r = load_key(k, key_path, err);
	if (r >= 0)
		r = judge(k, key_path, cert_path, epoch, err);
	if (r >= 0)
		*ret = tt_take(k);
	return r;
}

const struct tt_buf *
sign_key_certificate(const struct sign_key *k)
{
	return &k->der;
}

int
sign_program(const struct sign_key *k, const char *name, struct tt_buf *program,
    struct tt_err **err)
{
	tt_auto(buf) struct tt_buf content = TT_BUF_INIT(FILE_MAX);
	tt_auto(buf) struct tt_buf signature = TT_BUF_INIT(FILE_MAX);
	uint8_t digest[TT_SHA256_SIZE];
	struct pe p;
	int r;

	r = pe_parse(name, (const uint8_t *)program->data, program->len, &p, err);
	if (r < 0)
		return r;
	if (p.cert_at != 0 || p.end != p.len)
		return tt_err_set(err, -EEXIST, "InvalidProgram",
		    "'%s' is signed already, or has something behind its last section",
		    name);
	pe_digest(&p, digest);
	spc_content(digest, &content);
	r = spc_sign(k, &content, &signature, err);
	return r < 0 ? r : pe_attach(program, signature.data, signature.len, err);
}

int
sign_data(const struct sign_key *k, const char *name, const void *data, size_t len,
    struct tt_buf *ret, struct tt_err **err)
{
	const gnutls_datum_t d = { (unsigned char *)(uintptr_t)data, (unsigned)len };
	gnutls_datum_t out = { NULL, 0 };
	gnutls_pkcs7_t p7 = NULL;
	int r = gnutls_pkcs7_init(&p7);

	if (r >= 0)
		r = gnutls_pkcs7_sign(p7, k->cert, k->key, &d, NULL, NULL,
		    GNUTLS_DIG_SHA256, GNUTLS_PKCS7_INCLUDE_CERT);
	if (r >= 0)
		r = gnutls_pkcs7_export2(p7, GNUTLS_X509_FMT_DER, &out);
	if (r >= 0)
		tt_buf_add(ret, out.data, out.size);
	gnutls_free(out.data);
	if (p7 != NULL)
		gnutls_pkcs7_deinit(p7);
	return r < 0 ? sign_fault(r, "signing", name, err) : 0;
}
