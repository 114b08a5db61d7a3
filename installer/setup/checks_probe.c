// SPDX-License-Identifier: MPL-2.0
/*
 * See checks_probe.h.
 */
#include "installer/setup/checks_probe.h"

#include <errno.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>

#include "installer/setup/checks_ntpmsg.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/random.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/time.h"

int
probe_open(struct probe *p, const char *server, uint16_t port)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
		.ai_socktype = SOCK_DGRAM };
	struct addrinfo *list = NULL;
	char service[8];

	memset(p, 0, sizeof(*p));
	p->fd = -1;
	if (tt_strf(service, sizeof(service), "%u", port) < 0 ||
	    getaddrinfo(server, service, &hints, &list) != 0)
		return -EINVAL;
	memcpy(&p->to, list->ai_addr, list->ai_addrlen);
	p->to_len = list->ai_addrlen;
	p->fd = socket(list->ai_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	freeaddrinfo(list);
	return p->fd < 0 ? -errno : 0;
}

void
probe_close(struct probe *p)
{
	tt_auto_close(&p->fd);
	p->fd = -1;
}

static bool
accept_dns(struct probe *p, const uint8_t *msg, size_t len)
{
	return dnsmsg_parse(msg, len, (uint16_t)p->nonce, &p->dns) == 0;
}

int
probe_dns(struct probe *p, const char *name, uint16_t type)
{
	tt_auto(buf) struct tt_buf query = TT_BUF_INIT(PROBE_MSG_MAX);
	uint16_t id;
	int r;

	tt_random(&id, sizeof(id));
	r = dnsmsg_query(&query, id, name, type);
	if (r < 0)
		return r;
	memcpy(p->msg, query.data, query.len);
	p->len = query.len;
	p->nonce = id;
	p->accept = accept_dns;
	p->tries = 2;
	p->wait_ms = 2000;
	return 0;
}

static bool
accept_ntp(struct probe *p, const uint8_t *msg, size_t len)
{
	if (ntpmsg_parse(msg, len, p->nonce, &p->time_us) < 0)
		return false;
	p->came_us = tt_now_us();
	return true;
}

void
probe_ntp(struct probe *p)
{
	tt_random(&p->nonce, sizeof(p->nonce));
	ntpmsg_query(p->msg, p->nonce);
	p->len = NTPMSG_SIZE;
	p->accept = accept_ntp;
	p->tries = 1;
	p->wait_ms = 2000;
}

static void
send_try(struct probe *p, int64_t now_us)
{
	/* No route counts as no answer: the try takes its time, the link may still come up. */
	(void)sendto(p->fd, p->msg, p->len, 0, (struct sockaddr *)&p->to, p->to_len);
	p->tries--;
	p->until_us = now_us + p->wait_ms * 1000LL;
}

/* Only the server that was asked may answer. */
static bool
same_host(const struct probe *p, const struct sockaddr_storage *from)
{
	struct sockaddr_in a4, b4;
	struct sockaddr_in6 a6, b6;

	if (from->ss_family != p->to.ss_family)
		return false;
	if (from->ss_family == AF_INET) {
		memcpy(&a4, &p->to, sizeof(a4));
		memcpy(&b4, from, sizeof(b4));
		return a4.sin_addr.s_addr == b4.sin_addr.s_addr &&
		       a4.sin_port == b4.sin_port;
	}
	memcpy(&a6, &p->to, sizeof(a6));
	memcpy(&b6, from, sizeof(b6));
	return memcmp(&a6.sin6_addr, &b6.sin6_addr, 16) == 0 &&
	       a6.sin6_port == b6.sin6_port;
}

static void
receive(struct probe *p)
{
	struct sockaddr_storage from = { 0 };
	socklen_t from_len = sizeof(from);
	uint8_t msg[1500];
	ssize_t n;

	n = recvfrom(p->fd, msg, sizeof(msg), 0, (struct sockaddr *)&from, &from_len);
	if (n > 0 && same_host(p, &from) && p->accept(p, msg, (size_t)n))
		p->answered = true;
}

/* Send what is due; true while something is still waited for. */
static bool
advance(struct probe *v, size_t n, int64_t now_us, int64_t *ret_next_us)
{
	bool waiting = false;

	for (size_t i = 0; i < n; i++) {
		struct probe *p = &v[i];

		if (p->fd < 0 || p->answered)
			continue;
		if (p->until_us <= now_us && p->tries > 0)
			send_try(p, now_us);
		if (p->until_us <= now_us)
			continue;
		waiting = true;
		if (p->until_us < *ret_next_us)
			*ret_next_us = p->until_us;
	}
	return waiting;
}

static int
wait_some(struct probe *v, size_t n, int64_t until_us, struct term *term)
{
	tt_auto(free) struct pollfd *fds = tt_xcalloc(n + 1, sizeof(*fds));
	int64_t left_ms = (until_us - tt_mono_us()) / 1000 + 1;
	int r;

	for (size_t i = 0; i < n; i++)
		fds[i] = (struct pollfd){ .fd = v[i].answered ? -1 : v[i].fd,
			.events = POLLIN };
	fds[n] = (struct pollfd){ .fd = term != NULL ? term->fd : -1, .events = POLLIN };
	r = term_poll(fds, n + 1, left_ms > 0 ? (int)left_ms : 0);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++)
		if (fds[i].revents)
			receive(&v[i]);
	if (fds[n].revents && term_interrupted(term))
		return -EINTR;
	return 0;
}

int
probes_run(struct probe *v, size_t n, unsigned cap_ms, struct term *term)
{
	const int64_t end_us = tt_mono_us() + cap_ms * 1000LL;
	int r = 0;

	while (r == 0 && tt_mono_us() < end_us) {
		int64_t next_us = end_us;

		if (!advance(v, n, tt_mono_us(), &next_us))
			break;
		r = wait_some(v, n, next_us, term);
	}
	return r;
}
