// SPDX-License-Identifier: MPL-2.0
/* net: addresses, masks and MACs in text. */
#include "platform/lib/base/net.h"

#include <errno.h>
#include <stddef.h>

#include "platform/lib/base/macro.h"
#include "tests/lib/tap.h"

static void
test_ip4(void)
{
	static const struct {
		const char *text;
		const char *why; /* NULL = good */
	} cases[] = {
		{ "10.99.99.7", NULL },
		{ "0.0.0.0", NULL },
		{ "255.255.255.255", NULL },
		{ "10.99.99.300", "octet 4 is over 255" },
		{ "1.2.3", "three octets" },
		{ "1.2.3.4.5", "five octets or more" },
		{ "010.1.1.1", "leading zero in octet 1" },
		{ "1.2.3.00", "leading zero in octet 4" },
		{ "none", "octet 1 is not a number" },
		{ "", "no address" },
		{ "1..2.3", "octet 2 is not a number" },
		{ "1.2.3.4 ", "octet 4 is not a number" },
		{ "1.2.3.", "octet 4 is not a number" },
		{ "99999999999999999999.1.1.1", "octet 1 is over 255" },
		{ "7", "one number" },
		{ "-1.2.3.4", "octet 1 is not a number" },
	};
	char text[TT_IP4_LEN];
	uint32_t ip = 0;

	for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++) {
		const char *why = NULL;
		int r = tt_ip4_parse(cases[i].text, &ip, &why);

		TAP_EQ_INT(r, cases[i].why ? -EINVAL : 0, "address '%s'", cases[i].text);
		TAP_EQ_STR(why, cases[i].why, "and why");
		if (r == 0)
			TAP_EQ_STR(tt_ip4_fmt(ip, text), cases[i].text, "and back");
	}
}

static void
test_mask(void)
{
	const char *why = NULL;
	uint32_t mask = 0;

	TAP_OK(
	    tt_mask4_parse("255.255.252.0", &mask, NULL) == 0 && tt_mask4_len(mask) == 22,
	    "a dotted mask");
	TAP_OK(tt_mask4_parse("/26", &mask, NULL) == 0 && mask == 0xffffffc0, "a length");
	TAP_OK(tt_mask4_parse("/0", &mask, NULL) == 0 && mask == 0, "/0");
	TAP_EQ_INT(
	    tt_mask4_parse("255.0.255.0", &mask, &why), -EINVAL, "a mask with a hole");
	TAP_EQ_STR(why, "not contiguous", "and why");
	TAP_EQ_INT(tt_mask4_parse("/33", &mask, &why), -EINVAL, "/33");
}

static void
test_mac(void)
{
	char mac[TT_MAC_LEN];

	TAP_EQ_INT(tt_mac_parse("00:50:56:34:60:4C", mac), 0, "capitals");
	TAP_EQ_STR(mac, "00:50:56:34:60:4c", "become small");
	TAP_EQ_INT(tt_mac_parse("0:c:29:a:b:c", mac), 0, "unpadded");
	TAP_EQ_STR(mac, "00:0c:29:0a:0b:0c", "gets padded");
	TAP_EQ_INT(tt_mac_parse("zz:50:56:34:60:4c", mac), -EINVAL, "no hex");
	TAP_EQ_INT(tt_mac_parse("00:50:56:34:60", mac), -EINVAL, "five bytes");
	TAP_EQ_INT(tt_mac_parse("00:50:56:34:60:4c:00", mac), -EINVAL, "seven bytes");
	TAP_EQ_INT(tt_mac_parse("000:50:56:34:60:4c", mac), -EINVAL, "three digits");
}

static void
test_ip6(void)
{
	char text[46];

	TAP_EQ_INT(tt_ip6_parse("FD00:0:0::1", text), 0, "an IPv6 address");
	TAP_EQ_STR(text, "fd00::1", "in its shortest form");
	TAP_EQ_INT(tt_ip6_parse("fd00::1::2", text), -EINVAL, "two gaps");
}

int
main(void)
{
	test_ip4();
	test_mask();
	test_mac();
	test_ip6();
	return tap_done();
}
