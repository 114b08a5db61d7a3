// SPDX-License-Identifier: MPL-2.0
/*
 * Tarballs as phases; see pack.h.
 *
 * All but a few hundred KiB of what we pack is compressed already (the root image, the
 * kernel, the initramfs), and gzip's fastest level gains half a per cent for three seconds
 * of processor time. So the frame is gzip's, for everybody's tar, and the contents are
 * copied into it.
 */
#include "image/pack.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "image/digest.h"
#include "image/out.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"

#define RECIPE "1"
#define LEVEL  0

#define ZSTD_LEVEL "-3"
#define ZSTD_MS    1800000

/* The list owns the strings; the array of them may move, they do not. */
static const char *
keep(struct pack *p, const char *text)
{
	if (text == NULL)
		return NULL;
	tt_strv_add(&p->texts, text);
	return p->texts[tt_strv_len(p->texts) - 1];
}

static struct tarball_file *
grow(struct pack *p, const char *name)
{
	p->files = tt_xrealloc(p->files, (p->n + 1) * sizeof(*p->files));
	p->files[p->n] = (struct tarball_file){ .name = keep(p, name) };
	return &p->files[p->n++];
}

void
pack_file(
    struct pack *p, const char *name, const char *from, uint64_t size, const char *sha256)
{
	struct tarball_file *f = grow(p, name);

	f->from = keep(p, from);
	f->size = size;
	f->sha256 = keep(p, sha256);
}

int
pack_sparse(struct pack *p, const char *name, const char *from, const json_t *extents,
    struct tt_err **err)
{
	struct tarball_file *f;
	struct stat st;

	if (stat(from, &st) < 0)
		return tt_err_errno(err, -errno, "reading '%s'", from);
	f = grow(p, name);
	f->from = keep(p, from);
	f->size = (uint64_t)st.st_size;
	f->extents = extents;
	return 0;
}

int
pack_found(struct build *b, struct pack *p, const char *folder, const char *from,
    struct tt_err **err)
{
	const char *base = tt_path_base(from);
	tt_auto(free) char *name =
	    *folder == '\0' ? tt_xstrdup(base) : tt_path_join(folder, base);
	char hex[TT_SHA256_HEX_LEN];
	uint64_t size;
	int r;

	r = digests_file(phase_run_digests(b->run), from, hex, &size, err);
	if (r >= 0)
		pack_file(p, name, from, size, hex);
	return r;
}

int
pack_password(struct build *b, struct pack *p, struct tt_err **err)
{
	int r;

	if (b->password_file == NULL)
		return 0;
	r = pack_found(b, p, "", b->password_file, err);
	if (r >= 0)
		p->files[p->n - 1].mode = 0600;
	return r;
}

void
pack_text(struct pack *p, const char *name, const void *text, size_t len, mode_t mode)
{
	struct tarball_file *f = grow(p, name);

	f->text = text;
	f->size = len;
	f->mode = mode;
}

void
pack_link(struct pack *p, const char *name, const char *target)
{
	struct tarball_file *f = grow(p, name);

	f->target = keep(p, target);
}

void
pack_tree(struct pack *p, const char *prefix, const struct keytree *t)
{
	for (size_t i = 0; i < t->count; i++) {
		const struct key_file *k = &t->files[i];
		tt_auto(free) char *name =
		    *prefix == '\0' ? tt_xstrdup(k->path) : tt_path_join(prefix, k->path);
		struct tarball_file *f = grow(p, name);

		f->from = k->from;
		f->text = k->data;
		f->size = k->size;
		f->sha256 = k->sha256;
		f->mode = tt_after_prefix(k->path, "private/") != NULL ? 0600 : 0644;
	}
}

void
pack_release(struct pack *p)
{
	free(p->files);
	tt_strv_free(p->texts);
	*p = (struct pack){ 0 };
}

static void
inputs(struct build *b, struct phase *p, const struct pack *list, const char *path)
{
	phase_input(p, "recipe", RECIPE);
	phase_inputf(p, "time", "%lld", (long long)b->epoch);
	phase_output(p, path);
	for (size_t i = 0; i < list->n; i++) {
		const struct tarball_file *f = &list->files[i];
		char hex[TT_SHA256_HEX_LEN] = "-";

		if (f->extents != NULL)
			out_data_digest(f->extents, hex);
		else if (f->sha256 != NULL)
			(void)tt_strcpy(hex, sizeof(hex), f->sha256);
		else if (f->text != NULL)
			tt_sha256_hex(f->text, (size_t)f->size, hex);
		phase_inputf(p, f->name, "%llu %s %o %s", (unsigned long long)f->size,
		    hex, f->mode, f->target != NULL ? f->target : "");
	}
}

static void
show_progress(void *ctx, uint64_t done, uint64_t total)
{
	phase_progress(ctx, done, total);
}

static int
fill(struct build *b, struct phase *p, const struct pack *list, const char *path,
    char sha256[TT_SHA256_HEX_LEN], struct tt_err **err)
{
	const struct tarball_opts opts = { .epoch = b->epoch,
		.gzip = true,
		.level = LEVEL,
		.progress = show_progress,
		.ctx = p };
	tt_auto(free) char *dir = tt_path_dir(path);
	tt_auto(free) char *tmp = tt_xprintf("%s/.%s.tmp", dir, tt_path_base(path));
	int r;

	r = tarball_write(tmp, list->files, list->n, &opts, sha256, err);
	if (r >= 0 && rename(tmp, path) < 0)
		r = tt_err_errno(err, -errno, "renaming '%s'", tmp);
	if (r < 0)
		(void)unlink(tmp);
	return r;
}

/* The digest is a fact of the phase; the line and the report's row. */
static int
finish(struct phase *p, const char *path, bool made, struct report *report,
    char sha256[TT_SHA256_HEX_LEN], struct tt_err **err)
{
	struct stat st = { 0 };
	int r;

	if (made)
		phase_fact(p, "sha256", sha256);
	else if (phase_fact_get(p, "sha256") != NULL)
		(void)tt_strcpy(sha256, TT_SHA256_HEX_LEN, phase_fact_get(p, "sha256"));
	(void)stat(path, &st);
	r = phase_end(p, err, "%.1f MB", (double)st.st_size / 1e6);
	if (r >= 0)
		report_add(report, path, NULL, sha256, made);
	return r;
}

int
pack_phase(struct build *b, const struct pack *p, const char *phase, const char *path,
    struct report *report, char sha256[TT_SHA256_HEX_LEN], struct tt_err **err)
{
	struct phase *ph = phase_begin(b->run, phase, "%s", tt_path_base(path));
	char hex[TT_SHA256_HEX_LEN] = "";
	int r, hit;

	inputs(b, ph, p, path);
	r = hit = phase_lookup(ph, err);
	if (r == 0)
		r = fill(b, ph, p, path, hex, err);
	if (r >= 0)
		r = finish(ph, path, !hit, report, hex, err);
	if (r >= 0 && sha256 != NULL)
		memcpy(sha256, hex, sizeof(hex));
	return r;
}

int
pack_zstd(struct build *b, const char *phase, const char *from, const json_t *extents,
    const char *path, struct report *report, struct tt_err **err)
{
	struct phase *p = phase_begin(b->run, phase, "%s", tt_path_base(path));
	tt_auto(free) char *dir = tt_path_dir(path);
	tt_auto(free) char *tmp = tt_xprintf("%s/.%s.tmp", dir, tt_path_base(path));
	const char *const argv[] = { "zstd", "-q", "-f", ZSTD_LEVEL, "-T0", from, "-o",
		tmp, NULL };
	const struct tt_proc_opts opts = { .timeout_ms = ZSTD_MS };
	char hex[TT_SHA256_HEX_LEN] = "";
	int r, hit;

	out_data_digest(extents, hex);
	phase_input(p, "recipe", RECIPE);
	phase_input(p, "level", ZSTD_LEVEL);
	phase_input(p, "data", hex);
	phase_output(p, path);
	r = hit = phase_lookup(p, err);
	if (r == 0)
		r = phase_exec(p, argv, &opts, err);
	if (r >= 0 && !hit)
		r = tt_sha256_file(tmp, hex, NULL, err);
	if (r >= 0 && !hit && rename(tmp, path) < 0)
		r = tt_err_errno(err, -errno, "renaming '%s'", tmp);
	if (r < 0)
		(void)unlink(tmp);
	return r < 0 ? r : finish(p, path, !hit, report, hex, err);
}
