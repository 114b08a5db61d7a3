// SPDX-License-Identifier: MPL-2.0
/*
 * The key tree: the list of files that every medium carries, each with its place on the
 * key, where its bytes come from, size and digest. Nothing is copied to stage it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "platform/lib/base/err.h"
#include "platform/lib/base/sha256.h"

#define KEY_MANIFEST "usb_key.manifest"

struct digests;

struct key_file {
	char *path; /* on the key, "boot/grub/grub.cfg" */
	char *from; /* file to copy, or NULL: the bytes are data */
	char *data;
	uint64_t size;
	char sha256[TT_SHA256_HEX_LEN];
};

struct keytree {
	struct key_file *files;
	size_t count;
};

int keytree_add_file(struct keytree *t, struct digests *d, const char *path,
    const char *from, struct tt_err **err);
void keytree_add_data(struct keytree *t, const char *path, const void *data, size_t len);
/* All regular files below dir, as prefix/NAME ("" = at the top). */
int keytree_add_dir(struct keytree *t, struct digests *d, const char *prefix,
    const char *dir, struct tt_err **err);

/*
 * Sort by path, refuse the same path twice, and add usb_key.manifest over all files but
 * those that change on a running machine.
 */
int keytree_seal(struct keytree *t, struct tt_err **err);

/* Does a running machine change this file? Then no manifest lists it. */
bool keytree_changes(const char *path);
uint64_t keytree_bytes(const struct keytree *t);
/* Digest of the whole list (paths, sizes, digests). */
void keytree_digest(const struct keytree *t, char hex[TT_SHA256_HEX_LEN]);
const struct key_file *keytree_find(const struct keytree *t, const char *path);

void keytree_release(struct keytree *t);

static inline void
tt_auto_keytree(struct keytree *t)
{
	keytree_release(t);
}
