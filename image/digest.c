// SPDX-License-Identifier: MPL-2.0
/*
 * The digest memory: an open hash table of (path, stat) -> SHA-256, kept as text lines
 * "sha256 size mtime_ns ctime_ns inode path".
 */
#include "image/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/num.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/time.h"

#define MEMORY_MAX (64 * TT_MIB)
/* A file changed this recently may change again within one tick of the clock. */
#define RACY_NS (100 * 1000 * 1000LL)

struct known {
	char *path; /* NULL = free slot */
	uint64_t size, ino;
	int64_t mtime_ns, ctime_ns;
	char hex[TT_SHA256_HEX_LEN];
};

struct digests {
	char *path;
	struct known *slots;
	size_t space, used; /* space is a power of two */
	bool changed;
};

static struct known *
slot_of(struct known *slots, size_t space, const char *path)
{
	uint64_t h = 14695981039346656037ULL;
	size_t i;

	for (const char *c = path; *c != '\0'; c++)
		h = (h ^ (uint8_t)*c) * 1099511628211ULL;
	for (i = h & (space - 1); slots[i].path != NULL; i = (i + 1) & (space - 1))
		if (strcmp(slots[i].path, path) == 0)
			break;
	return &slots[i];
}

static void
grow(struct digests *d)
{
	size_t space = d->space == 0 ? 1024 : d->space * 2;
	struct known *slots = tt_xcalloc(space, sizeof(*slots));

	for (size_t i = 0; i < d->space; i++)
		if (d->slots[i].path != NULL)
			*slot_of(slots, space, d->slots[i].path) = d->slots[i];
	free(d->slots);
	d->slots = slots;
	d->space = space;
}

/* The slot for path, made when it is new. */
static struct known *
remember(struct digests *d, const char *path)
{
	struct known *k;

	if (d->used * 2 >= d->space)
		grow(d);
	k = slot_of(d->slots, d->space, path);
	if (k->path == NULL) {
		k->path = tt_xstrdup(path);
		d->used++;
	}
	return k;
}

/* One line of the memory; anything odd is skipped, it costs only a second reading. */
static void
load_line(struct digests *d, char *line)
{
	char *field[6];
	char *rest = line;
	uint8_t digest[TT_SHA256_SIZE];
	struct known v = { 0 };
	struct known *k;
	size_t n = 0;

	for (; n < 5; n++) {
		field[n] = rest;
		rest = strchr(rest, ' ');
		if (rest == NULL)
			return;
		*rest++ = '\0';
	}
	if (strlen(field[0]) != 64 || tt_unhex(field[0], digest, sizeof(digest)) < 0 ||
	    tt_parse_u64(field[1], 0, UINT64_MAX, &v.size) < 0 ||
	    tt_parse_i64(field[2], INT64_MIN, INT64_MAX, &v.mtime_ns) < 0 ||
	    tt_parse_i64(field[3], INT64_MIN, INT64_MAX, &v.ctime_ns) < 0 ||
	    tt_parse_u64(field[4], 0, UINT64_MAX, &v.ino) < 0 || *rest != '/')
		return;
	k = remember(d, rest);
	v.path = k->path;
	tt_hex(digest, sizeof(digest), v.hex);
	*k = v;
}

struct digests *
digests_load(const char *path)
{
	struct digests *d = tt_xalloc(sizeof(*d));
	tt_auto(buf) struct tt_buf text = TT_BUF_INIT(MEMORY_MAX);
	char *line, *next;

	grow(d);
	d->path = tt_xstrdup_null(path);
	if (path == NULL || tt_file_read(path, &text, NULL) < 0 || text.data == NULL)
		return d;
	for (line = text.data; line != NULL; line = next) {
		next = strchr(line, '\n');
		if (next != NULL)
			*next++ = '\0';
		load_line(d, line);
	}
	return d;
}

static void
save(struct digests *d)
{
	tt_auto(buf) struct tt_buf out = TT_BUF_INIT(MEMORY_MAX);

	for (size_t i = 0; i < d->space; i++) {
		const struct known *k = &d->slots[i];

		if (k->path != NULL && strchr(k->path, '\n') == NULL)
			tt_buf_addf(&out, "%s %llu %lld %lld %llu %s\n", k->hex,
			    (unsigned long long)k->size, (long long)k->mtime_ns,
			    (long long)k->ctime_ns, (unsigned long long)k->ino, k->path);
	}
	(void)tt_file_replace(d->path, tt_buf_str(&out), out.len, 0644, NULL);
}

void
digests_free(struct digests *d)
{
	if (d == NULL)
		return;
	if (d->changed && d->path != NULL)
		save(d);
	for (size_t i = 0; i < d->space; i++)
		free(d->slots[i].path);
	free(d->slots);
	free(d->path);
	free(d);
}

static int64_t
ns_of(struct timespec t)
{
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static char *
absolute(const char *path)
{
	tt_auto(free) char *cwd = NULL;

	if (*path == '/')
		return tt_xstrdup(path);
	cwd = getcwd(NULL, 0);
	return tt_path_join(cwd == NULL ? "/" : cwd, path);
}

int
digests_file(struct digests *d, const char *path, char hex[TT_SHA256_HEX_LEN],
    uint64_t *ret_size, struct tt_err **err)
{
	tt_auto(free) char *abs = absolute(path);
	struct known *k;
	struct stat st;
	int r;

	if (stat(path, &st) < 0)
		return tt_err_errno(err, -errno, "reading '%s' for its digest", path);
	k = slot_of(d->slots, d->space, abs);
	if (k->path == NULL || k->size != (uint64_t)st.st_size || k->ino != st.st_ino ||
	    k->mtime_ns != ns_of(st.st_mtim) || k->ctime_ns != ns_of(st.st_ctim)) {
		r = tt_sha256_file(path, hex, NULL, err);
		if (r < 0)
			return r;
		if (tt_now_us() * 1000 - ns_of(st.st_ctim) > RACY_NS) {
			k = remember(d, abs);
			k->size = (uint64_t)st.st_size;
			k->ino = st.st_ino;
			k->mtime_ns = ns_of(st.st_mtim);
			k->ctime_ns = ns_of(st.st_ctim);
			memcpy(k->hex, hex, TT_SHA256_HEX_LEN);
			d->changed = true;
		}
	} else {
		memcpy(hex, k->hex, TT_SHA256_HEX_LEN);
	}
	if (ret_size != NULL)
		*ret_size = (uint64_t)st.st_size;
	return 0;
}

static void
add_text(struct tt_sha256 *h, const char *s)
{
	tt_sha256_add(h, s, strlen(s) + 1);
}

static int
add_link(struct tt_sha256 *h, const char *path, struct tt_err **err)
{
	char target[4096];
	ssize_t n = readlink(path, target, sizeof(target) - 1);

	if (n < 0)
		return tt_err_errno(err, -errno, "reading link '%s'", path);
	target[n] = '\0';
	add_text(h, target);
	return 0;
}

/* rel is the path below the tree's top, "" for the top itself. */
static int
add_node(struct digests *d, struct tt_sha256 *h, const char *path, const char *rel,
    struct tt_err **err)
{
	tt_auto(strv) char **names = NULL;
	char hex[TT_SHA256_HEX_LEN];
	struct stat st;
	int r;

	if (lstat(path, &st) < 0)
		return tt_err_errno(err, -errno, "reading '%s' for its digest", path);
	add_text(h, S_ISDIR(st.st_mode) ? "d" : S_ISLNK(st.st_mode) ? "l" : "f");
	add_text(h, rel);
	add_text(h, (st.st_mode & 0100) != 0 ? "x" : "-");
	if (S_ISLNK(st.st_mode))
		return add_link(h, path, err);
	if (S_ISREG(st.st_mode)) {
		r = digests_file(d, path, hex, NULL, err);
		if (r >= 0)
			add_text(h, hex);
		return r;
	}
	if (!S_ISDIR(st.st_mode))
		return tt_err_set(err, -EINVAL, "InvalidInput",
		    "'%s' is neither file, folder nor link: remove it", path);
	r = tt_dir_list(path, &names, err);
	for (size_t i = 0; r >= 0 && i < tt_strv_len(names); i++) {
		tt_auto(free) char *below = tt_path_join(path, names[i]);
		tt_auto(free) char *below_rel =
		    *rel == '\0' ? tt_xstrdup(names[i]) : tt_path_join(rel, names[i]);

		r = add_node(d, h, below, below_rel, err);
	}
	return r;
}

int
digests_tree(
    struct digests *d, const char *path, char hex[TT_SHA256_HEX_LEN], struct tt_err **err)
{
	uint8_t digest[TT_SHA256_SIZE];
	struct tt_sha256 h;
	int r;

	tt_sha256_init(&h);
	r = add_node(d, &h, path, "", err);
	if (r < 0)
		return r;
	tt_sha256_end(&h, digest);
	tt_hex(digest, sizeof(digest), hex);
	return 0;
}
