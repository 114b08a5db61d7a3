// SPDX-License-Identifier: MPL-2.0
/*
 * Files by which the steps copy and verify know how far the copy of the key is.
 */
#pragma once

#include "platform/boot/boot.h"

#define COPY_MARKER BOOT_COPY "/.copied" /* "VERSION DIGEST": the copy is complete */
#define COPY_UNVERIFIED                                                                  \
	BOOT_COPY "/.unverified" /* lines of the manifest not hashed yet */
