// SPDX-License-Identifier: MPL-2.0
/*
 * What signing and checking both ask of a certificate.
 */
#include "platform/lib/sign/cert.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#define DER_SEQUENCE 0x30
#define SERIAL_MAX   64

gnutls_x509_crt_fmt_t
tt_cert_form(const void *data, size_t len)
{
	const uint8_t *d = data;

	return len > 0 && d[0] == DER_SEQUENCE ? GNUTLS_X509_FMT_DER
					       : GNUTLS_X509_FMT_PEM;
}

int
tt_cert_import(const char *what, const void *data, size_t len, gnutls_x509_crt_t *ret,
    struct tt_err **err)
{
	const gnutls_datum_t d = { (unsigned char *)(uintptr_t)data, (unsigned)len };
	gnutls_x509_crt_t cert = NULL;
	int r = gnutls_x509_crt_init(&cert);

	if (r >= 0)
		r = gnutls_x509_crt_import(cert, &d, tt_cert_form(data, len));
	if (r >= 0) {
		*ret = cert;
		return 0;
	}
	if (cert != NULL)
		gnutls_x509_crt_deinit(cert);
	return tt_err_set(err, -EINVAL, "InvalidCertificate",
	    "'%s' is no certificate in DER or PEM: %s", what, gnutls_strerror(r));
}

bool
tt_cert_named(gnutls_x509_crt_t cert, const gnutls_pkcs7_signature_info_st *info)
{
	gnutls_datum_t issuer = { NULL, 0 };
	uint8_t serial[SERIAL_MAX];
	size_t len = sizeof(serial);
	bool same;

	if (gnutls_x509_crt_get_serial(cert, serial, &len) < 0 ||
	    gnutls_x509_crt_get_raw_issuer_dn(cert, &issuer) < 0)
		return false;
	same = len == info->signer_serial.size && issuer.size == info->issuer_dn.size &&
	       memcmp(serial, info->signer_serial.data, len) == 0 &&
	       memcmp(issuer.data, info->issuer_dn.data, issuer.size) == 0;
	gnutls_free(issuer.data);
	return same;
}
