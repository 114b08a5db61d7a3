// SPDX-License-Identifier: MPL-2.0
/*
 * sdcadm setup status, sdcadm setup resume: asks triton-setupd over its local socket; when
 * it does not run, the journal on the pool still tells how far setup has come.
 */
#include "tools/operator/sdcadm/setup.h"

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/buf.h"
#include "platform/lib/base/str.h"
#include "platform/lib/conf/setupjson.h"
#include "platform/lib/fetch/fetch.h"
#include "tools/operator/sdcadm/sdcadm.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define ANSWER_MAX (4 * TT_MIB)
#define URL        "http://localhost/setup"

static const char *socket_path = SETUPD_SOCKET;
static const char *file_path = TT_SETUP_PATH;
static const char *from;
static bool json, no_header, follow, no_wait, daemon_only;

/* One call of the daemon; *ret is its answer's body, whatever the status. */
static int
call(const char *method, const char *body, unsigned *ret_status, json_t **ret,
    struct tt_err **err)
{
	static const char *const headers[] = { "Content-Type: application/json", NULL };
	tt_auto(buf) struct tt_buf b = TT_BUF_INIT(ANSWER_MAX);
	struct tt_fetch_result res = { 0 };
	struct tt_fetch_opts o = { .method = method,
		.body = body,
		.headers = headers,
		.body_len = body != NULL ? strlen(body) : 0,
		.unix_socket = socket_path,
		.timeout_ms = 10000,
		.tries = 1,
		.max_bytes = ANSWER_MAX,
		.any_status = true };
	int r;

	r = tt_fetch(URL, &o, &b, &res, err);
	if (r < 0)
		return r;
	*ret_status = res.status;
	return tt_json_parse("answer of triton-setupd", tt_buf_str(&b), b.len, ret, err);
}

/* The journal in the shape of the daemon's answer, as far as it goes. */
static int
load_journal(json_t **ret, struct tt_err **err)
{
	tt_auto(setup) struct tt_setup *s = NULL;
	json_t *o;
	int r;

	r = tt_setup_load(file_path, &s, err);
	if (r == -ENOENT) {
		tt_err_clear(err);
		return tt_err_set(err, r, "NotSetUp",
		    "there is no '%s': setup has not begun on this machine", file_path);
	}
	if (r < 0)
		return r;
	o = tt_setup_json(s);
	json_object_set_new(o, "status",
	    json_string(s->complete        ? "complete"
			: s->error != NULL ? "failed"
					   : "stopped"));
	*ret = o;
	return 0;
}

static int
load_state(json_t **ret, struct tt_err **err)
{
	tt_auto(err) struct tt_err *why = NULL;
	unsigned status = 0;

	if (call("GET", NULL, &status, ret, &why) == 0 && status == 200)
		return 0;
	json_decref(*ret);
	*ret = NULL;
	if (daemon_only)
		return tt_err_set(err, -EHOSTUNREACH, "Unreachable",
		    "triton-setupd does not answer on '%s' (%s); start it with "
		    "`systemctl "
		    "restart triton-setupd`",
		    socket_path, tt_err_message(why));
	fprintf(stderr, "sdcadm: triton-setupd does not answer, reading '%s' instead\n",
	    file_path);
	return load_journal(ret, err);
}

static int
run_status(int argc, char **argv, void *ctx)
{
	tt_auto(err) struct tt_err *err = NULL;
	tt_auto(json) json_t *state = NULL;

	(void)argc;
	(void)argv;
	(void)ctx;
	if (follow)
		return follow_setup(socket_path);
	if (load_state(&state, &err) < 0)
		return tt_cli_fail("sdcadm", err);
	if (json) {
		json_dumpf(state, stdout, JSON_INDENT(2));
		putchar('\n');
	} else {
		show_status(state, no_header);
	}
	return status_code(state);
}

static int
refused(const json_t *answer, struct tt_err **err)
{
	const json_t *first = json_array_get(json_object_get(answer, "errors"), 0);

	if (first != NULL)
		return tt_err_set(err, -EINVAL, tt_json_str(answer, "code", NULL),
		    "'%s' %s; `sdcadm setup status` lists the stages", from,
		    tt_json_str(first, "message", "is not accepted"));
	return tt_err_set(err, -EINVAL, tt_json_str(answer, "code", NULL), "%s",
	    tt_json_str(answer, "message", "triton-setupd refused without saying why"));
}

static int
run_resume(int argc, char **argv, void *ctx)
{
	tt_auto(json) json_t *wish =
	    json_pack("{s:s, s:s*}", "action", "resume", "from", from);
	tt_auto(free) char *body = tt_json_line(wish);
	tt_auto(err) struct tt_err *err = NULL;
	tt_auto(json) json_t *answer = NULL;
	unsigned status = 0;
	int r;

	(void)argc;
	(void)argv;
	(void)ctx;
	r = call("POST", body, &status, &answer, &err);
	if (r < 0) {
		tt_err_wrap(&err, r,
		    "triton-setupd does not answer; start it with `systemctl restart "
		    "triton-setupd`");
		return tt_cli_fail("sdcadm", err);
	}
	if (status != 202) {
		(void)refused(answer, &err);
		return tt_cli_fail("sdcadm", err);
	}
	if (no_wait) {
		puts("setup resumed");
		return 0;
	}
	return follow_setup(socket_path);
}

#define TEST_OPTS                                                                        \
	{ 0, "socket", TT_OPT_TEXT, &socket_path, "PATH",                                \
		"where triton-setupd listens" },                                         \
	{                                                                                \
		0, "file", TT_OPT_TEXT, &file_path, "PATH", "the journal of setup"       \
	}

static const struct tt_opt status_opts[] = {
	{ 'j', "json", TT_OPT_FLAG, &json, NULL, "the whole state as JSON" },
	{ 'H', "no-header", TT_OPT_FLAG, &no_header, NULL, "no column headings" },
	{ 'f', "follow", TT_OPT_FLAG, &follow, NULL, "print what happens until the end" },
	{ 'd', "daemon", TT_OPT_FLAG, &daemon_only, NULL,
	    "ask the daemon only, never its journal" },
	TEST_OPTS,
	{ 0, NULL, TT_OPT_FLAG, NULL, NULL, NULL },
};

static const struct tt_opt resume_opts[] = {
	{ 'F', "from", TT_OPT_TEXT, &from, "STAGE",
	    "run this stage and all that need it again, done or not" },
	{ 'n', "no-wait", TT_OPT_FLAG, &no_wait, NULL, "do not wait for the end" },
	TEST_OPTS,
	{ 0, NULL, TT_OPT_FLAG, NULL, NULL, NULL },
};

const struct tt_cmd sdcadm_setup[] = {
	{ .name = "status",
	    .help = "How far setup has come.",
	    .opts = status_opts,
	    .run = run_status },
	{ .name = "resume",
	    .help = "Try what failed again.",
	    .opts = resume_opts,
	    .run = run_resume },
	{ .name = NULL },
};
