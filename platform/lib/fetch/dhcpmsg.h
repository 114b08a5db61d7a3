// SPDX-License-Identifier: MPL-2.0
/*
 * DHCP messages inside their IP and UDP headers, as a packet socket sends and receives them
 * before the interface has an address. Wire format: RFC 2131 section 2, options: RFC 2132.
 * Bytes only; fuzzer: tests/fuzz/fuzz_dhcpmsg.c.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define DHCPMSG_MAX 576

enum dhcpmsg_type {
	DHCPMSG_DISCOVER = 1,
	DHCPMSG_OFFER = 2,
	DHCPMSG_REQUEST = 3,
	DHCPMSG_ACK = 5,
	DHCPMSG_NAK = 6,
};

struct dhcpmsg {
	enum dhcpmsg_type type;
	uint32_t address;   /* offered or wanted */
	uint32_t server;    /* server identifier */
	uint32_t mask;      /* 0 when the answer has none */
	uint32_t router;    /* the first one, 0 = none */
	uint32_t resolver;  /* the first one, 0 = none */
	char host_name[64]; /* "" = none; letters, digits, '-' and '.' only */
};

/*
 * Build a DISCOVER (address and server 0) or REQUEST packet, from the IP header on.
 * Returns its length.
 */
size_t dhcpmsg_build(uint8_t out[DHCPMSG_MAX], uint32_t xid, const uint8_t mac[6],
    const struct dhcpmsg *msg);
/*
 * Parse a packet from the IP header on. 0; -ENOMSG when it is something else or not for
 * us; -EBADMSG when it is torn.
 */
int dhcpmsg_parse(const uint8_t *packet, size_t len, uint32_t xid, const uint8_t mac[6],
    struct dhcpmsg *ret);
