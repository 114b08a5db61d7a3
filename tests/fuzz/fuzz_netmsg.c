// SPDX-License-Identifier: MPL-2.0
/* SNTP, ARP, DHCP and the terminal's size report; the first byte says which. */
#include <stdlib.h>
#include <string.h>

#include "installer/setup/checks_arpmsg.h"
#include "installer/setup/checks_ntpmsg.h"
#include "installer/setup/term.h"
#include "platform/lib/fetch/dhcpmsg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 9 };
	struct dhcpmsg dhcp;
	unsigned rows, columns;
	uint8_t sender[6];
	uint32_t ip;
	int64_t us;
	size_t at;

	if (size < 1)
		return 0;
	data++;
	size--;
	switch (data[-1] % 4) {
	case 0:
		(void)ntpmsg_parse(data, size, 0x0102030405060708, &us);
		break;
	case 1:
		(void)arpmsg_parse(data, size, &ip, sender);
		break;
	case 2:
		if (dhcpmsg_parse(data, size, 7, mac, &dhcp) == 0 &&
		    strlen(dhcp.host_name) >= sizeof(dhcp.host_name))
			abort();
		break;
	default:
		if (term_parse_report(data, size, &at, &rows, &columns) + at > size + at)
			abort();
	}
	return 0;
}
