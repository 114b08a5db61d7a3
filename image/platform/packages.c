// SPDX-License-Identifier: MPL-2.0
/*
 * The phase itself: load or make the lock, see what the cache lacks, fetch that, check it.
 */
#include "image/platform/packages.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "image/digest.h"
#include "image/phase.h"
#include "image/platform/apt.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"

#define LIST_PATH "platform/rootfs/packages.list"
#define LOCK_PATH "platform/rootfs/packages.lock"
#define BATCH     64

struct fetch {
	const struct platform_spec *spec;
	struct phase_run *run;
	struct phase *phase;
	struct apt *apt; /* opened when first needed */
	struct pkglist list;
	struct lock lock;
	char *lock_path;
	bool *missing; /* one for each row of the lock */
	size_t missing_count;
	uint64_t missing_bytes;
};

static void
tt_auto_fetch(struct fetch *f)
{
	apt_free(f->apt);
	pkglist_release(&f->list);
	lock_release(&f->lock);
	free(f->lock_path);
	free(f->missing);
}

char *
packages_deb(struct phase_run *run, const struct lock_pkg *pkg)
{
	return tt_xprintf("%s/debs/%s", phase_run_cache(run), tt_path_base(pkg->path));
}

static int
need_apt(struct fetch *f, const char *what, struct tt_err **err)
{
	tt_auto(free) char *dir = tt_path_join(phase_run_cache(f->run), "apt");

	if (f->apt != NULL)
		return 0;
	if (phase_run_offline(f->run))
		return tt_err_set(err, -ENONET, "Offline",
		    "%s needs the package archive, but --offline was given; build once "
		    "without it",
		    what);
	return apt_open(f->phase, dir, f->spec->apt_sources, &f->apt, err);
}

/* NULL when the lock can be used; else why it has to be made. */
static const char *
load_lock(struct fetch *f, int *ret_r, struct tt_err **err)
{
	*ret_r = 0;
	if (!tt_path_exists(f->lock_path))
		return "there is no package lock yet";
	*ret_r = lock_load(f->lock_path, &f->lock, err);
	if (*ret_r < 0)
		return NULL;
	if (f->spec->relock)
		return "--relock was given";
	if (!tt_streq(f->lock.list_sha256, f->list.sha256))
		return "the package list has changed since it was locked";
	return NULL;
}

static int
make_lock(struct fetch *f, const char *why, struct tt_err **err)
{
	int r;

	if (f->spec->lock_strict)
		return tt_err_set(err, -ESTALE, "LockStale",
		    "%s, and LOCK=strict forbids to make a new lock; build without it",
		    why);
	phase_say(f->run, "locking packages: %s", why);
	r = need_apt(f, "making the package lock", err);
	if (r < 0)
		return r;
	lock_release(&f->lock);
	r = packages_resolve(f->apt, &f->list, f->spec->epoch, &f->lock, err);
	return r < 0 ? r : lock_save(f->lock_path, &f->lock, err);
}

static bool
cached(struct fetch *f, const struct lock_pkg *p)
{
	tt_auto(free) char *path = packages_deb(f->run, p);
	char hex[TT_SHA256_HEX_LEN];

	return tt_path_exists(path) &&
	       digests_file(phase_run_digests(f->run), path, hex, NULL, NULL) == 0 &&
	       tt_streq(hex, p->sha256);
}

static void
find_missing(struct fetch *f)
{
	free(f->missing);
	f->missing = tt_xcalloc(f->lock.count + 1, sizeof(bool));
	f->missing_count = 0;
	f->missing_bytes = 0;
	for (size_t i = 0; i < f->lock.count; i++) {
		f->missing[i] = !cached(f, &f->lock.pkgs[i]);
		f->missing_count += f->missing[i];
		f->missing_bytes += f->missing[i] ? f->lock.pkgs[i].size : 0;
	}
}

/* apt writes NAME_VERSION_ARCH.deb with ':' of the version as %3a, as the archive does not. */
static char *
apt_file(const struct lock_pkg *p, const char *dir)
{
	tt_auto(buf) struct tt_buf b = TT_BUF_INIT(1024);
	const char *arch = strrchr(p->path, '_');

	tt_buf_addf(&b, "%s/%s_", dir, p->name);
	for (const char *v = p->version; *v != '\0'; v++)
		if (*v == ':')
			tt_buf_adds(&b, "%3a");
		else
			tt_buf_addc(&b, *v);
	tt_buf_adds(&b, arch == NULL ? "_all.deb" : arch);
	return tt_buf_detach(&b);
}

static int
take_file(struct fetch *f, const struct lock_pkg *p, const char *dir, struct tt_err **err)
{
	tt_auto(free) char *from = apt_file(p, dir);
	tt_auto(free) char *to = packages_deb(f->run, p);
	char hex[TT_SHA256_HEX_LEN];
	int r = tt_sha256_file(from, hex, NULL, err);

	if (r < 0)
		return tt_err_wrap(
		    err, r, "package %s %s as fetched", p->name, p->version);
	if (!tt_streq(hex, p->sha256))
		return tt_err_set(err, -EBADMSG, "DigestMismatch",
		    "package %s %s as fetched has SHA-256 %s, but the lock says %s; "
		    "do not trust this mirror",
		    p->name, p->version, hex, p->sha256);
	if (rename(from, to) < 0)
		return tt_err_errno(err, -errno, "moving a package to '%s'", to);
	return 0;
}

/* Rows [*at, ...) until BATCH missing ones are fetched; *at moves behind them. */
static int
fetch_batch(struct fetch *f, size_t *at, uint64_t *done, struct tt_err **err)
{
	tt_auto(strv) char **versions = NULL;
	const char *dir = phase_dir(f->phase);
	size_t first = *at, i;
	int r;

	for (i = first; i < f->lock.count && tt_strv_len(versions) < BATCH; i++)
		if (f->missing[i])
			tt_strv_addf(&versions, "%s=%s", f->lock.pkgs[i].name,
			    f->lock.pkgs[i].version);
	r = versions == NULL ? 0 : apt_download(f->apt, versions, dir, err);
	for (size_t k = first; r == 0 && k < i; k++) {
		if (!f->missing[k])
			continue;
		r = take_file(f, &f->lock.pkgs[k], dir, err);
		*done += f->lock.pkgs[k].size;
	}
	phase_progress(f->phase, *done, f->missing_bytes);
	*at = i;
	return r;
}

static int
fetch_missing(struct fetch *f, struct tt_err **err)
{
	tt_auto(free) char *what = tt_xprintf("fetching %zu packages (%.1f MB)",
	    f->missing_count, (double)f->missing_bytes / 1e6);
	tt_auto(free) char *debs = tt_path_join(phase_run_cache(f->run), "debs");
	uint64_t done = 0;
	bool changed = false;
	size_t at = 0;
	int r;

	r = need_apt(f, what, err);
	if (r == 0)
		r = tt_mkdir_p(debs, 0755, err);
	if (r == 0)
		r = packages_refresh(f->apt, f->run, &f->list, &f->lock, f->missing,
		    f->spec->lock_strict, &changed, err);
	if (r == 0 && changed) {
		r = lock_save(f->lock_path, &f->lock, err);
		find_missing(f);
	}
	while (r == 0 && at < f->lock.count)
		r = fetch_batch(f, &at, &done, err);
	return r;
}

/* What the lock wants and the cache lacks; *ret_why as of load_lock(). */
static int
look(struct fetch *f, const char **ret_why, struct tt_err **err)
{
	int r;

	lock_release(&f->lock);
	*ret_why = load_lock(f, &r, err);
	if (r == 0 && *ret_why == NULL)
		find_missing(f);
	return r;
}

/* Lock and packages as the list wants them. Only a build that lacks something waits. */
static int
complete(struct fetch *f, struct tt_err **err)
{
	const char *why;
	int r = look(f, &why, err);

	if (r < 0 || (why == NULL && f->missing_count == 0))
		return r;
	r = phase_alone(f->phase, err);
	if (r > 0) /* another build may have fetched it all */
		r = look(f, &why, err);
	if (r == 0 && why != NULL) {
		r = make_lock(f, why, err);
		if (r == 0)
			find_missing(f);
	}
	if (r == 0 && f->missing_count > 0)
		r = fetch_missing(f, err);
	return r;
}

int
packages_phase(const struct platform_spec *spec, struct phase_run *run, struct lock *ret,
    struct tt_err **err)
{
	tt_auto(fetch) struct fetch f = { .spec = spec, .run = run };
	tt_auto(free) char *list_path = tt_path_join(spec->source_dir, LIST_PATH);
	uint64_t bytes = 0;
	int r;

	f.lock_path = tt_path_join(spec->source_dir, LOCK_PATH);
	f.phase = phase_begin(run, "packages", NULL);
	r = phase_lookup(f.phase, err);
	if (r >= 0)
		r = pkglist_load(list_path, &f.list, err);
	if (r >= 0)
		r = complete(&f, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < f.lock.count; i++)
		bytes += f.lock.pkgs[i].size;
	r = phase_end(f.phase, err, "%zu packages, %.1f MB, %zu fetched", f.lock.count,
	    (double)bytes / 1e6, f.missing_count);
	if (r < 0)
		return r;
	*ret = f.lock;
	f.lock = (struct lock){ 0 };
	return 0;
}
