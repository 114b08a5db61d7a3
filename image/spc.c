// SPDX-License-Identifier: MPL-2.0
/*
 * The PKCS #7 structure of a signature that firmware accepts. GnuTLS makes PKCS #7 over
 * plain data only; this content type is Microsoft's, so the structure is written here, and
 * GnuTLS does the RSA.
 *
 * Format: Windows Authenticode Portable Executable Signature Format; RFC 2315; X.690 (DER).
 */
#include <errno.h>
#include <string.h>

#include "image/sign_private.h"

#define SPC_MAX (64 * TT_KIB)

#define SEQUENCE     0x30
#define SET          0x31
#define INTEGER      0x02
#define OCTET_STRING 0x04
#define CONTEXT0     0xa0

/* DER of what never varies. */
#define OID_SIGNED_DATA "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"
#define OID_SPC         "\x06\x0a\x2b\x06\x01\x04\x01\x82\x37\x02\x01\x04"
#define OID_CONTENT     "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03"
#define OID_DIGEST      "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04"
#define ALG_SHA256      "\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00"
#define ALG_RSA         "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00"
#define VERSION_1       "\x02\x01\x01"
/* SpcPeImageData: no flags, and the file name that every signer writes, "<<<Obsolete>>>" */
#define SPC_PE_IMAGE                                                                     \
	"\x30\x33\x06\x0a\x2b\x06\x01\x04\x01\x82\x37\x02\x01\x0f\x30\x25\x03\x01\x00"   \
	"\xa0"                                                                           \
	"\x20\xa2\x1e\x80\x1c\0<\0<\0<\0O\0b\0s\0o\0l\0e\0t\0e\0>\0>\0>"

#define PUT(b, text) tt_buf_add(b, text, sizeof(text) - 1)

/* One element: tag, length, contents. */
static void
put(struct tt_buf *b, uint8_t tag, const void *data, size_t len)
{
	tt_buf_addc(b, (char)tag);
	if (len >= 0x10000) {
		PUT(b, "\x83");
		tt_buf_addc(b, (char)(len >> 16));
		tt_buf_addc(b, (char)(len >> 8));
	} else if (len >= 0x100) {
		PUT(b, "\x82");
		tt_buf_addc(b, (char)(len >> 8));
	} else if (len >= 0x80) {
		PUT(b, "\x81");
	}
	tt_buf_addc(b, (char)len);
	tt_buf_add(b, data, len);
}

/* Give the element what is in inner, which is emptied. */
static void
wrap(struct tt_buf *b, uint8_t tag, struct tt_buf *inner)
{
	put(b, tag, tt_buf_str(inner), inner->len);
	tt_buf_reset(inner);
}

void
spc_content(const uint8_t digest[TT_SHA256_SIZE], struct tt_buf *ret)
{
	tt_auto(buf) struct tt_buf info = TT_BUF_INIT(SPC_MAX);

	PUT(&info, ALG_SHA256);
	put(&info, OCTET_STRING, digest, TT_SHA256_SIZE);
	PUT(ret, SPC_PE_IMAGE);
	wrap(ret, SEQUENCE, &info);
}

/* Authenticated attributes, in DER's order of a SET, without the SET's head. */
static void
attributes(const struct tt_buf *content, struct tt_buf *ret)
{
	tt_auto(buf) struct tt_buf value = TT_BUF_INIT(SPC_MAX);
	tt_auto(buf) struct tt_buf attr = TT_BUF_INIT(SPC_MAX);
	uint8_t digest[TT_SHA256_SIZE];

	PUT(&attr, OID_CONTENT);
	PUT(&value, OID_SPC);
	wrap(&attr, SET, &value);
	wrap(ret, SEQUENCE, &attr);

	tt_sha256(content->data, content->len, digest);
	PUT(&attr, OID_DIGEST);
	put(&value, OCTET_STRING, digest, sizeof(digest));
	wrap(&attr, SET, &value);
	wrap(ret, SEQUENCE, &attr);
}

static int
issuer_and_serial(const struct sign_key *k, struct tt_buf *ret, struct tt_err **err)
{
	tt_auto(buf) struct tt_buf both = TT_BUF_INIT(SPC_MAX);
	gnutls_datum_t issuer = { NULL, 0 };
	uint8_t serial[64];
	size_t len = sizeof(serial);
	int r;

	r = gnutls_x509_crt_get_raw_issuer_dn(k->cert, &issuer);
	if (r >= 0)
		r = gnutls_x509_crt_get_serial(k->cert, serial, &len);
	if (r >= 0) {
		tt_buf_add(&both, issuer.data, issuer.size);
		put(&both, INTEGER, serial, len);
		wrap(ret, SEQUENCE, &both);
	}
	gnutls_free(issuer.data);
	return r < 0 ? sign_fault(r, "reading the names in", "site-cert", err) : 0;
}

static int
signer_info(const struct sign_key *k, const struct tt_buf *content, struct tt_buf *ret,
    struct tt_err **err)
{
	tt_auto(buf) struct tt_buf info = TT_BUF_INIT(SPC_MAX);
	tt_auto(buf) struct tt_buf attrs = TT_BUF_INIT(SPC_MAX);
	tt_auto(buf) struct tt_buf set = TT_BUF_INIT(SPC_MAX);
	gnutls_datum_t signature = { NULL, 0 }, data;
	int r;

	PUT(&info, VERSION_1);
	r = issuer_and_serial(k, &info, err);
	if (r < 0)
		return r;
	PUT(&info, ALG_SHA256);
	attributes(content, &attrs);
	/* what is signed has the tag of a SET, what is stored a context tag */
	put(&set, SET, attrs.data, attrs.len);
	put(&info, CONTEXT0, attrs.data, attrs.len);
	PUT(&info, ALG_RSA);
	data = (gnutls_datum_t){ (unsigned char *)set.data, (unsigned)set.len };
	r = gnutls_privkey_sign_data(k->key, GNUTLS_DIG_SHA256, 0, &data, &signature);
	if (r < 0)
		return sign_fault(r, "signing with", "site-key", err);
	put(&info, OCTET_STRING, signature.data, signature.size);
	gnutls_free(signature.data);
	wrap(ret, SEQUENCE, &info);
	return 0;
}

int
spc_sign(const struct sign_key *k, const struct tt_buf *content, struct tt_buf *ret,
    struct tt_err **err)
{
	tt_auto(buf) struct tt_buf all = TT_BUF_INIT(SPC_MAX);
	tt_auto(buf) struct tt_buf part = TT_BUF_INIT(SPC_MAX);
	tt_auto(buf) struct tt_buf body = TT_BUF_INIT(SPC_MAX);
	int r;

	PUT(&body, VERSION_1);
	put(&body, SET, ALG_SHA256, sizeof(ALG_SHA256) - 1);

	put(&part, SEQUENCE, content->data, content->len);
	PUT(&all, OID_SPC);
	put(&all, CONTEXT0, part.data, part.len);
	wrap(&body, SEQUENCE, &all);

	put(&body, CONTEXT0, k->der.data, k->der.len);
	tt_buf_reset(&part);
	r = signer_info(k, content, &part, err);
	if (r < 0)
		return r;
	wrap(&body, SET, &part);

	wrap(&part, SEQUENCE, &body);
	PUT(&all, OID_SIGNED_DATA);
	wrap(&all, CONTEXT0, &part);
	wrap(ret, SEQUENCE, &all);
	if (body.overflow || part.overflow || all.overflow || ret->overflow)
		return tt_err_set(err, -EFBIG, "InvalidSiteKey",
		    "site-cert is too large for a signature: use one certificate of a "
		    "few "
		    "KiB");
	return 0;
}
