// SPDX-License-Identifier: MPL-2.0
/*
 * Encoder and parser of DHCP packets.
 */
#include "platform/lib/fetch/dhcpmsg.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

enum {
	IP_SIZE = 20,
	UDP_SIZE = 8,
	PORT_SERVER = 67,
	PORT_CLIENT = 68,
	/* Inside the DHCP message. */
	AT_XID = 4,
	AT_FLAGS = 10,
	AT_YIADDR = 16,
	AT_CHADDR = 28,
	AT_COOKIE = 236,
	AT_OPTIONS = 240,
};

enum option {
	OPT_MASK = 1,
	OPT_ROUTER = 3,
	OPT_RESOLVER = 6,
	OPT_HOST_NAME = 12,
	OPT_ADDRESS = 50,
	OPT_TYPE = 53,
	OPT_SERVER = 54,
	OPT_WANTED = 55,
	OPT_END = 255,
};

static const uint8_t cookie[4] = { 99, 130, 83, 99 };

static void
put_u16(uint8_t *p, unsigned value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

static void
put_u32(uint8_t *p, uint32_t value)
{
	put_u16(p, value >> 16);
	put_u16(p + 2, value & 0xffff);
}

static uint32_t
get_u32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static unsigned
get_u16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static uint16_t
ip_checksum(const uint8_t *p, size_t len)
{
	uint32_t sum = 0;

	for (size_t i = 0; i + 1 < len; i += 2)
		sum += get_u16(p + i);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static uint8_t *
put_option(uint8_t *p, enum option code, const void *data, uint8_t len)
{
	p[0] = (uint8_t)code;
	p[1] = len;
	memcpy(p + 2, data, len);
	return p + 2 + len;
}

static uint8_t *
put_option_u32(uint8_t *p, enum option code, uint32_t value)
{
	uint8_t bytes[4];

	if (value == 0)
		return p;
	put_u32(bytes, value);
	return put_option(p, code, bytes, sizeof(bytes));
}

/* Broadcast from 0.0.0.0 to the servers' port; UDP's checksum is optional over IPv4. */
static void
put_headers(uint8_t *ip, size_t len)
{
	uint8_t *udp = ip + IP_SIZE;

	ip[0] = 0x45;
	put_u16(ip + 2, (unsigned)len);
	ip[8] = 64; /* time to live */
	ip[9] = 17; /* UDP */
	put_u32(ip + 16, 0xffffffff);
	put_u16(ip + 10, ip_checksum(ip, IP_SIZE));
	put_u16(udp, PORT_CLIENT);
	put_u16(udp + 2, PORT_SERVER);
	put_u16(udp + 4, (unsigned)(len - IP_SIZE));
}

size_t
dhcpmsg_build(uint8_t out[DHCPMSG_MAX], uint32_t xid, const uint8_t mac[6],
    const struct dhcpmsg *msg)
{
	static const uint8_t wanted[] = { OPT_MASK, OPT_ROUTER, OPT_RESOLVER,
		OPT_HOST_NAME };
	uint8_t *d = out + IP_SIZE + UDP_SIZE;
	uint8_t type = (uint8_t)msg->type;
	uint8_t *p;

	memset(out, 0, DHCPMSG_MAX);
	d[0] = 1; /* a request */
	d[1] = 1; /* Ethernet */
	d[2] = 6;
	put_u32(d + AT_XID, xid);
	put_u16(d + AT_FLAGS, 0x8000); /* answer by broadcast: we have no address */
	memcpy(d + AT_CHADDR, mac, 6);
	memcpy(d + AT_COOKIE, cookie, sizeof(cookie));
	p = put_option(d + AT_OPTIONS, OPT_TYPE, &type, 1);
	p = put_option_u32(p, OPT_ADDRESS, msg->address);
	p = put_option_u32(p, OPT_SERVER, msg->server);
	p = put_option(p, OPT_WANTED, wanted, sizeof(wanted));
	*p = OPT_END;
	/* Servers may drop what is shorter than a BOOTP message: 300 bytes. */
	put_headers(out, IP_SIZE + UDP_SIZE + 300);
	return IP_SIZE + UDP_SIZE + 300;
}

static void
take_host_name(const uint8_t *data, size_t len, struct dhcpmsg *ret)
{
	if (len >= sizeof(ret->host_name))
		return;
	for (size_t i = 0; i < len; i++)
		if (!isalnum(data[i]) && data[i] != '-' && data[i] != '.')
			return;
	memcpy(ret->host_name, data, len);
	ret->host_name[len] = '\0';
}

static void
take_option(unsigned code, const uint8_t *data, size_t len, struct dhcpmsg *ret)
{
	if (code == OPT_HOST_NAME)
		take_host_name(data, len, ret);
	else if (code == OPT_TYPE && len == 1)
		ret->type = (enum dhcpmsg_type)data[0];
	else if (len < 4)
		return;
	else if (code == OPT_MASK)
		ret->mask = get_u32(data);
	else if (code == OPT_ROUTER)
		ret->router = get_u32(data);
	else if (code == OPT_RESOLVER)
		ret->resolver = get_u32(data);
	else if (code == OPT_SERVER)
		ret->server = get_u32(data);
}

/* The DHCP message inside an IP packet; NULL when it is something else. */
static const uint8_t *
find_message(const uint8_t *packet, size_t len, size_t *ret_len)
{
	size_t ip_size, total;

	if (len < IP_SIZE + UDP_SIZE || packet[0] >> 4 != 4 || packet[9] != 17)
		return NULL;
	ip_size = (packet[0] & 0xfU) * 4;
	total = get_u16(packet + 2);
	if (ip_size < IP_SIZE || total > len || total < ip_size + UDP_SIZE + AT_OPTIONS)
		return NULL;
	if (get_u16(packet + ip_size) != PORT_SERVER ||
	    get_u16(packet + ip_size + 2) != PORT_CLIENT)
		return NULL;
	*ret_len = total - ip_size - UDP_SIZE;
	return packet + ip_size + UDP_SIZE;
}

int
dhcpmsg_parse(const uint8_t *packet, size_t len, uint32_t xid, const uint8_t mac[6],
    struct dhcpmsg *ret)
{
	struct dhcpmsg msg = { 0 };
	size_t size = 0;
	const uint8_t *d = find_message(packet, len, &size);

	if (d == NULL || d[0] != 2 || get_u32(d + AT_XID) != xid ||
	    memcmp(d + AT_CHADDR, mac, 6) != 0 ||
	    memcmp(d + AT_COOKIE, cookie, sizeof(cookie)) != 0)
		return -ENOMSG;
	msg.address = get_u32(d + AT_YIADDR);
	for (size_t at = AT_OPTIONS; at < size && d[at] != OPT_END;) {
		if (d[at] == 0) {
			at++;
			continue;
		}
		if (at + 2 > size || at + 2 + d[at + 1] > size)
			return -EBADMSG;
		take_option(d[at], d + at + 2, d[at + 1], &msg);
		at += 2U + d[at + 1];
	}
	if (msg.type == 0)
		return -ENOMSG;
	*ret = msg;
	return 0;
}
