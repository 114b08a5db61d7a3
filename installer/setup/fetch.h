// SPDX-License-Identifier: MPL-2.0
/*
 * Where the answers come from: the first of the file named on the command line, the kernel
 * argument triton.answers= (none, a path on the medium, or a URL), private/answers.json on
 * the medium, a partition labelled TRITON-ANS, /system/boot/answers.json, and a hosting
 * provider's /system/boot/tinkerbell.json. Bytes only: libtsetup judges them.
 */
#pragma once

#include <stdbool.h>

#include "platform/lib/base/err.h"
#include "platform/lib/conf/secret.h"

struct tt_dhcp;
struct ts_nics;

/* The settings of one search. */
struct fetch_opts {
	const char *root;           /* put before paths of the machine, "" = none */
	const char *media;          /* the key */
	const char *file;           /* -f, or NULL */
	const char *cmdline;        /* of the kernel */
	const struct ts_nics *nics; /* for %m and DHCP */
	/* Progress of what takes long: one line of text. May be NULL. */
	void (*say)(const char *text, void *ctx);
	void *ctx;
};

struct fetch_answers {
	struct tt_secret text;
	char *name;      /* for messages: path or URL */
	char *on_medium; /* the file on the medium to be cleaned of passwords, or NULL */
	bool plain_http; /* fetched without TLS: a warning */
};

void fetch_answers_release(struct fetch_answers *a);
static inline void
tt_auto_fetch_answers(struct fetch_answers *a)
{
	fetch_answers_release(a);
}

/*
 * Find and read. ret must be zero or released before.
 * Returns 0; -ENOENT with *err unset: there are no answers anywhere; with *err set: what
 * was named is not there. Other negative errno with the reason.
 */
int fetch_answers(
    const struct fetch_opts *opts, struct fetch_answers *ret, struct tt_err **err);

/* --- pieces, also for the tests --- */

/* Value of the last word name=value of a kernel command line ("" for a bare name); caller frees. */
char *fetch_bootarg(const char *cmdline, const char *name);
/* The kernel command line, read below root; "" when it cannot be. Caller frees. */
char *fetch_cmdline(const char *root);
/*
 * The URLs to try in turn: %m becomes the MAC; one that ends in '/' stands for
 * MAC-answers.json, HOSTNAME-answers.json and answers.json there. A tt_strv.
 * mac, host_name  may be NULL = not known
 */
char **fetch_url_names(const char *url, const char *mac, const char *host_name);
/* MAC of the NIC the machine booted from, normal form, or of the first with a link; NULL = no NIC. */
const char *fetch_boot_mac(const struct fetch_opts *opts);
/*
 * An address by DHCP on the boot NIC; nothing when the machine has a default route already.
 * The caller undoes it with tt_dhcp_down().
 */
int fetch_address(
    const struct fetch_opts *opts, struct tt_dhcp *ret, struct tt_err **err);
/* Fetch by URL with the pins of the command line. */
int fetch_from_url(const struct fetch_opts *opts, const char *url,
    struct fetch_answers *ret, struct tt_err **err);
/* Read answers.json of the partition labelled TRITON-ANS. -ENOENT = no such partition. */
int fetch_from_label(
    const struct fetch_opts *opts, struct fetch_answers *ret, struct tt_err **err);
