// SPDX-License-Identifier: MPL-2.0
/*
 * An address by DHCP for the fetch of answers, in a network of the test's own: a veth pair
 * whose far end is a server that drops the first question.
 */
#include "tests/lib/tap.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>

#include "installer/setup/fetch.h"
#include "installer/setup/nics.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/proc.h"
#include "platform/lib/base/str.h"
#include "platform/lib/fetch/dhcp.h"

#define QUESTION_MAX 1500

static const char network[] =
    "link set dev lo up\n"
    "link add boot0 address 02:00:00:00:00:09 type veth peer name srv0\n"
    "link set dev boot0 up\n"
    "link set dev srv0 up\n";
static char resolv[] = "/tmp/test_dhcp.XXXXXX";

static int
ip(const char *script, struct tt_buf *out)
{
	const char *const batch[] = { "ip", "-batch", "-", NULL };
	const struct tt_proc_opts run = {
		.input = script, .input_len = strlen(script), .out = out
	};

	return tt_proc_run(batch, &run, NULL, NULL);
}

/* A network and a resolv.conf of our own. */
static int
enter(void)
{
	tt_auto(close) int fd = mkstemp(resolv);

	if (fd < 0 || unshare(CLONE_NEWNET | CLONE_NEWNS) < 0)
		return -errno;
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount(resolv, "/etc/resolv.conf", NULL, MS_BIND, NULL) < 0)
		return -errno;
	return ip(network, NULL);
}

/* Turn a question into its answer: what a server changes, and its options. */
static void
make_answer(uint8_t *packet, uint8_t type)
{
	const uint8_t options[] = { 53, 1, type, 54, 4, 10, 0, 2, 2, 1, 4, 255, 255, 255,
		0, 3, 4, 10, 0, 2, 2, 6, 4, 10, 0, 2, 3, 12, 4, 'h', 'e', 'a', 'd', 255 };

	packet[21] = 67;
	packet[23] = 68;
	packet[28] = 2;
	(void)tt_unhex("0a00020f", packet + 28 + 16, 4);
	memcpy(packet + 28 + 240, options, sizeof(options));
}

/* The server: silent once, then an offer, a refusal, an offer, an acknowledgement. */
static void *
serve(void *ctx)
{
	static const uint8_t answers[] = { 0, DHCPMSG_OFFER, DHCPMSG_NAK, DHCPMSG_OFFER,
		DHCPMSG_ACK };
	const int fd = *(int *)ctx;
	uint8_t packet[QUESTION_MAX];
	size_t n = 0;

	while (n < sizeof(answers)) {
		struct sockaddr_ll from = { 0 };
		socklen_t len = sizeof(from);
		ssize_t got = recvfrom(
		    fd, packet, sizeof(packet), 0, (struct sockaddr *)&from, &len);

		if (got < 0)
			return NULL; /* the client has given up */
		if (got < 300 || from.sll_pkttype == PACKET_OUTGOING || packet[9] != 17 ||
		    packet[23] != 67)
			continue;
		if (answers[n] != 0) {
			make_answer(packet, answers[n]);
			(void)sendto(
			    fd, packet, (size_t)got, 0, (struct sockaddr *)&from, len);
		}
		n++;
	}
	return NULL;
}

static int
open_server(void)
{
	struct sockaddr_ll at = { .sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_IP),
		.sll_ifindex = (int)if_nametoindex("srv0") };
	const struct timeval patience = { .tv_sec = 30 };
	int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, htons(ETH_P_IP));

	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) < 0)
		return -1;
	return fd;
}

static void
test_lease(const struct fetch_opts *opts)
{
	tt_auto(buf) struct tt_buf shown = TT_BUF_INIT(64 * TT_KIB);
	tt_auto(free) char *line = NULL;
	struct tt_dhcp dhcp = { 0 };
	int r = fetch_address(opts, &dhcp, NULL);

	TAP_EQ_INT(
	    r, 0, "a lease, though the first question was lost and a request refused");
	TAP_EQ_STR(dhcp.lease.host_name, "head", "with a host name");
	(void)ip("addr show dev boot0\nroute show\n", &shown);
	TAP_OK(strstr(tt_buf_str(&shown), "10.0.2.15/24") != NULL,
	    "the NIC has the address");
	TAP_OK(
	    strstr(tt_buf_str(&shown), "default via 10.0.2.2") != NULL, "and the route");
	line = tt_file_line("/etc/resolv.conf");
	TAP_EQ_STR(line, "nameserver 10.0.2.3", "and the resolver");
	tt_dhcp_down(&dhcp);
	tt_buf_reset(&shown);
	(void)ip("addr show dev boot0\nroute show\n", &shown);
	TAP_OK(strstr(tt_buf_str(&shown), "10.0.2.") == NULL, "nothing of it stays");
}

int
main(void)
{
	static const char nics_text[] =
	    "[{\"link\":\"boot0\",\"mac\":\"02:00:00:00:00:09\",\"state\":\"up\"}]";
	tt_auto(nics) struct ts_nics nics = { 0 };
	struct fetch_opts opts = { .root = "", .cmdline = "", .nics = &nics };
	pthread_t server;
	int r = enter();
	int fd;

	if (r == -EPERM) {
		(void)unlink(resolv);
		printf("1..0 # SKIP a network of its own needs root\n");
		return 0;
	}
	TAP_EQ_INT(r, 0, "a network of the test's own");
	if (r < 0) {
		(void)unlink(resolv);
		return tap_done();
	}
	(void)ts_nics_parse("nics", nics_text, strlen(nics_text), &nics, NULL);
	fd = open_server();
	TAP_OK(fd >= 0, "a server on the far end");
	pthread_create(&server, NULL, serve, &fd);
	test_lease(&opts);
	pthread_join(server, NULL);
	close(fd);
	(void)unlink(resolv);
	return tap_done();
}
