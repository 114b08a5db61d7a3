// SPDX-License-Identifier: MPL-2.0
/*
 * Backups of a headnode: one gzip-packed tar archive.
 *
 * Its first member is manifest.json:
 *
 *   { "kind": "triton-headnode-backup", "v": 1, "created": "2026-01-02T03:04:05Z",
 *     "hostname": "headnode", "datacenter_name": "coal-1", "server_uuid": "...",
 *     "platform": "20260102T030405Z", "version": "...", "datasets": [ ... ],
 *     "members": [ { "path": "var/ssh", "type": "dir", "mode": 448, "uid": 0, "gid": 0,
 *                    "mtime": 1767323045 },
 *                  { "path": "var/ssh/x", "type": "file", ..., "size": 3, "sha256": "..." },
 *                  { "path": "opt/y", "type": "link", ..., "target": "x" } ] }
 *
 * The members follow in its order, which is that of their names' bytes. A name starts with
 * the place it came from: key/ (the boot medium), var/, opt/, config/ (subvolumes of the
 * pool), services/NAME/ (what a service's own dump left). Nothing outside these bounds is
 * accepted: names that leave their place, too many members, sizes or digests that differ.
 *
 * Knows nothing of where the places are on a machine, nor of pools and keys.
 */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "platform/lib/base/err.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/sha256.h"

#define TT_BACKUP_KIND         "triton-headnode-backup"
#define TT_BACKUP_VERSION      1
#define TT_BACKUP_MANIFEST     "manifest.json"
#define TT_BACKUP_MANIFEST_MAX (32 * TT_MIB)
#define TT_BACKUP_MEMBERS_MAX  100000
#define TT_BACKUP_PATH_MAX     TT_PATH_MAX     /* bytes of a name or a link's target */
#define TT_BACKUP_SIZE_MAX     (1024 * TT_GIB) /* bytes of one member */

enum tt_backup_type {
	TT_BACKUP_FILE,
	TT_BACKUP_DIR,
	TT_BACKUP_LINK, /* symbolic */
	TT_BACKUP_TYPE_MAX
};

struct tt_backup_member {
	char *path;
	enum tt_backup_type type;
	mode_t mode; /* permission bits, set-user-id and sticky ones too */
	uint32_t uid, gid;
	int64_t mtime_s;                /* seconds since 1970 */
	uint64_t size;                  /* files only */
	char sha256[TT_SHA256_HEX_LEN]; /* files only */
	char *target;                   /* links only */
};

struct tt_backup_manifest {
	json_t *head; /* object: everything but "members" */
	struct tt_backup_member *v;
	size_t n;
	uint64_t bytes; /* of all files */
};

void tt_backup_manifest_release(struct tt_backup_manifest *m);
static inline void
tt_auto_backup_manifest(struct tt_backup_manifest *m)
{
	tt_backup_manifest_release(m);
}

/* -EINVAL (InvalidBackup) names the member and the rule; *ret is then untouched. */
int tt_backup_manifest_parse(
    const char *text, size_t len, struct tt_backup_manifest *ret, struct tt_err **err);
/* The text of manifest.json; caller frees. */
char *tt_backup_manifest_text(const struct tt_backup_manifest *m);
/* A new, empty member at the end; borrowed until the next one. path is copied. */
struct tt_backup_member *tt_backup_add(
    struct tt_backup_manifest *m, const char *path, enum tt_backup_type type);
/* Put the members in the order of the archive; -EEXIST names one that is there twice. */
int tt_backup_sort(struct tt_backup_manifest *m, struct tt_err **err);
/* The member of this name, or NULL. */
const struct tt_backup_member *tt_backup_find(
    const struct tt_backup_manifest *m, const char *path);

/* Progress of reading and writing: bytes of files so far and in all. May be NULL. */
typedef void tt_backup_progress(void *ctx, uint64_t done, uint64_t total);

struct tt_backup; /* an archive that is being read, from front to back, once */

/* Up to and with its manifest. -EBADMSG (InvalidBackup): it is no backup, or is damaged. */
int tt_backup_open(const char *file, struct tt_backup **ret, struct tt_err **err);
/*
 * The same from a source of plain tar bytes: pull gives up to len bytes, 0 at the end or a
 * negative errno, and close (may be NULL) is called once with ctx, on failure too.
 */
int tt_backup_open_pull(const char *name,
    ssize_t (*pull)(void *ctx, void *buf, size_t len), void (*close)(void *ctx),
    void *ctx, struct tt_backup **ret, struct tt_err **err);
void tt_backup_close(struct tt_backup *b);
TT_AUTO_DEFINE(backup, struct tt_backup *, tt_backup_close)
/* Borrowed. */
const struct tt_backup_manifest *tt_backup_manifest(const struct tt_backup *b);

/*
 * What becomes of the members. begin is called for each; for a file then data with its
 * bytes in order; end when its digest was right. Any may be NULL; a negative result ends it.
 */
struct tt_backup_sink {
	int (*begin)(void *ctx, const struct tt_backup_member *m, struct tt_err **err);
	int (*data)(void *ctx, const void *data, size_t len, struct tt_err **err);
	int (*end)(void *ctx, const struct tt_backup_member *m, struct tt_err **err);
	tt_backup_progress *progress;
	void *ctx;
};

/* The rest of the archive, to its end; sink NULL only checks it. -EBADMSG: damaged. */
int tt_backup_read(
    struct tt_backup *b, const struct tt_backup_sink *sink, struct tt_err **err);
/* Open and check all of it. ret_manifest may be NULL; else the caller releases it. */
int tt_backup_verify(const char *file, tt_backup_progress *progress, void *ctx,
    struct tt_backup_manifest *ret_manifest, struct tt_err **err);

/*
 * Write the archive on fd, at its offset. open gives a descriptor of a member's bytes, which
 * is closed here. -ESTALE when a file is not what the manifest says any more.
 */
int tt_backup_write(int fd, const struct tt_backup_manifest *m,
    int (*open)(void *ctx, const struct tt_backup_member *m, struct tt_err **err),
    tt_backup_progress *progress, void *ctx, struct tt_err **err);

/* Members whose name starts with prefix ("var/") go below dir, the rest of the name kept. */
struct tt_backup_place {
	const char *prefix;
	const char *dir; /* made with its parents when it is missing */
};

/*
 * Put the members of these places where they belong and leave the others out. What is there
 * under the same name is replaced; what the archive has not stays. No link is followed.
 * Not synced: the caller makes it durable.
 */
int tt_backup_extract(const char *file, const struct tt_backup_place *places, size_t n,
    tt_backup_progress *progress, void *ctx, struct tt_err **err);
