// SPDX-License-Identifier: MPL-2.0
/*
 * Trees of files as members of a backup: names, attributes, digests, and where each one's
 * bytes are. Knows nothing of which trees belong into a backup.
 */
#pragma once

#include "platform/lib/backup/backup.h"

struct collect {
	struct tt_backup_manifest manifest;
	/* prefix of members -> folder of the machine, in the order they were given */
	struct collect_place {
		char *prefix; /* "var/" */
		char *dir;
	} * places;
	size_t n_places;
};

void collect_release(struct collect *c);
static inline void
tt_auto_collect(struct collect *c)
{
	collect_release(c);
}

/* Members named prefix... come from below dir from now on. */
void collect_place(struct collect *c, const char *prefix, const char *dir);
/*
 * The file, link or folder with all in it that a place has under this relative name, or all
 * of the place ("."). A missing one is no error. Sockets, pipes, devices and names that a
 * backup cannot hold are left out and counted.
 */
int collect_tree(struct collect *c, const char *prefix, const char *name,
    size_t *left_out, struct tt_err **err);
/* For tt_backup_write, with the struct collect as its ctx. */
int collect_open(void *ctx, const struct tt_backup_member *m, struct tt_err **err);
