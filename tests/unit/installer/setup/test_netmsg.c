// SPDX-License-Identifier: MPL-2.0
/* DNS, SNTP, ARP and DHCP messages: what goes out, what comes in, what is torn. */
#include "tests/lib/tap.h"

#include <errno.h>

#include "installer/setup/checks_arpmsg.h"
#include "installer/setup/checks_dnsmsg.h"
#include "installer/setup/checks_ntpmsg.h"
#include "platform/lib/base/str.h"
#include "platform/lib/fetch/dhcpmsg.h"

/* Bytes given in hex. */
static void
put(uint8_t *at, const char *hex)
{
	(void)tt_unhex(hex, at, strlen(hex) / 2);
}

/* Every shorter piece of a message must be refused, and read within its bounds. */
static bool
torn_is_refused(const uint8_t *msg, size_t len)
{
	struct dnsmsg_reply reply;

	for (size_t n = 0; n < len; n++) {
		uint8_t *piece = malloc(n + 1);
		int r;

		memcpy(piece, msg, n);
		r = dnsmsg_parse(piece, n, 0x1234, &reply);
		free(piece);
		if (r == 0)
			return false;
	}
	return true;
}

static void
test_dns(void)
{
	static const uint8_t query[] = "\x12\x34\x01\x00\x00\x01\0\0\0\0\0\0"
				       "\4sapi\1x\0\0\1\0\1";
	static const uint8_t answer[] = "\x12\x34\x81\x80\x00\x01\0\2\0\0\0\0"
					"\4sapi\1x\0\0\1\0\1"
					"\xc0\x0c\0\5\0\1\0\0\0\x3c\0\2\xc0\x0c"
					"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xcb\0\x71\7";
	tt_auto(buf) struct tt_buf out = TT_BUF_INIT(512);
	struct dnsmsg_reply reply;
	char label[80];

	TAP_EQ_INT(dnsmsg_query(&out, 0x1234, "sapi.x", DNSMSG_A), 0, "a query");
	TAP_OK(out.len == sizeof(query) - 1 && memcmp(out.data, query, out.len) == 0,
	    "has the bytes of RFC 1035");
	TAP_EQ_INT(
	    dnsmsg_parse(answer, sizeof(answer) - 1, 0x1234, &reply), 0, "an answer");
	TAP_EQ_STR(reply.first, "203.0.113.7", "the address behind an alias");
	TAP_OK(reply.addresses == 1 && reply.rcode == 0, "one of them, no error");
	TAP_EQ_INT(dnsmsg_parse(answer, sizeof(answer) - 1, 0x1235, &reply), -ENOMSG,
	    "another question's answer is not ours");
	TAP_EQ_INT(dnsmsg_parse(query, sizeof(query) - 1, 0x1234, &reply), -ENOMSG,
	    "a question is no answer");
	TAP_OK(torn_is_refused(answer, sizeof(answer) - 1), "no piece of it passes");
	tt_buf_reset(&out);
	TAP_EQ_INT(dnsmsg_query(&out, 1, "", DNSMSG_NS), 0, "the root may be asked for");
	memset(label, 'a', 64);
	label[64] = '\0';
	TAP_EQ_INT(
	    dnsmsg_query(&out, 1, label, DNSMSG_A), -EINVAL, "a label of 64 is refused");
	TAP_EQ_INT(
	    dnsmsg_query(&out, 1, "a..b", DNSMSG_A), -EINVAL, "so is an empty one");
}

static void
test_ntp(void)
{
	uint8_t msg[NTPMSG_SIZE];
	int64_t us = 0;

	ntpmsg_query(msg, 0x0102030405060708);
	TAP_OK(msg[0] == 0x23 && msg[40] == 1 && msg[47] == 8, "a client's question");
	TAP_EQ_INT(
	    ntpmsg_parse(msg, sizeof(msg), 0, &us), -ENOMSG, "is no answer itself");
	memset(msg, 0, sizeof(msg));
	msg[0] = 0x24;
	msg[1] = 2;
	put(msg + 24, "0102030405060708");
	put(msg + 40, "e800000080000000");
	TAP_EQ_INT(
	    ntpmsg_parse(msg, sizeof(msg), 0x0102030405060708, &us), 0, "an answer");
	TAP_EQ_INT(us, (0xe8000000LL - 2208988800LL) * 1000000 + 500000, "its time");
	put(msg + 40, "0000000100000000");
	TAP_EQ_INT(
	    ntpmsg_parse(msg, sizeof(msg), 0x0102030405060708, &us), 0, "after 2036");
	TAP_EQ_INT(
	    us, (4294967297LL - 2208988800LL) * 1000000, "the count has started over");
	TAP_EQ_INT(
	    ntpmsg_parse(msg, sizeof(msg), 1, &us), -ENOMSG, "another nonce is not ours");
	TAP_EQ_INT(ntpmsg_parse(msg, 47, 0x0102030405060708, &us), -EBADMSG,
	    "47 bytes are torn");
	msg[0] = 0xe4;
	TAP_EQ_INT(ntpmsg_parse(msg, sizeof(msg), 0x0102030405060708, &us), -EAGAIN,
	    "a server that is not synchronized has no time");
}

static void
test_arp(void)
{
	static const uint8_t us[6] = { 2, 0, 0, 0, 0, 1 };
	uint8_t msg[ARPMSG_SIZE], mac[6];
	uint32_t ip = 0;

	arpmsg_probe(msg, us, 0x0a636307);
	TAP_OK(msg[7] == 1 && memcmp(msg + 14, "\0\0\0\0", 4) == 0 &&
		   memcmp(msg + 24, "\x0a\x63\x63\x07", 4) == 0,
	    "a probe names no sender address");
	TAP_EQ_INT(
	    arpmsg_parse(msg, sizeof(msg), &ip, mac), -ENOMSG, "so it claims none");
	put(msg + 14, "0a6363fe");
	TAP_EQ_INT(arpmsg_parse(msg, sizeof(msg), &ip, mac), 0, "a packet with a sender");
	TAP_OK(ip == 0x0a6363fe && memcmp(mac, us, 6) == 0, "says who has the address");
	TAP_EQ_INT(
	    arpmsg_parse(msg, sizeof(msg) - 1, &ip, mac), -EBADMSG, "27 bytes are torn");
	msg[1] = 6;
	TAP_EQ_INT(arpmsg_parse(msg, sizeof(msg), &ip, mac), -EBADMSG,
	    "other hardware is not ours");
}

/* A server's answer made of our own encoder's bytes. */
static size_t
make_offer(uint8_t packet[DHCPMSG_MAX], const uint8_t mac[6])
{
	static const uint8_t options[] = { 53, 1, 2, 54, 4, 10, 0, 2, 2, 1, 4, 255, 255,
		255, 0, 0, 3, 4, 10, 0, 2, 2, 6, 8, 10, 0, 2, 3, 8, 8, 8, 8, 12, 4, 'h',
		'e', 'a', 'd', 255 };
	struct dhcpmsg ask = { .type = DHCPMSG_DISCOVER };
	size_t len = dhcpmsg_build(packet, 7, mac, &ask);

	packet[28] = 2; /* a reply, from the server's port to the client's */
	packet[21] = 67;
	packet[23] = 68;
	put(packet + 28 + 16, "0a00020f");
	memcpy(packet + 28 + 240, options, sizeof(options));
	return len;
}

static void
test_dhcp(void)
{
	static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 9 };
	uint8_t packet[DHCPMSG_MAX];
	struct dhcpmsg ask = {
		.type = DHCPMSG_REQUEST, .address = 0x0a00020f, .server = 0x0a000202
	};
	struct dhcpmsg got;
	uint32_t sum = 0;
	size_t len = dhcpmsg_build(packet, 7, mac, &ask);

	for (int i = 0; i < 20; i += 2)
		sum += (uint32_t)packet[i] << 8 | packet[i + 1];
	TAP_EQ_INT(
	    (sum & 0xffff) + (sum >> 16), 0xffff, "the IP header's checksum is right");
	TAP_OK(len >= 328 && packet[28] == 1, "a request is no shorter than BOOTP's");
	TAP_EQ_INT(
	    dhcpmsg_parse(packet, len, 7, mac, &got), -ENOMSG, "and no answer itself");
	len = make_offer(packet, mac);
	TAP_EQ_INT(dhcpmsg_parse(packet, len, 7, mac, &got), 0, "an offer");
	TAP_OK(got.type == DHCPMSG_OFFER && got.address == 0x0a00020f &&
		   got.server == 0x0a000202 && got.mask == 0xffffff00 &&
		   got.router == 0x0a000202 && got.resolver == 0x0a000203,
	    "with address, server, mask, router and the first resolver");
	TAP_EQ_STR(got.host_name, "head", "and a host name");
	TAP_EQ_INT(dhcpmsg_parse(packet, len, 8, mac, &got), -ENOMSG,
	    "another exchange's is not ours");
	packet[28 + 240 + 32] = 200;
	packet[28 + 240 + 33] = 250;
	TAP_EQ_INT(dhcpmsg_parse(packet, 28 + 300, 7, mac, &got), -EBADMSG,
	    "an option over the end is refused");
}

int
main(void)
{
	test_dns();
	test_ntp();
	test_arp();
	test_dhcp();
	return tap_done();
}
