// SPDX-License-Identifier: MPL-2.0
/*
 * Images in the pool. Each layer is a read-only subvolume /zones/img-<uuid>: the lowest of a
 * chain is a plain tree, every other holds its files in `upper`. Beside it lies its seed
 * /zones/seed-<uuid>, from which instances and further layers are snapshots: empty `upper`
 * and `work`, and an inode counter behind the image's, for layers of one btrfs would
 * otherwise show equal inode numbers. What an image is stands in its manifest,
 * /var/imgadm/images/zones-<uuid>.json, written last: without it there is no image.
 *
 * An import is made in /zones/.import/<uuid> and renamed when it is whole and on the disk.
 */
#pragma once

#include <jansson.h>

#include "platform/lib/base/err.h"

#define MACH_MANIFESTS "/var/imgadm/images"

/* The manifest; -ENOENT (ImageNotInstalled). New reference. */
int mach_image_get(const char *uuid, json_t **ret, struct tt_err **err);
/* {"manifest": ..., "zpool": "zones", ...} of every image, by uuid. New reference. */
int mach_image_list(json_t **ret, struct tt_err **err);

/*
 * Folders of the image's layers, topmost first, closed by NULL; caller frees with
 * tt_strv_free. -ENOENT names the layer that is missing, -ELOOP a chain that has no end.
 */
int mach_image_layers(const char *uuid, char ***ret, struct tt_err **err);

struct mach_import;

/* origin: uuid of the layer below, NULL = none. The image must not exist (-EEXIST). */
int mach_import_new(
    const char *uuid, const char *origin, struct mach_import **ret, struct tt_err **err);
/* The folder to fill, open. Borrowed. */
int mach_import_dir(const struct mach_import *im);
/* Seed, sync, rename, manifest: the image exists when this has returned 0. */
int mach_import_publish(
    struct mach_import *im, const json_t *manifest, struct tt_err **err);
/* What was not published is gone. */
void mach_import_free(struct mach_import *im);
TT_AUTO_DEFINE(import, struct mach_import *, mach_import_free)

/* Remove an image that no instance and no other image needs (the caller knows). */
int mach_image_delete(const char *uuid, struct tt_err **err);
