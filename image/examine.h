// SPDX-License-Identifier: MPL-2.0
/*
 * Read an image back with our own readers: partition table, boot code, FAT or ISO 9660,
 * manifest, environment block, and what the build recorded of it. What the build, `triton-image verify` and
 * `triton-image inspect` know about an image comes from here.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "platform/lib/base/err.h"

struct examine_opts {
	const json_t *extents; /* what the build wrote; NULL = not known */
	const char *sha256;    /* of the whole, for an image without holes; or NULL */
	bool contents;         /* read every file and compare digests */
};

/*
 * *ret_info  object: size, format ("disk" or "disc"), partitions, key {label, volume_id, files, bytes}, version,
 *            boot (variables), platforms, files; parts that cannot be read are missing
 * *ret_bad   tt_strv of findings, NULL when all is well
 * Fails only when the file itself cannot be read.
 */
int examine_image(const char *path, const struct examine_opts *opts, json_t **ret_info,
    char ***ret_bad, struct tt_err **err);

/*
 * The same for an image that the build has just written, with the extents that it noted
 * (NULL for one without holes): a finding is an error, -EIO (ImageDamaged).
 */
int examine_made(const char *path, const json_t *extents, struct tt_err **err);
