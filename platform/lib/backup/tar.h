// SPDX-License-Identifier: MPL-2.0
/*
 * Headers of tar archives (POSIX.1-2017, pax: "ustar Interchange Format" and "pax Extended
 * Header"): files, folders, symbolic links, and the extended header for names that do not
 * fit. Private to this library.
 */
#pragma once

#include "platform/lib/backup/backup.h"

#define TAR_BLOCK    512
#define TAR_PAX_MAX  (16 * TT_KIB) /* bytes of an extended header */
#define TAR_PAX_NAME "././@PaxHeader"

struct tar_entry {
	char
	    type; /* '0' file, '5' folder, '2' link, 'x' extended header; 0 = end of archive */
	uint64_t size;
	char path[TT_BACKUP_PATH_MAX + 2];   /* without the slash behind a folder */
	char target[TT_BACKUP_PATH_MAX + 2]; /* links */
};

/* One header block. -EBADMSG when it is none, or of a kind that no backup has. */
int tar_parse(const uint8_t block[TAR_BLOCK], struct tar_entry *ret);
/* Records of an extended header, applied to e: path, linkpath, size. -EBADMSG. */
int tar_pax_parse(const char *text, size_t len, struct tar_entry *e);

/*
 * The header of a member added to out: with an extended one before it when its name, target
 * or size does not fit.
 */
void tar_format(const struct tt_backup_member *m, struct tt_buf *out);
/* Bytes of padding behind size bytes. */
size_t tar_padding(uint64_t size);
