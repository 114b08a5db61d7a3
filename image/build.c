// SPDX-License-Identifier: MPL-2.0
/*
 * Start of a build: specification, git's facts, stamps, the platform.
 */
#include "image/build.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image/digest.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/num.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/proc.h"
#include "platform/lib/base/str.h"

#define EPOCH_MIN 315532800U  /* 1980: FAT has no earlier time */
#define EPOCH_MAX 4102444800U /* 2100 */
#define CERT_MAX  (64 * TT_KIB)

/* First line that git prints, or NULL: a source tree without git is allowed. */
static char *
git_line(const char *source, const char *a, const char *b, const char *c)
{
	const char *argv[] = { "git", "-c", "safe.directory=*", "-C", source, a, b, c,
		NULL };
	tt_auto(buf) struct tt_buf out = TT_BUF_INIT(1 * TT_MIB);
	struct tt_proc_opts opts = { .out = &out, .timeout_ms = 20000 };
	char *end;

	if (tt_proc_run(argv, &opts, NULL, NULL) < 0)
		return NULL;
	end = strchr(tt_buf_str(&out), '\n');
	return tt_xstrndup(
	    tt_buf_str(&out), end == NULL ? out.len : (size_t)(end - out.data));
}

static int
find_epoch(struct build *b, struct tt_err **err)
{
	const char *given = getenv("SOURCE_DATE_EPOCH");
	tt_auto(free) char *git = NULL;
	uint64_t v;

	if (given == NULL) {
		git = git_line(b->o.source, "log", "-1", "--format=%ct");
		given = git;
	}
	if (given == NULL)
		return tt_err_set(err, -EINVAL, "NoSourceDate",
		    "'%s' is no git checkout: set SOURCE_DATE_EPOCH to the sources' date",
		    b->o.source);
	if (tt_parse_u64(given, EPOCH_MIN, EPOCH_MAX, &v) < 0)
		return tt_err_set(err, -EINVAL, "NoSourceDate",
		    "SOURCE_DATE_EPOCH is '%.32s': must be seconds from %u to %u", given,
		    EPOCH_MIN, EPOCH_MAX);
	b->epoch = (int64_t)v;
	tt_time_stamp(b->epoch * 1000000, b->stamp);
	return 0;
}

static void
find_version(struct build *b)
{
	tt_auto(free) char *hash = git_line(b->o.source, "log", "-1", "--format=%h");
	tt_auto(free) char *changed =
	    git_line(b->o.source, "status", "--porcelain", "--untracked-files=no");

	b->branch = b->o.branch != NULL
			? tt_xstrdup(b->o.branch)
			: git_line(b->o.source, "rev-parse", "--abbrev-ref", "HEAD");
	if (b->branch == NULL || *b->branch == '\0' || strcmp(b->branch, "HEAD") == 0) {
		free(b->branch);
		b->branch = tt_xstrdup("main");
	}
	for (char *c = b->branch; *c != '\0'; c++) /* it becomes part of file names */
		if (strchr("/\\ :*?\"<>|", *c) != NULL)
			*c = '_';
	b->git = tt_xprintf("g%s", b->o.revision != NULL ? b->o.revision
				   : hash != NULL        ? hash
							 : "0000000");
	b->dirty = changed != NULL && *changed != '\0';
	b->build_stamp = tt_xprintf("%s-%s-%s", b->branch, b->stamp, b->git);
}

static int
load_spec(struct build *b, struct tt_err **err)
{
	tt_auto(free) char *medium =
	    b->o.medium == NULL ? NULL : tt_xprintf("medium=%s", b->o.medium);
	tt_auto(free) char *committed = tt_path_join(b->o.source, "image/build.spec");
	tt_auto(free) char *local = tt_path_join(b->o.source, "image/build.spec.local");
	int r;

	r = spec_load(&b->spec, committed, false, err);
	if (r >= 0)
		r = spec_load(&b->spec, local, true, err);
	for (size_t i = 0; r >= 0 && i < tt_strv_len(b->o.set); i++)
		r = spec_set(&b->spec, b->o.set[i], err);
	if (r >= 0 && medium != NULL)
		r = spec_set(&b->spec, medium, err);
	if (r >= 0)
		r = spec_finish(&b->spec, err);
	return r;
}

int
build_start(
    struct build *b, const struct build_opts *o, unsigned phases, struct tt_err **err)
{
	tt_auto(free) char *cache = NULL;
	tt_auto(free) char *log = NULL;
	struct phase_opts po = {
		.total = phases, .json = o->json, .offline = o->offline
	};
	int r;

	*b = (struct build){ .o = *o };
	r = load_spec(b, err);
	if (r >= 0)
		r = find_epoch(b, err);
	if (r < 0)
		return r;
	find_version(b);
	b->out_dir = tt_path_join(o->out, "out");
	cache = o->cache != NULL ? tt_xstrdup(o->cache) : tt_path_join(o->out, "cache");
	log = tt_path_join(o->out, "log");
	po.cache = cache;
	po.log_dir = log;
	po.stamp = b->stamp;
	r = tt_mkdir_p(b->out_dir, 0755, err);
	if (r >= 0)
		r = phase_run_new(&po, &b->run, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < tt_strv_len(b->spec.notices); i++)
		phase_warn(b->run, "%s", b->spec.notices[i]);
	return 0;
}

static int
ready_platform(struct build *b, struct tt_err **err)
{
	struct phase *p = phase_begin(b->run, "platform", "given");
	int r;

	r = digests_tree(phase_run_digests(b->run), b->o.platform, b->platform.key, err);
	if (r < 0)
		return r;
	b->platform.dir = tt_xstrdup(b->o.platform);
	b->platform.boot_dir = tt_xstrdup(b->o.boot_dir == NULL ? "/" : b->o.boot_dir);
	return phase_end(p, err, "'%s'", b->o.platform);
}

int
build_site(struct build *b, struct tt_err **err)
{
	const char *key = spec_text(&b->spec, SPEC_SITE_KEY);
	const char *cert = spec_text(&b->spec, SPEC_SITE_CERT);
	const struct tt_buf *der;
	int r;

	if (*cert == '\0' || b->site_cert.len > 0)
		return 0;
	tt_buf_init(&b->site_cert, CERT_MAX);
	if (*key == '\0')
		return sign_certificate(cert, &b->site_cert, err);
	r = sign_key_open(key, cert, b->epoch, &b->site_key, err);
	if (r < 0)
		return r;
	der = sign_key_certificate(b->site_key);
	tt_buf_add(&b->site_cert, der->data, der->len);
	return 0;
}

int
build_platform(struct build *b, struct tt_err **err)
{
	tt_auto(free) char *out = tt_path_join(b->o.out, "platform");
	tt_auto(free) char *init = b->o.init != NULL ? tt_xstrdup(b->o.init)
						     : tt_path_join(b->o.out, "bin/init");
	struct platform_spec ps = {
		.source_dir = b->o.source,
		.out_dir = out,
		.stamp = b->stamp,
		.epoch = b->epoch,
		.programs = b->o.programs,
		.init = init,
		.root_hash = b->root_hash,
		.lock_strict = b->o.lock_strict,
		.relock = b->o.relock,
	};
	uint32_t level;
	int r;

	r = build_site(b, err);
	if (r < 0)
		return r;
	ps.site_cert = b->site_cert.data;
	ps.site_cert_len = b->site_cert.len;
	if (b->o.platform != NULL)
		return ready_platform(b, err);
	if (tt_parse_u32(spec_text(&b->spec, SPEC_COMPRESSION) + strlen("zstd-"), 1, 22,
		&level) == 0)
		ps.zstd_level = level;
	return platform_build(&ps, b->run, &b->platform, err);
}

void
build_release(struct build *b)
{
	spec_release(&b->spec);
	platform_out_release(&b->platform);
	phase_run_free(b->run);
	free(b->branch);
	free(b->git);
	free(b->build_stamp);
	free(b->out_dir);
	free(b->password_file);
	free(b->root_hash);
	sign_key_free(b->site_key);
	tt_buf_release(&b->site_cert);
	*b = (struct build){ 0 };
}
