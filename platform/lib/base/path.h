// SPDX-License-Identifier: MPL-2.0
/*
 * Paths and folders.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "platform/lib/base/err.h"

#define TT_PATH_MAX 1000

/* "a/b" from "a" and "b" with exactly one slash between; caller frees. */
char *tt_path_join(const char *dir, const char *name);
/* Last part; borrowed from path. */
const char *tt_path_base(const char *path);
/* Folder part, "." when there is none; caller frees. */
char *tt_path_dir(const char *path);
/* Like mkdir -p; folders that exist keep their mode. */
int tt_mkdir_p(const char *path, mode_t mode, struct tt_err **err);
/*
 * What is wrong with a name that came from elsewhere and has to stay below a folder, in
 * words (static), or NULL: relative, at most TT_PATH_MAX bytes of UTF-8 without control
 * characters, no part empty, ".", ".." or longer than 255 bytes.
 */
const char *tt_path_bad(const char *path);
bool tt_path_exists(const char *path);
bool tt_path_is_dir(const char *path);
/* Remove a tree without following links; a missing one is success. Stays on one device. */
int tt_remove_tree(const char *path, struct tt_err **err);
/* Names in a folder, sorted, without "." and ".."; caller frees with tt_strv_free. */
int tt_dir_list(const char *path, char ***ret, struct tt_err **err);
