// SPDX-License-Identifier: MPL-2.0
/*
 * Where the config is, and how `generic` and the file become one. Reads files only.
 */
#include "platform/lib/conf/loader.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "platform/lib/conf/config_int.h"
#include "platform/lib/conf/loader_int.h"

static const struct {
	const char *path;
	bool headnode;
} search[] = {
	{ "/usbkey/config", true },
	{ "/mnt/usbkey/config", true },
	{ "/opt/smartdc/config/node.config", false },
	{ "/var/tmp/node.config/node.config", false },
};

static void
set_file(struct tt_config_files *f, const char *path, bool headnode)
{
	tt_auto(free) char *dir = tt_path_dir(path);

	f->file = tt_xstrdup(path);
	f->headnode = headnode;
	f->inc_dir = headnode ? tt_path_join(dir, "config.inc") : tt_xstrdup(dir);
	f->generic = tt_path_join(f->inc_dir, "generic");
}

void
tt_config_files_release(struct tt_config_files *f)
{
	free(f->file);
	free(f->generic);
	free(f->inc_dir);
	free(f->other);
	*f = (struct tt_config_files){ 0 };
}

static int
not_found(struct tt_err **err)
{
	return tt_err_set(err, -ENOENT, "ConfigNotFound",
	    "no config: looked for /usbkey/config, /mnt/usbkey/config, "
	    "/opt/smartdc/config/node.config and /var/tmp/node.config/node.config; "
	    "run triton-setup on a headnode, or name the file in SDC_CONFIG_FILENAME");
}

int
tt_config_locate(
    const struct tt_config_opts *opts, struct tt_config_files *ret, struct tt_err **err)
{
	const char *root = opts && opts->root ? opts->root : "";
	const char *named =
	    opts && opts->file ? opts->file : getenv("SDC_CONFIG_FILENAME");

	*ret = (struct tt_config_files){ 0 };
	if (named && *named) {
		if (!tt_path_exists(named)) {
			(void)tt_err_set(err, -ENOENT, "ConfigNotFound",
			    "no config: '%s' does not exist", named);
			return -ENOENT;
		}
		set_file(ret, named, !tt_streq(tt_path_base(named), "node.config"));
		return 0;
	}
	for (size_t i = 0; i < TT_ARRAY_LEN(search); i++) {
		tt_auto(free) char *path = tt_xprintf("%s%s", root, search[i].path);

		if (!tt_path_exists(path))
			continue;
		if (!ret->file)
			set_file(ret, path, search[i].headnode);
		else if (ret->headnode && !search[i].headnode && !ret->other)
			ret->other = tt_xstrdup(path);
	}
	if (ret->file)
		return 0;
	(void)not_found(err);
	return -ENOENT;
}

static int
invalid(const char *path, const struct tt_findings *found, struct tt_err **err)
{
	const struct tt_finding *f = &found->v[0];
	size_t rest = found->n - 1;

	return tt_err_set(err, -EINVAL, "ConfigInvalid",
	    "%s:%u:%u: %s %s%s%s%s; `triton-setup validate-config %s` lists all", path,
	    f->line, f->col, f->code, f->key, *f->key ? ": " : "", f->text,
	    rest ? " (and more findings)" : "", path);
}

static int
read_text(struct tt_config *c, unsigned which, const char *path, struct tt_err **err)
{
	tt_auto(findings) struct tt_findings found = { 0 };
	struct tt_secret *t = &c->text[which];
	struct stat st;
	int r;

	if (stat(path, &st) < 0)
		return tt_err_errno(err, -errno, "reading '%s'", path);
	if (!S_ISREG(st.st_mode) || st.st_size > TT_CONFIG_MAX_SIZE)
		return tt_err_set(err, -EINVAL, "ConfigInvalid",
		    "'%s' is no config: not a plain file of at most %d bytes", path,
		    TT_CONFIG_MAX_SIZE);
	tt_secret_init(t, (size_t)st.st_size + 4096);
	r = tt_secret_read_file(t, path, err);
	if (r < 0)
		return r;
	tt_config_parse_text(c, which, false, &found);
	return found.n ? invalid(path, &found, err) : 0;
}

/* The folder of included files is a value like any other. */
static void
put_inc_dir(struct tt_config *c, const char *inc_dir)
{
	struct tt_secret *t = &c->text[2];
	struct tt_config_entry e = { .key = "config_inc_dir", .generic = true };

	tt_secret_init(t, strlen(inc_dir));
	(void)tt_secret_adds(t, inc_dir);
	e.value = t->data;
	(void)tt_config_put(c, &e);
}

int
tt_config_load_files(
    const struct tt_config_files *files, struct tt_config **ret, struct tt_err **err)
{
	tt_auto(config) struct tt_config *c = tt_config_new();
	int r = 0;

	if (tt_path_exists(files->generic))
		r = read_text(c, 0, files->generic, err);
	if (r == 0)
		r = read_text(c, 1, files->file, err);
	if (r < 0)
		return r;
	put_inc_dir(c, files->inc_dir);
	free(c->path);
	c->path = tt_xstrdup(files->file);
	c->headnode = files->headnode;
	if (files->other)
		c->warning =
		    tt_xprintf("both %s and %s exist: this is taken as a headnode; "
			       "remove the second when that is right",
			files->file, files->other);
	*ret = tt_take(c);
	return 0;
}

int
tt_config_load(
    const struct tt_config_opts *opts, struct tt_config **ret, struct tt_err **err)
{
	tt_auto(config_files) struct tt_config_files files = { 0 };
	int r;

	r = tt_config_locate(opts, &files, err);
	if (r < 0)
		return r;
	return tt_config_load_files(&files, ret, err);
}
