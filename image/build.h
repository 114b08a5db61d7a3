// SPDX-License-Identifier: MPL-2.0
/*
 * One run of triton-image: where things are, what is to be built, and what the steps have
 * found out so far. The steps of a medium pass this along.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "image/phase.h"
#include "image/platform/platform.h"
#include "image/sign.h"
#include "image/spec.h"
#include "platform/lib/base/time.h"

/* What the command line said; borrowed. */
struct build_opts {
	const char *source; /* the repository */
	const char *out; /* build folder: out/, platform/, log/ and, by default, cache/ */
	const char *cache; /* NULL = OUT/cache */
	const char
	    *programs; /* list of node programs, see image/platform/README.md; or NULL */
	const char *init;     /* static init of the initramfs; NULL = OUT/bin/init */
	const char *platform; /* use this platform folder instead of building one */
	const char *boot_dir; /* GRUB and iPXE with --platform; NULL = "/" */
	const char *branch;   /* NULL = ask git */
	const char *revision; /* NULL = ask git */
	const char *medium;   /* the product's own value of that key; NULL = as given */
	char **set;           /* KEY=VALUE */
	bool packed;          /* also the compressed forms, for a release */
	bool offline, json, lock_strict, relock;
};

struct build {
	struct build_opts o;
	struct spec spec;
	struct phase_run *run;
	struct platform_out platform;
	int64_t epoch;
	char stamp[TT_STAMP_LEN];
	char *branch, *git;  /* "main", "g1234567" */
	char *build_stamp;   /* branch-stamp-git */
	bool dirty;          /* the source tree has changes that are not committed */
	char *out_dir;       /* OUT/out */
	char *password_file; /* root.password.<stamp>, or NULL */
	char *root_hash;     /* crypt text, or NULL */
	bool answers;        /* an answers file lies on the key */
	struct sign_key *site_key; /* NULL without site-key */
	struct tt_buf site_cert;   /* DER; empty without site-cert */
};

/* Read the specification, ask git, start the phase run of so many phases. */
int build_start(
    struct build *b, const struct build_opts *o, unsigned phases, struct tt_err **err);
/* Set root_hash and password_file as root-password says. */
int build_root_password(struct build *b, struct tt_err **err);
/* site-key and site-cert, as far as they are given; once is enough. */
int build_site(struct build *b, struct tt_err **err);
/* The platform's phases, or what --platform names. Reads site-key and site-cert before. */
int build_platform(struct build *b, struct tt_err **err);
void build_release(struct build *b);

static inline void
tt_auto_build(struct build *b)
{
	build_release(b);
}
