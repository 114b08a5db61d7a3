// SPDX-License-Identifier: MPL-2.0
/*
 * A platform into the key's copy on the pool. It is staged as os/.<stamp>, hashed while it
 * is written, judged by its manifest (and signature), synced and renamed: with the power
 * lost at any moment there is the whole platform or none, and the next install clears what
 * was left behind.
 *
 * Sources: a platform-<stamp>.tgz (a file, or http and https URLs), which holds
 * os/<stamp>/FILE..., or a platform folder whose name is its stamp.
 */
#pragma once

#include <stdlib.h>

#include "tools/operator/platform/oper.h"

struct install_opts {
	const char *stamp;  /* what it must be, NULL = any */
	const char *sha256; /* of the archive behind a URL, NULL = not known */
	bool replace;       /* one that is there already is made anew */
	bool check;         /* judge only: nothing stays */
};

enum install_done {
	INSTALL_NEW,
	INSTALL_HAD, /* it was there and is whole */
	INSTALL_CHECKED,
};

struct installed {
	char *stamp;
	enum install_done done;
	bool verified; /* signed by the site, whose certificate this platform holds */
};

static inline void
tt_auto_installed(struct installed *i)
{
	free(i->stamp);
}

/* Messages name the source and the file at fault. */
int platform_install(const struct oper *o, const char *source,
    const struct install_opts *opts, struct installed *ret, struct tt_err **err);
/* One sentence about the signature, for who installed it. */
const char *installed_trust(const struct installed *i);

/* --- between install.c and unpack.c -------------------------------------------------- */

struct stage {
	const char *os;   /* the folder os/ of the copy */
	const char *want; /* stamp that it must have, or NULL */
	char *stamp;      /* once known */
	char *dir;        /* os/.<stamp> */
	struct manifest got;
	struct key_progress progress;
};

/* Learn the stamp, or compare; makes the staging folder when it is new. */
int stage_stamp(struct stage *s, const char *stamp, struct tt_err **err);
/* Open NAME (relative) in the staging folder for writing; folders are made. */
int stage_create(struct stage *s, const char *name, int *ret_fd, struct tt_err **err);
/* Unpack an archive. -EINVAL (InvalidArchive). */
int stage_unpack(struct stage *s, const char *path, struct tt_err **err);
