// SPDX-License-Identifier: MPL-2.0
/*
 * The mark .copied of the key's copy: "VERSION DIGEST", the key's version and the digest of
 * its manifest. While it says what the medium says, a boot copies nothing.
 */
#pragma once

#include "platform/key/medium.h"

#define KEY_COPIED ".copied"

/* The mark that belongs to a medium with this manifest; caller frees. top is its folder. */
char *key_copied_text(const char *top, const char *manifest, size_t len);
/* Whether the copy is that of the first medium as it is now. */
bool key_copy_is_current(const struct key_set *s);
/*
 * The first medium's manifest changed by what the copy has already: take it over, so that
 * the next boot does not copy. The manifest goes first: with the power lost before the mark
 * the next boot finds every file in place.
 */
int key_copy_follow(const struct key_set *s, struct tt_err **err);
