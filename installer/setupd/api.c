// SPDX-License-Identifier: MPL-2.0
/*
 * GET /setup on the admin network and on a local socket; only the latter takes wishes,
 * because nobody is authenticated on the former. Handlers run on the server's threads: they
 * read the snapshot and leave wishes under sd->lock, and touch nothing else.
 */
#include "installer/setupd/setupd.h"

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"

#include <errno.h>
#include <string.h>

static char *
snapshot(void *ctx)
{
	struct setupd *sd = ctx;
	char *text;

	pthread_mutex_lock(&sd->lock);
	text = tt_xstrdup(sd->snapshot);
	pthread_mutex_unlock(&sd->lock);
	return text;
}

static int
get_setup(struct tt_req *rq, struct tt_res *rs, struct tt_err **err)
{
	struct setupd *sd = tt_req_ctx(rq);
	const char *accept = tt_req_header(rq, "Accept");
	tt_auto(free) char *text = NULL;

	(void)err;
	if (accept != NULL && strstr(accept, "text/event-stream") != NULL) {
		tt_res_events(rq, rs, sd->events, "setup", snapshot, sd);
		return 0;
	}
	text = snapshot(sd);
	tt_res_text(rs, 200, "application/json", text);
	return 0;
}

static int
get_ping(struct tt_req *rq, struct tt_res *rs, struct tt_err **err)
{
	(void)rq;
	(void)err;
	tt_res_json(rs, 200, json_pack("{s:s, s:b}", "status", "OK", "healthy", 1));
	return 0;
}

static bool
known_stage(const struct setupd *sd, const char *name)
{
	/* rows are constant after the start: no lock */
	return name == NULL || graph_find(&sd->graph, name) >= 0;
}

/*
 * A wish that was taken is running for whoever asks next, also before the main thread has
 * seen it: else a client that follows right away would find the old end. Under sd->lock.
 */
static void
mark_running(struct setupd *sd)
{
	tt_auto(json) json_t *state = json_loads(sd->snapshot, 0, NULL);

	json_object_set_new(state, "status", json_string("running"));
	json_object_del(state, "next_step");
	free(sd->snapshot);
	sd->snapshot = tt_json_line(state);
}

static int
post_setup(struct tt_req *rq, struct tt_res *rs, struct tt_err **err)
{
	struct setupd *sd = tt_req_ctx(rq);
	const char *from = tt_req_str(rq, "from", NULL);
	bool taken;

	if (!known_stage(sd, from)) {
		tt_res_field_error(
		    rs, "from", "InvalidParameter", "is no stage of this setup");
		return tt_res_invalid(rs, err);
	}
	pthread_mutex_lock(&sd->lock);
	taken = sd->open || from != NULL;
	if (taken) {
		sd->resume = true;
		free(sd->resume_from);
		sd->resume_from = tt_xstrdup_null(from);
		mark_running(sd);
	}
	pthread_mutex_unlock(&sd->lock);
	if (!taken)
		return tt_err_set(err, -EEXIST, "ConflictError",
		    "setup is complete; name a stage with --from to run it and what "
		    "needs it again");
	setupd_poke(sd);
	tt_res_json(rs, 202, json_pack("{s:b, s:s?}", "resumed", 1, "from", from));
	return 0;
}

static const char *const actions[] = { "resume", NULL };

static const struct tt_param post_params[] = {
	{ .name = "action", .kind = TT_P_ENUM, .required = true, .values = actions },
	{ .name = "from", .kind = TT_P_STR, .min = 1, .max = 64 },
	{ .name = NULL },
};

static const struct tt_route admin_routes[] = {
	{ .method = "GET", .path = "/setup", .handle = get_setup },
	{ .method = "GET", .path = "/ping", .handle = get_ping },
	{ .method = NULL },
};

static const struct tt_route local_routes[] = {
	{ .method = "GET", .path = "/setup", .handle = get_setup },
	{ .method = "GET", .path = "/ping", .handle = get_ping },
	{ .method = "POST",
	    .path = "/setup",
	    .handle = post_setup,
	    .params = post_params,
	    .strict = true,
	    .max_body = 4096 },
	{ .method = NULL },
};

static void
serve_admin(
    struct setupd *sd, const struct tt_http_opts *opts, const char *ip, uint16_t port)
{
	tt_auto(err) struct tt_err *err = NULL;

	sd->http_admin = tt_http_new(opts);
	if (tt_http_listen(sd->http_admin, ip, port, NULL, &err) < 0)
		tt_log(sd->env.log, TT_WARN,
		    "GET /setup is not served on the admin network", "err", TT_ERR(err),
		    NULL);
}

static void
serve_local(struct setupd *sd, const struct tt_http_opts *opts, const char *path)
{
	tt_auto(err) struct tt_err *err = NULL;
	tt_auto(free) char *dir = tt_path_dir(path);

	sd->http_local = tt_http_new(opts);
	if (tt_mkdir_p(dir, 0755, &err) < 0 ||
	    tt_http_listen_unix(sd->http_local, path, 0600, &err) < 0)
		tt_log(sd->env.log, TT_WARN, "sdcadm cannot reach this daemon", "err",
		    TT_ERR(err), NULL);
}

void
api_start(struct setupd *sd, const char *admin_ip, uint16_t port, const char *socket_path)
{
	struct tt_http_opts opts = { .name = "setupd",
		.version = SETUPD_VERSION,
		.routes = local_routes,
		.ctx = sd,
		.log = sd->env.log,
		.max_connections = 128,
		.max_streams = 64 };

	serve_local(sd, &opts, socket_path);
	opts.routes = admin_routes;
	if (admin_ip != NULL)
		serve_admin(sd, &opts, admin_ip, port);
}

void
api_stop(struct setupd *sd)
{
	tt_http_free(sd->http_admin);
	tt_http_free(sd->http_local);
	sd->http_admin = NULL;
	sd->http_local = NULL;
}
