// SPDX-License-Identifier: MPL-2.0
/*
 * The two texts that describe a platform folder. Both come with an update from outside.
 *
 * manifest.json, written by the image build: { "version": 1, "stamp": S, "kernel": V,
 *   "files": { NAME: { "size": bytes, "sha256": hex } }, "verity": { "root.img": { "roothash":
 *   hex, "salt": hex, "blocks": n }, ... }, "packages": [...] }; it does not list itself.
 * SHA256SUMS, as sha256sum writes it: "HEX  NAME" or "HEX *NAME"; NAME may begin with
 *   "os/STAMP/" or "./".
 */
#pragma once

#include "platform/key/manifest.h"

#define PLATFORM_MANIFEST     "manifest.json"
#define PLATFORM_SUMS         "SHA256SUMS"
#define PLATFORM_MANIFEST_MAX (4 * TT_MIB)

struct platform_manifest {
	char *stamp;
	char *kernel;
	char *roothash; /* of root.img */
	struct manifest files;
};

void platform_manifest_release(struct platform_manifest *m);
static inline void
tt_auto_platform_manifest(struct platform_manifest *m)
{
	platform_manifest_release(m);
}

/* -EINVAL (InvalidManifest) says what is wrong; name is for the message. */
int platform_manifest_parse(const char *name, const char *text, size_t len,
    struct platform_manifest *ret, struct tt_err **err);
/* Sizes are 0: the text has none. */
int platform_sums_parse(const char *name, const char *text, size_t len, const char *stamp,
    struct manifest *ret, struct tt_err **err);
/* The value of "set triton_roothash=" in a boot.cfg; caller frees, NULL when there is none. */
char *platform_bootcfg_roothash(const char *text, size_t len);
