// SPDX-License-Identifier: MPL-2.0
/*
 * DNS messages, as far as the live checks need them: one question out, the header and the
 * addresses of the answer in. Wire format: RFC 1035 section 4, AAAA: RFC 3596.
 *
 * Bytes only; the sockets are in checks_dns.c. Fuzzer: tests/fuzz/fuzz_dnsmsg.c.
 */
#pragma once

#include <stdint.h>

#include "platform/lib/base/buf.h"

#define DNSMSG_MAX       512 /* a UDP message without extensions */
#define DNSMSG_A         1
#define DNSMSG_NS        2
#define DNSMSG_TEXT_SIZE 46 /* an address as text */

struct dnsmsg_reply {
	unsigned rcode;     /* 0 no error, 2 server failure, 3 no such name, 5 refused */
	unsigned addresses; /* A records in the answer */
	char first[DNSMSG_TEXT_SIZE]; /* the first of them, "" without one */
};

/*
 * Add a recursive query for name (dotted, "" is the root) to out.
 * -EINVAL when a label is empty or over 63 bytes, or the name over 253.
 */
int dnsmsg_query(struct tt_buf *out, uint16_t id, const char *name, uint16_t type);
/* 0; -ENOMSG when the bytes are not an answer with this id; -EBADMSG when they are torn. */
int dnsmsg_parse(const uint8_t *msg, size_t len, uint16_t id, struct dnsmsg_reply *ret);
