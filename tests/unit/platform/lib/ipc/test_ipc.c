// SPDX-License-Identifier: MPL-2.0
/*
 * Messages between programs: a call with progress, errors with their codes, pieces, junk.
 */
#include "platform/lib/ipc/ipc.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>

#include "platform/lib/base/json.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "tests/lib/tap.h"

/* Answers three requests: with progress, with an error, with nothing. */
static void *
serve(void *arg)
{
	tt_auto(ipc) struct tt_ipc *c = NULL;
	const int fd = accept(*(int *)arg, NULL, NULL);

	c = tt_ipc_new(fd);
	for (;;) {
		tt_auto(json) json_t *rq = NULL;
		tt_auto(json) json_t *progress = json_pack("{s:s}", "progress", "half");
		tt_auto(err) struct tt_err *err = NULL;
		const char *op;

		if (tt_ipc_recv(c, &rq, NULL) <= 0)
			return NULL;
		op = tt_json_str(rq, "op", "");
		if (tt_streq(op, "work")) {
			(void)tt_ipc_send(c, progress);
			(void)tt_ipc_answer(c, 0, json_string("done\nwell"), NULL);
		} else if (tt_streq(op, "fail")) {
			tt_err_set(&err, -ENOENT, "VmNotFound", "no '%s'", "x");
			(void)tt_ipc_answer(c, -ENOENT, NULL, err);
		} else if (tt_streq(op, "bye")) {
			return NULL;
		} else {
			(void)tt_ipc_answer(c, 0, NULL, NULL);
		}
	}
}

static void
count(const char *text, void *ctx)
{
	*(int *)ctx += tt_streq(text, "half");
}

static int
call(struct tt_ipc *c, const char *op, int *progress, json_t **ret, struct tt_err **err)
{
	tt_auto(json) json_t *rq = json_pack("{s:s}", "op", op);

	return tt_ipc_call(c, rq, count, progress, ret, err);
}

static void
test_calls(const char *path)
{
	tt_auto(ipc) struct tt_ipc *c = NULL;
	tt_auto(json) json_t *first = NULL;
	tt_auto(json) json_t *second = NULL;
	tt_auto(err) struct tt_err *err = NULL;
	tt_auto(err) struct tt_err *gone = NULL;
	int fd = -1, progress = 0;
	json_t *none = NULL;
	pthread_t t;

	TAP_EQ_INT(tt_ipc_listen(path, &fd, NULL), 0, "listens");
	(void)pthread_create(&t, NULL, serve, &fd);
	TAP_EQ_INT(tt_ipc_connect(path, &c, NULL), 0, "connects");
	TAP_EQ_INT(call(c, "work", &progress, &first, NULL), 0, "a call");
	TAP_EQ_STR(json_string_value(first), "done\nwell", "its result");
	TAP_EQ_INT(progress, 1, "its progress");
	TAP_EQ_INT(call(c, "fail", &progress, &none, &err), -EREMOTEIO, "an error");
	TAP_EQ_STR(tt_err_code(err), "VmNotFound", "its code");
	TAP_EQ_STR(tt_err_message(err), "no 'x'", "its words");
	TAP_EQ_INT(
	    call(c, "nothing", &progress, &second, NULL), 0, "a call without result");
	TAP_OK(json_is_null(second), "is null");
	TAP_EQ_INT(call(c, "bye", &progress, &none, &gone), -EIO, "a peer that goes");
	TAP_EQ_STR(tt_err_code(gone), "ConnectionClosed", "is no result");
	(void)pthread_join(t, NULL);
	close(fd);
	tt_err_clear(&gone);
	tt_ipc_free(tt_take(c));
	TAP_EQ_INT(tt_ipc_connect(path, &c, &gone), -ECONNREFUSED, "nobody there");
	TAP_EQ_STR(tt_err_code(gone), "NotServed", "is said");
}

/* What bytes on a connection become: each step's return of tt_ipc_recv. */
static void
test_bytes(const char *bytes, const int *want, const char *what)
{
	int pair[2] = { -1, -1 };
	struct tt_ipc *c;
	bool good = true;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return;
	c = tt_ipc_new(pair[0]);
	good = write(pair[1], bytes, strlen(bytes)) == (ssize_t)strlen(bytes);
	close(pair[1]);
	for (; *want != 2; want++) {
		tt_auto(json) json_t *m = NULL;

		good = good && tt_ipc_recv(c, &m, NULL) == *want;
	}
	TAP_OK(good, "%s", what);
	tt_ipc_free(c);
}

int
main(void)
{
	char dir[] = "/tmp/ipc-test-XXXXXX";
	tt_auto(free) char *path = NULL;

	if (mkdtemp(dir) == NULL)
		return 1;
	path = tt_path_join(dir, "sock");
	test_calls(path);
	test_bytes("", (const int[]){ 0, 2 }, "nothing: the end");
	test_bytes(
	    "{}\n{\"a\":1}\n", (const int[]){ 1, 1, 0, 2 }, "two messages in one piece");
	test_bytes("{}\n{\"a\"", (const int[]){ 1, -EBADMSG, 2 }, "a message cut short");
	test_bytes("[]\n{}\n", (const int[]){ -EBADMSG, 1, 2 }, "no object, then one");
	test_bytes("x\n", (const int[]){ -EBADMSG, 0, 2 }, "no JSON");
	(void)tt_remove_tree(dir, NULL);
	return tap_done();
}
