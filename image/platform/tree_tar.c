// SPDX-License-Identifier: MPL-2.0
/*
 * Tar archives into the tree, through libarchive. An archive is mapped, and contents are
 * taken as pointers into the mapping: libarchive hands out the mapped memory itself for
 * stored files. Packed or sparse ones are refused; no archive of ours has any.
 */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "image/platform/tree_private.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/str.h"

static void
tt_auto_reader(struct archive **a)
{
	archive_read_free(*a);
}

static int
archive_bad(struct archive *a, const char *what, const char *name, struct tt_err **err)
{
	const char *text = archive_error_string(a);

	return tt_err_set(err, -EIO, "BadArchive", "%s '%s': %s", what, name,
	    text == NULL ? "unknown archive error" : text);
}

static int
map_file(const char *path, const void **ret_data, size_t *ret_size, struct tree *t,
    struct tt_err **err)
{
	tt_auto(close) int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *data;

	if (fd < 0 || fstat(fd, &st) < 0)
		return tt_err_errno(err, -errno, "opening '%s'", path);
	if (st.st_size == 0)
		return tt_err_set(err, -EINVAL, "BadArchive", "'%s' is empty", path);
	data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (data == MAP_FAILED)
		return tt_err_errno(err, -errno, "mapping '%s'", path);
	tree_keep_map(t, data, (size_t)st.st_size);
	*ret_data = data;
	*ret_size = (size_t)st.st_size;
	return 0;
}

/* Contents of the current entry as a pointer into the mapped archive. */
static int
entry_data(
    struct archive *a, const char *map, size_t map_size, uint64_t size, const void **ret)
{
	const void *block;
	size_t len;
	la_int64_t at;

	if (archive_read_data_block(a, &block, &len, &at) != ARCHIVE_OK || at != 0 ||
	    len < size || (const char *)block < map ||
	    (const char *)block + size > map + map_size)
		return -EINVAL;
	*ret = block;
	return 0;
}

static int
add_regular(struct tree *t, struct archive *a, struct archive_entry *e, const char *path,
    const char *map, size_t map_size)
{
	uint64_t size = (uint64_t)archive_entry_size(e);
	const void *data = NULL;
	struct tree_node *n;
	int r = size == 0 ? 0 : entry_data(a, map, map_size, size, &data);

	if (r < 0)
		return r;
	n = tree_add_node(t, path, S_IFREG | (archive_entry_mode(e) & 07777));
	n->data = data;
	n->size = size;
	return 0;
}

/* A hard link takes the contents, mode and owner of the node that it names. */
static int
add_hardlink(struct tree *t, const char *path, const char *target, struct tt_err **err)
{
	const struct tree_node *from = tree_find(t, target);
	struct tree_node copy;
	struct tree_node *n;

	if (from == NULL || !S_ISREG(from->mode))
		return tt_err_set(err, -EINVAL, "BadArchive",
		    "hard link '%s' names '%s', which is no file in front of it", path,
		    target);
	copy = *from;
	n = tree_add_node(t, path, copy.mode);
	n->uid = copy.uid;
	n->gid = copy.gid;
	n->data = copy.data;
	n->size = copy.size;
	return 0;
}

static int
add_entry(struct tree *t, struct archive *a, struct archive_entry *e, const char *path,
    const char *map, size_t map_size, struct tt_err **err)
{
	struct tree_node *n;
	int r;

	switch (archive_entry_filetype(e)) {
	case AE_IFREG:
		r = add_regular(t, a, e, path, map, map_size);
		if (r < 0)
			return tt_err_set(err, r, "BadArchive",
			    "'%s' is packed or sparse in its archive; a plain tar is "
			    "needed",
			    path);
		break;
	case AE_IFDIR:
		tree_add_dir(t, path, archive_entry_mode(e) & 07777);
		break;
	case AE_IFLNK:
		tree_add_link(t, path, archive_entry_symlink(e));
		break;
	case AE_IFCHR:
	case AE_IFBLK:
	case AE_IFIFO:
		tree_add_node(t, path, archive_entry_mode(e))->rdev =
		    archive_entry_rdev(e);
		break;
	default:
		return tt_err_set(
		    err, -EINVAL, "BadArchive", "'%s' is of a kind no image holds", path);
	}
	n = &t->nodes[t->count - 1].node;
	n->uid = (uid_t)archive_entry_uid(e);
	n->gid = (gid_t)archive_entry_gid(e);
	return 0;
}

int
tree_add_tar(struct tree *t, const char *tar, const char *prefix,
    bool (*want)(const char *path, void *ctx), void *ctx, struct tt_err **err)
{
	__attribute__((cleanup(tt_auto_reader))) struct archive *a = archive_read_new();
	tt_auto(strv) char **late =
	    NULL; /* hard links, PATH then TARGET: added at the end */
	struct archive_entry *e;
	const void *map = NULL;
	size_t size = 0;
	int r, st;

	r = map_file(tar, &map, &size, t, err);
	if (r < 0)
		return r;
	if (archive_read_support_format_tar(a) != ARCHIVE_OK ||
	    archive_read_open_memory(a, map, size) != ARCHIVE_OK)
		return archive_bad(a, "opening", tar, err);
	while (
	    (st = archive_read_next_header(a, &e)) == ARCHIVE_OK || st == ARCHIVE_WARN) {
		tt_auto(free) char *joined =
		    tt_xprintf("%s%s", prefix, archive_entry_pathname(e));
		tt_auto(free) char *path = tree_clean_path(joined);

		if (want != NULL && !want(path, ctx))
			continue;
		if (archive_entry_hardlink(e) != NULL) {
			tt_strv_add(&late, path);
			tt_strv_addf(&late, "%s%s", prefix, archive_entry_hardlink(e));
			continue;
		}
		r = add_entry(t, a, e, path, map, size, err);
		if (r < 0)
			return r;
	}
	if (st != ARCHIVE_EOF)
		return archive_bad(a, "reading", tar, err);
	for (size_t i = 0; r == 0 && late != NULL && late[i] != NULL; i += 2)
		r = add_hardlink(t, late[i], late[i + 1], err);
	return r;
}
