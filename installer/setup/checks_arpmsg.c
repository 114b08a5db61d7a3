// SPDX-License-Identifier: MPL-2.0
/*
 * Encoder and parser of ARP packets.
 */
#include "installer/setup/checks_arpmsg.h"

#include "platform/lib/base/str.h"

#include <errno.h>
#include <string.h>

enum {
	AT_OPERATION = 6,
	AT_SENDER_MAC = 8,
	AT_SENDER_IP = 14,
	AT_TARGET_IP = 24,
};

/* Ethernet, IPv4, address lengths 6 and 4. */
static const uint8_t kind[AT_OPERATION] = { 0, 1, 8, 0, 6, 4 };

int
arpmsg_mac(const char *text, uint8_t mac[6])
{
	char hex[13] = { 0 };

	if (strlen(text) != 17)
		return -EINVAL;
	for (int i = 0; i < 6; i++)
		memcpy(hex + 2 * i, text + 3 * i, 2);
	return tt_unhex(hex, mac, 6);
}

void
arpmsg_probe(uint8_t out[ARPMSG_SIZE], const uint8_t mac[6], uint32_t target_ip)
{
	memset(out, 0, ARPMSG_SIZE);
	memcpy(out, kind, sizeof(kind));
	out[AT_OPERATION + 1] = 1;
	memcpy(out + AT_SENDER_MAC, mac, 6);
	for (int i = 0; i < 4; i++)
		out[AT_TARGET_IP + i] = (uint8_t)(target_ip >> (24 - 8 * i));
}

int
arpmsg_parse(const uint8_t *msg, size_t len, uint32_t *ret_ip, uint8_t ret_mac[6])
{
	uint32_t ip = 0;

	if (len < ARPMSG_SIZE || memcmp(msg, kind, sizeof(kind)) != 0)
		return -EBADMSG;
	for (int i = 0; i < 4; i++)
		ip = ip << 8 | msg[AT_SENDER_IP + i];
	if (ip == 0)
		return -ENOMSG;
	*ret_ip = ip;
	memcpy(ret_mac, msg + AT_SENDER_MAC, 6);
	return 0;
}
