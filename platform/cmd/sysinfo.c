// SPDX-License-Identifier: MPL-2.0
/*
 * sysinfo: what this machine is, as JSON (default) or NAME=VALUE lines, from a cache that is
 * made anew when the setup state or the networks changed, or when asked for.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "platform/cmd/sysinfo.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "platform/lib/cli/cli.h"
#include "platform/lib/conf/encode.h"

#define CACHE_DIR "/run/triton"
#define CACHE     CACHE_DIR "/sysinfo.json"
#define CACHE_MAX (4 * TT_MIB)

static struct options {
	bool shell, fresh, update;
} opt;

char *
sysinfo_line(const struct sysinfo_ctx *x, const char *path)
{
	tt_auto(free) char *full = tt_xprintf("%s%s", x->root, path);
	tt_auto(free) char *line = tt_file_line(full);

	return tt_xstrdup(line ? tt_trim(line) : "");
}

void
sysinfo_text(json_t *o, const char *key, const char *value)
{
	/* firmware writes what it likes */
	bool good = value && tt_utf8_check(value, strlen(value)) < 0;

	json_object_set_new(o, key, json_string(good ? value : ""));
}

static json_t *
collect(const struct sysinfo_ctx *x)
{
	json_t *o = json_object();

	sysinfo_system(x, o);
	sysinfo_cpu(x, o);
	sysinfo_pool(x, o);
	sysinfo_network(x, o);
	return o;
}

static void
print_value(const char *name, const json_t *v)
{
	tt_auto(free) char *text = NULL, *out = NULL;
	size_t space;

	text = json_is_string(v) ? tt_xstrdup(json_string_value(v)) : tt_json_line(v);
	space = TT_ENCODE_SPACE(strlen(text));
	out = tt_xalloc(space);
	if (tt_conf_encode(text, true, out, space) >= 0)
		(void)printf("%s=%s\n", name, out);
}

static void
print_members(const char *prefix, json_t *o)
{
	const char *key;
	json_t *v;

	json_object_foreach(o, key, v)
	{
		tt_auto(free) char *name =
		    *prefix ? tt_xprintf("%s_%s", prefix, key) : tt_xstrdup(key);

		for (char *p = name; *p; p++)
			if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_",
				*p))
				*p = '_';
		if (json_is_object(v))
			print_members(name, v);
		else
			print_value(name, v);
	}
}

void
sysinfo_print_shell(json_t *o)
{
	print_members("", o);
}

/* Whether the cache is younger than what it was made of. */
static bool
current(void)
{
	static const char *const of[] = { "/var/lib/setup.json",
		CACHE_DIR "/nictags.json", CACHE_DIR "/config.json", "/usbkey/config" };
	struct stat cache, st;

	if (stat(CACHE, &cache) < 0)
		return false;
	for (size_t i = 0; i < TT_ARRAY_LEN(of); i++)
		if (stat(of[i], &st) == 0 &&
		    (st.st_mtim.tv_sec > cache.st_mtim.tv_sec ||
			(st.st_mtim.tv_sec == cache.st_mtim.tv_sec &&
			    st.st_mtim.tv_nsec > cache.st_mtim.tv_nsec)))
			return false;
	return true;
}

/* The cache is a convenience: without root it is not written. */
static json_t *
get(const char *root)
{
	tt_auto(config) struct tt_config *config = NULL;
	struct tt_config_opts co = { .root = root };
	struct sysinfo_ctx x = { .root = root };
	json_t *o = NULL;

	if (!*root && !opt.fresh && !opt.update && current() &&
	    tt_json_load(CACHE, CACHE_MAX, &o, NULL) == 0)
		return o;
	if (tt_config_load(&co, &config, NULL) == 0)
		x.config = config;
	o = collect(&x);
	if (!*root && tt_path_is_dir(CACHE_DIR))
		(void)tt_json_save(CACHE, o, 0644, NULL);
	return o;
}

static int
run(int argc, char **argv, void *ctx)
{
	const char *root = getenv("SYSINFO_ROOT");
	tt_auto(json) json_t *o = get(root ? root : "");

	(void)argc;
	(void)argv;
	(void)ctx;
	if (opt.update)
		return 0;
	if (opt.shell)
		sysinfo_print_shell(o);
	else if (json_dumpf(o, stdout, JSON_INDENT(2)) < 0 || putchar('\n') == EOF)
		return 1;
	return 0;
}

static const struct tt_opt options[] = {
	{ 'p', "parsable", TT_OPT_FLAG, &opt.shell, NULL,
	    "NAME=VALUE lines, safe for a shell" },
	{ 'f', "force", TT_OPT_FLAG, &opt.fresh, NULL, "look anew, then print" },
	{ 'u', "update", TT_OPT_FLAG, &opt.update, NULL, "look anew, print nothing" },
	{ 0 },
};

static const struct tt_cmd root_cmd = {
	.name = "sysinfo",
	.help =
	    "Print what this machine is: hardware, pool, networks, state of the setup.",
	.opts = options,
	.run = run,
};

int
main(int argc, char **argv)
{
	return tt_cli_main(&root_cmd, argc, argv, NULL);
}
