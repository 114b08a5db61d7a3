// SPDX-License-Identifier: MPL-2.0
/*
 * Running apt-get and apt-cache on a private state folder.
 */
#include "image/platform/apt.h"

#include <errno.h>
#include <string.h>

#include "image/phase.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/num.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"

#define KEYRING "/usr/share/keyrings/debian-archive-keyring.gpg"

struct apt {
	struct phase *phase;
	char *dir;
	char **options; /* -o words for every call */
	char **env;
};

void
apt_free(struct apt *a)
{
	if (a == NULL)
		return;
	free(a->dir);
	tt_strv_free(a->options);
	tt_strv_free(a->env);
	free(a);
}

static void
option(struct apt *a, const char *text)
{
	tt_strv_add(&a->options, "-o");
	tt_strv_add(&a->options, text);
}

static void
option_path(struct apt *a, const char *key, const char *name)
{
	tt_auto(free) char *word =
	    tt_xprintf("%s=%s%s%s", key, a->dir, *name ? "/" : "", name);

	option(a, word);
}

/* A proxy is how some build hosts reach their mirror at all. */
static void
make_env(struct apt *a)
{
	static const char *const kept[] = { "http_proxy", "https_proxy", "no_proxy",
		"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "APT_CONFIG" };

	tt_strv_add(&a->env, "PATH=/usr/sbin:/usr/bin:/sbin:/bin");
	tt_strv_add(&a->env, "LC_ALL=C");
	tt_strv_add(&a->env, "TZ=UTC");
	for (size_t i = 0; i < TT_ARRAY_LEN(kept); i++)
		if (getenv(kept[i]) != NULL)
			tt_strv_addf(&a->env, "%s=%s", kept[i], getenv(kept[i]));
}

static void
make_options(struct apt *a)
{
	option_path(a, "Dir::State", "");
	option_path(a, "Dir::State::lists", "lists");
	option_path(a, "Dir::State::status", "status");
	option_path(a, "Dir::State::extended_states", "extended_states");
	option_path(a, "Dir::Cache", "cache");
	option(
	    a, "Dir::Cache::pkgcache=pkgcache.bin"); /* hosts may have it switched off */
	option(a, "Dir::Cache::srcpkgcache=srcpkgcache.bin");
	option_path(a, "Dir::Etc::sourcelist", "sources.list");
	option(a, "Dir::Etc::sourceparts=/dev/null");
	option(a, "Dir::Etc::preferences=/dev/null");
	option(a, "Dir::Etc::preferencesparts=/dev/null");
	option(a, "APT::Architecture=amd64");
	option(a, "APT::Architectures=amd64");
	option(a, "APT::Sandbox::User=");
	option(a, "APT::Install-Recommends=0");
	option(a, "APT::Update::Post-Invoke=");
	option(a, "APT::Update::Post-Invoke-Success=");
	option(a, "Acquire::Languages=none");
	option(a, "Acquire::Retries=3");
	option(a, "Dir::Log=/dev/null");
}

/* argv: program, command and its words in front of or behind the private options. */
static int
run(struct apt *a, const char *program, const char *const *head, char *const *tail,
    const char *dir, struct tt_buf *out, struct tt_err **err)
{
	tt_auto(strv) char **argv = NULL;
	struct tt_proc_opts o = {
		.timeout_ms = 20 * 60 * 1000,
		.env = (const char *const *)a->env,
		.dir = dir,
		.out = out,
	};

	tt_strv_add(&argv, program);
	for (size_t i = 0; a->options[i] != NULL; i++)
		tt_strv_add(&argv, a->options[i]);
	for (size_t i = 0; head[i] != NULL; i++)
		tt_strv_add(&argv, head[i]);
	for (size_t i = 0; tail != NULL && tail[i] != NULL; i++)
		tt_strv_add(&argv, tail[i]);
	return phase_exec(a->phase, (const char *const *)argv, &o, err);
}

/*
 * The host's own sources for our release, one line each: "URI SUITE COMPONENT". The URI is
 * the mirror's base; where no security suite is configured, it is looked for beside it.
 */
static int
host_sources(struct apt *a, struct tt_buf *out, struct tt_err **err)
{
	const char *const argv[] = { "apt-get", "indextargets", "--format",
		"$(REPO_URI) $(RELEASE) $(COMPONENT)", "Created-By: Packages", NULL };
	tt_auto(buf) struct tt_buf text = TT_BUF_INIT(TT_MIB);
	tt_auto(free) char *base = NULL;
	const char *key = tt_path_exists(KEYRING) ? "[signed-by=" KEYRING "] " : "";
	bool security = false;
	int r;

	r = phase_exec(a->phase, argv,
	    &(struct tt_proc_opts){ .env = (const char *const *)a->env, .out = &text },
	    err);
	if (r < 0)
		return r;
	tt_auto(strv) char **rows = tt_split(tt_buf_str(&text), '\n');
	for (size_t i = 0; rows != NULL && rows[i] != NULL; i++) {
		tt_auto(strv) char **w = tt_split(rows[i], ' ');

		if (tt_strv_len(w) != 3 || tt_after_prefix(w[1], APT_RELEASE) == NULL ||
		    !tt_streq(w[2], "main"))
			continue;
		tt_buf_addf(out, "deb %s%s %s main\n", key, w[0], w[1]);
		security |= tt_streq(w[1], APT_RELEASE "-security");
		if (base == NULL && tt_streq(w[1], APT_RELEASE))
			base = tt_xstrdup(w[0]);
	}
	if (base == NULL)
		return tt_err_set(err, -ENOENT, "NoSources",
		    "this host's apt sources have no suite '" APT_RELEASE
		    "'; name a sources.list with --apt-sources");
	for (size_t n = strlen(base); n > 0 && base[n - 1] == '/'; n--)
		base[n - 1] = '\0';
	if (!security)
		tt_buf_addf(
		    out, "deb %s%s-security/ " APT_RELEASE "-security main\n", key, base);
	return 0;
}

static int
write_sources(struct apt *a, const char *sources, struct tt_err **err)
{
	tt_auto(buf) struct tt_buf text = TT_BUF_INIT(TT_MIB);
	tt_auto(free) char *path = tt_path_join(a->dir, "sources.list");
	int r;

	r = sources != NULL ? tt_file_read(sources, &text, err)
			    : host_sources(a, &text, err);
	if (r < 0)
		return r;
	return tt_file_write(path, tt_buf_str(&text), text.len, 0644, err);
}

static int
make_dirs(struct apt *a, struct tt_err **err)
{
	static const char *const names[] = { "lists/partial", "cache/archives/partial" };
	tt_auto(free) char *status = tt_path_join(a->dir, "status");

	for (size_t i = 0; i < TT_ARRAY_LEN(names); i++) {
		tt_auto(free) char *path = tt_path_join(a->dir, names[i]);
		int r = tt_mkdir_p(path, 0755, err);

		if (r < 0)
			return r;
	}
	return tt_file_write(status, "", 0, 0644, err);
}

int
apt_open(struct phase *p, const char *dir, const char *sources, struct apt **ret,
    struct tt_err **err)
{
	static const char *const update[] = { "update", "-q", "--error-on=any", NULL };
	tt_auto(apt) struct apt *a = tt_xalloc(sizeof(*a));
	tt_auto(free) char *full = NULL;
	int r;

	a->phase = p;
	r = tt_mkdir_p(dir, 0755, err);
	if (r < 0)
		return r;
	full = realpath(dir, NULL);
	if (full == NULL)
		return tt_err_errno(err, -errno, "resolving '%s'", dir);
	a->dir = tt_take(full);
	make_env(a);
	make_options(a);
	r = make_dirs(a, err);
	if (r == 0)
		r = write_sources(a, sources, err);
	if (r == 0)
		r = run(a, "apt-get", update, NULL, NULL, NULL, err);
	if (r < 0)
		return tt_err_wrap(err, r, "fetching the package lists");
	*ret = tt_take(a);
	return 0;
}

/* "Inst NAME (VERSION Origin... [amd64])" gives "NAME=VERSION"; NULL for other lines. */
static char *
inst_line(const char *line)
{
	const char *name = tt_after_prefix(line, "Inst ");
	const char *blank = name == NULL ? NULL : strchr(name, ' ');
	const char *open = blank == NULL ? NULL : strchr(blank, '(');

	if (open == NULL)
		return NULL;
	return tt_xprintf("%.*s=%.*s", (int)(blank - name), name,
	    (int)strcspn(open + 1, " )"), open + 1);
}

int
apt_resolve(struct apt *a, char *const *words, char ***ret, struct tt_err **err)
{
	static const char *const head[] = { "install", "-s", "-q",
		"--no-install-recommends", NULL };
	tt_auto(buf) struct tt_buf out = TT_BUF_INIT(8 * TT_MIB);
	tt_auto(strv) char **found = NULL;
	int r = run(a, "apt-get", head, words, NULL, &out, err);

	if (r < 0)
		return tt_err_wrap(err, r, "resolving the package list");
	tt_auto(strv) char **lines = tt_split(tt_buf_str(&out), '\n');
	for (size_t i = 0; lines != NULL && lines[i] != NULL; i++) {
		tt_auto(free) char *item = inst_line(lines[i]);

		if (item != NULL)
			tt_strv_add(&found, item);
	}
	if (found == NULL)
		return tt_err_set(err, -ENOENT, "NothingResolved",
		    "apt found nothing to install for the package list");
	tt_strv_sort(found);
	*ret = tt_take(found);
	return 0;
}

int
apt_real_name(struct apt *a, const char *meta, char **ret, struct tt_err **err)
{
	const char *const head[] = { "depends", "--important", meta, NULL };
	tt_auto(buf) struct tt_buf out = TT_BUF_INIT(TT_MIB);
	int r = run(a, "apt-cache", head, NULL, NULL, &out, err);

	if (r < 0)
		return tt_err_wrap(err, r, "asking what '%s' stands for", meta);
	tt_auto(strv) char **lines = tt_split(tt_buf_str(&out), '\n');
	for (size_t i = 0; lines != NULL && lines[i] != NULL; i++) {
		const char *name = tt_after_prefix(lines[i], "Depends: ");

		if (name != NULL && tt_after_prefix(name, "linux-image-") != NULL) {
			*ret = tt_xstrdup(name);
			return 0;
		}
	}
	return tt_err_set(
	    err, -ENOENT, "NoSuchPackage", "package '%s' stands for no kernel", meta);
}

int
apt_download(struct apt *a, char *const *versions, const char *dir, struct tt_err **err)
{
	static const char *const head[] = { "download", "-q", NULL };
	int r = run(a, "apt-get", head, versions, dir, NULL, err);

	return r < 0 ? tt_err_wrap(err, r, "fetching packages") : 0;
}

void
apt_pkgs_release(struct apt_pkgs *l)
{
	for (size_t i = 0; i < l->count; i++) {
		free(l->rows[i].name);
		free(l->rows[i].version);
		free(l->rows[i].path);
	}
	free(l->rows);
	*l = (struct apt_pkgs){ 0 };
}

const struct apt_pkg *
apt_pkgs_find(const struct apt_pkgs *l, const char *name, const char *version)
{
	for (size_t i = 0; i < l->count; i++)
		if (tt_streq(l->rows[i].name, name) &&
		    (version == NULL || tt_streq(l->rows[i].version, version)))
			return &l->rows[i];
	return NULL;
}

/* One field of a stanza into the row under construction. */
static void
show_field(struct apt_pkg *row, const char *line)
{
	const char *v;

	if ((v = tt_after_prefix(line, "Package: ")) != NULL && row->name == NULL)
		row->name = tt_xstrdup(v);
	else if ((v = tt_after_prefix(line, "Version: ")) != NULL && row->version == NULL)
		row->version = tt_xstrdup(v);
	else if ((v = tt_after_prefix(line, "Filename: ")) != NULL && row->path == NULL)
		row->path = tt_xstrdup(v);
	else if ((v = tt_after_prefix(line, "SHA256: ")) != NULL)
		(void)tt_strcpy(row->sha256, sizeof(row->sha256), v);
	else if ((v = tt_after_prefix(line, "Size: ")) != NULL)
		(void)tt_parse_u64(v, 1, 4 * TT_GIB, &row->size);
}

static void
show_end(struct apt_pkgs *l, struct apt_pkg *row)
{
	if (row->name != NULL && row->version != NULL && row->path != NULL &&
	    row->size > 0 && row->sha256[0] != '\0') {
		l->rows = tt_xrealloc(l->rows, (l->count + 1) * sizeof(*l->rows));
		l->rows[l->count++] = *row;
	} else {
		free(row->name);
		free(row->version);
		free(row->path);
	}
	*row = (struct apt_pkg){ 0 };
}

int
apt_show(struct apt *a, char *const *names, struct apt_pkgs *ret, struct tt_err **err)
{
	static const char *const head[] = { "show", "--all-versions", NULL };
	tt_auto(buf) struct tt_buf out = TT_BUF_INIT(64 * TT_MIB);
	tt_auto(apt_pkgs) struct apt_pkgs l = { 0 };
	struct apt_pkg row = { 0 };
	int r = run(a, "apt-cache", head, names, NULL, &out, err);

	if (r < 0)
		return tt_err_wrap(err, r, "asking apt about packages");
	for (char *p = out.data, *next; p != NULL && *p != '\0'; p = next) {
		next = strchr(p, '\n');
		if (next != NULL)
			*next++ = '\0';
		if (*p == '\0')
			show_end(&l, &row);
		else
			show_field(&row, p);
	}
	show_end(&l, &row);
	*ret = l;
	l = (struct apt_pkgs){ 0 };
	return 0;
}
