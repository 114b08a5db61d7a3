// SPDX-License-Identifier: MPL-2.0
/*
 * sdc-usbkey: the boot medium of a headnode by hand.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "platform/lib/cli/cli.h"
#include "tools/operator/sdc-usbkey/update.h"
#include "tools/operator/sdc-usbkey/variable.h"

#define ME         "sdc-usbkey"
#define MOUNTS     "/proc/self/mounts"
#define MOUNTS_MAX (4 * TT_MIB)

static const char *root;
static bool json, mountpoint, fold, verbose;
static struct update_opts update_opts;

static int
run_mount(int argc, char **argv, void *ctx)
{
	tt_auto(oper) struct oper o = { 0 };
	tt_auto(key_set) struct key_set *s = NULL;
	tt_auto(err) struct tt_err *err = NULL;
	tt_auto(free) char *folder = NULL;
	int r;

	(void)argc;
	(void)argv;
	(void)ctx;
	oper_init(&o, root);
	folder = oper_path(&o, KEY_MOUNT);
	r = key_open(&(struct key_opts){ .folder = *o.root ? folder : NULL,
			 .copy = o.copy,
			 .write = true,
			 .keep = true },
	    &s, &err);
	if (r < 0)
		return tt_cli_fail(ME, err);
	if (verbose)
		(void)fprintf(
		    stderr, "%s: %s is mounted, writable\n", ME, s->v[0].device);
	if (json)
		printf("{\"mountpoint\":\"%s\"}\n", s->v[0].where);
	else
		puts(s->v[0].where);
	return 0;
}

static int
run_unmount(int argc, char **argv, void *ctx)
{
	tt_auto(oper) struct oper o = { 0 };
	tt_auto(err) struct tt_err *err = NULL;
	tt_auto(free) char *folder = NULL;

	(void)argc;
	(void)argv;
	(void)ctx;
	oper_init(&o, root);
	folder = oper_path(&o, KEY_MOUNT);
	if (key_unmount(
		&(struct key_opts){ .folder = *o.root ? folder : NULL, .copy = o.copy },
		&err) < 0)
		return tt_cli_fail(ME, err);
	if (json)
		puts("{\"mountpoint\":null}");
	return 0;
}

/* Device and options of what is mounted at a path; false when nothing is. */
static bool
look_up(const char *where, char **ret_device, char **ret_options)
{
	tt_auto(buf) struct tt_buf text = TT_BUF_INIT(MOUNTS_MAX);
	tt_auto(strv) char **lines = NULL;
	bool found = false;

	if (tt_file_read(MOUNTS, &text, NULL) < 0)
		return false;
	lines = tt_split(tt_buf_str(&text), '\n');
	for (char **l = lines; l && *l; l++) {
		tt_auto(strv) char **words = tt_split(*l, ' ');

		if (tt_strv_len(words) < 4 || !tt_streq(words[1], where))
			continue;
		free(*ret_device);
		free(*ret_options);
		*ret_device = tt_xstrdup(words[0]);
		*ret_options = tt_xstrdup(words[3]);
		found = true;
	}
	return found;
}

/* As the reference prints it: what is mounted, and whether it is what it should be. */
static json_t *
status(const struct oper *o)
{
	tt_auto(free) char *where = oper_path(o, KEY_MOUNT), *device = NULL,
			   *options = NULL;
	tt_auto(free) char *marker = tt_path_join(where, KEY_MARKER);
	tt_auto(free) char *path = tt_path_join(where, "version"), *version = NULL;
	bool mounted =
	    look_up(where, &device, &options) || (*o->root && tt_path_exists(marker));
	bool is_key = mounted && tt_path_exists(marker);
	bool closed = mounted && (!options || strstr(options, "fmask=0077"));

	version = is_key ? tt_file_line(path) : NULL;
	return json_pack("{s:s?,s:s?,s:s?,s:s?,s:{s:b,s:b,s:b},s:b,s:s}", "mountpoint",
	    mounted ? where : NULL, "device", device, "version", version, "options",
	    options, "steps", "mounted", (int)mounted, "options_ok", (int)closed,
	    "marker_file", (int)is_key, "ok", (int)(is_key && closed), "message",
	    !mounted  ? "the key is not mounted"
	    : !is_key ? "what is mounted there is no key"
	    : !closed ? "others than root can read it: unmount and mount it again"
		      : "the key is mounted");
}

static int
run_status(int argc, char **argv, void *ctx)
{
	tt_auto(oper) struct oper o = { 0 };
	tt_auto(json) json_t *st = NULL;
	const char *where;

	(void)argc;
	(void)argv;
	(void)ctx;
	oper_init(&o, root);
	st = status(&o);
	where = tt_json_str(st, "mountpoint", NULL);
	if (json) {
		json_dumpf(st, stdout, JSON_INDENT(2));
		putchar('\n');
	} else if (mountpoint) {
		if (where)
			puts(where);
	} else {
		puts(where ? "mounted" : "unmounted");
	}
	return mountpoint && !where ? 1 : 0;
}

static int
run_update(int argc, char **argv, void *ctx)
{
	tt_auto(oper) struct oper o = { 0 };
	tt_auto(err) struct tt_err *err = NULL;

	(void)argc;
	(void)argv;
	(void)ctx;
	oper_init(&o, root);
	if (usbkey_update(&o, &update_opts, &err) < 0)
		return tt_cli_fail(ME, err);
	return 0;
}

static int
run_get(int argc, char **argv, void *ctx)
{
	tt_auto(grubenv) struct tt_grubenv env = TT_GRUBENV_INIT;
	tt_auto(oper) struct oper o = { 0 };
	tt_auto(err) struct tt_err *err = NULL;
	tt_auto(json) json_t *all = json_object();
	const char *value;

	(void)ctx;
	oper_init(&o, root);
	if (variable_load(&o, &env, &err) < 0)
		return tt_cli_fail(ME, err);
	for (size_t i = 0; i < env.count; i++) {
		if (argc > 0 && !tt_streq(argv[0], env.names[i]))
			continue;
		json_object_set_new(all, env.names[i], json_string(env.values[i]));
		if (argc == 0 && !json)
			printf("%s=%s\n", env.names[i], env.values[i]);
	}
	if (json) {
		json_dumpf(all, stdout, JSON_INDENT(2));
		putchar('\n');
	}
	if (argc == 0)
		return 0;
	value = tt_grubenv_get(&env, argv[0]);
	if (!value) {
		(void)fprintf(
		    stderr, "%s: there is no boot variable '%s'\n", ME, argv[0]);
		return 1;
	}
	if (!json)
		puts(value);
	return 0;
}

static int
run_set(int argc, char **argv, void *ctx)
{
	tt_auto(oper) struct oper o = { 0 };
	tt_auto(err) struct tt_err *err = NULL;

	(void)argc;
	(void)ctx;
	oper_init(&o, root);
	if (variable_set(&o, argv[0], argv[1], &err) < 0)
		return tt_cli_fail(ME, err);
	if (verbose)
		(void)fprintf(stderr, "%s: set %s\n", ME, argv[0]);
	return 0;
}

#define COMMON                                                                           \
	{ 'v', "verbose", TT_OPT_FLAG, &verbose, NULL, "say what is done" },             \
	    { 'j', "json", TT_OPT_FLAG, &json, NULL, "as JSON" },                        \
	    { 0, "root", TT_OPT_TEXT, &root, "DIR",                                      \
		    "put this before every path (tests)" },                              \
	{                                                                                \
		0, NULL, TT_OPT_FLAG, NULL, NULL, NULL                                   \
	}

int
main(int argc, char **argv)
{
	static const struct tt_opt common[] = { COMMON };
	static const struct tt_opt mount_opts[] = {
		{ 0, "nofoldcase", TT_OPT_FLAG, &fold, NULL,
		    "accepted for older scripts: names "
		    "keep their case always" },
		COMMON
	};
	static const struct tt_opt status_opts[] = {
		{ 'm', "mountpoint", TT_OPT_FLAG, &mountpoint, NULL,
		    "only where it is mounted; 1 when "
		    "it is not" },
		COMMON
	};
	static const struct tt_opt up_opts[] = { { 'n', "dry-run", TT_OPT_FLAG,
						     &update_opts.dry_run, NULL,
						     "only say what would be done" },
		{ 'i', "ignore-missing", TT_OPT_FLAG, &update_opts.ignore_missing, NULL,
		    "nothing to update from is no failure" },
		COMMON };
	static const struct tt_cmd subs[] = {
		{ .name = "mount",
		    .help = "Mount the key, writable, and print where.",
		    .opts = mount_opts,
		    .run = run_mount },
		{ .name = "unmount",
		    .help = "Unmount it; other boot media follow it first.",
		    .opts = common,
		    .run = run_unmount },
		{ .name = "status",
		    .help = "Whether it is mounted.",
		    .opts = status_opts,
		    .run = run_status },
		{ .name = "update",
		    .help = "Bring newer files of the tools to the key.",
		    .opts = up_opts,
		    .run = run_update },
		{ .name = "get-variable",
		    .args = "[NAME]",
		    .help = "A boot variable, or all of them.",
		    .opts = common,
		    .run = run_get,
		    .max_args = 1 },
		{ .name = "set-variable",
		    .args = "NAME VALUE",
		    .help = "Set a boot variable; an empty value takes it away.",
		    .opts = common,
		    .run = run_set,
		    .min_args = 2,
		    .max_args = 2 },
		{ .name = NULL },
	};
	static const struct tt_cmd cmd = {
		.name = ME, .help = "The boot medium of a headnode.", .subs = subs
	};

	return tt_cli_main(&cmd, argc, argv, NULL);
}
