// SPDX-License-Identifier: MPL-2.0
/*
 * Phase "packages": the package list is resolved once into the lock, and every locked
 * package is in CACHE/debs, checked against its digest. Uses the network only for what is
 * missing, and never when the run is offline.
 */
#pragma once

#include "image/platform/lock.h"
#include "image/platform/platform.h"

struct phase;
struct phase_run;

/* The package list: words for apt by role. */
struct pkglist {
	char sha256[TT_SHA256_HEX_LEN];
	char **words[LOCK_ROLE_MAX];
};

int pkglist_load(const char *path, struct pkglist *ret, struct tt_err **err);
void pkglist_release(struct pkglist *l);

static inline void
tt_auto_pkglist(struct pkglist *l)
{
	pkglist_release(l);
}

int packages_phase(const struct platform_spec *spec, struct phase_run *run,
    struct lock *ret, struct tt_err **err);
/* Where the package's file is in the cache; caller frees. */
char *packages_deb(struct phase_run *run, const struct lock_pkg *pkg);

/* Resolve the whole list anew. Private to this phase: resolve.c. */
struct apt;
int packages_resolve(struct apt *a, const struct pkglist *list, int64_t epoch,
    struct lock *ret, struct tt_err **err);
/*
 * Bring rows of the lock up to what the archive still has. Each change is a warning, or
 * an error when strict. *ret_changed says whether any was.
 */
int packages_refresh(struct apt *a, struct phase_run *run, const struct pkglist *list,
    struct lock *lock, const bool *missing, bool strict, bool *ret_changed,
    struct tt_err **err);
