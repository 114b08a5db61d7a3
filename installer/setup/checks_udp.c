// SPDX-License-Identifier: MPL-2.0
/*
 * The checks that ask over UDP: resolvers, the data center's names in public, time servers.
 */
#include <stdio.h>
#include <string.h>

#include "installer/setup/checks.h"
#include "installer/setup/checks_probe.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/random.h"
#include "platform/lib/base/str.h"

#define DNS_PORT       53
#define NTP_PORT       123
#define RESOLVERS      2
#define HOSTS_MAX      8
#define CLOCK_LIMIT_US (24LL * 3600 * 1000000)

static const enum tt_key_id resolver_keys[RESOLVERS] = { TT_KEY_DNS1, TT_KEY_DNS2 };

/* The effective value when it is an address to ask, else NULL. */
static const char *
resolver(const struct tsetup *ts, int i)
{
	const char *ip = tsetup_effective(ts, resolver_keys[i]);

	return ip == NULL || *ip == '\0' || tt_streq(ip, "none") ? NULL : ip;
}

/* Open a probe to server, or to this machine where a test says so. */
static int
open_probe(struct probe *p, const char *server, uint16_t port, uint16_t test_port)
{
	return test_port != 0 ? probe_open(p, "127.0.0.1", test_port)
			      : probe_open(p, server, port);
}

static void
run(struct checks *c, struct probe *v, size_t n)
{
	if (probes_run(v, n, c->budget_ms, c->term) < 0)
		c->stopped = true;
}

static void
close_all(struct probe *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		probe_close(&v[i]);
}

static void
judge_resolver(const struct probe *p, int i, const char *ip, struct tt_findings *found)
{
	const enum tt_key_id id = resolver_keys[i];
	struct tt_finding *f;

	if (p->answered && (p->dns.rcode == 0 || p->dns.rcode == 3))
		return;
	f = tt_findings_add(found, "W_UNREACHABLE", tt_keys[id].name, ip,
	    p->answered ? "resolver %s refuses to answer (code %u)"
			: "resolver %s does not answer",
	    ip, p->dns.rcode);
	f->id = (int)id;
}

void
checks_resolvers(struct checks *c, struct tsetup *ts, struct tt_findings *found)
{
	struct probe probes[RESOLVERS];

	for (int i = 0; i < RESOLVERS; i++) {
		const char *ip = resolver(ts, i);

		memset(&probes[i], 0, sizeof(probes[i]));
		probes[i].fd = -1;
		/* The root's name servers: every resolver knows them, nobody is told our names. */
		if (ip != NULL && open_probe(&probes[i], ip, DNS_PORT, c->dns_port) == 0)
			(void)probe_dns(&probes[i], "", DNSMSG_NS);
	}
	run(c, probes, RESOLVERS);
	for (int i = 0; i < RESOLVERS && !c->stopped; i++)
		if (resolver(ts, i) != NULL)
			judge_resolver(&probes[i], i, resolver(ts, i), found);
	close_all(probes, RESOLVERS);
}

/* The names a new data center will use, and one that nobody can have: a wildcard. */
enum { NAME_BINDER, NAME_SAPI, NAME_RANDOM, NAMES };

static void
make_names(const struct tsetup *ts, char *names[NAMES])
{
	const char *dc = tsetup_effective(ts, TT_KEY_DATACENTER);
	const char *domain = tsetup_effective(ts, TT_KEY_DNS_SEARCH);
	char label[17];

	tt_random_hex(8, label);
	names[NAME_BINDER] = tt_xprintf("binder.%s.%s", dc, domain);
	names[NAME_SAPI] = tt_xprintf("sapi.%s.%s", dc, domain);
	names[NAME_RANDOM] = tt_xprintf("x%s.%s.%s", label, dc, domain);
}

static void
judge_domain(const struct probe *probes, char *const names[NAMES], const char *server,
    struct tt_findings *found)
{
	const bool wildcard = probes[NAME_RANDOM].dns.addresses > 0;
	const int hit = wildcard                                ? NAME_RANDOM
			: probes[NAME_BINDER].dns.addresses > 0 ? NAME_BINDER
								: NAME_SAPI;
	struct tt_finding *f;

	if (probes[hit].dns.addresses == 0 || found->n > 0)
		return;
	f = tt_findings_add(found, "W_DOMAIN_PUBLIC", tt_keys[TT_KEY_DNS_SEARCH].name,
	    names[hit],
	    "%s already resolves to %s%s (asked at %s): services would find a "
	    "stranger there; choose another search domain",
	    names[hit], probes[hit].dns.first, wildcard ? ", by a wildcard record" : "",
	    server);
	f->id = TT_KEY_DNS_SEARCH;
}

void
checks_domain(struct checks *c, struct tsetup *ts, struct tt_findings *found)
{
	struct probe probes[RESOLVERS * NAMES];
	char *names[NAMES];

	if (tsetup_effective(ts, TT_KEY_DNS_SEARCH) == NULL ||
	    tsetup_effective(ts, TT_KEY_DATACENTER) == NULL)
		return;
	make_names(ts, names);
	for (int i = 0; i < RESOLVERS * NAMES; i++) {
		const char *ip = resolver(ts, i / NAMES);

		memset(&probes[i], 0, sizeof(probes[i]));
		probes[i].fd = -1;
		if (ip != NULL && open_probe(&probes[i], ip, DNS_PORT, c->dns_port) == 0)
			(void)probe_dns(&probes[i], names[i % NAMES], DNSMSG_A);
	}
	run(c, probes, TT_ARRAY_LEN(probes));
	for (int i = 0; i < RESOLVERS; i++)
		if (resolver(ts, i) != NULL)
			judge_domain(probes + i * NAMES, names, resolver(ts, i), found);
	close_all(probes, TT_ARRAY_LEN(probes));
	for (int i = 0; i < NAMES; i++)
		free(names[i]);
}

/* Address of each host: itself, or what a resolver says; "" when nobody knows it. */
static void
resolve_hosts(struct checks *c, const struct tsetup *ts, char *const *hosts, size_t n,
    char addresses[][DNSMSG_TEXT_SIZE])
{
	struct probe probes[HOSTS_MAX * RESOLVERS];

	for (size_t i = 0; i < n * RESOLVERS; i++) {
		const char *host = hosts[i / RESOLVERS];
		const char *ip = resolver(ts, (int)(i % RESOLVERS));
		struct probe literal;

		memset(&probes[i], 0, sizeof(probes[i]));
		probes[i].fd = -1;
		if (probe_open(&literal, host, NTP_PORT) == 0)
			(void)tt_strcpy(addresses[i / RESOLVERS], DNSMSG_TEXT_SIZE, host);
		else if (ip != NULL &&
			 open_probe(&probes[i], ip, DNS_PORT, c->dns_port) == 0)
			(void)probe_dns(&probes[i], host, DNSMSG_A);
		probe_close(&literal);
		probes[i].tries =
		    probes[i].tries > 0; /* one: nothing hangs on the answer */
	}
	run(c, probes, n * RESOLVERS);
	for (size_t i = 0; i < n * RESOLVERS; i++)
		if (addresses[i / RESOLVERS][0] == '\0')
			(void)tt_strcpy(addresses[i / RESOLVERS], DNSMSG_TEXT_SIZE,
			    probes[i].dns.first);
	close_all(probes, n * RESOLVERS);
}

static void
judge_time(const struct probe *p, const char *host, const char *address,
    struct tt_findings *found)
{
	int64_t off_us = p->time_us - p->came_us;
	struct tt_finding *f;

	if (address[0] == '\0')
		f = tt_findings_add(found, "W_UNREACHABLE", tt_keys[TT_KEY_NTP].name,
		    host, "the name of the NTP server %s does not resolve", host);
	else if (!p->answered)
		f = tt_findings_add(found, "W_UNREACHABLE", tt_keys[TT_KEY_NTP].name,
		    host, "NTP server %s does not answer", host);
	else if (off_us > CLOCK_LIMIT_US || off_us < -CLOCK_LIMIT_US)
		f = tt_findings_add(found, "W_CLOCK", tt_keys[TT_KEY_NTP].name, host,
		    "this machine's clock is %lld days off what %s says",
		    (long long)(off_us / CLOCK_LIMIT_US), host);
	else
		return;
	f->id = TT_KEY_NTP;
}

void
checks_time(struct checks *c, struct tsetup *ts, struct tt_findings *found)
{
	const char *value = tsetup_effective(ts, TT_KEY_NTP);
	char addresses[HOSTS_MAX][DNSMSG_TEXT_SIZE] = { 0 };
	tt_auto(strv) char **hosts = NULL;
	struct probe probes[HOSTS_MAX];
	size_t n;

	if (value == NULL || tt_streq(value, "local"))
		return;
	hosts = tt_split(value, ',');
	n = tt_strv_len(hosts) < HOSTS_MAX ? tt_strv_len(hosts) : HOSTS_MAX;
	resolve_hosts(c, ts, hosts, n, addresses);
	for (size_t i = 0; i < n; i++) {
		memset(&probes[i], 0, sizeof(probes[i]));
		probes[i].fd = -1;
		if (addresses[i][0] != '\0' &&
		    open_probe(&probes[i], addresses[i], NTP_PORT, c->ntp_port) == 0)
			probe_ntp(&probes[i]);
	}
	if (!c->stopped)
		run(c, probes, n);
	for (size_t i = 0; i < n && !c->stopped; i++)
		judge_time(&probes[i], hosts[i], addresses[i], found);
	close_all(probes, n);
}
