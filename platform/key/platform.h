// SPDX-License-Identifier: MPL-2.0
/*
 * Platforms: the folders os/<stamp> on the media and in the key's copy on the pool. A
 * platform is installed into the copy (verified there), and brought to the media when it is
 * assigned. Its manifest.json names size and SHA-256 of every other file; SHA256SUMS, when
 * it is there, names the manifest's as well and is what a site signs.
 */
#pragma once

#include "platform/key/manifest.h"
#include "platform/key/medium.h"

#define KEY_STAMP_LEN 16 /* "20260102T030405Z" */

/* Bytes so far of total, of all files together. */
typedef void key_progress_fn(uint64_t done, uint64_t total, void *ctx);

struct key_progress {
	key_progress_fn *fn; /* may be NULL */
	void *ctx;
	uint64_t done, total;
};

/* 2DDDDDDDTDDDDDDZ */
bool key_stamp_valid(const char *stamp);
/* The stamp of the running system, from its command line; caller frees, NULL when it has none. */
char *key_running(const char *cmdline);

struct key_platform {
	char *stamp;
	uint64_t bytes; /* of its files */
};

struct key_platforms {
	struct key_platform *v; /* oldest first */
	size_t n;
};

void key_platforms_release(struct key_platforms *p);
static inline void
tt_auto_key_platforms(struct key_platforms *p)
{
	key_platforms_release(p);
}
/* Of one tree, a medium's mount point or the copy; an absent os/ is an empty list. */
int key_platforms_list(const char *tree, struct key_platforms *ret, struct tt_err **err);
bool key_platforms_has(const struct key_platforms *p, const char *stamp);

/*
 * Sizes and digests of all files of a folder, paths relative to it, sorted. p may be NULL.
 */
int key_tree_hash(
    const char *dir, struct key_progress *p, struct manifest *ret, struct tt_err **err);
/*
 * Judge the platform folder dir, whose files have been read as got says (while they were
 * unpacked or copied, or by key_tree_hash), by its own manifest and SHA256SUMS: whole,
 * nothing besides, for this stamp, boot.cfg's root hash that of the manifest.
 * -EBADMSG (PlatformDamaged) names the file.
 */
int key_platform_check(
    const char *dir, const char *stamp, const struct manifest *got, struct tt_err **err);
/* The two together. */
int key_platform_verify(
    const char *dir, const char *stamp, struct key_progress *p, struct tt_err **err);

/*
 * The files of an installed platform folder with the digests that its manifest names;
 * manifest.json and SHA256SUMS themselves are read. For copying it on.
 */
int key_platform_files(
    const char *dir, const char *stamp, struct manifest *ret, struct tt_err **err);

/*
 * Bring os/<stamp> of the copy to every medium: space is checked first, files go to a
 * temporary folder that is renamed when all are on the medium, usb_key.manifest follows.
 * Digests are taken while copying. One that is there whole is left alone.
 * -ENOSPC (NoSpace) says how much is missing; -ENOENT when the copy has no such platform.
 */
int key_platform_add(
    struct key_set *s, const char *stamp, struct key_progress *p, struct tt_err **err);
/*
 * Copy or hash one file: bytes go to out (-1 = none), the digest to hex. For whoever brings
 * a platform into the copy.
 */
int key_pump(int in, int out, char hex[TT_SHA256_HEX_LEN], uint64_t *ret_size,
    struct key_progress *p);
/* Count bytes that were handled, and report. */
void key_progress_add(struct key_progress *p, uint64_t bytes);

/* Off every medium and out of the manifests; an absent one is success. Not out of the copy. */
int key_platform_remove(struct key_set *s, const char *stamp, struct tt_err **err);

/*
 * A file of the key, brought from elsewhere to every medium and into the manifests; the same
 * one already there is left alone: 0 then, 1 when it was written.
 */
int key_put_listed(
    struct key_set *s, const char *path, const char *from, struct tt_err **err);
