// SPDX-License-Identifier: MPL-2.0
/*
 * A file tree in memory, put together from tar archives, folders and single files, then
 * written as one sorted tar stream. File contents stay where they are: in a mapped archive,
 * in a caller's buffer, or in a file read when the stream is written.
 *
 * Paths are relative, without "./" and trailing slashes. Names below bin, sbin, lib and
 * lib64 are put below usr/, where the live system has them (merged /usr). Adding a path
 * again replaces the node, except that a folder never replaces a folder or a link.
 *
 * Knows nothing of packages or images.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "platform/lib/base/err.h"

struct tree_node {
	char *path;
	mode_t mode; /* type and permissions */
	uid_t uid;
	gid_t gid;
	dev_t rdev;       /* device nodes */
	char *link;       /* symbolic links: the target */
	const void *data; /* regular files: contents, unless file is set */
	uint64_t size;
	char *file; /* read the contents from here */
	uint32_t
	    caps; /* permitted and effective file capabilities (bits 0-31), 0 = none */
};

struct tree;

struct tree *tree_new(void);
void tree_free(struct tree *t);
TT_AUTO_DEFINE(tree, struct tree *, tree_free)

/* Borrowed until the next add or removal; NULL when there is no such path. */
struct tree_node *tree_find(struct tree *t, const char *path);
/* The nodes in sorted order, from 0; NULL behind the last. Borrowed likewise. */
struct tree_node *tree_at(struct tree *t, size_t i);

void tree_add_dir(struct tree *t, const char *path, mode_t perm);
void tree_add_link(struct tree *t, const char *path, const char *target);
/* data is borrowed and must outlive the tree. */
void tree_add_data(
    struct tree *t, const char *path, mode_t perm, const void *data, uint64_t size);
/* data is taken (freed with the tree). */
void tree_add_owned(
    struct tree *t, const char *path, mode_t perm, char *data, uint64_t size);
/* size is the file's now; a file that has another one when written is an error. */
int tree_add_file(
    struct tree *t, const char *path, mode_t perm, const char *file, struct tt_err **err);

/*
 * Everything of an uncompressed tar archive; prefix (may be "") is put in front. want may be
 * NULL; paths for which it returns false are left out. Hard links become files of the same
 * contents.
 */
int tree_add_tar(struct tree *t, const char *tar, const char *prefix,
    bool (*want)(const char *path, void *ctx), void *ctx, struct tt_err **err);
/* Everything below a folder, owned by root: 0755 for folders and executables, else 0644. */
int tree_add_folder(struct tree *t, const char *folder, struct tt_err **err);

/* Remove every node for which drop returns true; what is below a removed folder goes too. */
size_t tree_remove_if(
    struct tree *t, bool (*drop)(const struct tree_node *n, void *ctx), void *ctx);
/* Make folders (0755, root) that are parents of nodes but missing themselves. */
void tree_add_parents(struct tree *t);

/* Write as a tar stream in sorted order, every time set to mtime. Blocks on a pipe. */
int tree_write_tar(struct tree *t, int fd, int64_t mtime, struct tt_err **err);
