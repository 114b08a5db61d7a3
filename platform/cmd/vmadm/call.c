// SPDX-License-Identifier: MPL-2.0
/*
 * The way to vmadmd, and what sub-commands have in common.
 */
#include <errno.h>
#include <stdio.h>

#include "platform/cmd/vmadm/vmadm.h"
#include "platform/lib/base/buf.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/uuid.h"
#include "platform/lib/ipc/ipc.h"

#define SOCKET      "/run/triton/vmadmd.sock"
#define PAYLOAD_MAX (16 * TT_MIB)

static const char *payload_file;

const struct tt_opt vmadm_create_opts[] = {
	{ 'f', "file", TT_OPT_TEXT, &payload_file, "FILE", "the payload, JSON" },
	{ 0 },
};

static void
show(const char *text, void *ctx)
{
	(void)ctx;
	(void)fprintf(stderr, "%s\n", text);
}

int
vmadm_call(json_t *request, json_t **ret, struct tt_err **err)
{
	tt_auto(json) json_t *rq = request;
	tt_auto(ipc) struct tt_ipc *c = NULL;
	int r = tt_ipc_connect(SOCKET, &c, err);

	if (r < 0)
		return tt_err_wrap(err, r,
		    "asking vmadmd (run this as root on a node whose setup is through; "
		    "`systemctl status vmadmd` tells more)");
	return tt_ipc_call(c, rq, show, NULL, ret, err);
}

int
vmadm_check_uuid(const char *command, const char *uuid)
{
	if (tt_uuid_valid(uuid))
		return 0;
	(void)fprintf(stderr, "Invalid or missing UUID for %s\n", command);
	return 2;
}

int
vmadm_payload(json_t **ret, struct tt_err **err)
{
	tt_auto(buf) struct tt_buf text = TT_BUF_INIT(PAYLOAD_MAX);
	const char *name = payload_file != NULL ? payload_file : "/dev/stdin";
	int r;

	if (payload_file == NULL && isatty(0))
		return tt_err_set(err, -EINVAL, "InvalidArgument",
		    "Will not create from stdin when stdin is a tty.");
	r = tt_file_read(name, &text, err);
	return r < 0 ? r : tt_json_parse(name, tt_buf_str(&text), text.len, ret, err);
}
