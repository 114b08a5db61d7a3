// SPDX-License-Identifier: MPL-2.0
/* sdcadm platform list, sdcadm platform usage. */
#include "tools/operator/sdcadm/platform.h"

#include <errno.h>
#include <stdio.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/str.h"
#include "tools/operator/platform/assign.h"

static const char *const list_names[] = { "version", "current_platform", "boot_platform",
	"latest", "default", "os", NULL };
static const char *const usage_names[] = { "uuid", "hostname", "current_platform",
	"boot_platform", NULL };

static bool
shown(const struct oper *o, const struct key_boot *b, const char *stamp)
{
	bool active = tt_streq(stamp, o->running) || tt_streq(stamp, b->platform);

	if (platform_args.active)
		return active;
	return !platform_args.inactive || !active;
}

static json_t *
list_row(const struct oper *o, const struct key_boot *b, const char *stamp, bool latest,
    const char *chosen)
{
	bool runs = tt_streq(stamp, o->running), boots = tt_streq(stamp, b->platform);
	json_t *row = json_pack("{s:s,s:i,s:i,s:b,s:b,s:s}", "version", stamp,
	    "current_platform", (int)runs, "boot_platform", (int)boots, "latest",
	    (int)latest, "default", (int)tt_streq(stamp, chosen), "os", "linux");
	tt_auto(free) char *name = NULL, *uuid = NULL;

	if (platform_args.usage) {
		oper_server(o, &name, &uuid);
		json_object_set_new(
		    row, "usage", runs || boots ? json_pack("[s]", name) : json_array());
	}
	if (tt_streq(stamp, b->failed)) {
		tt_auto(free) char *why = platform_failure(o, stamp);

		json_object_set_new(row, "given_up", json_string(why));
	}
	return row;
}

/* What a table cannot show. */
static void
print_notes(const struct oper *o, const struct key_boot *b)
{
	if (b->state == KEY_BOOT_NEW)
		printf(
		    "\nPlatform %s is tried at the next boot; %s comes back when it does "
		    "not become healthy.\n",
		    b->platform, b->prev ? b->prev : "none");
	if (b->state == KEY_BOOT_TRYING)
		printf("\nPlatform %s is on trial.\n", b->platform);
	if (b->failed) {
		tt_auto(free) char *why = platform_failure(o, b->failed);

		printf("\nPlatform %s was given up: %s.\n", b->failed, why);
	}
}

static int
load(struct oper *o, struct key_boot *b, struct tt_err **err)
{
	tt_auto(key_set) struct key_set *s = NULL;
	int r;

	oper_init(o, platform_args.root);
	r = oper_headnode(o, err);
	if (r == 0)
		r = oper_key(o, false, &s, err);
	return r < 0 ? r : key_boot_load(s, b, err);
}

int
platform_run_list(int argc, char **argv, void *ctx)
{
	tt_auto(oper) struct oper o = { 0 };
	tt_auto(key_boot) struct key_boot b = { 0 };
	tt_auto(key_platforms) struct key_platforms have = { 0 };
	tt_auto(json) json_t *rows = json_array();
	tt_auto(err) struct tt_err *err = NULL;
	tt_auto(free) char *chosen = NULL;
	int r = load(&o, &b, &err);

	(void)argc;
	(void)argv;
	(void)ctx;
	if (r == 0)
		r = key_platforms_list(o.copy, &have, &err);
	if (r == 0)
		chosen = platform_default(&o);
	for (size_t i = 0; r == 0 && i < have.n; i++)
		if (shown(&o, &b, have.v[i].stamp))
			json_array_append_new(
			    rows, list_row(&o, &b, have.v[i].stamp, i + 1 == have.n,
				      chosen ? chosen : b.platform));
	if (r == 0)
		r = platform_table(rows, list_names, &err);
	if (r < 0)
		return tt_cli_fail("sdcadm platform list", err);
	if (!platform_args.json && !platform_args.stream && !platform_args.no_header)
		print_notes(&o, &b);
	return 0;
}

int
platform_run_usage(int argc, char **argv, void *ctx)
{
	tt_auto(oper) struct oper o = { 0 };
	tt_auto(key_boot) struct key_boot b = { 0 };
	tt_auto(free) char *name = NULL, *uuid = NULL;
	tt_auto(json) json_t *rows = json_array();
	tt_auto(err) struct tt_err *err = NULL;
	int r = load(&o, &b, &err);

	(void)argc;
	(void)ctx;
	if (r == 0) {
		oper_server(&o, &name, &uuid);
		if (!argv[0] || tt_streq(argv[0], o.running) ||
		    tt_streq(argv[0], b.platform))
			json_array_append_new(
			    rows, json_pack("{s:s,s:s,s:s?,s:s}", "uuid", uuid,
				      "hostname", name, "current_platform", o.running,
				      "boot_platform", b.platform));
		r = platform_table(rows, usage_names, &err);
	}
	return r < 0 ? tt_cli_fail("sdcadm platform usage", err) : 0;
}
