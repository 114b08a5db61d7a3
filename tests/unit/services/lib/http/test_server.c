// SPDX-License-Identifier: MPL-2.0
/*
 * The whole server on a free loopback port and a unix socket: answers, errors, headers,
 * body limits, streams that sleep, event channels, and closing under load.
 */
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/time.h"
#include "platform/lib/fetch/fetch.h"
#include "services/lib/http/http.h"
#include "tests/lib/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>

static struct tt_events *events;
static uint16_t port;
static char dir[] = "/tmp/http-test-XXXXXX";
static atomic_int released;

static int
get_echo(struct tt_req *rq, struct tt_res *rs, struct tt_err **err)
{
	size_t len;

	(void)err;
	(void)tt_req_body(rq, &len);
	tt_res_json(rs, 200,
	    json_pack("{s:O, s:s, s:i}", "params", tt_req_params(rq), "id", tt_req_id(rq),
		"body", (int)len));
	return 0;
}

static int
get_missing(struct tt_req *rq, struct tt_res *rs, struct tt_err **err)
{
	(void)rs;
	return tt_err_set(err, -ENOENT, "ResourceNotFound", "nic '%s' not found",
	    tt_req_str(rq, "mac", "?"));
}

static int
get_nothing(struct tt_req *rq, struct tt_res *rs, struct tt_err **err)
{
	(void)rq;
	(void)rs;
	(void)err;
	return 0;
}

static int
get_gone(struct tt_req *rq, struct tt_res *rs, struct tt_err **err)
{
	(void)rq;
	tt_res_status(rs, 507);
	return tt_err_set(err, -ENOSPC, "SubnetFull", "no more free IPs");
}

/* A stream that says "tick" three times, each after a sleep ended by another thread. */
struct ticks {
	struct tt_stream *st;
	atomic_int due;
	int sent;
	pthread_t thread;
	bool started;
};

static void *
wake_often(void *arg)
{
	struct ticks *t = arg;

	for (int i = 0; i < 3; i++) {
		tt_sleep_ms(20);
		atomic_fetch_add(&t->due, 1);
		tt_stream_wake(t->st);
	}
	return NULL;
}

static ssize_t
pull_tick(struct tt_stream *st, char *buf, size_t max, void *ctx)
{
	struct ticks *t = ctx;

	if (!t->started) {
		t->started = true;
		t->st = st;
		pthread_create(&t->thread, NULL, wake_often, t);
	}
	if (t->sent == 3)
		return TT_PULL_END;
	if (t->sent == atomic_load(&t->due))
		return TT_PULL_WAIT;
	t->sent++;
	(void)tt_strf(buf, max, "tick");
	return 4;
}

static void
release_ticks(void *ctx)
{
	struct ticks *t = ctx;

	if (t->started)
		pthread_join(t->thread, NULL);
	free(t);
	atomic_fetch_add(&released, 1);
}

static int
get_ticks(struct tt_req *rq, struct tt_res *rs, struct tt_err **err)
{
	(void)rq;
	(void)err;
	tt_res_stream(rs, 200, "text/plain", pull_tick, release_ticks,
	    tt_xalloc(sizeof(struct ticks)));
	return 0;
}

static char *
state_now(void *ctx)
{
	return tt_xstrdup(ctx);
}

static int
get_events(struct tt_req *rq, struct tt_res *rs, struct tt_err **err)
{
	static char now[] = "now";

	(void)err;
	tt_res_events(rq, rs, events, "state", state_now, now);
	return 0;
}

static const struct tt_param echo_params[] = {
	{ .name = "n", .kind = TT_P_INT },
	{ .name = NULL },
};

static const struct tt_route routes[] = {
	{ .method = "GET",
	    .path = "/echo/:what",
	    .handle = get_echo,
	    .params = echo_params },
	{ .method = "POST",
	    .path = "/echo",
	    .handle = get_echo,
	    .params = echo_params,
	    .max_body = 1000 },
	{ .method = "GET", .path = "/nics/:mac", .handle = get_missing },
	{ .method = "GET", .path = "/nothing", .handle = get_nothing },
	{ .method = "GET", .path = "/full", .handle = get_gone },
	{ .method = "GET", .path = "/ticks", .handle = get_ticks },
	{ .method = "GET", .path = "/events", .handle = get_events },
	{ .method = NULL },
};

static struct tt_buf body = TT_BUF_INIT(4096);
static struct tt_fetch_result res;

static const char *
call(const char *method, const char *path, const char *data, const char *header)
{
	tt_auto(free) char *url = tt_xprintf("http://127.0.0.1:%u%s", port, path);
	const char *headers[] = { header, NULL };
	struct tt_fetch_opts o = { .method = method,
		.body = data,
		.headers = headers,
		.body_len = data != NULL ? strlen(data) : 0,
		.any_status = true,
		.tries = 1,
		.timeout_ms = 5000 };

	tt_buf_reset(&body);
	memset(&res, 0, sizeof(res));
	(void)tt_fetch(url, &o, &body, &res, NULL);
	return tt_buf_str(&body);
}

static void
test_answers(void)
{
	TAP_EQ_STR(call("GET", "/echo/a%2Fb?n=5&what=x&z=1", NULL, "x-request-id: abc-1"),
	    "{\"params\":{\"n\":5,\"what\":\"a/"
	    "b\",\"z\":\"1\"},\"id\":\"abc-1\",\"body\":0}",
	    "path over query, typed, request id echoed");
	TAP_EQ_INT(res.status, 200, "status 200");
}

static void
test_bodies(void)
{
	tt_auto(buf) struct tt_buf big = TT_BUF_INIT(8192);
	const char *got;

	got =
	    call("POST", "/echo?n=1&q=1", "{\"n\":2}", "Content-Type: application/json");
	TAP_OK(tt_after_prefix(got, "{\"params\":{\"n\":2,\"q\":\"1\"}") != NULL,
	    "JSON body over query: %s", got);
	got = call("POST", "/echo", "n=3&m=a+b",
	    "Content-Type: application/x-www-form-urlencoded");
	TAP_OK(tt_after_prefix(got, "{\"params\":{\"n\":3,\"m\":\"a b\"}") != NULL,
	    "form body: %s", got);
	got = call("POST", "/echo", "{\"n\":", "Content-Type: application/json");
	TAP_EQ_INT(res.status, 400, "half a JSON body: %s", got);
	TAP_OK(strstr(got, "InvalidContent") != NULL, "its code");
	(void)call("POST", "/echo", "[1,2]", "Content-Type: application/json");
	TAP_EQ_INT(res.status, 200, "an array is the handler's");
	for (int i = 0; i < 1001; i++)
		tt_buf_addc(&big, 'x');
	got = call("POST", "/echo", big.data, "Content-Type: text/plain");
	TAP_EQ_INT(res.status, 413, "one byte too many: %s", got);
	got = call("POST", "/echo?n=%", "", NULL);
	TAP_EQ_INT(res.status, 400, "broken query: %s", got);
}

static void
test_errors(void)
{
	TAP_EQ_STR(call("GET", "/nics/1", NULL, NULL),
	    "{\"code\":\"ResourceNotFound\",\"message\":\"nic '1' not found\"}",
	    "not found");
	TAP_EQ_INT(res.status, 404, "its status");
	TAP_EQ_STR(call("GET", "/nowhere?x=1", NULL, NULL),
	    "{\"code\":\"ResourceNotFound\",\"message\":\"/nowhere does not exist\"}",
	    "no such route");
	TAP_EQ_INT(res.status, 404, "its status");
	TAP_EQ_STR(call("DELETE", "/echo", NULL, NULL),
	    "{\"code\":\"MethodNotAllowed\",\"message\":\"DELETE is not allowed\"}",
	    "wrong method");
	TAP_EQ_INT(res.status, 405, "its status");
	TAP_EQ_STR(call("GET", "/echo/x?n=a", NULL, NULL),
	    "{\"code\":\"InvalidParameters\",\"message\":\"Invalid "
	    "parameters\",\"errors\":"
	    "[{\"field\":\"n\",\"code\":\"InvalidParameter\",\"message\":\"must be an "
	    "integer\"}]}",
	    "field errors");
	TAP_EQ_INT(res.status, 422, "their status");
	TAP_EQ_STR(call("GET", "/full", NULL, NULL),
	    "{\"code\":\"SubnetFull\",\"message\":\"no more free IPs\"}",
	    "a status of one's own");
	TAP_EQ_INT(res.status, 507, "is kept");
	TAP_EQ_STR(call("GET", "/nothing", NULL, NULL), "", "nothing to say");
	TAP_EQ_INT(res.status, 204, "is 204");
	call("HEAD", "/echo/x", NULL, NULL);
	TAP_EQ_INT(res.status, 200, "HEAD on a GET route");
}

static void
test_stream(void)
{
	TAP_EQ_STR(
	    call("GET", "/ticks", NULL, NULL), "tickticktick", "stream with sleeps");
	for (int i = 0; i < 100 && atomic_load(&released) == 0; i++)
		tt_sleep_ms(10);
	TAP_EQ_INT(atomic_load(&released), 1, "it was released once");
	call("HEAD", "/ticks", NULL, NULL);
	for (int i = 0; i < 100 && atomic_load(&released) == 1; i++)
		tt_sleep_ms(10);
	TAP_EQ_INT(atomic_load(&released), 2, "released without a pull, too");
}

/* Collects a channel until a text is there. */
struct listener {
	const char *until;
	const char *header;
	bool announced;
	char seen[2048];
	size_t len;
	int result;
	pthread_t thread;
};

static int
on_bytes(const char *bytes, size_t len, void *ctx)
{
	struct listener *l = ctx;

	if (len > sizeof(l->seen) - 1 - l->len)
		len = sizeof(l->seen) - 1 - l->len;
	memcpy(l->seen + l->len, bytes, len);
	l->len += len;
	if (!l->announced && strstr(l->seen, "data: now") != NULL) {
		l->announced = true;
		tt_events_send(events, "step", "one\ntwo");
	}
	return l->until != NULL && strstr(l->seen, l->until) != NULL;
}

static void *
listen_events(void *arg)
{
	struct listener *l = arg;
	tt_auto(free) char *url = tt_xprintf("http://127.0.0.1:%u/events", port);
	const char *headers[] = { "Accept: text/event-stream", l->header, NULL };
	struct tt_fetch_opts o = {
		.data = on_bytes, .ctx = l, .headers = headers, .timeout_ms = 10000
	};

	l->result = tt_fetch(url, &o, NULL, NULL, NULL);
	return NULL;
}

static void
test_events(void)
{
	struct listener l = { .until = "data: two\n\n" };

	events = tt_events_new(4);
	listen_events(&l);
	TAP_EQ_INT(l.result, 0, "a reader of the channel");
	TAP_EQ_STR(l.seen,
	    "id: 0\nevent: state\ndata: now\n\n"
	    "id: 1\nevent: step\ndata: one\ndata: two\n\n",
	    "the state of now, then what is sent");

	for (int i = 0; i < 6; i++)
		tt_events_send(events, "n", "x");
	l = (struct listener){
		.until = "id: 7", .header = "Last-Event-ID: 1", .announced = true
	};
	listen_events(&l);
	TAP_OK(strstr(l.seen, "id: 3\n") == NULL && strstr(l.seen, "id: 4\n") != NULL,
	    "a reader that is behind goes on with the oldest kept");

	l = (struct listener){ .until = ":\n\n", .announced = true };
	listen_events(&l);
	TAP_EQ_INT(l.result, 0, "a silent channel says something");
}

static void
test_close(struct tt_http *h)
{
	struct listener l[8] = { 0 };
	int64_t start;

	for (size_t i = 0; i < TT_ARRAY_LEN(l); i++) {
		l[i].announced = true;
		pthread_create(&l[i].thread, NULL, listen_events, &l[i]);
	}
	tt_sleep_ms(100);
	for (int i = 0; i < 50; i++)
		tt_events_send(events, "n", "x");
	start = tt_mono_us();
	tt_http_free(h);
	TAP_OK(tt_mono_us() - start < 2000000, "the server closes at once");
	for (size_t i = 0; i < TT_ARRAY_LEN(l); i++)
		pthread_join(l[i].thread, NULL);
	TAP_OK(l[0].len > 0, "readers had something");
	tt_events_free(events);
}

static void
test_unix(struct tt_http *h)
{
	tt_auto(free) char *path = tt_path_join(dir, "sock");
	tt_auto(buf) struct tt_buf b = TT_BUF_INIT(4096);
	tt_auto(err) struct tt_err *err = NULL;
	struct tt_fetch_opts o = { .unix_socket = path, .tries = 1 };
	struct stat st;

	TAP_EQ_INT(tt_http_listen_unix(h, path, 0600, &err), 0, "unix socket");
	TAP_OK(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600, "its mode");
	TAP_EQ_INT(tt_fetch("http://localhost/echo/x", &o, &b, NULL, &err), 0,
	    "answers there: %s", tt_err_message(err));
}

/* The record of the request that brought its own id. */
static json_t *
audit_record(const char *path)
{
	tt_auto(buf) struct tt_buf b = TT_BUF_INIT(TT_MIB);
	tt_auto(strv) char **lines = NULL;

	tt_file_read(path, &b, NULL);
	lines = tt_split(tt_buf_str(&b), '\n');
	for (size_t i = 0; lines[i] != NULL; i++) {
		if (strstr(lines[i], "\"req_id\":\"abc-1\"") != NULL)
			return json_loads(lines[i], 0, NULL);
	}
	return NULL;
}

static void
test_audit(const char *path)
{
	tt_auto(json) json_t *rec = audit_record(path);
	const json_t *req = json_object_get(rec, "req"),
		     *ans = json_object_get(rec, "res");

	TAP_EQ_STR(tt_json_str(rec, "msg", ""), "handled", "audit record");
	TAP_EQ_STR(tt_json_str(req, "method", ""), "GET", "method");
	TAP_EQ_STR(tt_json_str(req, "url", ""), "/echo/a%2Fb", "url without the query");
	TAP_EQ_INT(tt_json_int(ans, "statusCode", 0), 200, "status");
}

int
main(void)
{
	tt_auto(free) char *log_path = NULL;
	tt_auto(log) struct tt_log *log = NULL;
	tt_auto(err) struct tt_err *err = NULL;
	struct tt_http_opts opts = { .name = "test",
		.version = "1.0.0",
		.routes = routes,
		.threads = 2,
		.keepalive_ms = 200 };
	struct tt_http *h;
	int fd;

	TAP_OK(mkdtemp(dir) != NULL && tt_fetch_init() == 0, "test folder");
	log_path = tt_path_join(dir, "log");
	fd = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	log = tt_log_new("test", "http", fd, TT_INFO);
	opts.log = log;
	h = tt_http_new(&opts);
	TAP_EQ_INT(tt_http_listen(h, "127.0.0.1", 0, &port, &err), 0, "listening: %s",
	    tt_err_message(err));
	TAP_EQ_INT(tt_http_listen(h, "127.0.0.1", port, NULL, &err), -EADDRINUSE,
	    "the port is taken: %s", tt_err_message(err));
	test_answers();
	test_bodies();
	test_errors();
	test_stream();
	test_events();
	test_unix(h);
	test_close(h);
	test_audit(log_path);
	close(fd);
	tt_buf_release(&body);
	tt_remove_tree(dir, NULL);
	return tap_done();
}
