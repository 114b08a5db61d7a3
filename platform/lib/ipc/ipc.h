// SPDX-License-Identifier: MPL-2.0
/*
 * Messages between programs of one node: JSON objects, one a line, over a unix stream socket.
 *
 *	request    {"op": "start", ...}
 *	progress   {"progress": "..."}		any number of them
 *	answer     {"result": ...} or {"error": {"code": "VmNotFound", "message": "..."}}
 *
 * A line has at most TT_IPC_LINE_MAX bytes. One thread per connection.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "platform/lib/base/err.h"

#define TT_IPC_LINE_MAX (32 * TT_MIB)

struct tt_ipc; /* one end of a connection */

/* A listening socket at path, which only root may connect to; what lay there goes. */
int tt_ipc_listen(const char *path, int *ret_fd, struct tt_err **err);
/* -ENOENT, -ECONNREFUSED: nobody serves path (NotServed, with what to do). */
int tt_ipc_connect(const char *path, struct tt_ipc **ret, struct tt_err **err);
/* Takes the descriptor. */
struct tt_ipc *tt_ipc_new(int fd);
void tt_ipc_free(struct tt_ipc *c);
TT_AUTO_DEFINE(ipc, struct tt_ipc *, tt_ipc_free)

/* 0 or -errno: the peer is gone. */
int tt_ipc_send(struct tt_ipc *c, const json_t *message);
/* 1 and a new reference; 0 at the end; -EBADMSG: no JSON object, or too long. */
int tt_ipc_recv(struct tt_ipc *c, json_t **ret, struct tt_err **err);

/*
 * A whole call. on_progress (may be NULL) gets the texts that come before the answer.
 * ret  the result, new reference, JSON null when it has none
 * An error answer becomes *err with its code; -EIO when the peer went away before.
 */
int tt_ipc_call(struct tt_ipc *c, const json_t *request,
    void (*on_progress)(const char *text, void *ctx), void *ctx, json_t **ret,
    struct tt_err **err);
/* The answer to a call: result is taken (NULL = null) unless r < 0. */
int tt_ipc_answer(struct tt_ipc *c, int r, json_t *result, const struct tt_err *err);
