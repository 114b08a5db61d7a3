// SPDX-License-Identifier: MPL-2.0
/*
 * The stage that asks whether our names are taken in public DNS. All resolvers are asked at
 * once and a silent network costs DNS_MS * DNS_TRIES, since an operator waits for it.
 */
#include "installer/setup/checks_dnsmsg.h"
#include "installer/setupd/stages.h"

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/random.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/time.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#define DNS_MS        1000
#define DNS_TRIES     2
#define RESOLVERS_MAX 2

/* One resolver and what came of asking it. */
struct question {
	const char *resolver;
	int fd; /* -1 when it is answered or cannot be asked */
	uint16_t id;
	int result; /* 0 answered, else a negative errno */
	struct dnsmsg_reply reply;
};

static int
open_resolver(const char *text, uint16_t port, int *ret)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
		.ai_socktype = SOCK_DGRAM };
	struct addrinfo *found = NULL;
	tt_auto(close) int fd = -1;
	char service[8];
	int r = 0;

	(void)tt_strf(service, sizeof(service), "%u", port);
	if (getaddrinfo(text, service, &hints, &found) != 0)
		return -EINVAL;
	fd = socket(found->ai_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || connect(fd, found->ai_addr, found->ai_addrlen) < 0)
		r = -errno;
	freeaddrinfo(found);
	if (r == 0)
		*ret = tt_take_fd(fd);
	return r;
}

static void
settle(struct question *q, int result)
{
	q->result = result;
	if (q->fd >= 0)
		close(q->fd);
	q->fd = -1;
}

static void
ask(struct question *q, const char *name)
{
	tt_auto(buf) struct tt_buf query = TT_BUF_INIT(DNSMSG_MAX);
	int r = dnsmsg_query(&query, q->id, name, DNSMSG_A);

	if (r >= 0 && send(q->fd, query.data, query.len, MSG_NOSIGNAL) < 0)
		r = -errno;
	if (r < 0)
		settle(q, r);
}

static void
take_reply(struct question *q)
{
	uint8_t in[DNSMSG_MAX];
	ssize_t n = recv(q->fd, in, sizeof(in), 0);

	if (n < 0 && errno != EAGAIN)
		settle(q, -errno);
	else if (n > 0 && dnsmsg_parse(in, (size_t)n, q->id, &q->reply) == 0)
		settle(q, 0);
}

/* Read replies until all are there or DNS_MS has passed. */
static void
listen_for(struct question *q, size_t n)
{
	const int64_t end_us = tt_mono_us() + DNS_MS * 1000;

	for (;;) {
		const int64_t left_us = end_us - tt_mono_us();
		struct pollfd p[RESOLVERS_MAX];
		bool open = false;

		for (size_t i = 0; i < n; i++) {
			p[i] = (struct pollfd){ .fd = q[i].fd, .events = POLLIN };
			open = open || q[i].fd >= 0;
		}
		if (!open || left_us <= 0)
			return;
		if (poll(p, n, (int)(left_us / 1000) + 1) < 0 && errno != EINTR)
			return;
		for (size_t i = 0; i < n; i++)
			if (p[i].fd >= 0 && p[i].revents)
				take_reply(&q[i]);
	}
}

static void
tell(struct stage_run *run, const struct question *q, const char *name)
{
	if (q->result < 0) {
		run_note(run, "resolver %s does not answer: %s", q->resolver,
		    strerror(-q->result));
		return;
	}
	if (q->reply.rcode != 0 || q->reply.addresses == 0) {
		run_note(run, "resolver %s does not know %s, as it should be",
		    q->resolver, name);
		return;
	}
	run_warn(run,
	    "public DNS answers %s with %s (asked %s). This data center never asks there "
	    "for its own names, but machines that do not use its name service will reach "
	    "that address; change the record or the domain if that is not meant.",
	    name, q->reply.first, q->resolver);
}

static void
ask_all(struct stage_run *run, char *const *resolvers, const char *name)
{
	struct question q[RESOLVERS_MAX] = { 0 };
	size_t n = tt_strv_len(resolvers);

	if (n > RESOLVERS_MAX)
		n = RESOLVERS_MAX;
	for (size_t i = 0; i < n; i++) {
		q[i] = (struct question){ .resolver = resolvers[i], .fd = -1 };
		tt_random(&q[i].id, sizeof(q[i].id));
		q[i].result =
		    open_resolver(resolvers[i], run_env(run)->dns_port, &q[i].fd);
		if (q[i].result == 0)
			q[i].result = -ETIME;
	}
	for (int try = 0; try < DNS_TRIES; try++) {
		for (size_t i = 0; i < n; i++)
			if (q[i].fd >= 0)
				ask(&q[i], name);
		listen_for(q, n);
	}
	for (size_t i = 0; i < n; i++) {
		settle(&q[i], q[i].result);
		tell(run, &q[i], name);
	}
}

int
dns_check(struct stage_run *run, struct tt_err **err)
{
	const char *dc, *domain, *list;
	tt_auto(strv) char **resolvers = NULL;
	tt_auto(free) char *name = NULL;
	int r;

	r = run_key(run, "datacenter_name", &dc, err);
	if (r >= 0)
		r = run_key(run, "dns_domain", &domain, err);
	if (r >= 0)
		r = run_key(run, "dns_resolvers", &list, err);
	if (r < 0)
		return r;
	name = tt_xprintf("sapi.%s.%s", dc, domain);
	resolvers = tt_split(list, ',');
	ask_all(run, resolvers, name);
	return 1;
}
