// SPDX-License-Identifier: MPL-2.0
/*
 * Asking apt, without touching the host's own package state: a private folder holds the
 * lists, and an empty status file makes apt resolve for a system with nothing installed.
 * Sources are those of the host's configuration for this Debian release, plus the security
 * suite of the same mirror (the kernel is only there), or a file that the caller names.
 *
 * Knows apt's commands and their output; knows nothing of locks.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "platform/lib/base/err.h"
#include "platform/lib/base/sha256.h"

#define APT_RELEASE "bookworm"

struct phase;

/* What the archive says of one version. */
struct apt_pkg {
	char *name, *version, *path;
	char sha256[TT_SHA256_HEX_LEN];
	uint64_t size;
};

struct apt_pkgs {
	struct apt_pkg *rows;
	size_t count;
};

struct apt;

/*
 * dir      private folder, made when missing
 * sources  sources.list to use, NULL = the host's
 * Fetches the package lists.
 */
int apt_open(struct phase *p, const char *dir, const char *sources, struct apt **ret,
    struct tt_err **err);
void apt_free(struct apt *a);
TT_AUTO_DEFINE(apt, struct apt *, apt_free)

/* Names that installing these words (name, name-, ?pattern) would bring, as NAME=VERSION. */
int apt_resolve(struct apt *a, char *const *words, char ***ret, struct tt_err **err);
/* Every known version of the named packages (NAME or NAME=VERSION), candidates first. */
int apt_show(
    struct apt *a, char *const *names, struct apt_pkgs *ret, struct tt_err **err);
/* The package that a name which is only a dependency stands for; caller frees. */
int apt_real_name(struct apt *a, const char *meta, char **ret, struct tt_err **err);
/* Fetch NAME=VERSION ... into dir. */
int apt_download(
    struct apt *a, char *const *versions, const char *dir, struct tt_err **err);

void apt_pkgs_release(struct apt_pkgs *l);
/* version NULL: the candidate. Borrowed, or NULL. */
const struct apt_pkg *apt_pkgs_find(
    const struct apt_pkgs *l, const char *name, const char *version);

static inline void
tt_auto_apt_pkgs(struct apt_pkgs *l)
{
	apt_pkgs_release(l);
}
