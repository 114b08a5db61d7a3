// SPDX-License-Identifier: MPL-2.0
/*
 * A tarball as a phase of a build: the list of what goes in, and one call that makes the
 * archive or finds it as it was left. For every product that is, or comes as, a .tgz.
 */
#pragma once

#include <sys/types.h>

#include "image/build.h"
#include "image/keytree.h"
#include "image/report.h"
#include "image/tarball.h"

struct pack {
	struct tarball_file *files;
	size_t n;
	char **texts; /* names and the like that live as long */
};

/* Strings are copied, contents and extents are borrowed until pack_phase(). */
void pack_file(struct pack *p, const char *name, const char *from, uint64_t size,
    const char *sha256);
void pack_text(
    struct pack *p, const char *name, const void *text, size_t len, mode_t mode);
void pack_link(struct pack *p, const char *name, const char *target);
/* Every file of the key, as PREFIX/path, or path with "". private/ is for its owner only. */
void pack_tree(struct pack *p, const char *prefix, const struct keytree *t);

/* The image from, of which extents tells where it has data (out_extents_json()). */
int pack_sparse(struct pack *p, const char *name, const char *from, const json_t *extents,
    struct tt_err **err);
/* A file as it lies there, as FOLDER/its name, or its name with "". */
int pack_found(struct build *b, struct pack *p, const char *folder, const char *from,
    struct tt_err **err);
/* root.password.<stamp>, when the build has one. */
int pack_password(struct build *b, struct pack *p, struct tt_err **err);

/*
 * Make path (below OUT/out) in a phase of this name, add it to the report. sha256 of the
 * archive; may be NULL.
 */
int pack_phase(struct build *b, const struct pack *p, const char *phase, const char *path,
    struct report *report, char sha256[TT_SHA256_HEX_LEN], struct tt_err **err);

/*
 * The image from as path, by zstd, in a phase of this name; added to the report. The number
 * of processors does not change the bytes.
 */
int pack_zstd(struct build *b, const char *phase, const char *from, const json_t *extents,
    const char *path, struct report *report, struct tt_err **err);

void pack_release(struct pack *p);

static inline void
tt_auto_pack(struct pack *p)
{
	pack_release(p);
}
