// SPDX-License-Identifier: MPL-2.0
/*
 * The kinds of checks, their switches in the answers, and the budget.
 */
#include "installer/setup/checks.h"

#include <string.h>

#include "installer/setup/term.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/time.h"

static const struct {
	const char *title;
	void (*run)(struct checks *c, struct tsetup *ts, struct tt_findings *found);
	int skip; /* enum tt_key_id of the answer that switches it off, or -1 */
} kinds[CHECK_MAX] = {
	[CHECK_ADDRESSES] = { "Checking the addresses on the network", checks_arp, -1 },
	[CHECK_RESOLVERS] = { "Checking the resolvers", checks_resolvers,
	    TT_KEY_SKIP_DNS_CHECK },
	[CHECK_DOMAIN] = { "Checking that the domain is free", checks_domain,
	    TT_KEY_SKIP_DNS_CHECK },
	[CHECK_TIME] = { "Checking the time servers", checks_time,
	    TT_KEY_SKIP_NTP_CHECK },
};

void
checks_init(struct checks *c, bool on, struct term *term)
{
	memset(c, 0, sizeof(*c));
	c->on = on;
	c->term = term;
	c->budget_ms = CHECKS_BUDGET_MS;
}

void
checks_release(struct checks *c)
{
	checks_links_down(c);
	for (int i = 0; i < CHECK_MAX; i++)
		tt_findings_release(&c->found[i]);
}

const char *
checks_title(enum check_kind kind)
{
	return kinds[kind].title;
}

bool
checks_wanted(const struct checks *c, enum check_kind kind, const struct tsetup *ts)
{
	int skip = kinds[kind].skip;

	return c->on && c->budget_ms > 0 &&
	       (skip < 0 || !tsetup_bool(ts, (enum tt_key_id)skip));
}

size_t
checks_run(struct checks *c, enum check_kind kind, struct tsetup *ts)
{
	int64_t start = tt_mono_us();
	unsigned used_ms;

	tt_findings_release(&c->found[kind]);
	memset(&c->found[kind], 0, sizeof(c->found[kind]));
	c->stopped = false;
	if (!checks_wanted(c, kind, ts))
		return 0;
	kinds[kind].run(c, ts, &c->found[kind]);
	used_ms = (unsigned)((tt_mono_us() - start) / 1000);
	c->budget_ms -= used_ms < c->budget_ms ? used_ms : c->budget_ms;
	return c->found[kind].n;
}

size_t
checks_count(const struct checks *c)
{
	size_t n = 0;

	for (int i = 0; i < CHECK_MAX; i++)
		n += c->found[i].n;
	return n;
}
