// SPDX-License-Identifier: MPL-2.0
/*
 * Live checks: do the resolvers answer, is the data center's name already taken in public,
 * what time is it, does somebody else have our addresses. Each has a deadline, all together
 * a budget, and ^C ends what runs. What they find are warnings, kept per kind of check.
 *
 * Files: checks_link.c makes the links usable, checks_udp.c asks over UDP, checks_arp.c asks
 * the neighbours; the parsers of what comes back are in checks_*msg.c.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "installer/setup/tsetup.h"

#define CHECKS_BUDGET_MS 15000 /* of one pass */
#define CHECKS_RETRY_MS  5000  /* more for one that is asked for again */

struct term;

enum check_kind {
	CHECK_ADDRESSES,
	CHECK_RESOLVERS,
	CHECK_DOMAIN,
	CHECK_TIME,
	CHECK_MAX,
};

struct checks {
	bool on;           /* false: no network below another root */
	struct term *term; /* for ^C; NULL = none */
	unsigned budget_ms;
	bool stopped; /* ^C ended the last check */
	struct tt_findings found[CHECK_MAX];
	char admin_link[16]; /* configured by us, "" = not */
	char external_link[16];
	bool external_made; /* external_link is ours to delete */
	uint16_t dns_port,
	    ntp_port; /* other than 0: this machine's port instead (tests) */
};

void checks_init(struct checks *c, bool on, struct term *term);
/* Takes addresses and links down again. */
void checks_release(struct checks *c);

/*
 * Run one kind with the present values; found[kind] is replaced. Returns the number of
 * findings; 0 also when it was not run (not wanted by the answers, no budget, no network).
 */
size_t checks_run(struct checks *c, enum check_kind kind, struct tsetup *ts);
/* One line for the console: "Checking the resolvers". */
const char *checks_title(enum check_kind kind);
/* Would it run with the present answers? */
bool checks_wanted(const struct checks *c, enum check_kind kind, const struct tsetup *ts);
/* All findings of all kinds. */
size_t checks_count(const struct checks *c);

/* --- between the files of this module --- */

/* Links up, external0 made. 0 or a negative errno (then there is nothing to check on). */
int checks_links_up(struct checks *c, struct tsetup *ts, struct tt_err **err);
/* Give the links their addresses and the default route. */
int checks_addresses_set(struct checks *c, struct tsetup *ts, struct tt_err **err);
void checks_links_down(struct checks *c);

void checks_arp(struct checks *c, struct tsetup *ts, struct tt_findings *found);
void checks_resolvers(struct checks *c, struct tsetup *ts, struct tt_findings *found);
void checks_domain(struct checks *c, struct tsetup *ts, struct tt_findings *found);
void checks_time(struct checks *c, struct tsetup *ts, struct tt_findings *found);
