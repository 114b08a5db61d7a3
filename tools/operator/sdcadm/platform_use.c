// SPDX-License-Identifier: MPL-2.0
/* sdcadm platform assign, remove, set-default. */
#include "tools/operator/sdcadm/platform.h"

#include <errno.h>
#include <stdio.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "tools/operator/platform/assign.h"

/* Servers are named by uuid or host name; there is one to name. */
static int
check_servers(const struct oper *o, char **servers, struct tt_err **err)
{
	tt_auto(free) char *name = NULL, *uuid = NULL;

	oper_server(o, &name, &uuid);
	if (!servers[0] && !platform_args.all)
		return tt_err_set(err, -EINVAL, "InvalidArgument",
		    "name the servers, or say --all; this one is %s (%s)", uuid, name);
	for (char **s = servers; *s; s++)
		/* people write --all behind the stamp */
		if (!tt_strcaseeq(*s, uuid) && !tt_streq(*s, name) &&
		    !tt_streq(*s, "--all"))
			return tt_err_set(err, -ENOENT, "NotFound",
			    "server '%s' is not this one (%s, %s), and others are not "
			    "known "
			    "here yet",
			    *s, uuid, name);
	return 0;
}

int
platform_run_assign(int argc, char **argv, void *ctx)
{
	tt_auto(oper) struct oper o = { 0 };
	tt_auto(err) struct tt_err *err = NULL;
	int r;

	(void)argc;
	(void)ctx;
	oper_init(&o, platform_args.root);
	r = oper_headnode(&o, &err);
	if (r == 0)
		r = check_servers(&o, argv + 1, &err);
	if (r == 0)
		r = platform_assign(&o, argv[0], &err);
	if (r < 0)
		return tt_cli_fail("sdcadm platform assign", err);
	if (platform_args.json)
		printf("{\"version\":\"%s\",\"assigned\":true}\n", argv[0]);
	else if (tt_streq(argv[0], o.running))
		printf("platform %s, which is running, boots next\n", argv[0]);
	else
		printf("platform %s boots next, on trial: unless it becomes healthy, %s "
		       "comes "
		       "back\n",
		    argv[0], o.running ? o.running : "nothing");
	return 0;
}

/* Temporary folders of installs that a power cut ended. */
static int
clean(const struct oper *o, struct tt_err **err)
{
	tt_auto(free) char *os = tt_path_join(o->copy, "os");
	tt_auto(strv) char **names = NULL;
	int r = tt_dir_list(os, &names, err);

	for (char **n = names; r == 0 && n && *n; n++) {
		tt_auto(free) char *path = tt_path_join(os, *n);

		if (**n == '.' && !tt_streq(*n, ".lock"))
			r = tt_remove_tree(path, err);
	}
	return r;
}

/* Every platform that may go; one that is in use is no failure then. */
static int
remove_all(const struct oper *o, json_t *gone, struct tt_err **err)
{
	tt_auto(key_platforms) struct key_platforms have = { 0 };
	int r = key_platforms_list(o->copy, &have, err);

	for (size_t i = 0; r == 0 && i < have.n; i++) {
		r = platform_remove(o, have.v[i].stamp, platform_args.force, err);
		if (r == 0)
			json_array_append_new(gone, json_string(have.v[i].stamp));
		if (r == -EBUSY) {
			tt_err_clear(err);
			r = 0;
		}
	}
	return r;
}

int
platform_run_remove(int argc, char **argv, void *ctx)
{
	tt_auto(oper) struct oper o = { 0 };
	tt_auto(err) struct tt_err *err = NULL;
	tt_auto(json) json_t *gone = json_array();
	const json_t *stamp;
	size_t i;
	int r;

	(void)ctx;
	oper_init(&o, platform_args.root);
	r = oper_headnode(&o, &err);
	if (r == 0 && argc == 0 && !platform_args.all && !platform_args.cleanup)
		r = tt_err_set(&err, -EINVAL, "InvalidArgument",
		    "name a platform, or say --all or --cleanup-cache");
	if (r == 0 && platform_args.cleanup)
		r = clean(&o, &err);
	if (r == 0 && platform_args.all)
		r = remove_all(&o, gone, &err);
	for (char **a = argv; r == 0 && *a; a++) {
		r = platform_remove(&o, *a, platform_args.force, &err);
		if (r == 0)
			json_array_append_new(gone, json_string(*a));
	}
	if (platform_args.json) {
		json_dumpf(gone, stdout, JSON_INDENT(2));
		putchar('\n');
	} else {
		json_array_foreach(gone, i, stamp)
		{
			printf("removed platform %s\n", json_string_value(stamp));
		}
	}
	return r < 0 ? tt_cli_fail("sdcadm platform remove", err) : 0;
}

int
platform_run_default(int argc, char **argv, void *ctx)
{
	tt_auto(oper) struct oper o = { 0 };
	tt_auto(err) struct tt_err *err = NULL;
	int r;

	(void)argc;
	(void)ctx;
	oper_init(&o, platform_args.root);
	r = oper_headnode(&o, &err);
	if (r == 0)
		r = platform_set_default(&o, argv[0], &err);
	if (r < 0)
		return tt_cli_fail("sdcadm platform set-default", err);
	if (platform_args.json)
		printf("{\"default\":\"%s\"}\n", argv[0]);
	else
		printf("platform %s is the default\n", argv[0]);
	return 0;
}
