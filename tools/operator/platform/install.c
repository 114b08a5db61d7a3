// SPDX-License-Identifier: MPL-2.0
/*
 * Installing a platform into the copy.
 */
#include "tools/operator/platform/install.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>

#include "platform/key/uki.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "platform/lib/fetch/fetch.h"
#include "platform/lib/tar/below.h"
#include "tools/operator/platform/signature.h"

#define DOWNLOAD     ".download.tgz"
#define DOWNLOAD_MAX (16 * TT_GIB)
#define FETCH_MS     7200000 /* one try; a line that stalls ends sooner */

int
stage_stamp(struct stage *s, const char *stamp, struct tt_err **err)
{
	int r;

	if (!key_stamp_valid(stamp))
		return tt_err_set(err, -EINVAL, "InvalidStamp",
		    "'%.40s' is no platform stamp: it must look like 20260102T030405Z",
		    stamp);
	if (s->want && !tt_streq(stamp, s->want))
		return tt_err_set(err, -EINVAL, "InvalidStamp",
		    "this is platform %s, not %s", stamp, s->want);
	if (s->stamp)
		return tt_streq(s->stamp, stamp)
			   ? 0
			   : tt_err_set(err, -EINVAL, "InvalidArchive",
				 "it holds two platforms, %s and %s", s->stamp, stamp);
	s->stamp = tt_xstrdup(stamp);
	s->dir = tt_xprintf("%s/.%s", s->os, stamp);
	r = tt_remove_tree(s->dir, err);
	return r < 0 ? r : tt_mkdir_p(s->dir, 0755, err);
}

int
stage_create(struct stage *s, const char *name, int *ret_fd, struct tt_err **err)
{
	tt_auto(close) int root = -1;
	int r;

	assert(s->dir); /* the stamp is known */
	root = open(s->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	r = root < 0 ? -errno : tt_below_create(root, name, 0644);
	if (r < 0)
		return tt_err_errno(err, r, "making '%s/%s'", s->dir, name);
	*ret_fd = r;
	return 0;
}

static void
tt_auto_stage(struct stage *s)
{
	if (s->dir)
		(void)tt_remove_tree(s->dir, NULL);
	free(s->stamp);
	free(s->dir);
	manifest_release(&s->got);
}

/* One install at a time; what an interrupted one left behind goes. */
static int
begin(const char *os, int *ret_lock, struct tt_err **err)
{
	tt_auto(free) char *lock = tt_path_join(os, ".lock");
	tt_auto(strv) char **names = NULL;
	int r = tt_mkdir_p(os, 0755, err);

	if (r < 0)
		return r;
	*ret_lock = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (*ret_lock < 0)
		return tt_err_errno(err, -errno, "opening '%s'", lock);
	if (flock(*ret_lock, LOCK_EX | LOCK_NB) < 0)
		return tt_err_set(err, -EBUSY, "InstallBusy",
		    "another platform is being installed (it holds '%s'): wait for it",
		    lock);
	r = tt_dir_list(os, &names, err);
	for (char **n = names; r == 0 && n && *n; n++) {
		tt_auto(free) char *path = tt_path_join(os, *n);

		if (**n == '.' &&
		    (key_stamp_valid(*n + 1) || tt_after_prefix(*n, DOWNLOAD)))
			r = tt_remove_tree(path, err);
	}
	return r;
}

static int
on_fetch(uint64_t done, uint64_t total, unsigned attempt, void *ctx)
{
	(void)attempt;
	oper_progress(done, total, ctx);
	return 0;
}

static int
download(const char *url, const char *to, const char *sha256, struct tt_err **err)
{
	struct oper_progress show = { .what = "fetching" };
	struct tt_fetch_opts o = { .timeout_ms = FETCH_MS,
		.max_bytes = DOWNLOAD_MAX,
		.body_sha256 = sha256,
		.progress = on_fetch,
		.ctx = &show };
	int r = tt_fetch_file(url, &o, to, 0600, NULL, err);

	oper_progress_end(&show);
	return r;
}

/* A platform folder, hashed while it is copied. */
static int
from_folder(struct stage *s, const char *dir, struct tt_err **err)
{
	tt_auto(manifest) struct manifest files = { 0 };
	int r = stage_stamp(s, tt_path_base(dir), err);

	if (r == 0)
		r = key_platform_files(dir, s->stamp, &files, err);
	s->progress.total = files.bytes;
	for (size_t i = 0; r == 0 && i < files.n; i++) {
		tt_auto(free) char *path = tt_path_join(dir, files.v[i].path);
		tt_auto(close) int in = open(path, O_RDONLY | O_CLOEXEC), out = -1;
		char hex[TT_SHA256_HEX_LEN];
		uint64_t size = 0;

		if (in < 0)
			return tt_err_errno(err, -errno, "opening '%s'", path);
		r = stage_create(s, files.v[i].path, &out, err);
		if (r < 0)
			return r;
		r = key_pump(in, out, hex, &size, &s->progress);
		if (r < 0)
			return tt_err_errno(err, r, "copying '%s'", path);
		manifest_add(&s->got, files.v[i].path, size, hex);
	}
	return r;
}

static int
fill(struct stage *s, const char *source, const struct install_opts *opts,
    struct tt_err **err)
{
	tt_auto(free) char *dir = tt_xstrdup(source), *archive = NULL;
	int r;

	while (strlen(dir) > 1 && tt_ends_with(dir, "/"))
		dir[strlen(dir) - 1] = '\0';
	if (tt_path_is_dir(dir))
		return from_folder(s, dir, err);
	if (!strstr(source, "://"))
		return stage_unpack(s, source, err);
	archive = tt_path_join(s->os, DOWNLOAD);
	r = download(source, archive, opts->sha256, err);
	if (r == 0)
		r = stage_unpack(s, archive, err);
	(void)unlink(archive);
	return r;
}

/* On the disks, then under its name, then that on the disks. */
static int
settle(struct stage *s, bool replace, struct tt_err **err)
{
	tt_auto(free) char *to = tt_path_join(s->os, s->stamp);
	tt_auto(close) int fd = open(s->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = 0;

	if (fd < 0 || syncfs(fd) < 0)
		return tt_err_errno(err, -errno, "writing '%s' to the disks", s->dir);
	if (replace)
		r = tt_remove_tree(to, err);
	if (r < 0)
		return r;
	if (rename(s->dir, to) < 0)
		return tt_err_errno(err, -errno, "putting '%s' in place", to);
	(void)tt_fsync_dir(s->os);
	free(s->dir);
	s->dir = NULL;
	return 0;
}

/* One that this machine's media cannot boot is refused; assigning asks again. */
static int
check_mode(const struct stage *s, const struct oper *o, struct tt_err **err)
{
	tt_auto(key_set) struct key_set *set = NULL;

	if (oper_key(o, false, &set, NULL) < 0)
		return 0;
	return uki_fits(set->v[0].where, s->dir, s->stamp, &s->got, err);
}

/* What the archive is, is known only now: it may be there already, whole or damaged. */
static int
judge(struct stage *s, const struct oper *o, const struct install_opts *opts,
    struct installed *ret, struct tt_err **err)
{
	tt_auto(free) char *cert = oper_path(o, SITE_CERTIFICATE);
	tt_auto(free) char *to = tt_path_join(s->os, s->stamp);
	int r;

	manifest_sort(&s->got);
	r = key_platform_check(s->dir, s->stamp, &s->got, err);
	if (r == 0)
		r = platform_signature(cert, s->stamp, s->dir, &ret->verified, err);
	if (r == 0)
		r = check_mode(s, o, err);
	if (r < 0)
		return r;
	if (opts->check) {
		ret->done = INSTALL_CHECKED;
		return 0;
	}
	ret->done = INSTALL_NEW;
	if (tt_path_exists(to) && !opts->replace &&
	    key_platform_verify(to, s->stamp, NULL, NULL) == 0) {
		ret->done = INSTALL_HAD;
		return 0;
	}
	return settle(s, tt_path_exists(to), err);
}

int
platform_install(const struct oper *o, const char *source,
    const struct install_opts *opts, struct installed *ret, struct tt_err **err)
{
	struct oper_progress show = { .what = "installing the platform" };
	tt_auto(free) char *os = tt_path_join(o->copy, "os");
	tt_auto(close) int lock = -1;
	tt_auto(stage) struct stage s = { .os = os, .want = opts->stamp };
	int r = oper_headnode(o, err);

	s.progress.fn = oper_progress;
	s.progress.ctx = &show;
	if (r == 0)
		r = begin(os, &lock, err);
	if (r == 0)
		r = fill(&s, source, opts, err);
	oper_progress_end(&show);
	if (r == 0)
		r = judge(&s, o, opts, ret, err);
	if (r == -ENOSPC)
		return tt_err_wrap(err, r,
		    "the pool is full: remove an old platform with `sdcadm platform "
		    "remove`");
	if (r < 0)
		return tt_err_wrap(err, r, "installing '%s'", source);
	ret->stamp = tt_xstrdup(s.stamp);
	return 0;
}

const char *
installed_trust(const struct installed *i)
{
	return i->verified ? "verified: signed with the key of this site's certificate"
			   : "not verified: this platform has no site certificate "
			     "(" SITE_CERTIFICATE ")";
}
