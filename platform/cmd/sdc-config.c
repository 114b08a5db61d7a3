// SPDX-License-Identifier: MPL-2.0
/*
 * sdc-config: the merged configuration of this node for scripts, as assignments that are
 * safe to eval, as values, or as JSON. The loader does the work; no shell is involved.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/str.h"
#include "platform/lib/cli/cli.h"
#include "platform/lib/conf/encode.h"
#include "platform/lib/conf/loader.h"
#include "platform/lib/conf/secret.h"

#define PROGRAM        "sdc-config"
#define DEFAULT_PREFIX "CONFIG_"

struct sdc_config {
	bool json;
	bool boot;
	const char *prefix;
	const char *root;
};

static int
fail_errno(int r)
{
	fprintf(stderr, "%s: writing: %s\n", PROGRAM, strerror(-r));
	return 1;
}

/* PREFIXkey=value, quoted for eval. */
static int
print_assignment(const char *prefix, const struct tt_config_entry *e)
{
	tt_auto(secret) struct tt_secret line = { 0 };
	tt_auto(secret) struct tt_secret encoded = { 0 };
	ssize_t n;

	tt_secret_init(&encoded, TT_ENCODE_SPACE(strlen(e->value)));
	n = tt_conf_encode(e->value, true, encoded.data, encoded.size + 1);
	if (n < 0)
		return (int)n;
	tt_secret_init(&line, strlen(prefix) + strlen(e->key) + (size_t)n + 2);
	(void)tt_secret_addf(&line, "%s%s=", prefix, e->key);
	(void)tt_secret_add(&line, encoded.data, (size_t)n);
	(void)tt_secret_adds(&line, "\n");
	return tt_write_all(STDOUT_FILENO, line.data, line.len);
}

static int
print_value(const struct tt_config_entry *e)
{
	int r = tt_write_all(STDOUT_FILENO, e->value, strlen(e->value));

	return r < 0 ? r : tt_write_all(STDOUT_FILENO, "\n", 1);
}

static int
write_chunk(const char *data, size_t len, void *ctx)
{
	(void)ctx;
	return tt_write_all(STDOUT_FILENO, data, len);
}

/* The named keys as an object. */
static int
print_json_keys(const struct tt_config *c, int argc, char **argv)
{
	json_t *all = tt_config_json(c), *some = json_object();
	int r;

	for (int i = 0; i < argc; i++)
		json_object_set(some, argv[i], json_object_get(all, argv[i]));
	r = json_dump_callback(argc ? some : all, write_chunk, NULL, JSON_INDENT(2));
	json_decref(all);
	json_decref(some);
	return r < 0 ? -EIO : tt_write_all(STDOUT_FILENO, "\n", 1);
}

static int
print_all(const struct sdc_config *o, const struct tt_config *c)
{
	const char *prefix = o->prefix ? o->prefix : o->boot ? "BOOT_" : DEFAULT_PREFIX;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < tt_config_count(c); i++)
		r = print_assignment(prefix, tt_config_at(c, i));
	return r;
}

static int
print_keys(const struct sdc_config *o, const struct tt_config *c, int argc, char **argv)
{
	int r = 0;

	for (int i = 0; r >= 0 && i < argc; i++) {
		const struct tt_config_entry *e = tt_config_find(c, argv[i]);

		r = o->prefix ? print_assignment(o->prefix, e) : print_value(e);
	}
	return r;
}

static int
check_keys(const struct tt_config *c, int argc, char **argv)
{
	int missing = 0;

	for (int i = 0; i < argc; i++)
		if (!tt_config_find(c, argv[i])) {
			fprintf(
			    stderr, "%s: no key '%s' in the config\n", PROGRAM, argv[i]);
			missing = 1;
		}
	return missing;
}

static int
load_bootargs(const struct sdc_config *o, struct tt_config **ret)
{
	tt_auto(free) char *path = tt_xprintf("%s/proc/cmdline", o->root ? o->root : "");
	tt_auto(buf) struct tt_buf text = TT_BUF_INIT(64 * TT_KIB);
	tt_auto(err) struct tt_err *err = NULL;

	if (tt_file_read(path, &text, &err) < 0)
		return tt_cli_fail(PROGRAM, err);
	tt_config_bootargs(tt_buf_str(&text), text.len, ret);
	return 0;
}

/*
 * Without a config a headnode cannot go on; a compute node that is not set up yet simply
 * has no variables.
 */
static int
nothing_found(const struct sdc_config *o, const struct tt_err *err)
{
	const char *named = getenv("SDC_CONFIG_FILENAME");
	tt_auto(config) struct tt_config *args = NULL;

	if ((named && *named) || load_bootargs(o, &args) != 0 ||
	    tt_config_bool(args, "headnode", false))
		return tt_cli_fail(PROGRAM, err);
	if (o->json)
		puts("{}");
	return 0;
}

static int
run(int argc, char **argv, void *ctx)
{
	const struct sdc_config *o = ctx;
	const struct tt_config_opts load = { .root = o->root };
	tt_auto(config) struct tt_config *c = NULL;
	tt_auto(err) struct tt_err *err = NULL;
	int r;

	if (o->prefix && *o->prefix && !tt_conf_key_valid(o->prefix)) {
		fprintf(
		    stderr, "%s: -p takes the beginning of a variable's name\n", PROGRAM);
		return 1;
	}
	if (o->boot) {
		if (load_bootargs(o, &c) != 0)
			return 1;
	} else if (o->json && argc == 0) {
		r = tt_config_json_cached(&load, STDOUT_FILENO, &err);
		if (r == -ENOENT)
			return nothing_found(o, err);
		return r < 0 ? tt_cli_fail(PROGRAM, err) : 0;
	} else {
		r = tt_config_load(&load, &c, &err);
		if (r == -ENOENT)
			return nothing_found(o, err);
		if (r < 0)
			return tt_cli_fail(PROGRAM, err);
	}
	if (tt_config_warning(c))
		fprintf(stderr, "%s: %s\n", PROGRAM, tt_config_warning(c));
	if (check_keys(c, argc, argv))
		return 1;
	r = o->json ? print_json_keys(c, argc, argv)
	    : argc  ? print_keys(o, c, argc, argv)
		    : print_all(o, c);
	return r < 0 ? fail_errno(r) : 0;
}

int
main(int argc, char **argv)
{
	static struct sdc_config o;
	static const struct tt_opt opts[] = {
		{ 0, "json", TT_OPT_FLAG, &o.json, NULL, "one JSON object (also -json)" },
		{ 'p', "prefix", TT_OPT_TEXT, &o.prefix, "PREFIX",
		    "prefix of variables (CONFIG_)" },
		{ 0, "boot", TT_OPT_FLAG, &o.boot, NULL,
		    "boot arguments instead (BOOT_)" },
		{ 0, "root", TT_OPT_TEXT, &o.root, "DIR", "find the files below DIR" },
		{ 0 },
	};
	static const struct tt_cmd cmd = {
		.name = PROGRAM,
		.args = "[KEY...]",
		.help = "Print the merged configuration of this node.",
		.opts = opts,
		.run = run,
		.max_args = -1,
	};
	static char json_option[] = "--json";

	tt_secret_process();
	/* The old spelling, which scripts use. */
	for (int i = 1; i < argc; i++)
		if (tt_streq(argv[i], "-json"))
			argv[i] = json_option;
	return tt_cli_main(&cmd, argc, argv, &o);
}
