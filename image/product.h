// SPDX-License-Identifier: MPL-2.0
/*
 * Products: what `triton-image NAME` can make. A product is one file with one description,
 * named in the list below; the command, the report and the help follow from that.
 *
 * To add one: a word in PRODUCTS, and image/WORD.c (or another folder's file) with
 *	const struct product product_WORD = { "word", ... };
 * whose make() calls product_key() when it carries the key tree, and report_add() for each
 * file it leaves below OUT/out.
 */
#pragma once

#include "image/bootloader.h"
#include "image/build.h"
#include "image/keytree.h"
#include "image/report.h"

#define PRODUCTS(X) X(usb) X(iso) X(ipxe) X(coal) X(platform) X(boot) X(release)

struct product {
	const char *name;
	const char
	    *medium;      /* forced value of the key medium; NULL = as build.spec says */
	const char *help; /* one sentence */
	unsigned phases;  /* that it begins itself, behind the platform's */
	bool alone;       /* it builds no platform */
	unsigned packing; /* and with --packed */
	/* Make it, add what was made to the report. */
	int (*make)(struct build *b, struct report *report, struct tt_err **err);
};

#define PRODUCT_DECLARE(word) extern const struct product product_##word;
PRODUCTS(PRODUCT_DECLARE)

/* What every medium is made of. */
struct keyset {
	struct bootloader l;
	struct keytree t;
};

#define PRODUCT_KEY_PHASES 1 /* boot loader */

/*
 * The common part of every product with a key: judge mode and answers file, root's
 * password, the platform, the boot loader, staging.
 */
int product_key(struct build *b, struct keyset *k, struct tt_err **err);
void keyset_release(struct keyset *k);

static inline void
tt_auto_keyset(struct keyset *k)
{
	keyset_release(k);
}

/* Run one product from the options to the closing lines. */
int product_run(const struct product *p, const struct build_opts *o, struct tt_err **err);
