// SPDX-License-Identifier: MPL-2.0
/*
 * The USB image: partition table, boot code and the key on one FAT32 partition, in one
 * sparse file.
 */
#pragma once

#include "image/bootloader.h"
#include "image/build.h"
#include "image/keytree.h"

/* Sectors of the image size label ("8gb"), rounded down to whole cylinders of 2 MiB and 16 x 63. */
uint64_t usb_sectors(const char *label);

/*
 * Lay the sealed tree out in an image of this many sectors. -ENOSPC when the content plus
 * a fifth does not fit, with the shortfall.
 */
int usb_write(const char *path, uint64_t sectors, const struct keytree *t,
    const struct bootloader *l, const char *build_stamp, int64_t epoch,
    json_t **ret_extents, struct tt_err **err);
/* What an image follows from, as inputs of the phase that writes it. */
void usb_inputs(struct phase *p, const char *build_stamp, const struct keytree *t);
