// SPDX-License-Identifier: MPL-2.0
/*
 * Whole files: read with a limit, replace so that a power cut leaves the old or the new one.
 */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "platform/lib/base/buf.h"
#include "platform/lib/base/err.h"

/* Contents are added to out, whose limit bounds them (-EFBIG when larger). */
int tt_file_read(const char *path, struct tt_buf *out, struct tt_err **err);
/* First line without its end, at most 4 KiB; for sysfs, version files. Caller frees. NULL on failure. */
char *tt_file_line(const char *path);
/*
 * rename(2) of a file whose contents are on the disk, durable when it returns, on FAT too:
 * there the new name has no size until the file itself is synced again. 0 or -errno.
 */
int tt_file_move(const char *from, const char *to);
/*
 * Write path.new-PID, fsync, rename over path, fsync the folder. The mode is set exactly.
 */
int tt_file_replace(
    const char *path, const void *data, size_t len, mode_t mode, struct tt_err **err);
/* Plain create or truncate, no fsync: for things below /run. */
int tt_file_write(
    const char *path, const void *data, size_t len, mode_t mode, struct tt_err **err);
/* All bytes or a negative errno; restarts after signals. */
int tt_write_all(int fd, const void *data, size_t len);
/* Until len bytes or the end: number of bytes, or negative errno. */
ssize_t tt_read_all(int fd, void *data, size_t len);
int tt_fsync_dir(const char *dir);
/* Copy contents (copy_file_range where it works), fsync when asked; mode as given. */
int tt_file_copy(
    const char *from, const char *to, mode_t mode, bool sync, struct tt_err **err);
