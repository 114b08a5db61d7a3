// SPDX-License-Identifier: MPL-2.0
/*
 * The fetch calls against a scripted server on a loopback port (answers are canned bytes,
 * so broken ones can be given, too) and against a TLS server with a certificate made here.
 */
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/sha256.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/time.h"
#include "platform/lib/fetch/fetch.h"
#include "tests/lib/tap.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <microhttpd.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>

static atomic_int n_flaky;
static char dir[] = "/tmp/fetch-test-XXXXXX";

struct answer {
	const char *path;
	const char *bytes;
	unsigned stall_ms; /* before the bytes */
};

static const struct answer answers[] = {
	{ .path = "/ok",
	    .bytes = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: "
		     "5\r\n\r\nhello" },
	{ .path = "/missing",
	    .bytes = "HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n\r\nno\n" },
	{ .path = "/locked",
	    .bytes = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n" },
	{ .path = "/teapot",
	    .bytes = "HTTP/1.1 418 Teapot\r\nContent-Length: 4\r\n\r\ntea\n" },
	{ .path = "/broken", .bytes = "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n" },
	{ .path = "/cut",
	    .bytes = "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nonly this" },
	{ .path = "/garbage", .bytes = "<html>this is not HTTP\r\n\r\n" },
	{ .path = "/slow",
	    .bytes = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
	    .stall_ms = 3000 },
	{ .path = "/go",
	    .bytes = "HTTP/1.1 302 Found\r\nLocation: /ok\r\nContent-Length: "
		     "9\r\n\r\nelsewhere" },
	{ .path = "/loop",
	    .bytes =
		"HTTP/1.1 302 Found\r\nLocation: /loop\r\nContent-Length: 0\r\n\r\n" },
	{ .path = "/file",
	    .bytes = "HTTP/1.1 302 Found\r\nLocation: "
		     "file:///etc/passwd\r\nContent-Length: 0\r\n\r\n" },
	{ .path = "/chunked",
	    .bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		     "3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n" },
};

static void
serve_one(int fd)
{
	const char *fallback = "HTTP/1.1 503 Not now\r\nContent-Length: 0\r\n\r\n";
	struct answer a = { .bytes = fallback };
	char in[2048];
	ssize_t n = recv(fd, in, sizeof(in) - 1, 0);

	if (n <= 0)
		return;
	in[n] = '\0';
	for (size_t i = 0; i < TT_ARRAY_LEN(answers); i++) {
		const char *rest = tt_after_prefix(in, "GET ");

		rest = rest != NULL ? tt_after_prefix(rest, answers[i].path) : NULL;
		if (rest != NULL && (*rest == ' ' || *rest == '?'))
			a = answers[i];
	}
	if (strstr(in, " /flaky") != NULL && atomic_fetch_add(&n_flaky, 1) >= 2)
		a = answers[0];
	tt_sleep_ms(a.stall_ms);
	(void)!send(fd, a.bytes, strlen(a.bytes), MSG_NOSIGNAL);
}

static void *
serve(void *arg)
{
	int lfd = *(int *)arg;

	for (;;) {
		int fd = accept4(lfd, NULL, NULL, SOCK_CLOEXEC);

		if (fd < 0)
			return NULL;
		serve_one(fd);
		shutdown(fd, SHUT_WR);
		close(fd);
	}
}

static int
listen_loopback(uint16_t *port)
{
	struct sockaddr_in sa = { .sin_family = AF_INET };
	socklen_t len = sizeof(sa);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (struct sockaddr *)&sa, len) < 0 || listen(fd, 16) < 0 ||
	    getsockname(fd, (struct sockaddr *)&sa, &len) < 0)
		return -1;
	*port = ntohs(sa.sin_port);
	return fd;
}

static uint16_t port;

/* One fetch of a path into a fresh buffer; the text is copied into out (64 bytes). */
static int
get(const char *path, struct tt_fetch_opts o, char *out, struct tt_fetch_result *res,
    char **message)
{
	tt_auto(free) char *url = tt_xprintf("http://127.0.0.1:%u%s", port, path);
	tt_auto(buf) struct tt_buf b = TT_BUF_INIT(1000);
	tt_auto(err) struct tt_err *err = NULL;
	int r;

	if (o.backoff_ms == 0)
		o.backoff_ms = 1;
	r = tt_fetch(url, &o, &b, res, &err);
	(void)tt_strcpy(out, 64, tt_buf_str(&b));
	free(*message);
	*message = tt_xstrdup(r < 0 ? tt_err_message(err) : "");
	return r;
}

static void
test_statuses(void)
{
	struct tt_fetch_result res;
	tt_auto(free) char *msg = NULL;
	char out[64];

	TAP_EQ_INT(get("/ok", (struct tt_fetch_opts){ 0 }, out, &res, &msg), 0,
	    "200 is success");
	TAP_EQ_STR(out, "hello", "the body arrives");
	TAP_EQ_STR(res.content_type, "text/plain", "content type");
	TAP_EQ_INT(res.attempts, 1, "one try was enough");
	TAP_EQ_INT(
	    get("/chunked", (struct tt_fetch_opts){ 0 }, out, &res, &msg), 0, "chunks");
	TAP_EQ_STR(out, "abcdefg", "chunks are joined");
	TAP_EQ_INT(get("/missing", (struct tt_fetch_opts){ 0 }, out, &res, &msg), -ENOENT,
	    "404");
	TAP_EQ_INT(res.attempts, 1, "404 is not tried again");
	TAP_EQ_STR(out, "", "no error page in the buffer");
	TAP_EQ_INT(
	    get("/locked", (struct tt_fetch_opts){ 0 }, out, &res, &msg), -EACCES, "403");
	TAP_EQ_INT(
	    get("/teapot", (struct tt_fetch_opts){ 0 }, out, &res, &msg), -EPROTO, "418");
	TAP_EQ_INT(
	    get("/teapot", (struct tt_fetch_opts){ .any_status = true }, out, &res, &msg),
	    0, "any_status hands it over");
	TAP_EQ_STR(out, "tea\n", "with its body");
	TAP_EQ_INT(res.status, 418, "and its status");
}

static void
test_tries(void)
{
	struct tt_fetch_result res;
	tt_auto(free) char *msg = NULL;
	char out[64];

	TAP_EQ_INT(get("/flaky", (struct tt_fetch_opts){ 0 }, out, &res, &msg), 0,
	    "503, 503, 200 is success");
	TAP_EQ_INT(res.attempts, 3, "on the third try");
	TAP_EQ_INT(get("/broken", (struct tt_fetch_opts){ .tries = 2 }, out, &res, &msg),
	    -EPROTO, "500 twice is failure");
	TAP_OK(strstr(msg, "after 2 tries") != NULL, "which is said: %s", msg);
	TAP_EQ_INT(get("/cut", (struct tt_fetch_opts){ .tries = 2 }, out, &res, &msg),
	    -EIO, "a body that is cut");
	TAP_EQ_INT(res.attempts, 2, "is tried again");
	TAP_EQ_STR(out, "", "and leaves nothing in the buffer");
	TAP_EQ_INT(get("/garbage", (struct tt_fetch_opts){ .tries = 1 }, out, &res, &msg),
	    -EPROTO, "an answer that is not HTTP");
	TAP_EQ_INT(get("/slow", (struct tt_fetch_opts){ .tries = 1, .timeout_ms = 300 },
		       out, &res, &msg),
	    -ETIME, "deadline");
	TAP_EQ_INT(get("/slow", (struct tt_fetch_opts){ .tries = 1, .stall_ms = 200 },
		       out, &res, &msg),
	    -ETIME, "nothing for a while");
}

static void
test_limits(void)
{
	char hex[TT_SHA256_HEX_LEN];
	struct tt_fetch_result res;
	tt_auto(free) char *msg = NULL;
	char out[64];

	tt_sha256_hex("hello", 5, hex);
	TAP_EQ_INT(get("/ok", (struct tt_fetch_opts){ .max_bytes = 4 }, out, &res, &msg),
	    -EFBIG, "five bytes over a limit of four");
	TAP_EQ_INT(
	    get("/ok", (struct tt_fetch_opts){ .body_sha256 = hex }, out, &res, &msg), 0,
	    "right digest");
	TAP_EQ_STR(res.sha256, hex, "digest is reported");
	hex[0] = hex[0] == '0' ? '1' : '0';
	TAP_EQ_INT(
	    get("/ok", (struct tt_fetch_opts){ .body_sha256 = hex }, out, &res, &msg),
	    -EBADMSG, "wrong digest");
	TAP_EQ_INT(res.attempts, 3, "is tried three times");
	TAP_EQ_INT(
	    get("/ok", (struct tt_fetch_opts){ .body_sha256 = "12" }, out, &res, &msg),
	    -EINVAL, "a digest that is none");
	TAP_EQ_INT(
	    get("/go", (struct tt_fetch_opts){ 0 }, out, &res, &msg), 0, "redirect");
	TAP_EQ_STR(out, "hello", "only the last body counts");
	TAP_EQ_INT(get("/loop", (struct tt_fetch_opts){ 0 }, out, &res, &msg), -EPROTO,
	    "redirects in a circle");
	TAP_EQ_INT(get("/file", (struct tt_fetch_opts){ .tries = 1 }, out, &res, &msg),
	    -EPROTO, "no redirect to a file");
	TAP_EQ_INT(get("/ok",
		       (struct tt_fetch_opts){
			   .cert_sha256 = "0000000000000000000000000000000000000000"
					  "000000000000000000000000" },
		       out, &res, &msg),
	    -EKEYREJECTED, "a pin needs https");
}

static int
stop_at_once(uint64_t done, uint64_t total, unsigned attempt, void *ctx)
{
	(void)done;
	(void)total;
	(void)attempt;
	(*(int *)ctx)++;
	return 1;
}

static int
take_three(const char *bytes, size_t len, void *ctx)
{
	size_t *n = ctx;

	(void)bytes;
	*n += len;
	return *n >= 3;
}

static void
test_callbacks(void)
{
	struct tt_fetch_result res;
	tt_auto(free) char *msg = NULL;
	int calls = 0;
	size_t n = 0;
	char out[64];

	TAP_EQ_INT(get("/slow",
		       (struct tt_fetch_opts){ .progress = stop_at_once, .ctx = &calls },
		       out, &res, &msg),
	    -ECANCELED, "the progress callback ends it");
	TAP_EQ_INT(calls, 1, "after one call");
	TAP_EQ_INT(get("/ok", (struct tt_fetch_opts){ .data = take_three, .ctx = &n },
		       out, &res, &msg),
	    0, "a reader that has seen enough is no failure");
	TAP_OK(n >= 3, "it saw the bytes");
}

static void
test_urls(void)
{
	static const char *const bad[] = { "ftp://x/y", "file:///etc/passwd", "nothing",
		"", "http://" };
	tt_auto(buf) struct tt_buf b = TT_BUF_INIT(1000);
	tt_auto(err) struct tt_err *err = NULL;
	int r;

	for (size_t i = 0; i < TT_ARRAY_LEN(bad); i++) {
		r = tt_fetch(bad[i], NULL, &b, NULL, &err);
		TAP_EQ_INT(
		    r, -EINVAL, "'%s' is refused: %s", bad[i], tt_err_message(err));
		tt_err_clear(&err);
	}
	r = tt_fetch("http://u:geheim@127.0.0.1:1/x",
	    &(struct tt_fetch_opts){ .tries = 1 }, &b, NULL, &err);
	TAP_EQ_INT(r, -EHOSTUNREACH, "nobody listens");
	TAP_OK(strstr(tt_err_message(err), "geheim") == NULL, "no password in '%s'",
	    tt_err_message(err));
}

static void
test_file(void)
{
	tt_auto(free) char *url = tt_xprintf("http://127.0.0.1:%u/ok", port);
	tt_auto(free) char *cut = tt_xprintf("http://127.0.0.1:%u/cut", port);
	tt_auto(free) char *path = tt_path_join(dir, "got"),
			   *part = tt_xprintf("%s.part", path);
	tt_auto(buf) struct tt_buf b = TT_BUF_INIT(1000);
	struct tt_fetch_opts o = { .tries = 1 };
	struct stat st;

	TAP_EQ_INT(
	    tt_fetch_file(url, &o, path, 0640, NULL, NULL), 0, "fetch into a file");
	TAP_OK(stat(path, &st) == 0 && (st.st_mode & 0777) == 0640, "its mode");
	TAP_EQ_INT(
	    tt_fetch_file(cut, &o, path, 0600, NULL, NULL), -EIO, "a cut fetch fails");
	tt_file_read(path, &b, NULL);
	TAP_EQ_STR(tt_buf_str(&b), "hello", "and leaves the old file");
	TAP_OK(!tt_path_exists(part), "and no part of the new one");
	TAP_EQ_INT(tt_fetch_file(url, &o, "/nowhere/at/all", 0600, NULL, NULL), -ENOENT,
	    "no such folder");
}

/* ---- TLS ---- */

static enum MHD_Result
say_secure(void *cls, struct MHD_Connection *conn, const char *url, const char *method,
    const char *version, const char *data, size_t *len, void **con_cls)
{
	static char text[] = "secure";
	struct MHD_Response *r =
	    MHD_create_response_from_buffer(6, text, MHD_RESPMEM_PERSISTENT);
	enum MHD_Result ret = MHD_queue_response(conn, 200, r);

	(void)cls;
	(void)url;
	(void)method;
	(void)version;
	(void)data;
	(void)len;
	(void)con_cls;
	MHD_destroy_response(r);
	return ret;
}

/* A key and a certificate for "localhost" in PEM, and the digest of the latter's DER. */
static void
make_certificate(gnutls_datum_t *key_pem, gnutls_datum_t *cert_pem, char *digest)
{
	gnutls_datum_t der;
	gnutls_x509_privkey_t key;
	gnutls_x509_crt_t crt;

	gnutls_x509_privkey_init(&key);
	gnutls_x509_privkey_generate(
	    key, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
	gnutls_x509_crt_init(&crt);
	gnutls_x509_crt_set_version(crt, 3);
	gnutls_x509_crt_set_serial(crt, "\1\2\3", 3);
	gnutls_x509_crt_set_activation_time(crt, time(NULL) - 60);
	gnutls_x509_crt_set_expiration_time(crt, time(NULL) + 3600);
	gnutls_x509_crt_set_dn(crt, "CN=localhost", NULL);
	gnutls_x509_crt_set_subject_alternative_name(
	    crt, GNUTLS_SAN_DNSNAME, "localhost");
	gnutls_x509_crt_set_key(crt, key);
	gnutls_x509_crt_sign2(crt, crt, key, GNUTLS_DIG_SHA256, 0);
	gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_PEM, key_pem);
	gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, cert_pem);
	gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_DER, &der);
	tt_sha256_hex(der.data, der.size, digest);
	gnutls_free(der.data);
	gnutls_x509_crt_deinit(crt);
	gnutls_x509_privkey_deinit(key);
}

static void
tls_cases(uint16_t tls_port, const char *digest, const char *ca_file)
{
	tt_auto(free) char *url = tt_xprintf("https://localhost:%u/", tls_port);
	tt_auto(buf) struct tt_buf b = TT_BUF_INIT(1000);
	tt_auto(err) struct tt_err *err = NULL;
	struct tt_fetch_result res = { 0 };
	tt_auto(free) char *wrong = tt_xstrdup(digest);
	struct tt_fetch_opts o = { .tries = 1 };

	TAP_EQ_INT(tt_fetch(url, &o, &b, &res, &err), -EKEYREJECTED,
	    "unknown authority: %s", tt_err_message(err));
	tt_err_clear(&err);
	o.cert_sha256 = digest;
	TAP_EQ_INT(
	    tt_fetch(url, &o, &b, &res, &err), 0, "the pinned certificate is enough");
	TAP_EQ_STR(tt_buf_str(&b), "secure", "body over TLS");
	TAP_EQ_STR(res.cert_sha256, digest, "the certificate's digest is reported");
	wrong[0] = wrong[0] == 'a' ? 'b' : 'a';
	o.cert_sha256 = wrong;
	TAP_EQ_INT(tt_fetch(url, &o, &b, &res, &err), -EKEYREJECTED, "another pin: %s",
	    tt_err_message(err));
	TAP_OK(strstr(tt_err_message(err), digest) != NULL,
	    "the message has the real digest");
	o.cert_sha256 = NULL;
	o.ca_file = ca_file;
	tt_err_clear(&err);
	TAP_EQ_INT(tt_fetch(url, &o, &b, &res, &err), 0,
	    "a given authority is trusted: %s", tt_err_message(err));
}

static void
test_tls(void)
{
	tt_auto(free) char *ca = tt_path_join(dir, "ca.pem");
	gnutls_datum_t key, cert;
	struct MHD_Daemon *d;
	char digest[TT_SHA256_HEX_LEN];

	make_certificate(&key, &cert, digest);
	tt_file_write(ca, cert.data, cert.size, 0600, NULL);
	d = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_TLS, 0, NULL, NULL,
	    say_secure, NULL, MHD_OPTION_HTTPS_MEM_KEY, (const char *)key.data,
	    MHD_OPTION_HTTPS_MEM_CERT, (const char *)cert.data, MHD_OPTION_END);
	TAP_OK(d != NULL, "TLS server runs");
	if (d != NULL) {
		tls_cases(
		    MHD_get_daemon_info(d, MHD_DAEMON_INFO_BIND_PORT)->port, digest, ca);
		MHD_stop_daemon(d);
	}
	gnutls_free(key.data);
	gnutls_free(cert.data);
}

int
main(void)
{
	pthread_t thread;
	int lfd = listen_loopback(&port);

	TAP_OK(lfd >= 0 && mkdtemp(dir) != NULL && tt_fetch_init() == 0, "test server");
	pthread_create(&thread, NULL, serve, &lfd);
	test_statuses();
	test_tries();
	test_limits();
	test_callbacks();
	test_urls();
	test_file();
	test_tls();
	shutdown(lfd, SHUT_RDWR);
	pthread_join(thread, NULL);
	close(lfd);
	tt_remove_tree(dir, NULL);
	return tap_done();
}
