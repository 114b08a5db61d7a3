// SPDX-License-Identifier: MPL-2.0
/*
 * The fetch calls: what is tried again and when, where the body lands, digests and limits.
 * Does not talk to libcurl itself (transfer.c does).
 */
#include "platform/lib/fetch/fetch.h"

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/time.h"
#include "platform/lib/fetch/transfer.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define BACKOFF_MAX_MS 30000

static int init_result = -ENOMEM;

static void
init_once(void)
{
	init_result = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? 0 : -ENOMEM;
}

int
tt_fetch_init(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, init_once);
	return init_result;
}

static int
check_digest(const char *text, const char *what, struct tt_err **err)
{
	uint8_t raw[TT_SHA256_SIZE];

	if (text == NULL || tt_unhex(text, raw, sizeof(raw)) == 0)
		return 0;
	return tt_err_set(err, -EINVAL, "InvalidArgument",
	    "%s '%.80s' is not a SHA-256 in 64 hex digits", what, text);
}

static int
check_status(const struct transfer *t, struct tt_err **err)
{
	if (t->opts->any_status || (t->status >= 200 && t->status < 300))
		return 0;
	if (t->status == 404 || t->status == 410)
		return tt_err_set(err, -ENOENT, "NotFound",
		    "'%s': the server has no such file (status %u); check the URL",
		    t->shown, t->status);
	if (t->status == 401 || t->status == 403)
		return tt_err_set(err, -EACCES, "NotAuthorized",
		    "'%s': the server refused access (status %u); check its permissions",
		    t->shown, t->status);
	return tt_err_set(err, -EPROTO, "BadStatus",
	    "'%s': the server answered with status %u", t->shown, t->status);
}

static int
check_body(const struct transfer *t, struct tt_fetch_result *res, struct tt_err **err)
{
	struct tt_sha256 sha = t->sha;
	uint8_t raw[TT_SHA256_SIZE];

	tt_sha256_end(&sha, raw);
	tt_hex(raw, sizeof(raw), res->sha256);
	if (t->opts->body_sha256 == NULL ||
	    tt_strcaseeq(t->opts->body_sha256, res->sha256))
		return 0;
	return tt_err_set(err, -EBADMSG, "WrongDigest",
	    "'%s': SHA-256 of the %llu bytes is %s, expected %s; the file was changed or "
	    "cut",
	    t->shown, (unsigned long long)t->bytes, res->sha256, t->opts->body_sha256);
}

static bool
worth_another_try(int r, unsigned status)
{
	switch (r) {
	case -EIO:
	case -ETIME:
	case -EHOSTUNREACH:
	case -EBADMSG:
		return true;
	case -EPROTO:
		return status == 408 || status == 429 || status >= 500;
	default:
		return false;
	}
}

/* Wait before the next try; the caller's callback may still end it. */
static int
pause_before(const struct tt_fetch_opts *o, unsigned attempt, const char *shown,
    struct tt_err **err)
{
	unsigned ms = o->backoff_ms != 0 ? o->backoff_ms : 500;

	for (unsigned i = 2; i < attempt && ms < BACKOFF_MAX_MS; i++)
		ms *= 2;
	if (ms > BACKOFF_MAX_MS)
		ms = BACKOFF_MAX_MS;
	while (ms > 0) {
		unsigned part = ms < 250 ? ms : 250;

		if (o->progress != NULL && o->progress(0, 0, attempt, o->ctx) != 0)
			return tt_err_set(err, -ECANCELED, "Canceled",
			    "'%s': stopped on request", shown);
		tt_sleep_ms(part);
		ms -= part;
	}
	return 0;
}

/* Make the sink empty again, as it was before the first try. */
static int
rewind_sink(struct tt_buf *out, size_t start, int fd)
{
	if (out != NULL && out->data != NULL) {
		out->len = start;
		out->data[start] = '\0';
		out->overflow = false;
	}
	if (fd < 0)
		return 0;
	return ftruncate(fd, 0) < 0 || lseek(fd, 0, SEEK_SET) < 0 ? -errno : 0;
}

static int
one_try(struct transfer *t, struct tt_fetch_result *res, struct tt_err **err)
{
	int r;

	r = transfer_run(t, err);
	res->status = t->status;
	res->bytes = t->bytes;
	res->attempts = t->attempt;
	memcpy(res->content_type, t->content_type, sizeof(res->content_type));
	memcpy(res->cert_sha256, t->cert_sha256, sizeof(res->cert_sha256));
	if (r < 0)
		return r;
	r = check_status(t, err);
	return r < 0 || t->enough ? r : check_body(t, res, err);
}

static unsigned
tries_of(const struct tt_fetch_opts *o)
{
	if (o->data != NULL || (o->method != NULL && !tt_streq(o->method, "GET")))
		return 1;
	return o->tries != 0 ? o->tries : 3;
}

static int
run_tries(const char *url, const char *shown, const struct tt_fetch_opts *o,
    struct tt_buf *out, int fd, struct tt_fetch_result *res, struct tt_err **err)
{
	size_t start = out != NULL ? out->len : 0;
	unsigned tries = tries_of(o);

	for (unsigned attempt = 1;; attempt++) {
		struct transfer t = { .url = url,
			.shown = shown,
			.opts = o,
			.attempt = attempt,
			.out = out,
			.fd = fd,
			.limit = o->max_bytes != 0 ? o->max_bytes : TT_MIB };
		int r;

		if (attempt > 1) {
			r = pause_before(o, attempt, shown, err);
			if (r < 0)
				return r;
		}
		r = rewind_sink(out, start, fd);
		if (r < 0)
			return tt_err_errno(err, r, "starting over with '%s'", shown);
		r = one_try(&t, res, err);
		if (r >= 0)
			return r;
		if (attempt == tries || !worth_another_try(r, t.status)) {
			(void)rewind_sink(out, start, fd);
			return tries > 1 && attempt > 1
				   ? tt_err_wrap(err, r, "after %u tries", attempt)
				   : r;
		}
		tt_err_clear(err);
	}
}

static int
fetch(const char *url, const struct tt_fetch_opts *opts, struct tt_buf *out, int fd,
    struct tt_fetch_result *ret, struct tt_err **err)
{
	static const struct tt_fetch_opts none;
	const struct tt_fetch_opts *o = opts != NULL ? opts : &none;
	struct tt_fetch_result res = { 0 };
	tt_auto(free) char *shown = NULL;
	bool https = false;
	int r;

	r = tt_fetch_init();
	if (r < 0)
		return tt_err_set(err, r, "InternalError", "libcurl cannot be started");
	r = check_digest(o->cert_sha256, "certificate digest", err);
	if (r >= 0)
		r = check_digest(o->body_sha256, "body digest", err);
	if (r < 0)
		return r;
	shown = transfer_shown_url(url, &https);
	if (shown == NULL)
		return tt_err_set(err, -EINVAL, "InvalidArgument",
		    "'%.200s' is not an http:// or https:// URL", url);
	r = run_tries(url, shown, o, out, fd, &res, err);
	if (ret != NULL)
		*ret = res;
	return r;
}

int
tt_fetch(const char *url, const struct tt_fetch_opts *opts, struct tt_buf *out,
    struct tt_fetch_result *ret, struct tt_err **err)
{
	return fetch(url, opts, out, -1, ret, err);
}

static int
fetch_part(const char *url, const struct tt_fetch_opts *opts, const char *part,
    unsigned mode, struct tt_fetch_result *ret, struct tt_err **err)
{
	tt_auto(close) int fd = -1;
	int r;

	fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return tt_err_errno(err, -errno, "creating '%s'", part);
	r = fetch(url, opts, NULL, fd, ret, err);
	if (r < 0)
		return r;
	if (fchmod(fd, (mode_t)mode) < 0 || fsync(fd) < 0)
		return tt_err_errno(err, -errno, "writing '%s'", part);
	return 0;
}

int
tt_fetch_file(const char *url, const struct tt_fetch_opts *opts, const char *path,
    unsigned mode, struct tt_fetch_result *ret, struct tt_err **err)
{
	tt_auto(free) char *part = tt_xprintf("%s.part", path);
	int r = fetch_part(url, opts, part, mode, ret, err);

	if (r >= 0) {
		r = tt_file_move(part, path);
		if (r < 0)
			tt_err_errno(err, r, "renaming '%s' to '%s'", part, path);
	}
	if (r < 0)
		(void)unlink(part);
	return r;
}
