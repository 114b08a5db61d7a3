// SPDX-License-Identifier: MPL-2.0
/*
 * Sub-commands that change an instance, or say whether a payload could.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "platform/cmd/vmadm/vmadm.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/num.h"
#include "platform/lib/base/str.h"
#include "platform/lib/model/vm.h"

static bool force;
static const char *timeout_s, *signal_text;

const struct tt_opt vmadm_stop_opts[] = {
	{ 'F', "force", TT_OPT_FLAG, &force, NULL, "end it at once" },
	{ 't', "timeout", TT_OPT_TEXT, &timeout_s, "SECONDS",
	    "how long it may take by itself" },
	{ 0 },
};

const struct tt_opt vmadm_kill_opts[] = {
	{ 's', "signal", TT_OPT_TEXT, &signal_text, "SIGNAL", "number or name; KILL" },
	{ 0 },
};

static int
fail(const char *what, const char *uuid, struct tt_err *err)
{
	(void)fprintf(
	    stderr, "Failed to %s VM %s: %s\n", what, uuid, tt_err_message(err));
	return 1;
}

int
vmadm_create(int argc, char **argv, void *ctx)
{
	tt_auto(err) struct tt_err *err = NULL;
	tt_auto(json) json_t *payload = NULL;
	tt_auto(json) json_t *result = NULL;
	int r = vmadm_payload(&payload, &err);

	(void)argc;
	(void)argv;
	(void)ctx;
	if (r == 0)
		r = vmadm_call(json_pack("{s:s,s:O}", "op", "create", "payload", payload),
		    &result, &err);
	if (r < 0) {
		(void)fprintf(stderr, "%s\n", tt_err_message(err));
		return 1;
	}
	(void)fprintf(
	    stderr, "Successfully created VM %s\n", tt_json_str(result, "uuid", "?"));
	return 0;
}

/* NAME=VALUE words over the payload's members. */
static int
add_words(json_t *payload, char **words, struct tt_err **err)
{
	for (char **w = words; *w != NULL; w++) {
		const char *is = strchr(*w, '=');
		tt_auto(free) char *name = NULL;

		if (is == NULL || is == *w)
			return tt_err_set(err, -EINVAL, "InvalidArgument",
			    "'%s': must be PROPERTY=VALUE", *w);
		name = tt_xstrndup(*w, (size_t)(is - *w));
		json_object_set_new(payload, name, tt_vm_arg(name, is + 1));
	}
	return 0;
}

int
vmadm_update(int argc, char **argv, void *ctx)
{
	tt_auto(err) struct tt_err *err = NULL;
	tt_auto(json) json_t *payload = NULL;
	tt_auto(json) json_t *result = NULL;
	int r = vmadm_check_uuid("update", argv[0]);

	(void)ctx;
	if (r != 0)
		return r;
	if (argc > 1)
		payload = json_object();
	else
		r = vmadm_payload(&payload, &err);
	if (r == 0)
		r = add_words(payload, argv + 1, &err);
	if (r == 0)
		r = vmadm_call(json_pack("{s:s,s:s,s:O}", "op", "update", "uuid", argv[0],
				   "payload", payload),
		    &result, &err);
	if (r < 0)
		return fail("update", argv[0], err);
	(void)fprintf(stderr, "Successfully updated VM %s\n", argv[0]);
	if (tt_json_bool(result, "reboot", false))
		(void)fprintf(stderr, "Some of it takes effect when it is rebooted.\n");
	return 0;
}

int
vmadm_validate(int argc, char **argv, void *ctx)
{
	tt_auto(err) struct tt_err *err = NULL;
	tt_auto(json) json_t *payload = NULL;
	tt_auto(json) json_t *report = NULL;
	const enum tt_vm_op op =
	    tt_streq(argv[0], "update") ? TT_VM_OP_UPDATE : TT_VM_OP_CREATE;
	const char *brand = argv[1];

	(void)ctx;
	if (!tt_streq(argv[0], "create") && !tt_streq(argv[0], "update"))
		return tt_cli_fail(
		    "vmadm", (tt_err_set(&err, -EINVAL, "InvalidArgument",
				  "'%s': must be create or update", argv[0]),
				 err));
	if (op == TT_VM_OP_UPDATE && argc < 2) {
		(void)fprintf(stderr, "vmadm: validate update: name the brand\n");
		return 2;
	}
	if (vmadm_payload(&payload, &err) < 0)
		return tt_cli_fail("vmadm", err);
	if (brand == NULL)
		brand = tt_json_str(payload, "brand", "");
	if (tt_vm_validate(op, brand, payload, &report) == 0) {
		tt_auto(free) char *text = tt_vm_valid_text(op, brand);

		(void)fprintf(stderr, "%s\n", text);
		return 0;
	}
	(void)json_dumpf(report, stdout, JSON_INDENT(2));
	(void)putchar('\n');
	return 1;
}

/* Sub-commands of one instance and nothing else. */
static int
simple(const char *op, const char *uuid, json_t *request)
{
	tt_auto(err) struct tt_err *err = NULL;
	tt_auto(json) json_t *result = NULL;
	const int bad = vmadm_check_uuid(op, uuid);

	if (bad != 0) {
		json_decref(request);
		return bad;
	}
	if (vmadm_call(request, &result, &err) < 0)
		return fail(op, uuid, err);
	if (tt_streq(op, "delete"))
		(void)fprintf(stderr, "Successfully deleted VM %s\n", uuid);
	else
		(void)fprintf(stderr, "Successfully completed %s for VM %s\n", op, uuid);
	return 0;
}

/* With -F and -t; NULL and a message when -t is no number. */
static json_t *
stopping(const char *op, const char *uuid)
{
	json_t *rq = json_pack("{s:s,s:s,s:b}", "op", op, "uuid", uuid, "force", force);
	uint32_t seconds;

	if (timeout_s == NULL)
		return rq;
	if (tt_parse_u32(timeout_s, 0, 86400, &seconds) < 0) {
		(void)fprintf(
		    stderr, "vmadm: -t '%s': must be seconds, 0 to 86400\n", timeout_s);
		json_decref(rq);
		return NULL;
	}
	json_object_set_new(rq, "timeout", json_integer(seconds));
	return rq;
}

int
vmadm_start(int argc, char **argv, void *ctx)
{
	(void)argc;
	(void)ctx;
	return simple(
	    "start", argv[0], json_pack("{s:s,s:s}", "op", "start", "uuid", argv[0]));
}

int
vmadm_stop(int argc, char **argv, void *ctx)
{
	json_t *rq = stopping("stop", argv[0]);

	(void)argc;
	(void)ctx;
	return rq == NULL ? 2 : simple("stop", argv[0], rq);
}

int
vmadm_reboot(int argc, char **argv, void *ctx)
{
	json_t *rq = stopping("reboot", argv[0]);

	(void)argc;
	(void)ctx;
	return rq == NULL ? 2 : simple("reboot", argv[0], rq);
}

/* "TERM", "SIGTERM", "15"; 0 for none of these. */
static int
signal_number(const char *s)
{
	const char *name = tt_after_prefix(s, "SIG") ? s + 3 : s;
	uint32_t n;

	if (tt_parse_u32(s, 1, (uint32_t)SIGRTMAX, &n) == 0)
		return (int)n;
	for (int i = 1; i < SIGRTMIN; i++)
		if (sigabbrev_np(i) != NULL && tt_strcaseeq(sigabbrev_np(i), name))
			return i;
	return 0;
}

int
vmadm_kill(int argc, char **argv, void *ctx)
{
	const int n = signal_text == NULL ? SIGKILL : signal_number(signal_text);

	(void)argc;
	(void)ctx;
	if (n == 0) {
		(void)fprintf(stderr, "vmadm: '%s' is no signal\n", signal_text);
		return 2;
	}
	return simple("kill", argv[0],
	    json_pack("{s:s,s:s,s:i}", "op", "kill", "uuid", argv[0], "signal", n));
}

int
vmadm_delete(int argc, char **argv, void *ctx)
{
	(void)argc;
	(void)ctx;
	return simple(
	    "delete", argv[0], json_pack("{s:s,s:s}", "op", "delete", "uuid", argv[0]));
}
