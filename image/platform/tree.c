// SPDX-License-Identifier: MPL-2.0
/*
 * Nodes: an array that is sorted, and thinned to the newest of each path, when it is asked.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "image/platform/tree_private.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/buf.h"
#include "platform/lib/base/str.h"

struct tree *
tree_new(void)
{
	return tt_xalloc(sizeof(struct tree));
}

static void
node_release(struct tree_node *n)
{
	free(n->path);
	free(n->link);
	free(n->file);
}

void
tree_free(struct tree *t)
{
	if (t == NULL)
		return;
	for (size_t i = 0; i < t->count; i++)
		node_release(&t->nodes[i].node);
	for (size_t i = 0; i < t->map_count; i++)
		munmap(t->maps[i].data, t->maps[i].size);
	for (size_t i = 0; i < t->owned_count; i++)
		free(t->owned[i]);
	free(t->nodes);
	free(t->maps);
	free(t->owned);
	free(t);
}

void
tree_keep_map(struct tree *t, void *data, size_t size)
{
	t->maps = tt_xrealloc(t->maps, (t->map_count + 1) * sizeof(*t->maps));
	t->maps[t->map_count++] = (struct tree_map){ .data = data, .size = size };
}

/* "./usr//x/" and "lib/x" become "usr/x" and "usr/lib/x"; "" for the root. Caller frees. */
char *
tree_clean_path(const char *path)
{
	static const char *const merged[] = { "bin", "sbin", "lib", "lib64" };
	tt_auto(buf) struct tt_buf b = TT_BUF_INIT(4096);

	for (const char *p = path; *p != '\0';) {
		size_t n = strcspn(p, "/");

		if (n > 0 && !(n == 1 && *p == '.')) {
			for (size_t i = 0; b.len == 0 && i < TT_ARRAY_LEN(merged); i++)
				if (p[n] == '/' && strlen(merged[i]) == n &&
				    memcmp(merged[i], p, n) == 0) {
					tt_buf_adds(&b, "usr");
					break;
				}
			if (b.len > 0)
				tt_buf_addc(&b, '/');
			tt_buf_add(&b, p, n);
		}
		p += n;
		p += *p == '/';
	}
	return tt_buf_detach(&b);
}

struct tree_node *
tree_add_node(struct tree *t, const char *path, mode_t mode)
{
	struct tree_slot *s;

	if (t->count == t->space) {
		t->space = t->space == 0 ? 1024 : t->space * 2;
		t->nodes = tt_xrealloc(t->nodes, t->space * sizeof(*t->nodes));
	}
	s = &t->nodes[t->count];
	*s = (struct tree_slot){ .age = t->count,
		.node = { .path = tree_clean_path(path), .mode = mode } };
	t->count++;
	t->dirty = true;
	return &s->node;
}

static int
by_path_and_age(const void *a, const void *b)
{
	const struct tree_slot *p = a, *q = b;
	int c = strcmp(p->node.path, q->node.path);

	if (c != 0)
		return c;
	return p->age < q->age ? -1 : p->age > q->age;
}

/* Sorted, one node a path. Ages are dealt out anew, so later adds stay younger. */
static void
settle(struct tree *t)
{
	size_t out = 0;

	if (!t->dirty)
		return;
	if (t->count > 0)
		qsort(t->nodes, t->count, sizeof(*t->nodes), by_path_and_age);
	for (size_t i = 0; i < t->count; i++) {
		struct tree_slot *s = &t->nodes[i],
				 *last = out > 0 ? &t->nodes[out - 1] : NULL;

		if (last == NULL || strcmp(last->node.path, s->node.path) != 0) {
			t->nodes[out++] = *s;
			continue;
		}
		if (S_ISDIR(s->node.mode) &&
		    (S_ISDIR(last->node.mode) || S_ISLNK(last->node.mode))) {
			node_release(&s->node);
			continue;
		}
		node_release(&last->node);
		*last = *s;
	}
	t->count = out;
	for (size_t i = 0; i < out; i++)
		t->nodes[i].age = i;
	t->dirty = false;
}

static int
slot_by_path(const void *key, const void *slot)
{
	return strcmp(key, ((const struct tree_slot *)slot)->node.path);
}

struct tree_node *
tree_find(struct tree *t, const char *path)
{
	tt_auto(free) char *clean = tree_clean_path(path);
	struct tree_slot *s;

	settle(t);
	if (t->count == 0)
		return NULL;
	s = bsearch(clean, t->nodes, t->count, sizeof(*t->nodes), slot_by_path);
	return s == NULL ? NULL : &s->node;
}

struct tree_node *
tree_at(struct tree *t, size_t i)
{
	settle(t);
	return i < t->count ? &t->nodes[i].node : NULL;
}

void
tree_add_dir(struct tree *t, const char *path, mode_t perm)
{
	tree_add_node(t, path, S_IFDIR | perm);
}

void
tree_add_link(struct tree *t, const char *path, const char *target)
{
	tree_add_node(t, path, S_IFLNK | 0777)->link = tt_xstrdup(target);
}

void
tree_add_data(
    struct tree *t, const char *path, mode_t perm, const void *data, uint64_t size)
{
	struct tree_node *n = tree_add_node(t, path, S_IFREG | perm);

	n->data = data;
	n->size = size;
}

void
tree_add_owned(struct tree *t, const char *path, mode_t perm, char *data, uint64_t size)
{
	t->owned = tt_xrealloc(t->owned, (t->owned_count + 1) * sizeof(*t->owned));
	t->owned[t->owned_count++] = data;
	tree_add_data(t, path, perm, data, size);
}

int
tree_add_file(
    struct tree *t, const char *path, mode_t perm, const char *file, struct tt_err **err)
{
	struct tree_node *n;
	struct stat st;

	if (stat(file, &st) < 0)
		return tt_err_errno(
		    err, -errno, "reading '%s' for /%s of the image", file, path);
	if (!S_ISREG(st.st_mode))
		return tt_err_set(err, -EINVAL, "NotAFile",
		    "'%s', wanted as /%s of the image, is not a regular file", file,
		    path);
	n = tree_add_node(t, path, S_IFREG | perm);
	n->file = tt_xstrdup(file);
	n->size = (uint64_t)st.st_size;
	return 0;
}

static bool
is_below(const char *path, const char *folder)
{
	size_t n = strlen(folder);

	return strncmp(path, folder, n) == 0 && path[n] == '/';
}

size_t
tree_remove_if(
    struct tree *t, bool (*drop)(const struct tree_node *n, void *ctx), void *ctx)
{
	tt_auto(free) char *gone =
	    NULL; /* folder whose contents follow in the sorted order */
	size_t out = 0, before;

	settle(t);
	before = t->count;
	for (size_t i = 0; i < t->count; i++) {
		struct tree_node *n = &t->nodes[i].node;
		bool inside = gone != NULL && is_below(n->path, gone);

		if (!inside && !drop(n, ctx)) {
			t->nodes[out++] = t->nodes[i];
			continue;
		}
		if (!inside && S_ISDIR(n->mode)) {
			free(gone);
			gone = tt_xstrdup(n->path);
		}
		node_release(n);
	}
	t->count = out;
	return before - out;
}

void
tree_add_parents(struct tree *t)
{
	size_t count;

	settle(t);
	count = t->count;
	for (size_t i = 0; i < count; i++) {
		tt_auto(free) char *path = tt_xstrdup(t->nodes[i].node.path);

		for (char *slash = strrchr(path, '/'); slash != NULL;
		     slash = strrchr(path, '/')) {
			*slash = '\0';
			/* a link that stands where a folder is wanted is left for the writer */
			if (bsearch(path, t->nodes, count, sizeof(*t->nodes),
				slot_by_path) != NULL)
				break;
			tree_add_dir(t, path, 0755);
		}
	}
}
