// SPDX-License-Identifier: MPL-2.0
/*
 * The bill of materials: SPDX 2.3 JSON of the Debian packages in the root image and of our
 * own parts, every byte of it from the build's inputs.
 */
#pragma once

#include <jansson.h>
#include <stddef.h>

#include "image/build.h"

int sbom_write(struct build *b, const char *path, struct tt_err **err);

/*
 * Packages of a dpkg status file: array of {name, version, arch, source}, sorted by name;
 * stanzas that are not installed are left out. Bounded: at most 10,000 packages, values of
 * 255 bytes. Never NULL.
 */
json_t *sbom_packages(const char *text, size_t len);
