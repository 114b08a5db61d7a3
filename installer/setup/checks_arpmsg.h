// SPDX-License-Identifier: MPL-2.0
/*
 * ARP packets for IPv4 over Ethernet: the probe that asks who has an address, and the
 * answer. Wire format: RFC 826; probes: RFC 5227 section 2.1.1.
 * Bytes only (without the Ethernet header); fuzzer: tests/fuzz/fuzz_arpmsg.c.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define ARPMSG_SIZE 28

/* The six bytes of "aa:bb:cc:dd:ee:ff". 0 or -EINVAL. */
int arpmsg_mac(const char *text, uint8_t mac[6]);
/* A probe: our MAC, no sender address, so that nobody learns a wrong entry from it. */
void arpmsg_probe(uint8_t out[ARPMSG_SIZE], const uint8_t mac[6], uint32_t target_ip);
/*
 * Any ARP packet: who says to have which address.
 * 0; -EBADMSG when it is not ARP for IPv4 over Ethernet; -ENOMSG when the sender has no address.
 */
int arpmsg_parse(const uint8_t *msg, size_t len, uint32_t *ret_ip, uint8_t ret_mac[6]);
