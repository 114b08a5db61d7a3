// SPDX-License-Identifier: MPL-2.0
/*
 * The bundle of a container: what crun is told, made from the instance's record.
 * Format: OCI runtime specification 1.0.2, config.json. Pure: no file is read or written.
 */
#pragma once

#include <jansson.h>
#include <stdint.h>

#include "platform/lib/base/err.h"

enum mach_kind {
	MACH_SERVICE, /* joyent-minimal: zoneinit of our base image is PID 1 */
	MACH_SYSTEM,  /* lx, joyent: the image's own init */
	MACH_DOCKER,  /* one program, as its image says */
};

struct mach_bundle {
	const json_t *vm; /* the record, with the internal key slot */
	const json_t
	    *internal; /* internal_metadata: docker:cmd and the like; NULL = none */
	const json_t *limits; /* linux.resources.unified: control group file to text */
	const char *root;     /* absolute path of the mounted root */
	const char *control;  /* folder of the metadata socket, NULL = none */
	const char *data;     /* mapped mount of the delegated data, NULL = none */
	uint32_t uid, gid;    /* who a Docker container's program runs as */
};

/* Which kind a record is; -EINVAL for one that is no container. */
int mach_kind_of(const json_t *vm, enum mach_kind *ret, struct tt_err **err);
/* New reference. -EINVAL (InvalidBundle) names what of the record cannot be used. */
int mach_bundle_make(const struct mach_bundle *b, json_t **ret, struct tt_err **err);
