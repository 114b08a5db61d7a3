// SPDX-License-Identifier: MPL-2.0
/*
 * Tar archives (POSIX.1-2017, pax: "ustar Interchange Format" and "pax Extended Header"):
 * the one parser of their headers, a reader from front to back, and the header of a member
 * to write. Files, folders and symbolic links only, and of extended headers what names
 * and sizes need; anything else is refused in words.
 *
 * A reader gives names as they are in the archive: who puts them anywhere asks tt_path_bad
 * first and makes the files with below.h. Knows nothing of what an archive is for.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "platform/lib/base/buf.h"
#include "platform/lib/base/err.h"
#include "platform/lib/base/path.h"

#define TT_TAR_BLOCK    512
#define TT_TAR_NAME_MAX TT_PATH_MAX     /* bytes of a name or a link's target */
#define TT_TAR_PAX_MAX  (16 * TT_KIB)   /* bytes of an extended header */
#define TT_TAR_SIZE_MAX (1024 * TT_GIB) /* bytes of one member */

enum tt_tar_type {
	TT_TAR_FILE,
	TT_TAR_DIR,
	TT_TAR_LINK, /* symbolic */
	TT_TAR_PAX,  /* extended header of the next one: a reader never hands it out */
	TT_TAR_TYPE_MAX
};

struct tt_tar_entry {
	enum tt_tar_type type;
	uint64_t size;                    /* of its data; 0 for folders and links */
	char path[TT_TAR_NAME_MAX + 2];   /* without slashes behind it */
	char target[TT_TAR_NAME_MAX + 2]; /* links */
};

/* --- headers ------------------------------------------------------------------------- */

/*
 * One block. 1: a header; 0: zeros, the end mark; -EBADMSG with the reason in words (static).
 */
int tt_tar_parse(
    const void *block, size_t len, struct tt_tar_entry *ret, const char **ret_why);
/* Records of an extended header, applied to e: path, linkpath, size. 0 or -EBADMSG. */
int tt_tar_pax(
    const char *text, size_t len, struct tt_tar_entry *e, const char **ret_why);
/* Bytes of padding behind size bytes. */
size_t tt_tar_padding(uint64_t size);

/* What is written of a member. */
struct tt_tar_member {
	const char *path;
	const char *target; /* links, else NULL */
	enum tt_tar_type type;
	mode_t mode;
	uint32_t uid, gid;
	int64_t mtime_s; /* seconds since 1970 */
	uint64_t size;
};

/* Its header added to out, with an extended one before it when something does not fit. */
void tt_tar_format(const struct tt_tar_member *m, struct tt_buf *out);

/* --- reading ------------------------------------------------------------------------- */

struct tt_tar; /* an archive that is being read, from front to back, once */

/* A file, packed by gzip or plain. 0 or -errno with its message. */
int tt_tar_open(const char *file, struct tt_tar **ret, struct tt_err **err);
/*
 * The same from a source of plain tar bytes: pull gives up to len bytes, 0 at the end or a
 * negative errno; close (may be NULL) is called once with ctx.
 */
struct tt_tar *tt_tar_open_pull(ssize_t (*pull)(void *ctx, void *buf, size_t len),
    void (*close)(void *ctx), void *ctx);
void tt_tar_close(struct tt_tar *t);
TT_AUTO_DEFINE(tar, struct tt_tar *, tt_tar_close)

/*
 * The next member; what was not read of the last one is passed over. 1, 0 at the end mark,
 * -EBADMSG (tt_tar_why).
 */
int tt_tar_next(struct tt_tar *t, struct tt_tar_entry *ret);
/* Exactly len bytes of the member, which must have them. 0, -EBADMSG. */
int tt_tar_read(struct tt_tar *t, void *buf, size_t len);
/* Behind the end mark: what gzip itself has to say about the whole. 0, -EBADMSG. */
int tt_tar_finish(struct tt_tar *t);
/* Why the last call failed, in words. Static. */
const char *tt_tar_why(const struct tt_tar *t);
/* Bytes of the file read so far, packed as they are: for progress. 0 for a pull source. */
uint64_t tt_tar_offset(const struct tt_tar *t);
