// SPDX-License-Identifier: MPL-2.0
/*
 * Questions over UDP, many at once: each is sent up to `tries` times until an answer is
 * accepted or its time is over.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "installer/setup/checks_dnsmsg.h"
#include "installer/setup/term.h"

#define PROBE_MSG_MAX 512

struct probe {
	int fd;
	struct sockaddr_storage to;
	socklen_t to_len;
	uint8_t msg[PROBE_MSG_MAX];
	size_t len;
	unsigned tries;   /* left */
	unsigned wait_ms; /* for an answer to one try */
	int64_t until_us; /* of the present try */
	bool answered;
	/* Is this the answer? Fills in the result below. */
	bool (*accept)(struct probe *p, const uint8_t *msg, size_t len);
	uint64_t nonce; /* what ties the answer to the question */
	struct dnsmsg_reply dns;
	int64_t time_us; /* the server's clock */
	int64_t came_us; /* ours, when the answer came */
};

/* Prepare a question to server (an address as text). -EINVAL, or why there is no socket. */
int probe_open(struct probe *p, const char *server, uint16_t port);
void probe_close(struct probe *p);
/* Make it a DNS query. */
int probe_dns(struct probe *p, const char *name, uint16_t type);
/* Make it an SNTP query. */
void probe_ntp(struct probe *p);
/*
 * Run them all, for cap_ms at most. term, when not NULL, is watched for ^C; what else is
 * typed is kept for the next prompt. Returns -EINTR when it was stopped so, else 0.
 */
int probes_run(struct probe *v, size_t n, unsigned cap_ms, struct term *term);
