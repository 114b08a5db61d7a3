// SPDX-License-Identifier: MPL-2.0
/*
 * Detached signatures: made by the build's signer and by OpenSSL, read by our check and by
 * OpenSSL; keys and certificates are made by openssl(1), by nothing of ours.
 */
#include "platform/lib/sign/sign.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "image/sign.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/proc.h"
#include "platform/lib/base/str.h"
#include "tests/lib/tap.h"

#define EPOCH   1795400000
#define SUMS    "0011  manifest.json\n2233  root.img\n"
#define CHANGED "0011  manifest.json\n2234  root.img\n"
#define TOOL_MS 60000

static char dir[] = "/tmp/test-sign-XXXXXX";

static char *
at(const char *name)
{
	return tt_path_join(dir, name);
}

/* openssl with these words, in the folder; exit status 0. */
static bool
openssl(const char *words)
{
	tt_auto(free) char *line = tt_xprintf("openssl %s", words);
	tt_auto(strv) char **argv = tt_split(line, ' ');
	tt_auto(buf) struct tt_buf out = TT_BUF_INIT(TT_MIB);
	const struct tt_proc_opts opts = {
		.dir = dir, .out = &out, .timeout_ms = TOOL_MS
	};

	return tt_proc_run((const char *const *)argv, &opts, NULL, NULL) == 0;
}

static void
put(const char *name, const void *data, size_t len)
{
	tt_auto(free) char *path = at(name);

	if (tt_file_write(path, data, len, 0600, NULL) < 0)
		TAP_OK(false, "writing %s", name);
}

static void
get(const char *name, struct tt_buf *ret)
{
	tt_auto(free) char *path = at(name);

	tt_buf_init(ret, TT_MIB);
	if (tt_file_read(path, ret, NULL) < 0)
		TAP_OK(false, "reading %s", name);
}

/* NAME.key and NAME.pem; options are those of `openssl req`. */
static void
make_key(const char *name, const char *options)
{
	tt_auto(free) char *words = tt_xprintf("req -x509 -nodes -subj /CN=%s -keyout "
					       "%s.key -out %s.pem %s",
	    name, name, name, options);

	TAP_OK(openssl(words), "openssl makes the key '%s'", name);
}

/* A certificate whose time is over. */
static void
make_old(void)
{
	static const char conf[] =
	    "[ca]\ndefault_ca=c\n[c]\ndatabase=index\nserial=serial\n"
	    "new_certs_dir=.\npolicy=p\n[p]\ncommonName=supplied\n";

	put("conf", conf, strlen(conf));
	put("index", "", 0);
	put("serial", "01\n", 3);
	TAP_OK(
	    openssl("req -new -nodes -newkey rsa:2048 -subj /CN=old -keyout old.key "
		    "-out old.csr") &&
		openssl("ca -batch -selfsign -notext -config conf -keyfile old.key -in "
			"old.csr -out old.pem -md sha256 -startdate 20190101000000Z "
			"-enddate 20200101000000Z"),
	    "a certificate of 2019");
}

static int
verify(const char *data, const char *sig, const char *cert, struct tt_err **err)
{
	tt_auto(buf) struct tt_buf s = { 0 }, c = { 0 };

	get(sig, &s);
	get(cert, &c);
	return tt_sign_verify("this list", data, strlen(data), tt_buf_str(&s), s.len,
	    tt_buf_str(&c), c.len, err);
}

/* What is refused must say so with these words. */
static void
refused(const char *data, const char *sig, const char *cert, int r, const char *words,
    const char *what)
{
	tt_auto(err) struct tt_err *err = NULL;
	const int got = verify(data, sig, cert, &err);

	TAP_OK(got == r && strstr(tt_err_message(err), words) != NULL, "%s: %s", what,
	    tt_err_message(err));
}

static void
test_ours(void)
{
	tt_auto(sign_key) struct sign_key *k = NULL;
	tt_auto(buf) struct tt_buf one = TT_BUF_INIT(TT_MIB), two = TT_BUF_INIT(TT_MIB);
	tt_auto(free) char *key = at("site.key"), *cert = at("site.pem");

	TAP_EQ_INT(sign_key_open(key, cert, EPOCH, &k, NULL), 0, "the site's key");
	TAP_EQ_INT(sign_data(k, "x", SUMS, strlen(SUMS), &one, NULL), 0, "sign");
	sleep(1);
	TAP_EQ_INT(sign_data(k, "x", SUMS, strlen(SUMS), &two, NULL), 0, "again");
	TAP_OK(one.len == two.len && memcmp(one.data, two.data, one.len) == 0,
	    "the same bytes a second later");
	put("ours.p7s", one.data, one.len);
	TAP_EQ_INT(verify(SUMS, "ours.p7s", "site.pem", NULL), 0, "good");
	TAP_EQ_INT(verify(SUMS, "ours.p7s", "site.cer", NULL), 0, "certificate as DER");
	TAP_EQ_INT(verify(SUMS, "ours.p7s", "again.pem", NULL), 0,
	    "a new certificate of the same key");
	refused(CHANGED, "ours.p7s", "site.pem", -EBADMSG, "not what the site signed",
	    "changed sums");
	refused("", "ours.p7s", "site.pem", -EBADMSG, "not what", "no sums at all");
	refused(SUMS, "ours.p7s", "other.pem", -EKEYREJECTED, "another key", "wrong key");
	refused(SUMS, "ours.p7s", "sums", -EINVAL, "no certificate", "no certificate");
	TAP_OK(openssl("smime -verify -binary -inform DER -in ours.p7s -content sums "
		       "-noverify -certfile site.pem -nointern -out out"),
	    "openssl smime accepts ours with the site's certificate");
	TAP_OK(openssl("cms -verify -binary -inform DER -in ours.p7s -content sums "
		       "-CAfile site.pem -purpose any -out out"),
	    "openssl cms too");
	TAP_OK(!openssl("cms -verify -binary -inform DER -in ours.p7s -content changed "
			"-CAfile site.pem -purpose any -out out"),
	    "but not of changed sums");
}

static void
test_spoilt(void)
{
	tt_auto(buf) struct tt_buf good = { 0 };
	size_t bad = 0;

	get("ours.p7s", &good);
	for (size_t len = 0; len < good.len; len += 7) {
		put("cut.p7s", good.data, len);
		bad += verify(SUMS, "cut.p7s", "site.pem", NULL) < 0;
	}
	TAP_EQ_INT(bad, (good.len + 6) / 7, "cut short anywhere: refused");
	good.data[good.len - 20] ^= 1;
	put("flipped.p7s", good.data, good.len);
	refused(SUMS, "flipped.p7s", "site.pem", -EBADMSG, "not what the site signed",
	    "a flipped bit of the signature");
	refused(SUMS, "sums", "site.pem", -EBADMSG, "none in PKCS #7 and DER", "not DER");
	refused(SUMS, "site.cer", "site.pem", -EBADMSG, "none in PKCS #7 and DER",
	    "DER of something else");
}

/* A site that keeps its key elsewhere signs by hand. */
static void
test_by_hand(void)
{
#define SMIME                                                                            \
	"smime -sign -binary -in sums -outform DER -signer site.pem -inkey site.key "    \
	"-out hand.p7s"
#define CMS "cms -sign -binary -in sums -outform DER -out hand.p7s"
	static const struct {
		const char *words, *cert;
		int want;
		const char *what;
	} rows[] = {
		{ SMIME, "site.pem", 0, "smime -sign" },
		{ SMIME " -noattr", "site.pem", 0, "without attributes" },
		{ SMIME " -nocerts", "site.pem", 0, "without the certificate" },
		{ SMIME " -nodetach", "site.pem", 0, "with the list inside" },
		{ SMIME " -md sha512", "site.pem", 0, "with SHA-512" },
		{ SMIME " -md sha1", "site.pem", -EBADMSG, "with SHA-1" },
		{ SMIME " -md md5", "site.pem", -EBADMSG, "with MD5" },
		{ CMS " -signer site.pem -inkey site.key", "site.pem", 0, "cms -sign" },
		{ CMS " -signer ec.pem -inkey ec.key", "ec.pem", 0, "an EC key" },
		{ CMS " -signer other.pem -inkey other.key -signer site.pem -inkey "
		      "site.key",
		    "site.pem", 0, "two signers, one is the site" },
		{ CMS " -signer old.pem -inkey old.key", "old.pem", 0,
		    "a certificate that is over: its dates are not looked at" },
		{ CMS " -signer ca.pem -inkey ca.key", "ca.pem", 0,
		    "a certificate for certificates: its uses are not looked at" },
		{ CMS " -signer other.pem -inkey other.key -certfile site.pem",
		    "site.pem", -EKEYREJECTED, "a stranger who adds our certificate" },
		{ CMS " -signer child.pem -inkey child.key", "site.pem", -EKEYREJECTED,
		    "whom the site has certified is not the site" },
		{ CMS " -signer same.pem -inkey same.key", "site.pem", -EBADMSG,
		    "the site's name and number on another's certificate" },
	};

	for (size_t i = 0; i < TT_ARRAY_LEN(rows); i++) {
		tt_auto(err) struct tt_err *err = NULL;

		TAP_OK(openssl(rows[i].words), "openssl signs");
		TAP_EQ_INT(verify(SUMS, "hand.p7s", rows[i].cert, &err), rows[i].want,
		    "%s%s%s", rows[i].what, err == NULL ? "" : ": ",
		    err == NULL ? "" : tt_err_message(err));
	}
	TAP_OK(openssl("smime -sign -binary -nodetach -in changed -outform DER -signer "
		       "site.pem -inkey site.key -out inside.p7s"),
	    "openssl signs");
	refused(SUMS, "inside.p7s", "site.pem", -EBADMSG, "not what the site signed",
	    "other sums inside: ours are not signed");
}

static void
test_files(void)
{
	tt_auto(free) char *sums = at("sums"), *sig = at("sums.p7s");
	tt_auto(free) char *cert = at("site.cer"), *none = at("none");
	tt_auto(buf) struct tt_buf good = { 0 };
	tt_auto(err) struct tt_err *unsigned_ = NULL, *missing = NULL;

	TAP_EQ_INT(tt_sign_verify_file("platform X", sums, cert, &unsigned_), -ENOKEY,
	    "no signature beside it");
	TAP_OK(strstr(tt_err_message(unsigned_), "there is no 'sums.p7s'") != NULL, "%s",
	    tt_err_message(unsigned_));
	TAP_EQ_INT(tt_sign_verify_file("platform X", none, cert, &missing), -ENOKEY,
	    "nothing to sign: %s", tt_err_message(missing));
	get("ours.p7s", &good);
	put("sums.p7s", good.data, good.len);
	TAP_EQ_INT(tt_sign_verify_file("platform X", sums, cert, NULL), 0, "good");
	TAP_EQ_INT(tt_sign_verify_file("platform X", sums, none, NULL), -ENOENT,
	    "no certificate is no pass");
	TAP_OK(truncate(sig, 100000) == 0, "longer than any signature");
	TAP_EQ_INT(tt_sign_verify_file("platform X", sums, cert, NULL), -EFBIG,
	    "is not read whole");
}

int
main(void)
{
	TAP_OK(mkdtemp(dir) != NULL, "folder");
	make_key("site", "-newkey rsa:2048 -set_serial 1");
	make_key("other", "-newkey rsa:2048 -set_serial 1");
	make_old();
	make_key("ec", "-newkey ec -pkeyopt ec_paramgen_curve:P-256");
	TAP_OK(openssl(
		   "req -x509 -subj /CN=site -key site.key -set_serial 2 -out again.pem"),
	    "a new certificate");
	make_key("ca", "-newkey rsa:2048 -addext keyUsage=keyCertSign");
	make_key("child", "-newkey rsa:2048 -CA site.pem -CAkey site.key");
	TAP_OK(openssl("req -x509 -nodes -subj /CN=site -set_serial 1 -newkey rsa:2048 "
		       "-keyout same.key -out same.pem"),
	    "a namesake");
	TAP_OK(openssl("x509 -in site.pem -outform DER -out site.cer"), "DER");
	put("sums", SUMS, strlen(SUMS));
	put("changed", CHANGED, strlen(CHANGED));
	test_ours();
	test_spoilt();
	test_by_hand();
	test_files();
	(void)tt_remove_tree(dir, NULL);
	return tap_done();
}
