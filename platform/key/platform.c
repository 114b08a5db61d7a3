// SPDX-License-Identifier: MPL-2.0
/*
 * Platforms of a tree: their list, their digests, the judgement of one folder.
 */
#include "platform/key/platform.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "platform/key/hasher.h"
#include "platform/key/platmanifest.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"

#define STAMP_T   8 /* where the T stands */
#define SMALL_MAX (64 * TT_KIB)

static const char *const needed[] = { "vmlinuz", "initrd", "root.img", "root.verity",
	"boot.cfg", PLATFORM_MANIFEST };

bool
key_stamp_valid(const char *stamp)
{
	if (strlen(stamp) != KEY_STAMP_LEN || stamp[0] != '2' || stamp[STAMP_T] != 'T' ||
	    stamp[KEY_STAMP_LEN - 1] != 'Z')
		return false;
	for (size_t i = 0; i < KEY_STAMP_LEN - 1; i++)
		if (i != STAMP_T && !isdigit((unsigned char)stamp[i]))
			return false;
	return true;
}

char *
key_running(const char *cmdline)
{
	tt_auto(strv) char **words = tt_split(cmdline, ' ');

	for (char **w = words; w && *w; w++) {
		const char *path = tt_after_prefix(*w, "triton.root=/os/");
		tt_auto(free) char *stamp = NULL;

		if (!path)
			continue;
		stamp = tt_xstrndup(path, strcspn(path, "/"));
		if (key_stamp_valid(stamp))
			return tt_take(stamp);
	}
	return NULL;
}

void
key_platforms_release(struct key_platforms *p)
{
	for (size_t i = 0; i < p->n; i++)
		free(p->v[i].stamp);
	free(p->v);
	*p = (struct key_platforms){ 0 };
}

/* Files of a folder and its sub-folders, relative to top (tt_strv). */
static int
walk(const char *top, const char *below, char ***ret, struct tt_err **err)
{
	tt_auto(free) char *dir = tt_path_join(top, below);
	tt_auto(strv) char **names = NULL;
	int r = tt_dir_list(*below ? dir : top, &names, err);

	for (char **n = names; r == 0 && n && *n; n++) {
		tt_auto(free) char *rel =
		    *below ? tt_path_join(below, *n) : tt_xstrdup(*n);
		tt_auto(free) char *path = tt_path_join(top, rel);

		if (tt_path_is_dir(path))
			r = walk(top, rel, ret, err);
		else
			tt_strv_add(ret, rel);
	}
	return r;
}

static uint64_t
tree_bytes(const char *dir)
{
	tt_auto(strv) char **files = NULL;
	uint64_t sum = 0;

	(void)walk(dir, "", &files, NULL);
	for (char **f = files; f && *f; f++) {
		tt_auto(free) char *path = tt_path_join(dir, *f);
		struct stat st;

		if (stat(path, &st) == 0)
			sum += (uint64_t)st.st_size;
	}
	return sum;
}

int
key_platforms_list(const char *tree, struct key_platforms *ret, struct tt_err **err)
{
	tt_auto(free) char *os = tt_path_join(tree, "os");
	tt_auto(strv) char **names = NULL;
	int r = tt_path_exists(os) ? tt_dir_list(os, &names, err) : 0;

	if (r < 0)
		return r;
	*ret = (struct key_platforms){ 0 };
	for (char **n = names; n && *n; n++) {
		tt_auto(free) char *dir = tt_path_join(os, *n);

		if (!key_stamp_valid(*n) || !tt_path_is_dir(dir))
			continue;
		ret->v = tt_xrealloc(ret->v, (ret->n + 1) * sizeof(*ret->v));
		ret->v[ret->n++] =
		    (struct key_platform){ tt_xstrdup(*n), tree_bytes(dir) };
	}
	return 0;
}

bool
key_platforms_has(const struct key_platforms *p, const char *stamp)
{
	for (size_t i = 0; i < p->n; i++)
		if (tt_streq(p->v[i].stamp, stamp))
			return true;
	return false;
}

void
key_progress_add(struct key_progress *p, uint64_t bytes)
{
	if (!p)
		return;
	p->done += bytes;
	if (p->fn)
		p->fn(p->done, p->total, p->ctx);
}

int
key_pump(int in, int out, char hex[TT_SHA256_HEX_LEN], uint64_t *ret_size,
    struct key_progress *p)
{
	tt_auto(key_hasher) struct key_hasher *h = key_hasher_new();
	uint64_t size = 0;
	ssize_t n;

	do {
		char *buf = key_hasher_get(h);

		n = tt_read_all(in, buf, KEY_HASH_CHUNK);
		if (n < 0)
			return (int)n;
		if (out >= 0) {
			int r = tt_write_all(out, buf, (size_t)n);

			if (r < 0)
				return r;
		}
		key_hasher_put(h, (size_t)n);
		size += (uint64_t)n;
		key_progress_add(p, (uint64_t)n);
	} while ((size_t)n == KEY_HASH_CHUNK);
	key_hasher_end(h, hex);
	*ret_size = size;
	return 0;
}

int
key_tree_hash(
    const char *dir, struct key_progress *p, struct manifest *ret, struct tt_err **err)
{
	tt_auto(manifest) struct manifest m = { 0 };
	tt_auto(strv) char **files = NULL;
	int r = walk(dir, "", &files, err);

	if (r == 0 && p && p->total == 0)
		p->total = tree_bytes(dir);
	for (char **f = files; r == 0 && f && *f; f++) {
		tt_auto(free) char *path = tt_path_join(dir, *f);
		tt_auto(close) int fd = open(path, O_RDONLY | O_CLOEXEC);
		char hex[TT_SHA256_HEX_LEN];
		uint64_t size;

		if (fd < 0)
			return tt_err_errno(err, -errno, "opening '%s'", path);
		r = key_pump(fd, -1, hex, &size, p);
		if (r < 0)
			return tt_err_errno(err, r, "reading '%s'", path);
		manifest_add(&m, *f, size, hex);
	}
	if (r < 0)
		return r;
	manifest_sort(&m);
	*ret = m;
	m = (struct manifest){ 0 };
	return 0;
}

static int
damaged(struct tt_err **err, const char *stamp, const char *file, const char *what)
{
	return tt_err_set(err, -EBADMSG, "PlatformDamaged",
	    "platform %s, file '%s': %s; get the platform again", stamp, file, what);
}

static int
read_small(const char *dir, const char *name, size_t max, struct tt_buf *ret,
    struct tt_err **err)
{
	tt_auto(free) char *path = tt_path_join(dir, name);

	tt_buf_init(ret, max);
	return tt_file_read(path, ret, err);
}

/* Each listed file is there as it should be; sizes of 0 are not known (SHA256SUMS). */
static int
check_listed(const char *stamp, const struct manifest *list, bool sizes,
    const struct manifest *got, struct tt_err **err)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct manifest_file *f = &list->v[i];
		const struct manifest_file *g = manifest_find(got, f->path);

		if (!g)
			return damaged(err, stamp, f->path, "it is missing");
		if (sizes && g->size != f->size)
			return damaged(
			    err, stamp, f->path, "its size is not the manifest's");
		if (!tt_streq(g->sha256, f->sha256))
			return damaged(
			    err, stamp, f->path, "its digest is not the manifest's");
	}
	return 0;
}

/* Nothing may be there that nobody vouches for. */
static int
check_strangers(const char *stamp, const struct manifest *a, const struct manifest *b,
    const struct manifest *got, struct tt_err **err)
{
	for (size_t i = 0; i < got->n; i++) {
		const char *path = got->v[i].path;

		if (!manifest_find(a, path) && !manifest_find(b, path) &&
		    !tt_streq(path, PLATFORM_MANIFEST) &&
		    !tt_streq(path, PLATFORM_SUMS) &&
		    !tt_streq(path, PLATFORM_SUMS ".p7s"))
			return damaged(err, stamp, path, "no manifest lists it");
	}
	return 0;
}

static int
check_sums(const char *dir, const char *stamp, const struct manifest *got,
    struct manifest *sums, struct tt_err **err)
{
	tt_auto(buf) struct tt_buf text = { 0 };
	int r;

	if (!manifest_find(got, PLATFORM_SUMS))
		return 0;
	r = read_small(dir, PLATFORM_SUMS, SMALL_MAX, &text, err);
	if (r == 0)
		r = platform_sums_parse(
		    PLATFORM_SUMS, tt_buf_str(&text), text.len, stamp, sums, err);
	if (r == 0 && !manifest_find(sums, PLATFORM_MANIFEST))
		r = damaged(
		    err, stamp, PLATFORM_SUMS, "it does not list " PLATFORM_MANIFEST);
	return r < 0 ? r : check_listed(stamp, sums, false, got, err);
}

static int
check_bootcfg(
    const char *dir, const char *stamp, const char *roothash, struct tt_err **err)
{
	tt_auto(buf) struct tt_buf text = { 0 };
	tt_auto(free) char *hash = NULL;
	int r = read_small(dir, "boot.cfg", SMALL_MAX, &text, err);

	if (r < 0)
		return r;
	hash = platform_bootcfg_roothash(tt_buf_str(&text), text.len);
	if (!tt_streq(hash, roothash))
		return damaged(
		    err, stamp, "boot.cfg", "its root hash is not the manifest's");
	return 0;
}

int
key_platform_check(
    const char *dir, const char *stamp, const struct manifest *got, struct tt_err **err)
{
	tt_auto(platform_manifest) struct platform_manifest m = { 0 };
	tt_auto(manifest) struct manifest sums = { 0 };
	tt_auto(buf) struct tt_buf text = { 0 };
	int r;

	for (size_t i = 0; i < TT_ARRAY_LEN(needed); i++)
		if (!manifest_find(got, needed[i]))
			return damaged(err, stamp, needed[i], "it is missing");
	r = read_small(dir, PLATFORM_MANIFEST, PLATFORM_MANIFEST_MAX, &text, err);
	if (r == 0)
		r = platform_manifest_parse(
		    PLATFORM_MANIFEST, tt_buf_str(&text), text.len, &m, err);
	if (r < 0)
		return tt_err_wrap(err, r, "platform %s", stamp);
	if (!tt_streq(m.stamp, stamp))
		return damaged(
		    err, stamp, PLATFORM_MANIFEST, "it is that of another platform");
	r = check_listed(stamp, &m.files, true, got, err);
	if (r == 0)
		r = check_sums(dir, stamp, got, &sums, err);
	if (r == 0)
		r = check_strangers(stamp, &m.files, &sums, got, err);
	return r < 0 ? r : check_bootcfg(dir, stamp, m.roothash, err);
}

int
key_platform_verify(
    const char *dir, const char *stamp, struct key_progress *p, struct tt_err **err)
{
	tt_auto(manifest) struct manifest got = { 0 };
	int r = key_tree_hash(dir, p, &got, err);

	return r < 0 ? r : key_platform_check(dir, stamp, &got, err);
}

/* A file that the manifest does not list: its digest is that of the sums, or is taken. */
static int
add_unlisted(const char *dir, const char *name, const struct manifest *sums,
    struct manifest *m, struct tt_err **err)
{
	tt_auto(free) char *path = tt_path_join(dir, name);
	const struct manifest_file *f = manifest_find(sums, name);
	char hex[TT_SHA256_HEX_LEN];
	uint64_t size = 0;
	struct stat st;
	int r;

	if (f && stat(path, &st) == 0) {
		manifest_add(m, name, (uint64_t)st.st_size, f->sha256);
		return 0;
	}
	r = tt_sha256_file(path, hex, &size, err);

	if (r == 0)
		manifest_add(m, name, size, hex);
	return r;
}

int
key_platform_files(
    const char *dir, const char *stamp, struct manifest *ret, struct tt_err **err)
{
	tt_auto(platform_manifest) struct platform_manifest m = { 0 };
	tt_auto(manifest) struct manifest sums = { 0 };
	tt_auto(buf) struct tt_buf text = { 0 }, list = { 0 };
	tt_auto(strv) char **files = NULL;
	int r = read_small(dir, PLATFORM_MANIFEST, PLATFORM_MANIFEST_MAX, &text, err);

	if (r == 0)
		r = platform_manifest_parse(
		    PLATFORM_MANIFEST, tt_buf_str(&text), text.len, &m, err);
	if (r == 0 && !tt_streq(m.stamp, stamp))
		r = damaged(
		    err, stamp, PLATFORM_MANIFEST, "it is that of another platform");
	if (r == 0 && read_small(dir, PLATFORM_SUMS, SMALL_MAX, &list, NULL) == 0)
		r = platform_sums_parse(
		    PLATFORM_SUMS, tt_buf_str(&list), list.len, stamp, &sums, err);
	if (r == 0)
		r = walk(dir, "", &files, err);
	for (char **f = files; r == 0 && f && *f; f++)
		if (!manifest_find(&m.files, *f))
			r = add_unlisted(dir, *f, &sums, &m.files, err);
	if (r < 0)
		return r;
	manifest_sort(&m.files);
	*ret = m.files;
	m.files = (struct manifest){ 0 };
	return 0;
}
