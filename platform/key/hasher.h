// SPDX-License-Identifier: MPL-2.0
/*
 * SHA-256 beside the work: one thread hashes what another has read, unpacked or written, so
 * that neither waits for the other. One stream at a time; one caller.
 */
#pragma once

#include <stddef.h>

#include "platform/lib/base/sha256.h"

#define KEY_HASH_CHUNK (1024UL * 1024)

struct key_hasher;

/* Never NULL. */
struct key_hasher *key_hasher_new(void);
void key_hasher_free(struct key_hasher *h);
TT_AUTO_DEFINE(key_hasher, struct key_hasher *, key_hasher_free)

/* A buffer of KEY_HASH_CHUNK bytes to fill; waits until one is free. Borrowed until put. */
void *key_hasher_get(struct key_hasher *h);
/* Its first len bytes are the next of the stream; the caller must not touch it any more. */
void key_hasher_put(struct key_hasher *h, size_t len);
/* The digest of all that was put since the last end; the next stream begins. */
void key_hasher_end(struct key_hasher *h, char hex[TT_SHA256_HEX_LEN]);
