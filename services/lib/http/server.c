// SPDX-License-Identifier: MPL-2.0
/*
 * Sockets and the glue to libmicrohttpd: the only file that knows it. One daemon of that
 * library for each listening socket, all serving the same routes.
 */
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/net.h"
#include "platform/lib/base/str.h"
#include "services/lib/http/internal.h"

#include <microhttpd.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#define CONN_MEMORY  (8 * TT_KIB) /* request line and headers must fit */
#define STREAM_BLOCK (4 * TT_KIB)

void
http_conn_suspend(struct MHD_Connection *conn)
{
	MHD_suspend_connection(conn);
}

void
http_conn_resume(struct MHD_Connection *conn)
{
	MHD_resume_connection(conn);
}

static const char *
conn_header(void *conn, const char *name)
{
	return MHD_lookup_connection_value(conn, MHD_HEADER_KIND, name);
}

static ssize_t
on_read(void *cls, uint64_t pos, char *buf, size_t max)
{
	ssize_t n = http_stream_read(cls, buf, max);

	(void)pos;
	if (n >= 0)
		return n;
	return n == -1 ? MHD_CONTENT_READER_END_OF_STREAM
		       : MHD_CONTENT_READER_END_WITH_ERROR;
}

static void
on_stream_end(void *cls)
{
	http_stream_free(cls);
}

/* NULL with rs->pull still set: there are too many streams. */
static struct MHD_Response *
stream_response(struct MHD_Connection *conn, struct tt_res *rs)
{
	struct MHD_Response *resp;
	struct tt_stream *st;

	if (!http_stream_start(rs->http, conn, rs, &st))
		return NULL;
	resp = MHD_create_response_from_callback(
	    MHD_SIZE_UNKNOWN, STREAM_BLOCK, on_read, st, on_stream_end);
	if (resp == NULL)
		http_stream_free(st);
	return resp;
}

static struct MHD_Response *
body_response(struct tt_res *rs)
{
	struct MHD_Response *resp;

	if (rs->body == NULL)
		return MHD_create_response_from_buffer(
		    0, (void *)(uintptr_t) "", MHD_RESPMEM_PERSISTENT);
	resp = MHD_create_response_from_buffer(rs->len, rs->body, MHD_RESPMEM_MUST_FREE);
	if (resp != NULL)
		rs->body = NULL; /* freed with the response */
	return resp;
}

static struct MHD_Response *
make_response(struct MHD_Connection *conn, struct tt_res *rs)
{
	struct MHD_Response *resp;

	if (rs->pull != NULL) {
		resp = stream_response(conn, rs);
		if (rs->pull == NULL)
			return resp;
		http_res_error(rs, 503, "ServiceUnavailableError",
		    "too many open streams; close some or try again later");
	}
	return body_response(rs);
}

static enum MHD_Result
send_answer(struct MHD_Connection *conn, struct tt_req *rq)
{
	struct tt_res *rs = &rq->res;
	struct MHD_Response *resp = make_response(conn, rs);
	enum MHD_Result ret;

	if (resp == NULL)
		return MHD_NO;
	if (rs->type[0] != '\0')
		MHD_add_response_header(resp, "Content-Type", rs->type);
	for (size_t i = 0; rs->headers != NULL && rs->headers[i] != NULL; i += 2)
		MHD_add_response_header(resp, rs->headers[i], rs->headers[i + 1]);
	ret = MHD_queue_response(conn, rs->status, resp);
	MHD_destroy_response(resp);
	return ret;
}

static void *
on_uri(void *cls, const char *uri, struct MHD_Connection *conn)
{
	(void)conn;
	return http_req_new(cls, uri);
}

static enum MHD_Result
on_request(void *cls, struct MHD_Connection *conn, const char *url, const char *method,
    const char *version, const char *data, size_t *len, void **con_cls)
{
	struct tt_req *rq = *con_cls;

	(void)cls;
	(void)url;
	(void)version;
	if (!rq->begun) {
		rq->header = conn_header;
		rq->header_source = conn;
		http_req_begin(rq, method);
		return MHD_YES;
	}
	if (*len > 0) {
		size_t n = *len;

		*len = 0;
		return http_req_body(rq, data, n) ? MHD_YES : MHD_NO;
	}
	http_dispatch(rq);
	return send_answer(conn, rq);
}

static void
on_completed(void *cls, struct MHD_Connection *conn, void **con_cls,
    enum MHD_RequestTerminationCode how)
{
	struct tt_req *rq = *con_cls;

	(void)cls;
	(void)conn;
	(void)how;
	if (rq == NULL)
		return;
	http_audit(rq);
	http_req_free(rq);
	*con_cls = NULL;
}

struct tt_http *
tt_http_new(const struct tt_http_opts *opts)
{
	struct tt_http *h = tt_xalloc(sizeof(*h));
	pthread_condattr_t attr;

	h->opts = *opts;
	h->server = tt_xprintf("%s/%s", opts->name, opts->version);
	gethostname(h->host, sizeof(h->host) - 1);
	pthread_mutex_init(&h->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&h->changed, &attr);
	pthread_condattr_destroy(&attr);
	return h;
}

/* Takes fd, also on failure. */
static int
serve_socket(struct tt_http *h, int fd, struct tt_err **err)
{
	unsigned threads = h->opts.threads > 1 ? h->opts.threads : 0;
	unsigned idle_s = h->opts.idle_s != 0 ? h->opts.idle_s : 120;
	unsigned max = h->opts.max_connections != 0 ? h->opts.max_connections : 1024;
	struct MHD_Daemon *d;

	d = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, 0,
	    NULL, NULL, on_request, h, MHD_OPTION_LISTEN_SOCKET, fd,
	    MHD_OPTION_URI_LOG_CALLBACK, on_uri, h, MHD_OPTION_NOTIFY_COMPLETED,
	    on_completed, h, MHD_OPTION_CONNECTION_TIMEOUT, idle_s,
	    MHD_OPTION_CONNECTION_LIMIT, max, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
	    (size_t)CONN_MEMORY, MHD_OPTION_STRICT_FOR_CLIENT, 1,
	    MHD_OPTION_THREAD_POOL_SIZE, threads, MHD_OPTION_END);
	if (d == NULL) {
		close(fd);
		return tt_err_set(
		    err, -EIO, "InternalError", "the HTTP server cannot be started");
	}
	h->daemon[h->listeners++] = d;
	return 0;
}

static int
room_for_listener(const struct tt_http *h, struct tt_err **err)
{
	if (h->listeners < MAX_LISTENERS)
		return 0;
	return tt_err_set(err, -ENOSPC, "InternalError", "more than %d listening sockets",
	    MAX_LISTENERS);
}

int
tt_http_listen(struct tt_http *h, const char *ip, uint16_t port, uint16_t *ret_port,
    struct tt_err **err)
{
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_port = htons(port) };
	socklen_t len = sizeof(sa);
	tt_auto(close) int fd = -1;
	uint32_t addr;
	int r, on = 1;

	r = room_for_listener(h, err);
	if (r < 0)
		return r;
	if (tt_ip4_parse(ip, &addr, NULL) < 0)
		return tt_err_set(
		    err, -EINVAL, "InvalidArgument", "'%s' is not an IPv4 address", ip);
	sa.sin_addr.s_addr = htonl(addr);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return tt_err_errno(err, -errno, "opening a socket for %s:%u", ip, port);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	setsockopt(fd, IPPROTO_IP, IP_FREEBIND, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0 || listen(fd, 511) < 0 ||
	    getsockname(fd, (struct sockaddr *)&sa, &len) < 0)
		return tt_err_errno(err, -errno, "listening on %s:%u", ip, port);
	r = serve_socket(h, tt_take_fd(fd), err);
	if (r == 0 && ret_port != NULL)
		*ret_port = ntohs(sa.sin_port);
	return r;
}

int
tt_http_listen_unix(struct tt_http *h, const char *path, mode_t mode, struct tt_err **err)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	tt_auto(close) int fd = -1;
	struct stat st;
	mode_t old;
	int r;

	r = room_for_listener(h, err);
	if (r < 0)
		return r;
	if (tt_strcpy(sa.sun_path, sizeof(sa.sun_path), path) < 0)
		return tt_err_set(err, -ENAMETOOLONG, "InvalidArgument",
		    "socket path '%s' is longer than %zu bytes", path,
		    sizeof(sa.sun_path) - 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return tt_err_errno(err, -errno, "opening a socket for '%s'", path);
	if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode))
		unlink(path);
	old = umask(0777); /* nobody connects before the mode is right */
	r = bind(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0 ? -errno : 0;
	umask(old);
	if (r == 0 && (chmod(path, mode) < 0 || listen(fd, 64) < 0))
		r = -errno;
	if (r < 0)
		return tt_err_errno(err, r, "listening on '%s'", path);
	h->unix_path[h->listeners] = tt_xstrdup(path);
	return serve_socket(h, tt_take_fd(fd), err);
}

void
tt_http_free(struct tt_http *h)
{
	if (h == NULL)
		return;
	http_streams_close(h);
	for (unsigned i = 0; i < h->listeners; i++) {
		MHD_stop_daemon(h->daemon[i]);
		if (h->unix_path[i] != NULL)
			unlink(h->unix_path[i]);
		free(h->unix_path[i]);
	}
	pthread_cond_destroy(&h->changed);
	pthread_mutex_destroy(&h->lock);
	free(h->server);
	free(h);
}
