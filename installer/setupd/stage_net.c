// SPDX-License-Identifier: MPL-2.0
/*
 * Stages that look at the network and at what must answer on it. They change nothing.
 */
#include "installer/setupd/stages.h"

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/net.h"
#include "platform/lib/base/proc.h"
#include "platform/lib/base/str.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#define CONNECT_MS 2000
#define BANNER_MS  5000

static int
admin_ip(struct stage_run *run, const char **ret_text, uint32_t *ret, struct tt_err **err)
{
	const char *why = NULL;
	int r;

	r = run_key(run, "admin_ip", ret_text, err);
	if (r < 0)
		return r;
	if (tt_ip4_parse(*ret_text, ret, &why) < 0)
		return tt_err_set(
		    err, -EINVAL, "InvalidConfig", "admin_ip '%s': %s", *ret_text, why);
	return 0;
}

/* 1 = on an interface that is up, 0 = on one that is down, -ENOENT = nowhere. */
static int
find_address(uint32_t ip)
{
	struct ifaddrs *list = NULL;
	int r = -ENOENT;

	if (getifaddrs(&list) < 0)
		return -errno;
	for (const struct ifaddrs *a = list; a != NULL; a = a->ifa_next) {
		const struct sockaddr_in *in =
		    (const struct sockaddr_in *)(const void *)a->ifa_addr;

		if (in == NULL || in->sin_family != AF_INET ||
		    ntohl(in->sin_addr.s_addr) != ip)
			continue;
		r = (a->ifa_flags & IFF_UP) != 0;
	}
	freeifaddrs(list);
	return r;
}

int
network_check(struct stage_run *run, struct tt_err **err)
{
	const char *text;
	uint32_t ip;
	int r;

	r = admin_ip(run, &text, &ip, err);
	if (r < 0)
		return r;
	r = find_address(ip);
	if (r > 0)
		return 1;
	return tt_err_set(err, -EADDRNOTAVAIL, "NoAddress",
	    "the admin address %s is %s; see the log of the network step (triton-boot "
	    "network)",
	    text, r == 0 ? "on an interface that is down" : "on no interface");
}

static int
wait_fd(int fd, short events, unsigned ms)
{
	struct pollfd p = { .fd = fd, .events = events };
	int n = poll(&p, 1, (int)ms);

	if (n < 0)
		return -errno;
	return n == 0 ? -ETIME : 0;
}

static int
connect_tcp(uint32_t ip, uint16_t port, int *ret)
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(ip) };
	tt_auto(close) int fd =
	    socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(int);
	int r, why = 0;

	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0) {
		if (errno != EINPROGRESS)
			return -errno;
		r = wait_fd(fd, POLLOUT, CONNECT_MS);
		if (r < 0)
			return r;
		if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &why, &len) < 0 || why != 0)
			return why != 0 ? -why : -errno;
	}
	*ret = tt_take_fd(fd);
	return 0;
}

int
ssh_check(struct stage_run *run, struct tt_err **err)
{
	static const char greeting[] = "SSH-2.0-";
	uint16_t port = run_env(run)->ssh_port;
	tt_auto(close) int fd = -1;
	char got[sizeof(greeting)] = "";
	const char *text;
	uint32_t ip;
	int r;

	r = admin_ip(run, &text, &ip, err);
	if (r < 0)
		return r;
	r = connect_tcp(ip, port, &fd);
	if (r < 0)
		return tt_err_errno(
		    err, r, "no SSH on %s:%u (see journalctl -u ssh)", text, port);
	r = wait_fd(fd, POLLIN, BANNER_MS);
	if (r == 0 && recv(fd, got, sizeof(got) - 1, MSG_WAITALL) < 0)
		r = -errno;
	if (r == 0 && tt_streq(got, greeting))
		return 1;
	return tt_err_set(err, -EPROTO, "NoSsh",
	    "what answers on %s:%u does not speak SSH", text, port);
}

int
clock_check(struct stage_run *run, struct tt_err **err)
{
	static const char *const argv[] = { "chronyc", "-n", "tracking", NULL };
	tt_auto(buf) struct tt_buf out = TT_BUF_INIT(16 * TT_KIB);
	int r;

	r = run_program(run, argv, &out, err);
	if (r < 0)
		return tt_err_wrap(err, r,
		    "the time service does not answer (see journalctl -u chrony)");
	if (strstr(tt_buf_str(&out), "Not synchronised") != NULL)
		run_note(run, "the clock is not synchronised yet; chrony goes on in the "
			      "background");
	return 1;
}
