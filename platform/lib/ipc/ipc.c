// SPDX-License-Identifier: MPL-2.0
/*
 * Messages between programs of one node.
 */
#include "platform/lib/ipc/ipc.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/str.h"

#define BACKLOG 64
#define CHUNK   (16 * TT_KIB)

struct tt_ipc {
	int fd;
	struct tt_buf in; /* received, not handed out */
	size_t seen;      /* bytes of in that hold no end of line */
};

static int
address(const char *path, struct sockaddr_un *ret)
{
	*ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
	return tt_strcpy(ret->sun_path, sizeof(ret->sun_path), path);
}

int
tt_ipc_listen(const char *path, int *ret_fd, struct tt_err **err)
{
	tt_auto(close) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un a;
	int r = fd < 0 ? -errno : address(path, &a);
	mode_t mask;

	if (r == 0 && unlink(path) < 0 && errno != ENOENT)
		r = -errno;
	if (r < 0)
		return tt_err_errno(err, r, "listening on '%s'", path);
	mask = umask(0177);
	r = bind(fd, (const struct sockaddr *)&a, sizeof(a));
	(void)umask(mask);
	if (r < 0 || listen(fd, BACKLOG) < 0)
		return tt_err_errno(err, -errno, "listening on '%s'", path);
	*ret_fd = tt_take_fd(fd);
	return 0;
}

struct tt_ipc *
tt_ipc_new(int fd)
{
	struct tt_ipc *c = tt_xalloc(sizeof(*c));

	c->fd = fd;
	tt_buf_init(&c->in, TT_IPC_LINE_MAX + CHUNK);
	return c;
}

int
tt_ipc_connect(const char *path, struct tt_ipc **ret, struct tt_err **err)
{
	tt_auto(close) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un a;
	int r = fd < 0 ? -errno : address(path, &a);

	if (r == 0 && connect(fd, (const struct sockaddr *)&a, sizeof(a)) < 0)
		r = -errno;
	if (r < 0)
		return tt_err_set(err, r, "NotServed", "nobody answers on '%s': %s", path,
		    strerror(-r));
	*ret = tt_ipc_new(tt_take_fd(fd));
	return 0;
}

void
tt_ipc_free(struct tt_ipc *c)
{
	if (c == NULL)
		return;
	close(c->fd);
	tt_buf_release(&c->in);
	free(c);
}

int
tt_ipc_send(struct tt_ipc *c, const json_t *message)
{
	tt_auto(free) char *line = tt_json_line(message);
	const size_t len = strlen(line);

	line[len] = '\n'; /* in place of the terminator: the length is known */
	for (size_t at = 0; at <= len;) {
		const ssize_t n = send(c->fd, line + at, len + 1 - at, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		at += (size_t)n;
	}
	return 0;
}

/* Length of the first whole line, without its end; -1 when there is none yet. */
static ssize_t
whole_line(struct tt_ipc *c)
{
	const char *end = c->in.len > c->seen
			      ? memchr(c->in.data + c->seen, '\n', c->in.len - c->seen)
			      : NULL;

	if (end == NULL) {
		c->seen = c->in.len;
		return -1;
	}
	return end - c->in.data;
}

static int
hand_out(struct tt_ipc *c, size_t len, json_t **ret, struct tt_err **err)
{
	tt_auto(json) json_t *j = NULL;
	int r = tt_json_parse("message", c->in.data, len, &j, err);

	c->in.len -= len + 1;
	memmove(c->in.data, c->in.data + len + 1, c->in.len);
	c->seen = 0;
	if (r < 0 || !json_is_object(j))
		return tt_err_set(err, -EBADMSG, "InvalidMessage",
		    "a message must be one JSON object a line");
	*ret = tt_take(j);
	return 1;
}

int
tt_ipc_recv(struct tt_ipc *c, json_t **ret, struct tt_err **err)
{
	char chunk[CHUNK];

	for (;;) {
		const ssize_t line = whole_line(c);
		ssize_t n;

		if (line >= 0)
			return hand_out(c, (size_t)line, ret, err);
		if (c->in.len > TT_IPC_LINE_MAX)
			return tt_err_set(err, -EBADMSG, "InvalidMessage",
			    "a message is longer than %llu bytes", TT_IPC_LINE_MAX);
		n = recv(c->fd, chunk, sizeof(chunk), 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return tt_err_errno(err, -errno, "receiving a message");
		if (n == 0)
			return c->in.len == 0
				   ? 0
				   : tt_err_set(err, -EBADMSG, "InvalidMessage",
					 "a message was cut short");
		(void)tt_buf_add(&c->in, chunk, (size_t)n);
	}
}

/* What an error answer says. The errno is not carried over: codes decide. */
static int
take_error(const json_t *error, struct tt_err **err)
{
	return tt_err_set(err, -EREMOTEIO, tt_json_str(error, "code", "InternalError"),
	    "%s", tt_json_str(error, "message", "no reason given"));
}

int
tt_ipc_call(struct tt_ipc *c, const json_t *request,
    void (*on_progress)(const char *text, void *ctx), void *ctx, json_t **ret,
    struct tt_err **err)
{
	int r = tt_ipc_send(c, request);

	if (r < 0)
		return tt_err_errno(err, r, "sending a request");
	for (;;) {
		tt_auto(json) json_t *m = NULL;
		const char *progress;

		r = tt_ipc_recv(c, &m, err);
		if (r == 0)
			return tt_err_set(err, -EIO, "ConnectionClosed",
			    "the daemon went away before it answered");
		if (r < 0)
			return r;
		progress = tt_json_str(m, "progress", NULL);
		if (progress != NULL) {
			if (on_progress != NULL)
				on_progress(progress, ctx);
			continue;
		}
		if (json_object_get(m, "error") != NULL)
			return take_error(json_object_get(m, "error"), err);
		*ret = json_incref(json_object_get(m, "result"));
		if (*ret == NULL)
			*ret = json_null();
		return 0;
	}
}

int
tt_ipc_answer(struct tt_ipc *c, int r, json_t *result, const struct tt_err *err)
{
	tt_auto(json) json_t *m =
	    r < 0 ? json_pack("{s:{s:s,s:s}}", "error", "code", tt_err_code(err),
			"message", tt_err_message(err))
		  : json_pack("{s:o}", "result", result == NULL ? json_null() : result);

	return tt_ipc_send(c, m);
}
