// SPDX-License-Identifier: MPL-2.0
/*
 * `cache gc`: forget entries that have not been of use lately. An entry's last use is the
 * mtime of its entry.json.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "image/entry.h"
#include "image/phase.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/num.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/time.h"

struct found {
	char *dir;
	uint64_t bytes;
	int64_t used_s;
};

struct list {
	struct found *v;
	size_t n;
};

static void
tt_auto_list(struct list *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->v[i].dir);
	free(l->v);
}

static uint64_t
tree_bytes(const char *path)
{
	tt_auto(strv) char **names = NULL;
	uint64_t sum;
	struct stat st;

	if (lstat(path, &st) < 0)
		return 0;
	sum = (uint64_t)st.st_blocks * 512;
	if (!S_ISDIR(st.st_mode) || tt_dir_list(path, &names, NULL) < 0)
		return sum;
	for (size_t i = 0; i < tt_strv_len(names); i++) {
		tt_auto(free) char *sub = tt_path_join(path, names[i]);

		sum += tree_bytes(sub);
	}
	return sum;
}

static int
collect(const char *cache, struct list *l, struct tt_err **err)
{
	tt_auto(strv) char **phases = NULL;
	int r = tt_dir_list(cache, &phases, err);

	for (size_t i = 0; r >= 0 && i < tt_strv_len(phases); i++) {
		tt_auto(free) char *dir = tt_path_join(cache, phases[i]);
		tt_auto(strv) char **keys = NULL;

		if (!tt_path_is_dir(dir) || tt_dir_list(dir, &keys, NULL) < 0)
			continue;
		for (size_t k = 0; k < tt_strv_len(keys); k++) {
			tt_auto(free) char *entry = tt_path_join(dir, keys[k]);
			tt_auto(free) char *meta = tt_path_join(entry, ENTRY_META);
			struct stat st;

			if (strlen(keys[k]) != 32 || stat(meta, &st) < 0)
				continue;
			l->v = tt_xrealloc(l->v, (l->n + 1) * sizeof(*l->v));
			l->v[l->n++] =
			    (struct found){ tt_take(entry), 0, st.st_mtim.tv_sec };
			l->v[l->n - 1].bytes = tree_bytes(l->v[l->n - 1].dir);
		}
	}
	return r < 0 ? r : 0;
}

/* Folders of tmp/ are named <phase>.<pid>; those of processes that are gone are left-overs. */
static int
remove_left_overs(const char *cache, struct tt_err **err)
{
	tt_auto(free) char *tmp = tt_path_join(cache, ENTRY_TMP_DIR);
	tt_auto(strv) char **names = NULL;
	int r;

	if (!tt_path_is_dir(tmp))
		return 0;
	r = tt_dir_list(tmp, &names, err);
	for (size_t i = 0; r >= 0 && i < tt_strv_len(names); i++) {
		tt_auto(free) char *dir = tt_path_join(tmp, names[i]);
		const char *dot = strrchr(names[i], '.');
		uint32_t pid;

		if (dot == NULL || tt_parse_u32(dot + 1, 1, INT32_MAX, &pid) < 0 ||
		    (kill((pid_t)pid, 0) < 0 && errno == ESRCH))
			r = tt_remove_tree(dir, err);
	}
	return r;
}

static int
newest_first(const void *a, const void *b)
{
	const struct found *x = a, *y = b;

	return (x->used_s < y->used_s) - (x->used_s > y->used_s);
}

int
phase_cache_gc(const char *cache, uint64_t max_age_s, uint64_t max_bytes, bool dry_run,
    struct phase_gc *ret, struct tt_err **err)
{
	const int64_t now_s = tt_now_us() / 1000000;
	tt_auto(list) struct list l = { NULL, 0 };
	struct phase_gc sum = { 0 };
	uint64_t kept = 0;
	int r;

	r = collect(cache, &l, err);
	if (r >= 0 && !dry_run)
		r = remove_left_overs(cache, err);
	if (r < 0)
		return r;
	if (l.n > 0)
		qsort(l.v, l.n, sizeof(*l.v), newest_first);
	for (size_t i = 0; i < l.n; i++) {
		const struct found *f = &l.v[i];

		sum.entries++;
		sum.bytes += f->bytes;
		if (now_s - f->used_s <= (int64_t)max_age_s &&
		    (max_bytes == 0 || kept + f->bytes <= max_bytes)) {
			kept += f->bytes;
			continue;
		}
		r = dry_run ? 0 : tt_remove_tree(f->dir, err);
		if (r < 0)
			return r;
		sum.removed++;
		sum.removed_bytes += f->bytes;
	}
	*ret = sum;
	return 0;
}
