// SPDX-License-Identifier: MPL-2.0
/*
 * The CoaL machine in words: the values of build.spec put into the texts of coal/machine
 * (VMX for VMware, OVF for importers, a libvirt domain). One set of values for all three.
 */
#pragma once

#include <jansson.h>
#include <stdint.h>

#include "image/spec.h"
#include "platform/lib/base/buf.h"
#include "platform/lib/base/err.h"

#define COAL_EXTERNAL_MAC "00:50:56:3d:a7:95"
#define COAL_ADMIN_MAC    "00:50:56:34:60:4c"
#define COAL_TEXT_MAX     (64 * TT_KIB)

/* Version of VMware's virtual hardware that vmware_version asks for. */
unsigned coal_hardware(const struct spec *s);
/* Sectors of the data disk: whole MiB. */
uint64_t coal_zpool_sectors(const struct spec *s);
/* What no VMware takes or what our own disks cannot be. -EINVAL (InvalidBuildSpec). */
int coal_judge(const struct spec *s, struct tt_err **err);

/*
 * The values of the templates; new reference.
 * bundle  name of the folder; the machine's name is its part before the size
 * raw     name of the raw image in it
 */
json_t *coal_values(
    const struct spec *s, const char *name, const char *bundle, const char *raw);

/*
 * dir/NAME rendered into out, which has COAL_TEXT_MAX. In VMX files quotes, bars and
 * hashes of a value are written as |22, |7C and |23, everywhere else as XML entities.
 */
int coal_render(const char *dir, const char *name, const json_t *values,
    struct tt_buf *out, struct tt_err **err);
