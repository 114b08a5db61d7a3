// SPDX-License-Identifier: MPL-2.0
/*
 * Phase "root-tar": exactly the locked packages installed into a fresh tree by mmdebstrap,
 * from a local archive made of the cached files: no network, no host state. Runs as root
 * where it is root, else in a user namespace. Nothing of ours is in the result, so it lives
 * as long as the lock's root lines do.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "image/platform/apt.h"
#include "image/platform/job.h"
#include "image/platform/packages.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"

#define RECIPE "1"

/* What dpkg need not write, because prune.list drops it anyway: saves a quarter of the time. */
static const char *const excluded[] = {
	"/usr/share/man/*",
	"/usr/share/locale/*",
	"/usr/share/info/*",
	"/usr/share/lintian/*",
};

static int
link_packages(struct job *j, const char *repo, struct tt_err **err)
{
	tt_auto(free) char *pool = tt_path_join(repo, "pool");
	int r = tt_mkdir_p(pool, 0755, err);

	for (size_t i = 0; r == 0 && i < j->lock.count; i++) {
		const struct lock_pkg *pkg = &j->lock.pkgs[i];
		tt_auto(free) char *from = packages_deb(j->run, pkg);
		tt_auto(free) char *to = tt_path_join(pool, tt_path_base(from));

		if (pkg->role == LOCK_ROOT && link(from, to) < 0)
			r = tt_file_copy(from, to, 0644, false, err);
	}
	return r;
}

/* A Packages file over the pool, and a Release file: apt asks it for the suite's name. */
static int
index_packages(struct phase *p, const char *repo, struct tt_err **err)
{
	static const char *const packages[] = { "apt-ftparchive", "-o",
		"APT::FTPArchive::MD5=false", "-o", "APT::FTPArchive::SHA1=false", "-o",
		"APT::FTPArchive::SHA512=false", "packages", "pool", NULL };
	static const char *const release[] = { "apt-ftparchive", "-o",
		"APT::FTPArchive::Release::Suite=" APT_RELEASE, "-o",
		"APT::FTPArchive::Release::Codename=" APT_RELEASE, "-o",
		"APT::FTPArchive::Release::Architectures=amd64", "-o",
		"APT::FTPArchive::Release::Components=main", "release",
		"dists/" APT_RELEASE, NULL };
	tt_auto(buf) struct tt_buf text = TT_BUF_INIT(16 * TT_MIB);
	tt_auto(free) char *dir =
	    tt_path_join(repo, "dists/" APT_RELEASE "/main/binary-amd64");
	tt_auto(free) char *list = tt_path_join(dir, "Packages");
	tt_auto(free) char *file = tt_path_join(repo, "dists/" APT_RELEASE "/Release");
	struct tt_proc_opts o = {
		.dir = repo, .out = &text, .timeout_ms = 5 * 60 * 1000
	};
	int r = tt_mkdir_p(dir, 0755, err);

	if (r == 0)
		r = phase_exec(p, packages, &o, err);
	if (r == 0)
		r = tt_file_write(list, text.data, text.len, 0644, err);
	tt_buf_reset(&text);
	if (r == 0)
		r = phase_exec(p, release, &o, err);
	if (r == 0)
		r = tt_file_write(file, text.data, text.len, 0644, err);
	return r < 0 ? tt_err_wrap(err, r, "making a local package archive") : 0;
}

static char *
include_word(const struct job *j)
{
	tt_auto(buf) struct tt_buf names = TT_BUF_INIT(TT_MIB);

	for (size_t i = 0; i < j->lock.count; i++)
		if (j->lock.pkgs[i].role == LOCK_ROOT)
			tt_buf_addf(&names, "%s%s", names.len == 0 ? "--include=" : ",",
			    j->lock.pkgs[i].name);
	return tt_buf_detach(&names);
}

struct watch {
	struct phase_run *run;
	char last[256];
};

/* mmdebstrap's own lines are for the log; its errors are what the message should end with. */
static void
watch_line(const char *line, void *ctx)
{
	struct watch *w = ctx;

	phase_log(w->run, "root-tar: %s", line);
	if (tt_after_prefix(line, "E: ") != NULL && w->last[0] == '\0')
		(void)snprintf(w->last, sizeof(w->last), "%s", line + 3);
}

static int
install(struct job *j, struct phase *p, const char *repo, struct tt_err **err)
{
	tt_auto(free) char *full = realpath(repo, NULL);
	tt_auto(free) char *tar = phase_path(p, "root.tar");
	tt_auto(strv) char **argv = NULL;
	tt_auto(strv) char **env = NULL;
	tt_auto(free) char *include = include_word(j);
	struct watch w = { .run = j->run };
	struct tt_proc_opts o = {
		.timeout_ms = 20 * 60 * 1000, .on_err_line = watch_line, .ctx = &w
	};
	int r;

	tt_strv_add(&argv, "mmdebstrap");
	tt_strv_add(&argv, geteuid() == 0 ? "--mode=root" : "--mode=unshare");
	tt_strv_add(&argv, "--variant=essential");
	tt_strv_add(&argv, "--architectures=amd64");
	tt_strv_add(&argv, "--dpkgopt=force-unsafe-io");
	for (size_t i = 0; i < TT_ARRAY_LEN(excluded); i++)
		tt_strv_addf(&argv, "--dpkgopt=path-exclude=%s", excluded[i]);
	tt_strv_add(&argv, "--aptopt=APT::Install-Recommends \"false\"");
	tt_strv_add(&argv, "--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr");
	tt_strv_add(&argv, include);
	tt_strv_add(&argv, APT_RELEASE);
	tt_strv_add(&argv, tar);
	tt_strv_addf(&argv, "deb [trusted=yes] copy://%s " APT_RELEASE " main", full);
	tt_strv_add(&env, "PATH=/usr/sbin:/usr/bin:/sbin:/bin");
	tt_strv_add(&env, "LC_ALL=C");
	tt_strv_add(&env, "TZ=UTC");
	tt_strv_addf(&env, "SOURCE_DATE_EPOCH=%" PRId64, j->lock.epoch);
	if (getenv("TMPDIR") != NULL)
		tt_strv_addf(&env, "TMPDIR=%s", getenv("TMPDIR"));
	o.env = (const char *const *)env;
	r = phase_exec(p, (const char *const *)argv, &o, err);
	return r < 0 ? tt_err_wrap(err, r, "installing the packages%s%s",
			   w.last[0] == '\0' ? "" : ": ", w.last)
		     : 0;
}

/* The package database as it was right after the install: the SBOM is made from it. */
static int
save_status(struct phase *p, struct tt_err **err)
{
	tt_auto(tree) struct tree *t = tree_new();
	tt_auto(free) char *tar = phase_path(p, "root.tar");
	tt_auto(free) char *to = phase_path(p, "dpkg.status");
	int r = tree_add_tar(t, tar, "", NULL, NULL, err);

	return r < 0 ? r : job_save_node(t, "var/lib/dpkg/status", to, err);
}

static int
make(struct job *j, struct phase *p, struct tt_err **err)
{
	tt_auto(free) char *repo = phase_path(p, "repo");
	tt_auto(free) char *tar = phase_path(p, "root.tar");
	struct stat st;
	int r = link_packages(j, repo, err);

	if (r == 0)
		r = index_packages(p, repo, err);
	if (r == 0)
		r = install(j, p, repo, err);
	if (r == 0)
		r = save_status(p, err);
	if (r == 0)
		r = tt_remove_tree(repo, err);
	if (r < 0)
		return r;
	if (stat(tar, &st) < 0)
		return tt_err_errno(err, -errno, "reading '%s'", tar);
	phase_factf(p, "bytes", "%lld", (long long)st.st_size);
	return phase_end(p, err, "%.1f MB", (double)st.st_size / 1e6);
}

int
roottar_phase(struct job *j, struct tt_err **err)
{
	struct phase *p = j->root_tar = phase_begin(j->run, "root-tar", NULL);
	char digest[TT_SHA256_HEX_LEN];
	int r;

	lock_role_digest(&j->lock, LOCK_ROOT, digest);
	phase_input(p, "recipe", RECIPE);
	phase_input(p, "packages", digest);
	phase_inputf(p, "lock epoch", "%" PRId64, j->lock.epoch);
	r = phase_lookup(p, err);
	if (r == 0)
		r = make(j, p, err);
	else if (r > 0)
		r = phase_end(p, err, "%s bytes", phase_fact_get(p, "bytes"));
	return r;
}
