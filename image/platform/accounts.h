// SPDX-License-Identifier: MPL-2.0
/*
 * The account files of the image: users and groups of ours added to those that the
 * packages made, root's password, and names turned into numbers.
 */
#pragma once

#include "image/platform/tree.h"

/*
 * list       platform/rootfs/users.list: "NAME UID GID HOME SHELL" lines; a group of the
 *            same name is made when none has the GID
 * root_hash  crypt(5) text for root; NULL locks the password
 * Replaces etc/passwd, etc/group, etc/shadow and etc/gshadow of the tree.
 */
int accounts_apply(
    struct tree *t, const char *list, const char *root_hash, struct tt_err **err);
/* Numbers of a user and a group of the tree. -ENOENT. */
int accounts_uid(struct tree *t, const char *name, uid_t *ret, struct tt_err **err);
int accounts_gid(struct tree *t, const char *name, gid_t *ret, struct tt_err **err);
