// SPDX-License-Identifier: MPL-2.0
/*
 * One try of a fetch: sets up one libcurl handle, bounds what comes in, and turns libcurl's
 * results into our errors. The only file that talks to libcurl and GnuTLS.
 */
#include "platform/lib/fetch/transfer.h"

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/time.h"

#include <gnutls/gnutls.h>

#include <errno.h>
#include <string.h>

#define PROGRESS_US 250000

static inline void
tt_auto_curl(CURL **c)
{
	curl_easy_cleanup(*c);
}

static inline void
tt_auto_slist(struct curl_slist **l)
{
	curl_slist_free_all(*l);
}

static inline void
tt_auto_curlu(CURLU **u)
{
	curl_url_cleanup(*u);
}

char *
transfer_shown_url(const char *url, bool *ret_https)
{
	tt_auto(curlu) CURLU *u = curl_url();
	char *scheme = NULL, *text = NULL, *ret = NULL;

	if (u == NULL || curl_url_set(u, CURLUPART_URL, url, 0) != CURLUE_OK ||
	    curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK)
		return NULL;
	if (tt_streq(scheme, "http") || tt_streq(scheme, "https")) {
		*ret_https = tt_streq(scheme, "https");
		curl_url_set(u, CURLUPART_PASSWORD, NULL, 0);
		if (curl_url_get(u, CURLUPART_URL, &text, 0) == CURLUE_OK)
			ret = tt_xstrndup(text, 300);
	}
	curl_free(scheme);
	curl_free(text);
	return ret;
}

static bool
status_good(const struct transfer *t)
{
	return t->opts->any_status || (t->status >= 200 && t->status < 300);
}

/* Where a piece of the body goes. 0, or a negative errno. */
static int
sink(struct transfer *t, const char *data, size_t len)
{
	if (t->opts->data != NULL) {
		if (t->opts->data(data, len, t->opts->ctx) != 0) {
			t->enough = true;
			return -ECANCELED;
		}
		return 0;
	}
	if (t->fd >= 0)
		return tt_write_all(t->fd, data, len);
	return t->out != NULL ? tt_buf_add(t->out, data, len) : 0;
}

static size_t
on_body(char *data, size_t size, size_t n, void *ctx)
{
	struct transfer *t = ctx;
	size_t len = size * n;
	long code = 0;
	int r;

	curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &code);
	t->status = (unsigned)code;
	t->last_byte_us = tt_mono_us();
	if (t->bytes + len > t->limit) {
		t->too_large = true;
		return 0;
	}
	t->bytes += len;
	if (!status_good(t))
		return len; /* an error page is read to its end, for the connection's sake */
	tt_sha256_add(&t->sha, data, len);
	r = sink(t, data, len);
	if (r == -EMSGSIZE)
		t->too_large = true;
	else if (r < 0 && !t->enough)
		t->sink_errno = r;
	return r < 0 ? 0 : len;
}

static int
on_progress(
    void *ctx, curl_off_t total, curl_off_t done, curl_off_t up_total, curl_off_t up)
{
	struct transfer *t = ctx;
	unsigned stall_ms = t->opts->stall_ms != 0 ? t->opts->stall_ms : 15000;
	uint64_t moved = (uint64_t)done + (uint64_t)up;
	int64_t now = tt_mono_us();

	(void)up_total;
	if (moved != t->seen) {
		t->seen = moved;
		t->last_byte_us = now;
	}
	if (now - t->last_byte_us > (int64_t)stall_ms * 1000) {
		t->stalled = true;
		return 1;
	}
	if (t->opts->progress == NULL || now - t->last_call_us < PROGRESS_US)
		return 0;
	t->last_call_us = now;
	if (t->opts->progress(
		(uint64_t)done, (uint64_t)total, t->attempt, t->opts->ctx) == 0)
		return 0;
	t->canceled = true;
	return 1;
}

/* The peer's certificate as DER, borrowed from the session; NULL without TLS. */
static const gnutls_datum_t *
peer_certificate(CURL *curl)
{
	struct curl_tlssessioninfo *info = NULL;
	const gnutls_datum_t *list;
	unsigned n = 0;

	if (curl_easy_getinfo(curl, CURLINFO_TLS_SSL_PTR, &info) != CURLE_OK ||
	    info == NULL || info->backend != CURLSSLBACKEND_GNUTLS ||
	    info->internals == NULL)
		return NULL;
	list = gnutls_certificate_get_peers((gnutls_session_t)info->internals, &n);
	return n > 0 ? list : NULL;
}

/*
 * Called when a connection stands and nothing has been sent on it: the moment to judge the
 * certificate. Also called for each redirect.
 */
static int
on_connected(void *ctx, char *peer, char *local, int peer_port, int local_port)
{
	struct transfer *t = ctx;
	const gnutls_datum_t *cert = peer_certificate(t->curl);

	(void)peer;
	(void)local;
	(void)peer_port;
	(void)local_port;
	if (cert != NULL)
		tt_sha256_hex(cert->data, cert->size, t->cert_sha256);
	if (t->opts->cert_sha256 == NULL ||
	    tt_strcaseeq(t->opts->cert_sha256, t->cert_sha256))
		return CURL_PREREQFUNC_OK;
	t->untrusted = true;
	return CURL_PREREQFUNC_ABORT;
}

static void
set_method(CURL *c, const struct tt_fetch_opts *o)
{
	if (o->method == NULL || tt_streq(o->method, "GET"))
		return;
	if (tt_streq(o->method, "HEAD")) {
		curl_easy_setopt(c, CURLOPT_NOBODY, 1L);
		return;
	}
	curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, o->method);
	if (o->body != NULL || tt_streq(o->method, "POST") ||
	    tt_streq(o->method, "PUT")) {
		curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)o->body_len);
		curl_easy_setopt(c, CURLOPT_POSTFIELDS, o->body != NULL ? o->body : "");
	}
}

static void
set_tls(CURL *c, const struct transfer *t, bool https)
{
	const struct tt_fetch_opts *o = t->opts;

	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(c, CURLOPT_REDIR_PROTOCOLS_STR, https ? "https" : "http,https");
	if (o->cert_sha256 != NULL) {
		curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 0L);
	}
	if (o->ca_file != NULL)
		curl_easy_setopt(c, CURLOPT_CAINFO, o->ca_file);
}

static void
set_options(CURL *c, struct transfer *t, struct curl_slist *headers, bool https)
{
	const struct tt_fetch_opts *o = t->opts;

	curl_easy_setopt(c, CURLOPT_URL, t->url);
	curl_easy_setopt(c, CURLOPT_USERAGENT, "triton");
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 1L);
	curl_easy_setopt(c, CURLOPT_MAXREDIRS, 5L);
	curl_easy_setopt(
	    c, CURLOPT_NOPROXY, o->unix_socket != NULL ? "*" : "localhost,127.0.0.1,::1");
	curl_easy_setopt(
	    c, CURLOPT_TIMEOUT_MS, (long)(o->timeout_ms != 0 ? o->timeout_ms : 30000));
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS,
	    (long)(o->connect_ms != 0 ? o->connect_ms : 10000));
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, t);
	curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(c, CURLOPT_XFERINFODATA, t);
	curl_easy_setopt(c, CURLOPT_PREREQFUNCTION, on_connected);
	curl_easy_setopt(c, CURLOPT_PREREQDATA, t);
	if (headers != NULL)
		curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
	if (o->unix_socket != NULL)
		curl_easy_setopt(c, CURLOPT_UNIX_SOCKET_PATH, o->unix_socket);
	if (o->interface != NULL)
		curl_easy_setopt(c, CURLOPT_INTERFACE, o->interface);
	set_method(c, o);
	set_tls(c, t, https);
}

static int
untrusted(const struct transfer *t, const char *detail, struct tt_err **err)
{
	if (!t->untrusted)
		return tt_err_set(err, -EKEYREJECTED, "Untrusted",
		    "'%s': the server's certificate is not trusted (%s); pin it by its "
		    "SHA-256 "
		    "or add its authority",
		    t->shown, detail);
	if (t->cert_sha256[0] == '\0')
		return tt_err_set(err, -EKEYREJECTED, "Untrusted",
		    "'%s' is not https, but a certificate is pinned; use an https URL",
		    t->shown);
	return tt_err_set(err, -EKEYREJECTED, "Untrusted",
	    "'%s': the server's certificate has SHA-256 %s, pinned is %s; check both",
	    t->shown, t->cert_sha256, t->opts->cert_sha256);
}

/* Ends that one of our own callbacks asked for. 1 when it was none of them. */
static int
callback_failure(const struct transfer *t, struct tt_err **err)
{
	if (t->too_large)
		return tt_err_set(err, -EFBIG, "TooLarge",
		    "'%s': the answer is larger than the limit of %llu bytes", t->shown,
		    (unsigned long long)t->limit);
	if (t->canceled)
		return tt_err_set(
		    err, -ECANCELED, "Canceled", "'%s': stopped on request", t->shown);
	if (t->stalled)
		return tt_err_set(err, -ETIME, "Timeout",
		    "'%s': nothing came for a while after %llu bytes; check the server "
		    "and the way "
		    "to it",
		    t->shown, (unsigned long long)t->bytes);
	if (t->sink_errno < 0)
		return tt_err_errno(
		    err, t->sink_errno, "storing the body of '%s'", t->shown);
	return 1;
}

static int
failure(const struct transfer *t, CURLcode rc, const char *detail, struct tt_err **err)
{
	const char *why = detail[0] != '\0' ? detail : curl_easy_strerror(rc);
	int r;

	r = callback_failure(t, err);
	if (r <= 0)
		return r;
	switch ((int)rc) {
	case CURLE_OPERATION_TIMEDOUT:
		return tt_err_set(err, -ETIME, "Timeout",
		    "'%s': no complete answer in time (%s); check the server and the way "
		    "to it",
		    t->shown, why);
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_CONNECT_ERROR:
		return untrusted(t, why, err);
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
	case CURLE_COULDNT_CONNECT:
	case CURLE_INTERFACE_FAILED:
		return tt_err_set(err, -EHOSTUNREACH, "Unreachable",
		    "'%s': cannot connect (%s); check the address and the network",
		    t->shown, why);
	case CURLE_URL_MALFORMAT:
		return tt_err_set(
		    err, -EINVAL, "InvalidArgument", "'%s': %s", t->shown, why);
	case CURLE_UNSUPPORTED_PROTOCOL: /* the URL itself was judged before */
		return tt_err_set(err, -EPROTO, "BadAnswer",
		    "'%s': the answer is not HTTP or leads away from it (%s); check the "
		    "URL",
		    t->shown, why);
	case CURLE_TOO_MANY_REDIRECTS:
		return tt_err_set(err, -EPROTO, "BadStatus",
		    "'%s': more than five redirects", t->shown);
	default:
		return t->untrusted
			   ? untrusted(t, why, err)
			   : tt_err_set(err, -EIO, "ConnectionLost",
				 "'%s': the connection broke after %llu bytes (%s)",
				 t->shown, (unsigned long long)t->bytes, why);
	}
}

static void
collect(struct transfer *t)
{
	const char *type = NULL;
	long code = 0;

	curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &code);
	t->status = (unsigned)code;
	curl_easy_getinfo(t->curl, CURLINFO_CONTENT_TYPE, &type);
	if (type != NULL)
		(void)tt_strcpy(t->content_type, sizeof(t->content_type), type);
}

int
transfer_run(struct transfer *t, struct tt_err **err)
{
	tt_auto(curl) CURL *c = curl_easy_init();
	tt_auto(slist) struct curl_slist *headers = NULL;
	char detail[CURL_ERROR_SIZE] = "";
	bool https = tt_after_prefix(t->shown, "https:") != NULL;
	CURLcode rc;

	if (c == NULL)
		return tt_err_set(
		    err, -ENOMEM, "InternalError", "libcurl cannot be started");
	for (size_t i = 0; t->opts->headers != NULL && t->opts->headers[i] != NULL; i++)
		headers = curl_slist_append(headers, t->opts->headers[i]);
	headers = curl_slist_append(headers, "Expect:"); /* no 100-continue pause */
	t->curl = c;
	t->last_byte_us = tt_mono_us();
	tt_sha256_init(&t->sha);
	set_options(c, t, headers, https);
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, detail);

	rc = curl_easy_perform(c);
	collect(t);
	t->curl = NULL;
	if (rc == CURLE_OK || t->enough)
		return 0;
	return failure(t, rc, detail, err);
}
