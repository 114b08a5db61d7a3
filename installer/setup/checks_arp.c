// SPDX-License-Identifier: MPL-2.0
/*
 * Does somebody else have our addresses? ARP probes (3, 200 ms apart) for the headnode, the
 * service addresses, the gateway and the ends of the ranges; an answer from another machine
 * is a warning, and so is a gateway that says nothing.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "installer/setup/checks.h"
#include "installer/setup/checks_arpmsg.h"
#include "installer/setup/term.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/net.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/time.h"

#define TARGETS_MAX 40
#define PROBES      3
#define INTERVAL_MS 200

struct target {
	uint32_t ip;
	enum tt_key_id id; /* the key to blame */
	const char *what;  /* whom the address is for */
	bool expected;     /* silence is the warning, not an answer */
	bool answered;
	uint8_t mac[6];
};

struct probe_set {
	int fd;
	int index; /* of the link */
	uint8_t mac[6];
	struct target v[TARGETS_MAX];
	size_t n;
};

static void
add_target(
    struct probe_set *s, uint32_t ip, enum tt_key_id id, const char *what, bool expected)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->v[i].ip == ip)
			return;
	if (s->n < TARGETS_MAX)
		s->v[s->n++] = (struct target){
			.ip = ip, .id = id, .what = what, .expected = expected
		};
}

static void
add_key(struct probe_set *s, const struct tsetup *ts, enum tt_key_id id, const char *what,
    bool expected)
{
	const char *text = tsetup_effective(ts, id);
	uint32_t ip;

	if (text != NULL && tt_ip4_parse(text, &ip, NULL) == 0)
		add_target(s, ip, id, what, expected);
}

static void
admin_targets(struct probe_set *s, const struct tsetup *ts)
{
	const char *text = tsetup_effective(ts, TT_KEY_ADMIN_START);
	uint32_t start;

	add_key(s, ts, TT_KEY_ADMIN_IP, "the headnode", false);
	if (text != NULL && tt_ip4_parse(text, &start, NULL) == 0) {
		for (unsigned i = 0; i < TT_SLOT_COUNT; i++)
			add_target(
			    s, start + i, TT_KEY_ADMIN_START, tt_slot_name(i), false);
		add_target(s, start + TT_SLOT_DHCP_START, TT_KEY_ADMIN_START,
		    "first DHCP address", false);
	}
	add_key(s, ts, TT_KEY_DHCP_END, "end of the DHCP range", false);
}

static void
external_targets(struct probe_set *s, const struct tsetup *ts)
{
	add_key(s, ts, TT_KEY_EXTERNAL_IP, "the headnode", false);
	add_key(s, ts, TT_KEY_EXTERNAL_GATEWAY, "gateway", true);
	add_key(s, ts, TT_KEY_EXTERNAL_START, "first address for instances", false);
	add_key(s, ts, TT_KEY_EXTERNAL_END, "last address for instances", false);
}

static int
read_mac(const char *link, uint8_t mac[6])
{
	tt_auto(free) char *path = tt_xprintf("/sys/class/net/%s/address", link);
	tt_auto(free) char *text = tt_file_line(path);

	return text != NULL ? arpmsg_mac(text, mac) : -ENODEV;
}

static int
open_link(struct probe_set *s, const char *link)
{
	struct sockaddr_ll at = { .sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ARP) };

	s->index = (int)if_nametoindex(link);
	at.sll_ifindex = s->index;
	if (s->index == 0 || read_mac(link, s->mac) < 0)
		return -ENODEV;
	s->fd = socket(
	    AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(ETH_P_ARP));
	if (s->fd < 0)
		return -errno;
	return bind(s->fd, (struct sockaddr *)&at, sizeof(at)) < 0 ? -errno : 0;
}

static void
send_probes(struct probe_set *s)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ARP),
		.sll_ifindex = s->index,
		.sll_halen = 6 };
	uint8_t msg[ARPMSG_SIZE];

	memset(to.sll_addr, 0xff, 6);
	for (size_t i = 0; i < s->n; i++) {
		if (s->v[i].answered)
			continue;
		arpmsg_probe(msg, s->mac, s->v[i].ip);
		(void)sendto(
		    s->fd, msg, sizeof(msg), 0, (struct sockaddr *)&to, sizeof(to));
	}
}

/* A NIC of ours may answer through another cable: that is no stranger. */
static bool
is_ours(const struct tsetup *ts, const struct probe_set *s, const uint8_t mac[6])
{
	const struct ts_nics *nics = tsetup_nics(ts);
	char text[TT_MAC_LEN];

	if (memcmp(mac, s->mac, 6) == 0)
		return true;
	(void)tt_strf(text, sizeof(text), "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1],
	    mac[2], mac[3], mac[4], mac[5]);
	return nics != NULL && ts_nics_find(nics, text) != NULL;
}

static void
receive_all(struct probe_set *s, const struct tsetup *ts)
{
	uint8_t msg[128], mac[6];
	uint32_t ip;
	ssize_t n;

	while ((n = recv(s->fd, msg, sizeof(msg), 0)) > 0) {
		if (arpmsg_parse(msg, (size_t)n, &ip, mac) < 0 || is_ours(ts, s, mac))
			continue;
		for (size_t i = 0; i < s->n; i++) {
			if (s->v[i].ip != ip || s->v[i].answered)
				continue;
			s->v[i].answered = true;
			memcpy(s->v[i].mac, mac, 6);
		}
	}
}

static void
judge(const struct target *t, struct tt_findings *found)
{
	char ip[TT_IP4_LEN];
	struct tt_finding *f;

	if (t->answered == t->expected)
		return;
	tt_ip4_fmt(t->ip, ip);
	if (t->expected)
		f = tt_findings_add(found, "W_UNREACHABLE", tt_keys[t->id].name, ip,
		    "the gateway %s does not answer on its network", ip);
	else
		f = tt_findings_add(found, "W_ADDR_IN_USE", tt_keys[t->id].name, ip,
		    "%s (for %s) is in use by %02x:%02x:%02x:%02x:%02x:%02x", ip, t->what,
		    t->mac[0], t->mac[1], t->mac[2], t->mac[3], t->mac[4], t->mac[5]);
	f->id = (int)t->id;
}

/* Both links at once: a set without a link has fd -1 and nothing in it. */
static void
probe_sets(struct checks *c, const struct tsetup *ts, struct probe_set sets[2])
{
	for (int i = 0; i < PROBES && !c->stopped; i++) {
		const int64_t until = tt_mono_us() + INTERVAL_MS * 1000LL;

		send_probes(&sets[0]);
		send_probes(&sets[1]);
		while (!c->stopped && tt_mono_us() < until) {
			struct pollfd p[] = {
				{ .fd = sets[0].fd, .events = POLLIN },
				{ .fd = sets[1].fd, .events = POLLIN },
				{ .fd = c->term != NULL ? c->term->fd : -1,
				    .events = POLLIN },
			};
			int left_ms = (int)((until - tt_mono_us()) / 1000) + 1;

			if (term_poll(p, TT_ARRAY_LEN(p), left_ms) == -EINTR ||
			    (p[2].revents && term_interrupted(c->term)))
				c->stopped = true;
			for (int s = 0; s < 2; s++)
				if (p[s].revents)
					receive_all(&sets[s], ts);
		}
	}
}

void
checks_arp(struct checks *c, struct tsetup *ts, struct tt_findings *found)
{
	tt_auto(err) struct tt_err *err = NULL;
	struct probe_set sets[2] = { { .fd = -1 }, { .fd = -1 } };

	if (checks_links_up(c, ts, &err) < 0) {
		tt_findings_add(found, "W_UNREACHABLE", "", "",
		    "the links could not be brought up for checks: %s",
		    tt_err_message(err));
		return;
	}
	if (open_link(&sets[0], c->admin_link) == 0)
		admin_targets(&sets[0], ts);
	if (c->external_link[0] != '\0' && open_link(&sets[1], c->external_link) == 0)
		external_targets(&sets[1], ts);
	probe_sets(c, ts, sets);
	for (int s = 0; s < 2; s++) {
		for (size_t i = 0; i < sets[s].n && !c->stopped; i++)
			judge(&sets[s].v[i], found);
		tt_auto_close(&sets[s].fd);
	}
	/* The checks that follow ask from these addresses. */
	(void)checks_addresses_set(c, ts, NULL);
}
