// SPDX-License-Identifier: MPL-2.0
/*
 * What the files of the tree share.
 */
#pragma once

#include "image/platform/tree.h"

struct tree_slot {
	struct tree_node node;
	size_t age; /* order of adding: the youngest of one path wins */
};

struct tree_map {
	void *data;
	size_t size;
};

struct tree {
	struct tree_slot *nodes;
	size_t count, space;
	bool dirty; /* not sorted */
	struct tree_map *maps;
	size_t map_count;
	char **owned;
	size_t owned_count;
};

/* The mapping lives as long as the tree. */
void tree_keep_map(struct tree *t, void *data, size_t size);
char *tree_clean_path(const char *path);
struct tree_node *tree_add_node(struct tree *t, const char *path, mode_t mode);
