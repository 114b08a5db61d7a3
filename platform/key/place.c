// SPDX-License-Identifier: MPL-2.0
/*
 * Platforms to and off the media, and the manifests that follow them. Order on a medium:
 * files under a temporary name, rename, manifest; so what a manifest lists is there. Signed
 * entries (uki.h) come behind them.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "platform/key/copymark.h"
#include "platform/key/platform.h"
#include "platform/key/repair.h"
#include "platform/key/uki.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"

#define CLUSTER (32 * TT_KIB) /* the largest of FAT32: what a file wastes at most */
#define RESERVE (4 * TT_MIB)  /* stays free for config and the like */

static int
load_manifest(const char *tree, struct manifest *ret, struct tt_err **err)
{
	tt_auto(free) char *path = tt_path_join(tree, KEY_MANIFEST);
	tt_auto(buf) struct tt_buf text = TT_BUF_INIT(MANIFEST_MAX);
	int r = tt_file_read(path, &text, err);

	return r < 0 ? r : manifest_parse(path, tt_buf_str(&text), text.len, ret, err);
}

/* os/<stamp> of a tree is whole as its manifest lists it: names and sizes. */
static bool
is_whole(const char *tree, const struct manifest *m, const char *stamp, size_t files)
{
	tt_auto(free) char *prefix = tt_xprintf("os/%s/", stamp);
	size_t n = 0;

	for (size_t i = 0; i < m->n; i++) {
		tt_auto(free) char *path = tt_path_join(tree, m->v[i].path);
		struct stat st;

		if (!tt_after_prefix(m->v[i].path, prefix))
			continue;
		if (stat(path, &st) < 0 || (uint64_t)st.st_size != m->v[i].size)
			return false;
		n++;
	}
	return n > 0 && n == files;
}

static int
check_space(const struct key_medium *m, const struct manifest *files, uint64_t entries,
    const char *stamp, struct tt_err **err)
{
	struct statvfs fs;
	unsigned long long need = files->bytes + files->n * CLUSTER + entries + RESERVE;
	unsigned long long have;

	if (statvfs(m->where, &fs) < 0)
		return tt_err_errno(err, -errno, "looking at %s", m->device);
	have = (unsigned long long)fs.f_bavail * fs.f_frsize;
	if (have >= need)
		return 0;
	return tt_err_set(err, -ENOSPC, "NoSpace",
	    "the boot medium %s lacks %llu MB for platform %s: remove an old one with "
	    "`sdcadm platform remove`",
	    m->device, (need - have) / 1000000 + 1, stamp);
}

static int
copy_one(const char *from, const char *to, const struct manifest_file *f,
    struct key_progress *p, struct tt_err **err)
{
	tt_auto(free) char *dir = tt_path_dir(to);
	tt_auto(close) int in = open(from, O_RDONLY | O_CLOEXEC), out = -1;
	char hex[TT_SHA256_HEX_LEN];
	uint64_t size;
	int r;

	if (in < 0)
		return tt_err_errno(err, -errno, "opening '%s'", from);
	r = tt_mkdir_p(dir, 0700, err);
	if (r < 0)
		return r;
	out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (out < 0)
		return tt_err_errno(err, -errno, "making '%s'", to);
	r = key_pump(in, out, hex, &size, p);
	if (r < 0)
		return tt_err_errno(err, r, "copying '%s' to '%s'", from, to);
	if (size != f->size || !tt_streq(hex, f->sha256))
		return tt_err_set(err, -EBADMSG, "PlatformDamaged",
		    "'%s' changed since it was installed: install the platform again",
		    from);
	if (fsync(out) < 0)
		return tt_err_errno(err, -errno, "writing '%s'", to);
	return 0;
}

/* Files of the platform in the copy with their digests: what its manifest says. */
static int
source_files(
    const char *copy, const char *stamp, struct manifest *ret, struct tt_err **err)
{
	tt_auto(free) char *rel = tt_xprintf("os/%s", stamp);
	tt_auto(free) char *dir = tt_path_join(copy, rel);

	if (!tt_path_is_dir(dir))
		return tt_err_set(err, -ENOENT, "NotFound",
		    "platform %s is not installed ('%s' is not there): `sdcadm platform "
		    "install` it first",
		    stamp, dir);
	return key_platform_files(dir, stamp, ret, err);
}

static int
save_manifest(const char *tree, struct manifest *m, struct tt_err **err)
{
	tt_auto(free) char *path = tt_path_join(tree, KEY_MANIFEST);
	tt_auto(free) char *text = NULL;

	manifest_sort(m);
	text = manifest_text(m);
	return tt_file_replace(path, text, strlen(text), 0444, err);
}

static int
add_files(struct key_set *s, size_t i, const char *stamp, const struct manifest *files,
    uint64_t entries, struct key_progress *p, struct tt_err **err)
{
	const char *top = s->v[i].where;
	tt_auto(free) char *from = tt_xprintf("%s/os/%s", s->copy, stamp);
	tt_auto(free) char *to = tt_xprintf("%s/os/%s", top, stamp);
	tt_auto(free) char *tmp = tt_xprintf("%s/os/%s.new", top, stamp);
	tt_auto(free) char *prefix = tt_xprintf("os/%s/", stamp);
	tt_auto(free) char *os = tt_path_join(top, "os");
	tt_auto(manifest) struct manifest m = { 0 };
	int r = load_manifest(top, &m, err);

	if (r < 0 || is_whole(top, &m, stamp, files->n))
		return r;
	/* what an earlier attempt left behind does not count as used space */
	r = tt_remove_tree(tmp, err);
	if (r == 0)
		r = tt_remove_tree(to, err);
	if (r == 0)
		r = check_space(&s->v[i], files, entries, stamp, err);
	for (size_t k = 0; r == 0 && k < files->n; k++) {
		tt_auto(free) char *a = tt_path_join(from, files->v[k].path);
		tt_auto(free) char *b = tt_path_join(tmp, files->v[k].path);

		r = copy_one(a, b, &files->v[k], p, err);
	}
	if (r < 0) {
		(void)tt_remove_tree(tmp, NULL);
		return r;
	}
	if (rename(tmp, to) < 0)
		return tt_err_errno(err, -errno, "putting '%s' in place", to);
	(void)tt_fsync_dir(os);
	manifest_drop(&m, prefix);
	for (size_t k = 0; k < files->n; k++) {
		tt_auto(free) char *path = tt_path_join(prefix, files->v[k].path);

		manifest_add(&m, path, files->v[k].size, files->v[k].sha256);
	}
	return save_manifest(top, &m, err);
}

/* The files for os/<stamp> of a medium: signed entries have a place of their own there. */
static void
split(const struct manifest *files, struct manifest *ret)
{
	*ret = (struct manifest){ 0 };
	for (size_t i = 0; i < files->n; i++)
		if (!tt_after_prefix(files->v[i].path, UKI_PART))
			manifest_add(
			    ret, files->v[i].path, files->v[i].size, files->v[i].sha256);
}

int
key_platform_add(
    struct key_set *s, const char *stamp, struct key_progress *p, struct tt_err **err)
{
	tt_auto(manifest) struct manifest files = { 0 }, plain = { 0 };
	tt_auto(free) char *dir = tt_xprintf("%s/os/%s", s->copy, stamp);
	bool equal = key_copy_is_current(s);
	int r = source_files(s->copy, stamp, &files, err);

	if (r < 0)
		return r;
	split(&files, &plain);
	if (p)
		p->total = files.bytes * s->n;
	for (size_t i = 0; r == 0 && i < s->n; i++) {
		const char *top = s->v[i].where;

		r = uki_fits(top, dir, stamp, &files, err);
		if (r == 0)
			r = add_files(
			    s, i, stamp, &plain, files.bytes - plain.bytes, p, err);
		if (r == 0 && uki_medium(top))
			r = uki_add(top, dir, stamp, &files, p, err);
	}
	if (r == 0)
		r = key_sync(s, err);
	return r < 0 || !equal ? r : key_copy_follow(s, err);
}

static int
remove_from(const char *top, const char *stamp, struct tt_err **err)
{
	tt_auto(free) char *dir = tt_xprintf("%s/os/%s", top, stamp);
	tt_auto(free) char *tmp = tt_xprintf("%s/os/%s.new", top, stamp);
	tt_auto(free) char *prefix = tt_xprintf("os/%s/", stamp);
	tt_auto(manifest) struct manifest m = { 0 };
	size_t had;
	int r = load_manifest(top, &m, err);

	if (r < 0)
		return r;
	had = m.n;
	manifest_drop(&m, prefix);
	if (m.n != had)
		r = save_manifest(top, &m, err);
	if (r == 0)
		r = tt_remove_tree(dir, err);
	if (r == 0 && uki_medium(top))
		r = uki_remove(top, stamp, err);
	return r < 0 ? r : tt_remove_tree(tmp, err);
}

int
key_platform_remove(struct key_set *s, const char *stamp, struct tt_err **err)
{
	bool equal = key_copy_is_current(s);
	int r = 0;

	for (size_t i = 0; r == 0 && i < s->n; i++)
		r = remove_from(s->v[i].where, stamp, err);
	if (r == 0)
		r = key_sync(s, err);
	return r < 0 || !equal ? r : key_copy_follow(s, err);
}

static int
put_one(const char *top, const char *path, const char *from, const char *hex,
    uint64_t size, struct tt_err **err)
{
	tt_auto(free) char *to = tt_path_join(top, path);
	tt_auto(manifest) struct manifest m = { 0 };
	const struct manifest_file *f;
	int r = load_manifest(top, &m, err);

	if (r < 0)
		return r;
	f = manifest_find(&m, path);
	if (f && tt_streq(f->sha256, hex) && tt_path_exists(to))
		return 0;
	r = key_copy_file(from, to, err);
	if (r < 0)
		return r;
	manifest_drop_path(&m, path);
	manifest_add(&m, path, size, hex);
	r = save_manifest(top, &m, err);
	return r < 0 ? r : 1;
}

int
key_put_listed(struct key_set *s, const char *path, const char *from, struct tt_err **err)
{
	char hex[TT_SHA256_HEX_LEN];
	uint64_t size = 0;
	int r = tt_sha256_file(from, hex, &size, err), wrote = 0;

	for (size_t i = 0; r >= 0 && i < s->n; i++) {
		r = put_one(s->v[i].where, path, from, hex, size, err);
		wrote |= r > 0;
	}
	return r < 0 ? r : wrote;
}
