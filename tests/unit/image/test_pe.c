// SPDX-License-Identifier: MPL-2.0
/*
 * EFI programs: a small one of our own, sections added, signed, changed afterwards.
 */
#include "image/pe.h"

#include <errno.h>
#include <gnutls/abstract.h>
#include <gnutls/x509.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "image/le.h"
#include "image/sign.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "tests/lib/tap.h"

#define SIZE  1024U /* one page of headers, one section */
#define EPOCH 1795400000

static char dir[] = "/tmp/test-pe-XXXXXX";

/* Headers of 512 bytes and 512 bytes of ".text". */
static void
program(uint8_t *d)
{
	uint8_t *coff = d + 0x40, *opt = coff + 24, *row = opt + 240;

	memset(d, 0, SIZE);
	memcpy(d, "MZ", 2);
	le32_put(d + 0x3c, 0x40);
	memcpy(coff, "PE\0\0", 4);
	le16_put(coff + 4, 0x8664);
	le16_put(coff + 6, 1);
	le16_put(coff + 20, 240);
	le16_put(opt, 0x20b);
	le32_put(opt + 60, 512);
	le32_put(opt + 108, 16);
	memcpy(row, ".text", 5);
	le32_put(row + 8, 500);
	le32_put(row + 12, 4096);
	le32_put(row + 16, 512);
	le32_put(row + 20, 512);
	memset(d + 512, 0x90, 500);
}

static void
test_parse(void)
{
	static const struct {
		size_t at;
		uint8_t value;
		const char *what;
	} cases[] = {
		{ 0, 'X', "no MZ" },
		{ 0x3f, 0xff, "PE header far away" },
		{ 0x40, 'X', "no PE" },
		{ 0x44, 0x4c, "other processor" },
		{ 0x46, 0, "no section" },
		{ 0x47, 0xff, "too many sections" },
		{ 0x54, 0, "short header" },
		{ 0x40 + 24 + 61, 0, "header of no length" },
		{ 0x40 + 24 + 63, 0xff, "header longer than the file" },
		{ 0x40 + 24 + 240 + 17, 9, "section behind the end" },
		{ 0x40 + 24 + 240 + 21, 4, "gap before the section" },
		{ 0x40 + 24 + 240 + 15, 0xff, "section outside of memory" },
		{ 0x40 + 24 + 147, 1, "certificates behind the end" },
	};
	uint8_t d[SIZE];
	struct pe p;

	program(d);
	TAP_EQ_INT(pe_parse("x", d, SIZE, &p, NULL), 0, "a sound program");
	TAP_OK(pe_find(&p, ".text") != NULL && pe_find(&p, ".none") == NULL, "by name");
	for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++) {
		tt_auto(err) struct tt_err *err = NULL;

		program(d);
		d[cases[i].at] = cases[i].value;
		TAP_EQ_INT(pe_parse("x", d, SIZE, &p, &err), -EINVAL, "%s: %s",
		    cases[i].what, tt_err_message(err));
	}
	program(d);
	for (size_t len = 0; len < SIZE; len += 37)
		if (pe_parse("x", d, len, &p, NULL) == 0)
			TAP_OK(false, "cut to %zu bytes", len);
}

static void
test_build(void)
{
	static const struct pe_new add[] = { { ".osrel", "ID=x\n", 5 },
		{ ".cmdline", "a b c", 5 } };
	tt_auto(buf) struct tt_buf out = TT_BUF_INIT(64 * TT_KIB);
	tt_auto(buf) struct tt_buf none = TT_BUF_INIT(64 * TT_KIB);
	const struct pe_section *s;
	uint8_t d[SIZE];
	struct pe p, q;

	program(d);
	TAP_EQ_INT(pe_parse("x", d, SIZE, &p, NULL), 0, "parse");
	TAP_EQ_INT(pe_build(&p, add, 2, &out, NULL), 0, "build");
	TAP_EQ_INT(pe_parse("x", (uint8_t *)out.data, out.len, &q, NULL), 0, "read back");
	TAP_EQ_INT(out.len, SIZE + 1024, "each section padded to 512 bytes");
	s = pe_find(&q, ".cmdline");
	TAP_OK(s != NULL && s->address == 3 * 4096 && s->size == 5 && s->at == SIZE + 512,
	    "on the next page");
	TAP_OK(s != NULL && memcmp(out.data + s->at, "a b c", 5) == 0, "with its data");
	q.headers = (uint32_t)(q.table + 3 * 40);
	TAP_EQ_INT(pe_build(&q, add, 2, &none, NULL), -ENOSPC, "no room in the header");
}

static void
write_pem(const char *name, const gnutls_datum_t *d)
{
	tt_auto(free) char *path = tt_xprintf("%s/%s", dir, name);

	TAP_EQ_INT(tt_file_write(path, d->data, d->size, 0600, NULL), 0, "%s", name);
}

/* A key and its own certificate, in files NAME.key and NAME.pem. */
static void
make_key(const char *name, time_t until)
{
	tt_auto(free) char *key_name = tt_xprintf("%s.key", name);
	tt_auto(free) char *cert_name = tt_xprintf("%s.pem", name);
	gnutls_x509_privkey_t key;
	gnutls_x509_crt_t cert;
	gnutls_datum_t out;

	gnutls_x509_privkey_init(&key);
	gnutls_x509_privkey_generate(key, GNUTLS_PK_RSA, 2048, 0);
	gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_PEM, &out);
	write_pem(key_name, &out);
	gnutls_free(out.data);
	gnutls_x509_crt_init(&cert);
	gnutls_x509_crt_set_version(cert, 3);
	gnutls_x509_crt_set_serial(cert, "\1", 1);
	gnutls_x509_crt_set_dn_by_oid(
	    cert, GNUTLS_OID_X520_COMMON_NAME, 0, name, (unsigned)strlen(name));
	gnutls_x509_crt_set_activation_time(cert, 1000000000);
	gnutls_x509_crt_set_expiration_time(cert, until);
	gnutls_x509_crt_set_key(cert, key);
	gnutls_x509_crt_sign2(cert, cert, key, GNUTLS_DIG_SHA256, 0);
	gnutls_x509_crt_export2(cert, GNUTLS_X509_FMT_PEM, &out);
	write_pem(cert_name, &out);
	gnutls_free(out.data);
	gnutls_x509_crt_deinit(cert);
	gnutls_x509_privkey_deinit(key);
}

static int
open_key(const char *key, const char *cert, struct sign_key **ret, struct tt_err **err)
{
	tt_auto(free) char *key_path = tt_xprintf("%s/%s.key", dir, key);
	tt_auto(free) char *cert_path = tt_xprintf("%s/%s.pem", dir, cert);

	return sign_key_open(key_path, cert_path, EPOCH, ret, err);
}

static int
check(const struct tt_buf *b, const struct sign_key *k, char **ret, struct tt_err **err)
{
	const struct tt_buf *der = sign_key_certificate(k);
	struct pe p;
	int r = pe_parse("x", (const uint8_t *)b->data, b->len, &p, err);

	return r < 0 ? r : sign_check_program("x", &p, der->data, der->len, ret, err);
}

static void
test_sign(void)
{
	tt_auto(buf) struct tt_buf one = TT_BUF_INIT(64 * TT_KIB);
	tt_auto(buf) struct tt_buf two = TT_BUF_INIT(64 * TT_KIB);
	tt_auto(sign_key) struct sign_key *site = NULL;
	tt_auto(sign_key) struct sign_key *other = NULL;
	tt_auto(free) char *signer = NULL;
	tt_auto(free) char *none = NULL;
	uint8_t d[SIZE];
	struct pe p;

	TAP_EQ_INT(open_key("site", "site", &site, NULL), 0, "site's key");
	TAP_EQ_INT(open_key("other", "other", &other, NULL), 0, "another");
	program(d);
	(void)pe_parse("x", d, SIZE, &p, NULL);
	(void)pe_build(&p, NULL, 0, &one, NULL);
	(void)pe_build(&p, NULL, 0, &two, NULL);
	TAP_EQ_INT(check(&one, site, &none, NULL), -ENOENT, "not signed yet");
	TAP_EQ_INT(sign_program(site, "x", &one, NULL), 0, "sign");
	TAP_EQ_INT(sign_program(site, "x", &two, NULL), 0, "sign again");
	TAP_OK(one.len == two.len && memcmp(one.data, two.data, one.len) == 0,
	    "the same bytes both times");
	TAP_EQ_INT(sign_program(site, "x", &two, NULL), -EEXIST, "not twice in one file");
	TAP_EQ_INT(check(&one, site, &signer, NULL), 0, "good");
	TAP_EQ_STR(signer, "site", "and by whom");
	TAP_EQ_INT(check(&one, other, &none, NULL), -EBADMSG, "not by the other");
	one.data[600] ^= 1;
	TAP_EQ_INT(check(&one, site, &none, NULL), -EBADMSG, "changed afterwards");
	two.data[two.len - 40] ^= 1;
	TAP_EQ_INT(check(&two, site, &none, NULL), -EBADMSG, "changed signature");
}

/* Only the digest of who is trusted is known, the certificate comes with the signature. */
static void
test_pinned(void)
{
	tt_auto(buf) struct tt_buf one = TT_BUF_INIT(64 * TT_KIB);
	tt_auto(sign_key) struct sign_key *site = NULL;
	tt_auto(free) char *signer = NULL;
	char hex[TT_SHA256_HEX_LEN], other[TT_SHA256_HEX_LEN];
	const char *const pins[] = { other, hex, NULL }, *const wrong[] = { other, NULL };
	uint8_t d[SIZE];
	struct pe p;

	(void)open_key("site", "site", &site, NULL);
	program(d);
	(void)pe_parse("x", d, SIZE, &p, NULL);
	(void)pe_build(&p, NULL, 0, &one, NULL);
	TAP_EQ_INT(sign_program(site, "x", &one, NULL), 0, "sign");
	TAP_EQ_INT(
	    pe_parse("x", (uint8_t *)one.data, one.len, &p, NULL), 0, "signed one");
	tt_sha256_hex(
	    sign_key_certificate(site)->data, sign_key_certificate(site)->len, hex);
	tt_sha256_hex("", 0, other);
	TAP_EQ_INT(sign_check_pinned("x", &p, pins, &signer, NULL), 0, "the second pin");
	TAP_EQ_STR(signer, "site", "and by whom");
	TAP_EQ_INT(
	    sign_check_pinned("x", &p, wrong, &signer, NULL), -EBADMSG, "no such pin");
}

/* A shim's table: section "/4", its name behind the symbols, of which there are none. */
static void
test_vendor(void)
{
	static const struct {
		uint32_t len, at;
		int want;
	} rows[] = { { 5, 16, 0 }, { 484, 16, 0 }, { 485, 16, -EINVAL },
		{ 5, 15, -EINVAL }, { 5, 501, -EINVAL }, { 0, 16, -EINVAL },
		{ UINT32_MAX, 16, -EINVAL }, { 1, UINT32_MAX, -EINVAL } };
	uint8_t d[SIZE + 17];
	const uint8_t *cert;
	size_t len;
	struct pe p;

	program(d);
	memcpy(d + SIZE, "\0\0\0\0.vendor_cert", 17);
	memcpy(d + 0x40 + 24 + 240, "/4\0\0\0", 5);
	le32_put(d + 0x40 + 12, SIZE);
	for (size_t i = 0; i < TT_ARRAY_LEN(rows); i++) {
		le32_put(d + 512, rows[i].len);
		le32_put(d + 520, rows[i].at);
		TAP_EQ_INT(pe_parse("x", d, sizeof(d), &p, NULL), 0, "a program");
		TAP_EQ_INT(pe_vendor_cert(&p, &cert, &len), rows[i].want,
		    "%u bytes at %u", rows[i].len, rows[i].at);
	}
	le32_put(d + 0x40 + 12, SIZE + 1);
	TAP_EQ_INT(pe_parse("x", d, sizeof(d), &p, NULL), 0, "a program");
	TAP_EQ_INT(pe_vendor_cert(&p, &cert, &len), -ENOENT, "name behind the file");
}

static void
test_keys(void)
{
	tt_auto(sign_key) struct sign_key *k = NULL;
	tt_auto(err) struct tt_err *mixed = NULL;
	tt_auto(err) struct tt_err *over = NULL;
	tt_auto(err) struct tt_err *gone = NULL;

	TAP_EQ_INT(open_key("site", "other", &k, &mixed), -EINVAL, "%s", "another key's");
	TAP_OK(strstr(tt_err_message(mixed), "is of another key") != NULL, "said");
	TAP_EQ_INT(open_key("old", "old", &k, &over), -EINVAL, "over");
	TAP_OK(strstr(tt_err_message(over), "was over") != NULL, "said");
	TAP_EQ_INT(open_key("none", "site", &k, &gone), -ENOENT, "no key: none is made");
	TAP_OK(k == NULL, "nothing returned");
}

int
main(void)
{
	TAP_OK(mkdtemp(dir) != NULL, "folder");
	make_key("site", 2000000000);
	make_key("other", 2000000000);
	make_key("old", EPOCH - 1000);
	test_parse();
	test_build();
	test_sign();
	test_pinned();
	test_vendor();
	test_keys();
	(void)tt_remove_tree(dir, NULL);
	return tap_done();
}
