// SPDX-License-Identifier: MPL-2.0
/*
 * DHCP by packet socket: the interface has no address yet, so the kernel's UDP would not
 * take the answers.
 */
#include "platform/lib/fetch/dhcp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/net.h"
#include "platform/lib/base/proc.h"
#include "platform/lib/base/random.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/time.h"

#define RESOLV_CONF   "/etc/resolv.conf"
#define BESIDE_METRIC "20000" /* behind any route of the machine's own */

/* One exchange with the servers of a link. */
struct client {
	int fd;
	struct sockaddr_ll to;
	uint8_t mac[6];
	uint32_t xid;
};

static int
mac_bytes(const char *text, uint8_t out[6])
{
	char mac[TT_MAC_LEN], hex[13] = { 0 };

	if (tt_mac_parse(text, mac) < 0)
		return -EINVAL;
	for (int i = 0; i < 6; i++)
		memcpy(hex + 2 * i, mac + 3 * i, 2);
	return tt_unhex(hex, out, 6);
}

static int
client_open(struct client *c, const char *link, const char *mac, struct tt_err **err)
{
	c->fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, htons(ETH_P_IP));
	if (c->fd < 0)
		return tt_err_errno(err, -errno, "opening a packet socket");
	if (mac_bytes(mac, c->mac) < 0)
		return tt_err_set(err, -EINVAL, "InvalidArgument", "'%s' is no MAC", mac);
	c->to = (struct sockaddr_ll){
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_IP),
		.sll_ifindex = (int)if_nametoindex(link),
		.sll_halen = 6,
	};
	memset(c->to.sll_addr, 0xff, 6);
	if (bind(c->fd, (struct sockaddr *)&c->to, sizeof(c->to)) < 0)
		return tt_err_errno(err, -errno, "binding to '%s'", link);
	tt_random(&c->xid, sizeof(c->xid));
	return 0;
}

/* The first answer of one of the two kinds within ms. */
static int
receive(struct client *c, unsigned ms, enum dhcpmsg_type a, enum dhcpmsg_type b,
    struct dhcpmsg *ret)
{
	const int64_t until = tt_mono_us() + ms * 1000LL;
	struct pollfd p = { .fd = c->fd, .events = POLLIN };
	uint8_t packet[1500];

	for (;;) {
		int64_t left_ms = (until - tt_mono_us()) / 1000;
		ssize_t n;

		if (left_ms <= 0 || poll(&p, 1, (int)left_ms) <= 0)
			return -ETIME;
		n = recv(c->fd, packet, sizeof(packet), 0);
		if (n > 0 && dhcpmsg_parse(packet, (size_t)n, c->xid, c->mac, ret) == 0 &&
		    (ret->type == a || ret->type == b))
			return 0;
	}
}

static int
exchange(struct client *c, const struct dhcpmsg *msg, enum dhcpmsg_type want, unsigned ms,
    struct dhcpmsg *ret)
{
	uint8_t packet[DHCPMSG_MAX];
	size_t len = dhcpmsg_build(packet, c->xid, c->mac, msg);

	if (sendto(c->fd, packet, len, 0, (struct sockaddr *)&c->to, sizeof(c->to)) < 0)
		return -errno;
	return receive(c, ms, want, DHCPMSG_NAK, ret);
}

static int
get_lease(struct client *c, struct dhcpmsg *ret)
{
	static const unsigned waits_ms[] = { 1000, 2000, 4000, 8000 };
	int r = -ETIME;

	for (size_t i = 0; i < TT_ARRAY_LEN(waits_ms); i++) {
		struct dhcpmsg ask = { .type = DHCPMSG_DISCOVER };
		struct dhcpmsg offer = { 0 };

		r = exchange(c, &ask, DHCPMSG_OFFER, waits_ms[i], &offer);
		if (r < 0 || offer.type != DHCPMSG_OFFER)
			continue;
		ask = offer;
		ask.type = DHCPMSG_REQUEST;
		r = exchange(c, &ask, DHCPMSG_ACK, waits_ms[i], ret);
		if (r == 0 && ret->type == DHCPMSG_ACK)
			return 0;
	}
	return r < 0 ? r : -EACCES;
}

static int
run_ip(const char *script, struct tt_err **err)
{
	static const char *const argv[] = { "ip", "-batch", "-", NULL };
	const struct tt_proc_opts run = {
		.timeout_ms = 5000,
		.input = script,
		.input_len = strlen(script),
	};

	return tt_proc_run(argv, &run, NULL, err);
}

static int
configure(const char *link, const struct dhcpmsg *lease, bool beside, struct tt_err **err)
{
	tt_auto(buf) struct tt_buf script = TT_BUF_INIT(4 * TT_KIB);
	tt_auto(free) char *resolv = NULL;
	char ip[TT_IP4_LEN], gw[TT_IP4_LEN], dns[TT_IP4_LEN];
	int r;

	tt_buf_addf(&script, "addr replace %s/%d dev %s\n",
	    tt_ip4_fmt(lease->address, ip), lease->mask ? tt_mask4_len(lease->mask) : 24,
	    link);
	if (lease->router != 0)
		tt_buf_addf(&script, "route replace default via %s dev %s%s\n",
		    tt_ip4_fmt(lease->router, gw), link,
		    beside ? " metric " BESIDE_METRIC : "");
	r = run_ip(tt_buf_str(&script), err);
	if (r < 0 || beside || lease->resolver == 0)
		return r;
	resolv = tt_xprintf("nameserver %s\n", tt_ip4_fmt(lease->resolver, dns));
	return tt_file_write(RESOLV_CONF, resolv, strlen(resolv), 0644, err);
}

/* The second column of the kernel's table is the destination, all zero for the default. */
bool
tt_dhcp_routed(void)
{
	tt_auto(buf) struct tt_buf routes = TT_BUF_INIT(64 * TT_KIB);
	const char *line;

	if (tt_file_read("/proc/net/route", &routes, NULL) < 0)
		return false;
	for (line = tt_buf_str(&routes); line != NULL; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line + strcspn(line, "\t\n"), "\t00000000\t", 10) == 0)
			return true;
	}
	return false;
}

int
tt_dhcp_up(const char *link, const char *mac, struct tt_dhcp *ret, struct tt_err **err)
{
	struct client c = { .fd = -1 };
	int r = client_open(&c, link, mac, err);

	if (r == 0) {
		r = get_lease(&c, &ret->lease);
		if (r < 0)
			(void)tt_err_errno(err, r, "no DHCP lease on '%s'", link);
	}
	tt_auto_close(&c.fd);
	if (r < 0)
		return r;
	(void)tt_strcpy(ret->link, sizeof(ret->link), link);
	return configure(ret->link, &ret->lease, ret->beside, err);
}

void
tt_dhcp_down(struct tt_dhcp *dhcp)
{
	tt_auto(free) char *script = NULL;

	if (dhcp->link[0] == '\0')
		return;
	script = tt_xprintf("addr flush dev %s\n", dhcp->link);
	(void)run_ip(script, NULL);
	if (!dhcp->beside)
		(void)tt_file_write(RESOLV_CONF, "", 0, 0644, NULL);
	dhcp->link[0] = '\0';
}
