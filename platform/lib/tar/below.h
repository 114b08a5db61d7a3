// SPDX-License-Identifier: MPL-2.0
/*
 * Making files below a folder out of names that came from elsewhere: every name is resolved
 * by the kernel with links refused (openat2), so that neither an earlier member of an
 * archive nor what lies there already leads anything outside.
 */
#pragma once

#include <sys/types.h>

/* Open below root; flags as for open(2). A descriptor or -errno; -ELOOP for links. */
int tt_below_open(int root, const char *path, int flags, mode_t mode);
/*
 * A folder below root, made with its parents (0755) when it is missing; what is no folder
 * under such a name goes away. "." is root itself. An O_PATH descriptor or -errno.
 */
int tt_below_folder(int root, const char *path);
/* Take away what is in the way of a file or link in the open folder dir. 0 or -errno. */
int tt_below_clear(int dir, const char *name);
/* A new file with its folders, instead of what is there. A descriptor or -errno. */
int tt_below_create(int root, const char *path, mode_t mode);
