// SPDX-License-Identifier: MPL-2.0
/*
 * Staging: which files are on the key, and the texts that are made for it (grub.cfg,
 * grubenv, version).
 */
#pragma once

#include "image/bootloader.h"
#include "image/build.h"
#include "image/keytree.h"

/* Fill and seal the tree from the platform, the boot loader, image/key and the answers. */
int stage_key(
    struct build *b, const struct bootloader *l, struct keytree *t, struct tt_err **err);

/* Only os/<stamp>/, unsorted and without a manifest. */
int stage_platform(struct build *b, struct keytree *t, struct tt_err **err);

/*
 * Replace each @NAME@ of text. names and values are parallel, closed by NULL. Returns
 * owned text; -EINVAL for a name that is not given.
 */
int stage_expand(const char *text, const char *const *names, const char *const *values,
    char **ret, struct tt_err **err);
